"""Embeddings (`POST /v1/embeddings`): OpenAI's shape and limits, and vectors that find."""

import base64
import math
import struct
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest

KEY = {"Authorization": "Bearer test-key"}
ADA, SMALL = "text-embedding-ada-002", "text-embedding-3-small"

ENGLISH = [
    "Every employee has 28 days of paid leave a year. Unused leave expires at the end of March.",
    "Employees may work from home up to three days a week, after agreement with their team.",
    "Travel expenses are reimbursed within 14 days of handing in the receipts.",
    "The cafeteria on the ground floor serves lunch between half past eleven and two o'clock.",
    "The fire alarm is tested on the first Monday of each month.",
]
CHINESE = [
    "每位员工每年享有二十八天带薪年假，未使用的假期于次年三月底作废。",
    "员工经团队同意后，每周最多可在家办公三天。",
    "差旅费在提交发票后十四天内报销。",
    "一楼食堂的午餐时间为十一点半至下午两点。",
    "每月第一个星期一测试火警警报。",
]
QUESTIONS = [
    ("When does unused leave expire?", ENGLISH[0]),
    ("Can I work at home?", ENGLISH[1]),
    ("How are my travelling expenses reimbursed?", ENGLISH[2]),
    ("Where is lunch served?", ENGLISH[3]),
    ("When do they test the fire alarms?", ENGLISH[4]),
    ("年假没用完会作废吗？", CHINESE[0]),
    ("可以在家办公吗？", CHINESE[1]),
    ("差旅费多久能报销？", CHINESE[2]),
    ("食堂的午餐几点开始？", CHINESE[3]),
    ("火警警报什么时候测试？", CHINESE[4]),
]

Embed = Callable[..., httpx.Response]


@pytest.fixture
def embed(xingyun) -> Embed:
    def embed(given: Any, **body: Any) -> httpx.Response:
        sent = {"model": ADA, "input": given, **body}
        sent = {name: value for name, value in sent.items() if value is not ...}
        return xingyun.http.post("/v1/embeddings", json=sent, headers=KEY)

    return embed


def vectors(response: httpx.Response) -> list[list[float]]:
    return [entry["embedding"] for entry in response.json()["data"]]


def likeness(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_the_answer_has_openais_shape(embed) -> None:
    response = embed(["济南的泉水", "springs of Jinan"])
    body = response.json()
    assert (body["object"], body["model"]) == ("list", ADA)
    assert [(each["object"], each["index"]) for each in body["data"]] == [
        ("embedding", 0),
        ("embedding", 1),
    ]
    assert body["usage"] == {"prompt_tokens": 5 + 5, "total_tokens": 10}
    assert response.headers["x-oneapi-request-id"]


@pytest.mark.parametrize("model", [ADA, SMALL])
@pytest.mark.parametrize("text", ["济南", "spring", " ", "?!", "the", "🙂", "\n"])
def test_vectors_have_1536_dimensions_and_length_one(embed, model, text) -> None:
    [vector] = vectors(embed(text, model=model))
    assert len(vector) == 1536
    assert math.hypot(*vector) == pytest.approx(1, abs=1e-5)


def test_the_same_text_has_the_same_vector_and_each_model_its_own(embed) -> None:
    assert vectors(embed("泉水")) == vectors(embed(["泉水"]))
    [ada], [small] = vectors(embed("泉水")), vectors(embed("泉水", model=SMALL))
    assert abs(likeness(ada, small)) < 0.2


def test_base64_holds_the_same_floats_little_endian(embed) -> None:
    [packed] = vectors(embed("泉水", encoding_format="base64"))
    assert list(struct.unpack("<1536f", base64.b64decode(packed))) == vectors(embed("泉水"))[0]


@pytest.mark.parametrize("size", [1, 256, 1536])
def test_the_newer_model_shortens_its_vectors(embed, size) -> None:
    [short] = vectors(embed("Jinan has 72 springs.", model=SMALL, dimensions=size))
    [whole] = vectors(embed("Jinan has 72 springs.", model=SMALL))
    assert len(short) == size
    assert math.hypot(*short) == pytest.approx(1, abs=1e-5)
    assert likeness(short, whole[:size]) == pytest.approx(math.hypot(*whole[:size]), abs=1e-5)


@pytest.mark.parametrize("options", [{}, {"model": SMALL, "dimensions": 256}], ids=["ada", "256"])
@pytest.mark.parametrize(("question", "paragraph"), QUESTIONS)
def test_a_question_finds_its_paragraph(embed, options, question, paragraph) -> None:
    asked, *found = vectors(embed([question, *ENGLISH, *CHINESE], **options))
    scores = [likeness(asked, each) for each in found]
    assert [*ENGLISH, *CHINESE][scores.index(max(scores))] == paragraph


def test_a_chinese_question_finds_english_text(embed) -> None:
    asked, *found = vectors(embed(["北京的天气", "Beijing weather", "Jinan music", "Tea"]))
    assert likeness(asked, found[0]) > 0.3 > likeness(asked, found[2])


def test_token_ids_are_texts_too(embed) -> None:
    body = embed([[100, 2000, 30000], [100, 2000, 30001], [5, 6, 7]]).json()
    assert body["usage"]["prompt_tokens"] == 9
    first, second, third = (entry["embedding"] for entry in body["data"])
    assert likeness(first, second) > 0.4 > likeness(first, third)
    assert vectors(embed([100, 2000, 30000])) == [first]


@pytest.mark.parametrize("given", [..., "", [], [""], ["a", ""], [["a"]], [1, "a"], [[]], [-1], 5])
def test_what_is_no_input_is_refused_in_openais_words(embed, given) -> None:
    response = embed(given)
    error = response.json()["error"]
    assert response.status_code == 400
    assert error["message"].startswith("'$.input' is invalid. Please check the API reference: ")
    assert error["message"].endswith(")")
    assert (error["type"], error["param"]) == ("invalid_request_error", "input")
    assert "input" in response.headers["x-emulator-detail"]


def test_a_call_takes_2048_inputs_and_no_more(embed) -> None:
    body = embed(["字"] * 2048, encoding_format="base64").json()
    assert [entry["index"] for entry in body["data"]] == list(range(2048))
    error = embed(["字"] * 2049).json()["error"]
    assert "maximum length 2048, but got an array with length 2049" in error["message"]
    assert error["type"] == "invalid_request_error"


@pytest.mark.parametrize(("unit", "make"), [("text", "字".__mul__), ("ids", [7].__mul__)])
def test_an_input_has_8191_tokens_and_no_more(embed, unit, make) -> None:
    assert embed([make(8_191)]).json()["usage"]["prompt_tokens"] == 8_191
    response = embed([make(1), make(8_192)])
    error = response.json()["error"]
    assert response.status_code == 400
    assert "you requested 8192 tokens (8192 in your prompt; 0 for" in error["message"]
    assert error["type"] == "invalid_request_error"
    assert error["param"] == "input[1]"


@pytest.mark.parametrize(
    ("body", "param", "words"),
    [
        ({"dimensions": 256}, "dimensions", "This model does not support specifying dimensions."),
        ({"model": SMALL, "dimensions": 0}, "dimensions", "at least 1"),
        ({"model": SMALL, "dimensions": 1537}, "dimensions", "at most 1536"),
        ({"encoding_format": "hex"}, "encoding_format", "float or base64"),
        ({"user": 5}, "user", "a string"),
        ({"model": "gpt-4"}, "model", "模型 gpt-4 不支持向量嵌入接口"),
        ({"model": ...}, "model", "未指定模型名称"),
    ],
)
def test_a_bad_request_names_the_parameter(embed, body, param, words) -> None:
    response = embed("泉水", **body)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param
    assert words in response.json()["error"]["message"]


def test_without_numpy_the_answer_says_what_to_install() -> None:
    code = """
import sys
sys.modules["numpy"] = None
import httpx, xyashui.emulator
with xyashui.emulator.serve() as emulator, httpx.Client(trust_env=False) as http:
    http.headers["Authorization"] = "Bearer test-key"
    url, body = f"{emulator.xingyun_url}/v1/", {"model": "text-embedding-ada-002", "input": "a"}
    answer = http.post(url + "embeddings", json=body)
    print(answer.status_code, answer.json()["error"]["message"])
    chat = {"model": "gpt-4", "messages": [{"role": "user", "content": "hi"}]}
    print(http.post(url + "chat/completions", json=chat).status_code)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stderr == ""
    refused, chatted = done.stdout.splitlines()
    assert refused.startswith("501 ")
    assert "numpy" in refused
    assert "pip install 'xyashui[emulator]'" in refused
    assert chatted == "200"

"""Image generation (`POST /v1/images/generations`): real pictures, in OpenAI's shape."""

import base64
import io
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from PIL import Image, ImageChops

from xyashui.emulator import PROMPT_TRIGGERS, Faults
from xyashui.emulator.state import State

KEY = {"Authorization": "Bearer test-key"}
PROMPT = "A sailing boat on the blue sea"

Draw = Callable[..., httpx.Response]


@pytest.fixture
def draw(xingyun) -> Draw:
    def draw(prompt: Any = PROMPT, **body: Any) -> httpx.Response:
        sent = {"model": "dall-e-2", "size": "256x256", "prompt": prompt, **body}
        sent = {name: value for name, value in sent.items() if value is not ...}
        return xingyun.http.post("/v1/images/generations", json=sent, headers=KEY)

    return draw


def drawn(response: httpx.Response, index: int = 0) -> Image.Image:
    content = base64.b64decode(response.json()["data"][index]["b64_json"])
    image = Image.open(io.BytesIO(content))
    assert image.format == "PNG"
    return image


def test_the_answer_has_openais_shape(draw, shared) -> None:
    body = draw().json()
    assert body["created"] > 0
    [entry] = body["data"]
    assert list(entry) == ["url"]
    assert entry["url"].startswith(f"{shared.url}/files/generated/")


def test_the_url_is_of_the_host_that_was_asked_and_holds_the_picture(draw, shared) -> None:
    url = f"http://localhost:{shared.port}/xingyun/v1/images/generations"
    sent = {"model": "dall-e-2", "size": "256x256", "prompt": PROMPT}
    with httpx.Client(trust_env=False, headers=KEY) as http:
        answer = http.post(url, json=sent).json()
        assert answer["data"][0]["url"].startswith(f"http://localhost:{shared.port}/files/")
        picture = http.get(answer["data"][0]["url"])
    assert picture.headers["content-type"] == "image/png"
    same = draw(response_format="b64_json").json()["data"][0]["b64_json"]
    assert picture.content == base64.b64decode(same)


@pytest.mark.parametrize(
    ("model", "size"),
    [
        ("dall-e-2", "256x256"),
        ("dall-e-2", "512x512"),
        ("dall-e-2", ...),
        ("dall-e-3", "1024x1024"),
        ("dall-e-3", "1792x1024"),
        ("dall-e-3", "1024x1792"),
    ],
)
def test_the_picture_has_the_size_that_was_asked_for(draw, model, size) -> None:
    image = drawn(draw(model=model, size=size, response_format="b64_json"))
    assert "x".join(map(str, image.size)) == ("1024x1024" if size is ... else size)


def test_a_prompt_decides_its_picture_and_each_of_n_differs(draw) -> None:
    four = draw(n=4, response_format="b64_json")
    assert len({entry["b64_json"] for entry in four.json()["data"]}) == 4
    again = draw(n=4, response_format="b64_json")
    assert again.json()["data"] == four.json()["data"]
    other = draw("A red house in the wood", response_format="b64_json")
    assert other.json()["data"][0] not in four.json()["data"]


def test_the_prompts_words_are_written_below_and_no_boxes_for_other_letters(draw) -> None:
    def lower_edge(prompt: str) -> Image.Image:
        image = drawn(draw(prompt, size="512x512", response_format="b64_json"))
        return image.crop((0, 440, 512, 512)).convert("L")

    assert lower_edge(PROMPT).getextrema()[1] > 240
    bare, cat = lower_edge("黑夜"), lower_edge("黑夜 CAT")
    assert bare.getextrema()[1] < 240
    assert cat.getextrema()[1] > 240


def test_styles_and_quality_show(draw) -> None:
    options = {"model": "dall-e-3", "size": "1024x1024", "response_format": "b64_json"}
    vivid, natural, fine = (
        drawn(draw(**options, **each)) for each in ({}, {"style": "natural"}, {"quality": "hd"})
    )

    def saturation(image: Image.Image) -> float:
        histogram = image.convert("HSV").getchannel("S").histogram()
        return sum(level * count for level, count in enumerate(histogram))

    assert saturation(vivid) > saturation(natural)
    assert ImageChops.difference(vivid, fine).getbbox()


@pytest.mark.parametrize(
    ("prompt", "words"),
    [(PROMPT, "This is a PNG image of 1024 × 1024 pixels"), ("一只猫", "尺寸为 1024×1024 像素")],
)
def test_dall_e_3_says_what_it_made_of_the_prompt(draw, prompt, words) -> None:
    [entry] = draw(prompt, model="dall-e-3", size=...).json()["data"]
    assert entry["revised_prompt"].startswith(prompt)
    assert words in entry["revised_prompt"]


def test_a_model_with_eyes_sees_the_picture(xingyun, draw) -> None:
    [kept], [sent] = (draw(response_format=each).json()["data"] for each in ("url", "b64_json"))
    urls = [kept["url"], f"data:image/png;base64,{sent['b64_json']}"]
    parts = [[{"type": "image_url", "image_url": {"url": url}}] for url in urls]
    said, said_again = (xingyun.ask(part) for part in parts)
    assert re.fullmatch(r"This is a PNG image of 256 × 256 pixels, mainly \w+\.", said)
    assert said_again == said


def test_a_picture_that_is_no_longer_kept_is_not_found(shared) -> None:
    assert httpx.get(f"{shared.files_url}/generated/img-0.png").status_code == 404


def test_the_oldest_files_go_when_there_are_too_many() -> None:
    state = State(tokens_per_second=None, faults=Faults())
    size = 24 * 1024 * 1024
    paths = [state.keep(f"{number}.bin", bytes(size), "x/y") for number in range(3)]
    assert paths[0] == "/files/generated/0.bin"
    assert list(state.kept) == ["1.bin", "2.bin"]
    state.keep("1.bin", bytes(4), "x/y")
    assert list(state.kept) == ["2.bin", "1.bin"]
    state.keep("large.bin", bytes(3 * size), "x/y")
    assert list(state.kept) == ["large.bin"]


THREE = {"model": "dall-e-3", "size": "1024x1024"}


@pytest.mark.parametrize(
    ("body", "param", "words"),
    [
        ({"prompt": ...}, "prompt", "prompt is required"),
        ({"prompt": "字" * 1_001}, "prompt", "maximum length 1000, but got a string with length"),
        (
            {**THREE, "prompt": "字" * 4_001},
            "prompt",
            "Invalid 'prompt': string too long. Expected a string with maximum length 4000, "
            "but got a string with length 4001 instead.",
        ),
        ({**THREE, "n": 2}, "n", "You must provide n=1 for this model."),
        ({"n": 11}, "n", "at most 10"),
        ({"n": 0}, "n", "at least 1"),
        ({**THREE, "size": "512x512"}, "size", "The size is not supported by this model."),
        ({"size": "1792x1024"}, "size", "The size is not supported by this model."),
        (
            {**THREE, "size": "9x9"},
            "size",
            "'9x9' is not one of ['1024x1024', '1792x1024', '1024x1792'] - 'size'",
        ),
        ({"size": [256, 256]}, "size", "a string"),
        ({**THREE, "quality": "best"}, "quality", "'best' is not one of ['standard', 'hd']"),
        ({"quality": "hd"}, "quality", "'hd' is not one of ['standard'] - 'quality'"),
        ({**THREE, "style": "comic"}, "style", "'comic' is not one of ['vivid', 'natural']"),
        ({"style": "vivid"}, "style", "Unknown parameter: 'style'."),
        ({"response_format": "png"}, "response_format", "'png' is not one of"),
        ({"user": 5}, "user", "a string"),
        ({"model": "gpt-4o"}, "model", "模型 gpt-4o 不支持图像生成接口"),
        ({"model": ...}, "model", "未指定模型名称"),
    ],
)
def test_a_bad_request_is_refused_in_openais_words(draw, body, param, words) -> None:
    response = draw(**body)
    error = response.json()["error"]
    assert response.status_code == 400
    assert words in error["message"]
    assert "(request id: " in error["message"]
    assert (error["type"], error["param"]) == ("invalid_request_error", param)


def test_the_limits_themselves_are_allowed(draw) -> None:
    assert draw("字" * 1_000).status_code == 200
    assert draw("字" * 4_000, **THREE).status_code == 200
    assert len(draw(n=10).json()["data"]) == 10


@pytest.mark.parametrize("word", next(e.words for e in PROMPT_TRIGGERS if e.section == "images"))
def test_what_the_vendor_does_not_draw_violates_its_policy(draw, word) -> None:
    response = draw(f"A painting of {word.upper()}, please", model="dall-e-3", size=...)
    error = response.json()["error"]
    assert response.status_code == 400
    assert error["code"] == "content_policy_violation"
    assert error["type"] == "invalid_request_error"
    assert error["message"].startswith("Your request was rejected as a result of our safety system")

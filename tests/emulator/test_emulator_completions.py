"""Text completion (`POST /v1/completions`): OpenAI's legacy shape, answers and continuations."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

KEY = {"Authorization": "Bearer test-key"}

Complete = Callable[..., httpx.Response]


@pytest.fixture
def complete(xingyun) -> Complete:
    def complete(prompt: Any, **body: Any) -> httpx.Response:
        sent = {"model": "gpt-3.5-turbo-instruct", "prompt": prompt, "max_tokens": 200, **body}
        sent = {name: value for name, value in sent.items() if value is not ...}
        return xingyun.http.post("/v1/completions", json=sent, headers=KEY)

    return complete


def text(response: httpx.Response) -> str:
    return response.json()["choices"][0]["text"]


def chunks(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.text.endswith("data: [DONE]\n\n")
    payloads = [each.removeprefix("data: ") for each in response.text.strip().split("\n\n")]
    return [json.loads(payload) for payload in payloads[:-1]]


def test_a_completion_has_the_legacy_shape(complete) -> None:
    body = complete("What is 3 + 4?").json()
    assert body.pop("id").startswith("cmpl-")
    assert body.pop("created") > 0
    assert body == {
        "object": "text_completion",
        "model": "gpt-3.5-turbo-instruct",
        "choices": [
            {"text": "\n\n3 + 4 = 7.", "index": 0, "logprobs": None, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 6, "completion_tokens": 6, "total_tokens": 12},
    }


def test_a_stream_has_the_same_shape_chunk_by_chunk(complete) -> None:
    response = complete("What is 3 + 4?", stream=True, stream_options={"include_usage": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    *pieces, last = chunks(response)
    assert {chunk["object"] for chunk in pieces} == {"text_completion"}
    choices = [chunk["choices"][0] for chunk in pieces]
    assert "".join(choice["text"] for choice in choices) == "\n\n3 + 4 = 7."
    assert [choice["finish_reason"] for choice in choices] == [None] * (len(choices) - 1) + ["stop"]
    assert last["choices"] == []
    assert last["usage"] == complete("What is 3 + 4?").json()["usage"]
    assert not any("usage" in chunk for chunk in pieces)


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("What is 3 + 4?\n", "3 + 4 = 7."),
        ("Q: What is 3 + 4?\nA:", " 3 + 4 = 7."),
        ("Count from 1 to 3", "\n\n1, 2, 3"),
        ("问题：3加4等于几？\n回答：", "3 + 4 = 7。"),
        ("---------\nThe key is blue.\n---------\nQuery: Which colour is the key?\nAnswer: ",
         "The key is blue."),
        ("system: You are Bob.\nuser: Who are you?\nassistant: ", "I am Bob."),
        ("Human: My name is Li Lei.\nAI: Hello!\nHuman: What is my name?\nAI:",
         " Your name is Li Lei."),
    ],
    ids=["question", "form", "instruction", "chinese", "context", "system", "conversation"],
)  # fmt: skip
def test_what_asks_is_answered(complete, prompt, answer) -> None:
    assert text(complete(prompt)) == answer


@pytest.mark.parametrize(
    ("prompt", "start"),
    [
        ("The Moon is about", " 384,400 kilometres from the Earth on average."),
        ("The Moon is about ", "384,400 kilometres"),
        ("月球的", "直径约为3474公里"),
        ("I like tea.", " "),
        ("When the sun rises", ", "),
        ("从前有一只猫", "，"),
    ],
)
def test_other_text_is_carried_on(complete, prompt, start) -> None:
    written = text(complete(prompt))
    assert written.startswith(start)
    assert len(written) > 10
    assert written.endswith((".", "。"))
    assert written == text(complete(prompt))


def test_a_suffix_is_led_up_to_and_not_repeated(complete) -> None:
    assert text(complete("The Moon is about ", suffix=" kilometres from the Earth.")) == "384,400"
    assert text(complete("月球与地球的平均距离约为", suffix="公里。")) == "38.4万"


def test_sixteen_tokens_are_the_default(complete) -> None:
    choice = complete("count from 1 to 100", max_tokens=...).json()["choices"][0]
    assert choice["text"] == "\n\n1, 2, 3, 4, 5, 6, 7, 8,"
    assert choice["finish_reason"] == "length"


def test_max_tokens_and_stop_cut(complete) -> None:
    choice = complete("count from 1 to 100", max_tokens=3).json()["choices"][0]
    assert choice == {"text": "\n\n1, 2", "index": 0, "logprobs": None, "finish_reason": "length"}
    choice = complete("count from 1 to 9", stop=["4", "7"]).json()["choices"][0]
    assert (choice["text"], choice["finish_reason"]) == ("\n\n1, 2, 3, ", "stop")
    assert complete("hi", max_tokens=0).json()["usage"]["completion_tokens"] == 0


def test_every_prompt_has_n_choices_in_order(complete) -> None:
    body = complete(["What is 1 + 1?", "What is 2 + 2?"], n=2).json()
    assert [choice["index"] for choice in body["choices"]] == [0, 1, 2, 3]
    assert [choice["text"][-2:] for choice in body["choices"]] == ["2.", "2.", "4.", "4."]
    assert body["usage"]["prompt_tokens"] == 12


def test_choices_differ_unless_the_temperature_is_zero(complete) -> None:
    def written(**body: Any) -> set[str]:
        return {choice["text"] for choice in complete("今天", n=4, **body).json()["choices"]}

    assert len(written()) > 1
    assert written() == written()
    assert len(written(temperature=0)) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_echo_begins_with_the_prompt_and_costs_nothing(complete, stream) -> None:
    response = complete("The Moon is about", echo=True, stream=stream, max_tokens=2)
    parts = chunks(response) if stream else [response.json()]
    assert "".join(part["choices"][0]["text"] for part in parts) == "The Moon is about 384,"
    if not stream:
        assert response.json()["usage"]["completion_tokens"] == 2


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"prompt": ...}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": []}, "prompt"),
        ({"prompt": [1, 2]}, "prompt"),
        ({"model": ...}, "model"),
        ({"model": "gpt-4-turbo"}, "model"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"temperature": 3}, "temperature"),
        ({"n": 0}, "n"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"stop": 5}, "stop"),
        ({"suffix": 5}, "suffix"),
        ({"echo": "yes"}, "echo"),
        ({"logprobs": 3}, "logprobs"),
        ({"logit_bias": {"x": 1}}, "logit_bias"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
    ],
)
def test_a_bad_request_names_the_parameter(complete, body, param) -> None:
    response = complete(**{"prompt": "hi", **body})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param
    assert response.json()["error"]["code"] == "invalid_request_error"


def test_prompt_and_completion_share_the_context(complete) -> None:
    assert complete("字" * 4_000, max_tokens=96).status_code == 200
    error = complete("字" * 4_000, max_tokens=97).json()["error"]
    assert error["code"] == "context_length_exceeded"
    assert (
        "you requested 4097 tokens (4000 in your prompt; 97 for the completion)"
        in (error["message"])
    )


def test_a_chat_model_completes_no_text_and_a_completion_model_does_not_chat(
    xingyun, complete
) -> None:
    error = complete("hi", model="gpt-4").json()["error"]
    assert error["message"].startswith("模型 gpt-4 不支持文本补全接口 (request id: ")
    response = xingyun.post("hi", model="gpt-3.5-turbo-instruct")
    assert response.status_code == 400
    assert "模型 gpt-3.5-turbo-instruct 不支持对话接口" in response.json()["error"]["message"]


def test_a_stream_can_begin_well_and_then_fail(complete) -> None:
    response = complete("count to 9", model="error-mid-stream", stream=True)
    assert response.status_code == 200
    assert '"text":"\\n\\n1"' in response.text
    assert '"finish_reason":"stop"' not in response.text
    assert '"error":{' in response.text

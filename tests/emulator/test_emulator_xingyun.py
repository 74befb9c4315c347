"""星芸's shapes on the wire, as the gateway (new-api) has them."""

import json
import re

import pytest


def events(text: str) -> list:
    assert text.endswith("data: [DONE]\n\n")
    payloads = [block.removeprefix("data: ") for block in text.strip().split("\n\n")]
    return [json.loads(payload) for payload in payloads[:-1]]


def test_a_completion_has_the_openai_shape(xingyun) -> None:
    response = xingyun.post("What is 3 + 4?")
    body = response.json()
    assert body["object"] == "chat.completion"
    assert body["id"].startswith("chatcmpl-")
    assert body["model"] == "gpt-4-turbo"
    assert body["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "3 + 4 = 7."},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ]
    assert response.headers["x-oneapi-request-id"]


def test_usage_adds_up(xingyun) -> None:
    usage = xingyun.post("你好").json()["usage"]
    assert usage["prompt_tokens"] == 2 + 4
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_a_stream_sends_the_role_first_and_the_reason_last(xingyun) -> None:
    response = xingyun.post("count from 1 to 5", stream=True)
    assert response.headers["content-type"].startswith("text/event-stream")
    chunks = events(response.text)
    choices = [chunk["choices"][0] for chunk in chunks]
    assert choices[0]["delta"] == {"role": "assistant", "content": ""}
    assert "".join(c["delta"].get("content", "") for c in choices) == "1, 2, 3, 4, 5"
    assert choices[-1]["delta"] == {}
    assert [c["finish_reason"] for c in choices] == [None] * (len(choices) - 1) + ["stop"]
    assert not any("usage" in chunk for chunk in chunks)


def test_a_stream_ends_with_usage_when_asked(xingyun) -> None:
    response = xingyun.post("hi", stream=True, stream_options={"include_usage": True})
    last = events(response.text)[-1]
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] > last["usage"]["prompt_tokens"] > 0


def test_the_web_model_answers_like_the_documentations_example(xingyun) -> None:
    body = xingyun.post("今天济南天气怎么样？", model="gpt-4-web").json()
    assert list(body) == ["id", "model", "usage", "choices"]
    assert (body["id"], body["model"]) == ("", "")
    assert body["choices"][0]["message"]["content"] == (
        "今天济南的天气是晴天，最高气温为25℃，风力小于3级。"
        "您可以参考[济南天气预报](https://www.tianqi.com/jinan/)获取更多详细信息。"
    )


def test_the_web_model_does_not_search_in_vain(xingyun) -> None:
    assert xingyun.ask("What is 3 + 4?", model="gpt-4-web") == "3 + 4 = 7."
    assert "](" not in xingyun.ask("Who won the chess game?", model="gpt-4-web")


def test_the_reasoning_model_reasons_aloud(xingyun) -> None:
    body = xingyun.post("What is 3 + 4?", model="deepseek-r1").json()
    message = body["choices"][0]["message"]
    assert message["content"] == "3 + 4 = 7."
    assert "3 + 4" in message["reasoning_content"]
    reasoning = body["usage"]["completion_tokens_details"]["reasoning_tokens"]
    assert 0 < reasoning < body["usage"]["completion_tokens"]


def test_reasoning_streams_before_content(xingyun) -> None:
    chunks = events(xingyun.post("What is 3 + 4?", model="deepseek-r1", stream=True).text)
    kinds = [next(iter(chunk["choices"][0]["delta"]), "end") for chunk in chunks]
    assert re.fullmatch(r"role (reasoning_content )+(content )+end", " ".join(kinds))


def test_max_tokens_cuts_at_real_tokens(xingyun) -> None:
    body = xingyun.post("count from 1 to 100", max_tokens=6).json()
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["choices"][0]["message"]["content"] == "1, 2, 3,"
    assert body["usage"]["completion_tokens"] == 6


def test_stop_sequences_are_honoured(xingyun) -> None:
    assert xingyun.ask("count from 1 to 10", stop=["4", "7"]) == "1, 2, 3, "
    assert xingyun.ask("count from 1 to 10", stop="3") == "1, 2, "


def test_n_gives_so_many_choices(xingyun) -> None:
    body = xingyun.post("hi", n=3).json()
    assert [choice["index"] for choice in body["choices"]] == [0, 1, 2]
    one = xingyun.post("hi").json()["usage"]["completion_tokens"]
    assert body["usage"]["completion_tokens"] == 3 * one


def test_a_prefix_seen_before_is_cached(xingyun) -> None:
    system = {"role": "system", "content": "A system message that no other test sends."}
    first, second = (
        xingyun.post([system, {"role": "user", "content": text}]).json()["usage"]
        for text in ("one", "two")
    )
    assert first["prompt_tokens_details"]["cached_tokens"] == 0
    assert second["prompt_tokens_details"]["cached_tokens"] == second["prompt_tokens"] - 5


def test_models_are_listed(xingyun) -> None:
    body = xingyun.http.get("/v1/models", headers={"Authorization": "Bearer k"}).json()
    names = {model["id"] for model in body["data"]}
    assert {"gpt-3.5-turbo", "gpt-4-web", "qwen3.6-plus", "text-embedding-ada-002"} <= names


def test_the_documented_contexts_are_enforced(xingyun) -> None:
    long = "字" * 4_200
    error = xingyun.post(long, model="gpt-3.5-turbo").json()["error"]
    assert error["code"] == "context_length_exceeded"
    assert "4096" in error["message"]
    assert xingyun.post(long, model="gpt-3.5-turbo-16k").status_code == 200


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": ...}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "wizard", "content": "hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": None}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "sound"}]}]}, "messages[0].content"),
        ({"messages": [{"role": "tool", "content": "x", "tool_call_id": "c"}]}, "messages[0]"),
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"top_p": 2}, "top_p"),
        ({"presence_penalty": -3}, "presence_penalty"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"n": 0}, "n"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"stop": 5}, "stop"),
        ({"logit_bias": {"50256": 101}}, "logit_bias"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"user": 5}, "user"),
        ({"model": ...}, "model"),
        ({"model": "text-embedding-ada-002"}, "model"),
        ({"tools": [{"name": "bare"}]}, "tools[0]"),
        ({"tool_choice": {"type": "function", "function": {"name": "x"}}}, "tool_choice"),
        ({"response_format": {"type": "xml"}}, "response_format"),
    ],
)
def test_a_bad_request_names_the_parameter(xingyun, body, param) -> None:
    response = xingyun.post("hi", **body)
    error = response.json()["error"]
    assert response.status_code == 400
    assert error["code"] == "invalid_request_error"
    assert error["param"] == param


def test_a_body_that_is_not_json_is_refused(xingyun) -> None:
    response = xingyun.http.post(
        "/v1/chat/completions", content=b"{", headers={"Authorization": "Bearer k"}
    )
    assert response.status_code == 400


def test_unknown_models_and_paths_are_refused(xingyun) -> None:
    response = xingyun.post("hi", model="gpt-99")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "model_not_found")
    response = xingyun.http.post("/v1/moderations")
    assert "Invalid URL (POST /v1/moderations)" in response.json()["error"]["message"]
    assert response.status_code == 404


def test_a_model_without_eyes_takes_no_images(xingyun) -> None:
    part = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    assert xingyun.post([part], model="gpt-3.5-turbo").status_code == 400

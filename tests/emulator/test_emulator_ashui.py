"""阿水's shapes on the wire, as its page documents them."""

import json
import re

import pytest


def events(text: str) -> list:
    assert text.endswith("data:[DONE]\n\n")
    payloads = [block.removeprefix("data:") for block in text.strip().split("\n\n")]
    return [json.loads(payload) for payload in payloads[:-1]]


def refusal(response) -> tuple[int, str]:
    assert response.status_code == 200
    body = response.json()
    assert body["Type"] == "string"
    assert body["Data"] is None
    return body["Code"], body["Err"]


def test_events_have_no_space_and_an_internal_model_name(ashui) -> None:
    text = ashui.post("count from 1 to 3", stream=True).text
    assert text.startswith('data:{"id":"chat')
    for chunk in events(text):
        assert chunk["model"] == "kfzmxmc"
        assert chunk["object"] == "chat.completion.chunk"
        assert chunk["system_fingerprint"] is None
        assert "usage" not in chunk
        assert re.fullmatch(r"chat[0-9a-f-]{36}", chunk["id"])


def test_the_last_chunk_carries_content_and_finish_reason(ashui) -> None:
    choices = [c["choices"][0] for c in events(ashui.post("count to 3", stream=True).text)]
    assert "".join(choice["delta"]["content"] for choice in choices) == "1, 2, 3"
    assert choices[-1]["delta"]["content"]
    assert [c["finish_reason"] for c in choices] == [None] * (len(choices) - 1) + ["stop"]


def test_a_whole_answer_has_no_usage(ashui) -> None:
    body = ashui.post("What is 3 + 4?").json()
    assert body["choices"][0]["message"] == {"role": "assistant", "content": "3 + 4 = 7."}
    assert body["model"] == "kfzmxmc"
    assert "usage" not in body


def test_max_tokens_may_be_a_float(ashui) -> None:
    choice = ashui.post("count to 100", max_tokens=4.0).json()["choices"][0]
    assert choice["finish_reason"] == "length"
    assert choice["message"]["content"] == "1, 2,"


@pytest.mark.parametrize(
    "messages",
    [
        ...,
        [],
        "hi",
        ["hi"],
        [{"role": "tool", "content": "hi"}],
        [{"content": "hi"}],
        [{"role": "user"}],
        [{"role": "user", "content": None}],
        [{"role": "user", "content": [{"type": "audio"}]}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": "bare"}]}],
    ],
)
def test_malformed_messages_are_401(ashui, messages) -> None:
    assert refusal(ashui.post("hi", messages=messages)) == (401, "message结构异常")


@pytest.mark.parametrize(
    "body",
    [
        {"stream": ...},
        {"stream": "true"},
        {"temperature": -1},
        {"temperature": "0"},
        {"top_p": 1.5},
        {"presence_penalty": 3},
        {"max_tokens": 0},
        {"web_search": "yes"},
        {"file_list": "https://example.com/a.txt"},
        {"file_list": ["not a url.txt"]},
        {"model": ...},
        {"tools": []},
        {"stop": ["x"]},
        {"n": 2},
        {"response_format": {"type": "json_object"}},
        {"messages": [{"role": "user", "content": "hi", "name": "bob"}]},
        {"messages": [{"role": "user", "content": "字" * 20_000}], "model": "ashuiai-3.5"},
    ],
)
def test_bad_and_undocumented_parameters_are_400(ashui, body) -> None:
    response = ashui.post("hi", **body)
    assert refusal(response) == (400, "参数异常")
    assert response.headers["x-emulator-detail"]


def test_files_and_images_exclude_each_other(ashui, shared) -> None:
    image = {"type": "image_url", "image_url": {"url": f"{shared.files_url}/cat.png"}}
    response = ashui.post([image], file_list=[f"{shared.files_url}/sales.csv"])
    assert refusal(response)[0] == 400


def test_an_unsupported_file_type_is_900(ashui) -> None:
    response = ashui.post("hi", file_list=["https://example.com/setup.exe"])
    assert refusal(response) == (900, "不支持的文件类型")


@pytest.mark.parametrize(
    "body",
    [
        {"web_search": True},
        {"file_list": ["https://example.com/a.txt"]},
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "image_url", "image_url": {"url": "https://a.com/a.png"}}],
                }
            ]
        },
    ],
)
def test_the_text_only_model_says_701(ashui, body) -> None:
    response = ashui.post("hi", model="ashuiai-3.5", **body)
    assert refusal(response) == (701, "模型暂不支持该功能")


def test_an_error_of_a_stream_is_an_event(ashui) -> None:
    response = ashui.post("hi", model="unheard-of", stream=True)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.text == (
        'data:{"Type":"string","Data":null,"Err":"不存在的模型","Code":700}\n\n'
    )


def test_web_search_cites_pages(ashui) -> None:
    answer = ashui.ask("How far is the moon from the earth?", web_search=True)
    assert "384,400" in answer
    assert "[The Moon](https://science.example.org/moon)" in answer
    assert "](" not in ashui.ask("How far is the moon from the earth?")


def test_only_chat_is_served(ashui) -> None:
    assert ashui.http.get("/v1/models").status_code == 404

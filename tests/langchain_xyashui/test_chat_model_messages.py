"""LangChain's messages, and what is really sent for them."""

from __future__ import annotations

import base64
import copy

import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)

import xyashui as core
from langchain_xyashui.errors import ConfigurationError
from langchain_xyashui.messages import to_wire
from tests.drawing import drawn

RED = base64.b64encode(drawn()).decode()
URI = f"data:image/png;base64,{RED}"
CAT = "https://example.com/cat.png"


def image(url: str, **more: str) -> dict:
    return {"type": "image_url", "image_url": {"url": url, **more}}


def sent_for(*messages) -> list:
    return to_wire(list(messages))[0]


def content(*blocks) -> object:
    return sent_for(HumanMessage(list(blocks)))[0]["content"]


async def test_every_kind_of_message_has_its_role(either, ask, sent):
    await ask(
        either(),
        [SystemMessage("Be brief."), HumanMessage("hi"), AIMessage("Hello."), HumanMessage("2+3?")],
    )
    assert sent()[-1]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "2+3?"},
    ]


def test_tuples_dicts_and_strings_are_messages_too(either, sent):
    either().invoke("hi")
    either().invoke([("system", "Be brief."), ("human", "hi")])
    either().invoke([{"role": "user", "content": "hi"}])
    assert [len(body["messages"]) for body in sent()] == [1, 2, 1]
    assert all(body["messages"][-1] == {"role": "user", "content": "hi"} for body in sent())


def test_the_developer_role_is_the_system_on_ashui(xingyun, ashui, sent):
    asked = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "hi"}]
    xingyun().invoke(asked)
    ashui().invoke(asked)
    assert [body["messages"][0]["role"] for body in sent()] == ["developer", "system"]


def test_names_are_sent_where_they_are_known(xingyun, ashui, sent):
    for model in (xingyun(), ashui()):
        model.invoke([HumanMessage("hi", name="Lin")])
    assert [body["messages"][0] for body in sent()] == [
        {"role": "user", "content": "hi", "name": "Lin"},
        {"role": "user", "content": "hi"},
    ]


def test_a_chat_message_keeps_its_role():
    assert sent_for(ChatMessage("hi", role="assistant")) == [{"role": "assistant", "content": "hi"}]


def test_a_function_message_is_a_function():
    assert sent_for(FunctionMessage("5", name="add")) == [
        {"role": "function", "content": "5", "name": "add"}
    ]


def test_a_message_that_is_none_is_refused():
    with pytest.raises(core.ConfigurationError, match="RemoveMessage"):
        sent_for(RemoveMessage(id="1"))


@pytest.mark.parametrize(
    "blocks",
    [
        ["a", "b"],
        [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
        ["a", {"type": "text", "text": "b"}],
        [{"type": "input_text", "text": "a"}, {"type": "output_text", "text": "b"}],
        [{"type": "text", "text": "a", "annotations": [], "index": 0}, "b"],
        [{"type": "reasoning", "reasoning": "so"}, "a", "b"],
        [{"type": "thinking", "thinking": "so", "signature": "x"}, "ab"],
        [{"type": "text-plain", "text": "ab", "mime_type": "text/plain"}],
        ["a", {"type": "refusal", "refusal": "b"}],
        [{"type": "server_tool_call", "id": "1", "name": "f", "args": {}}, "ab"],
    ],
)
def test_text_in_any_form_is_one_string(blocks):
    assert content(*blocks) == "ab"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (image(CAT), image(CAT)),
        (image(CAT, detail="low"), image(CAT, detail="low")),
        ({"type": "image_url", "image_url": CAT}, image(CAT)),
        ({"type": "input_image", "image_url": CAT, "detail": "high"}, image(CAT, detail="high")),
        ({"type": "image", "source_type": "url", "url": CAT}, image(CAT)),
        (
            {"type": "image", "source_type": "base64", "mime_type": "image/png", "data": RED},
            image(URI),
        ),
        ({"type": "image", "url": CAT}, image(CAT)),
        ({"type": "image", "url": CAT, "extras": {"detail": "low"}}, image(CAT, detail="low")),
        ({"type": "image", "base64": RED, "mime_type": "image/png"}, image(URI)),
        (
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/png", "data": RED},
            },
            image(URI),
        ),
        ({"type": "image", "source": {"type": "url", "url": CAT}}, image(CAT)),
        (image(URI), image(URI)),
    ],
)
def test_an_image_in_any_form_is_an_image_url(block, expected, either, sent):
    question = {"type": "text", "text": "What is this?"}
    assert content(question, block) == [question, expected]
    either().invoke([HumanMessage([question, block])])
    assert sent()[-1]["messages"][0]["content"] == [question, expected]


async def test_the_bytes_of_an_image_arrive(either, ask):
    picture = {"type": "image", "base64": RED, "mime_type": "image/png"}
    question = [{"type": "text", "text": "What colour is it?"}, picture]
    answer = await ask(either(), [HumanMessage(question)])
    assert "red" in answer.content


@pytest.mark.parametrize(
    "block",
    [
        image("cat.png"),
        image("/etc/passwd"),
        image("file:///etc/passwd"),
        {"type": "image", "url": "file:///etc/passwd"},
        {"type": "image", "source_type": "url", "url": "C:\\cat.png"},
        {"type": "image", "base64": "bm8gaW1hZ2UgYXQgYWxs", "mime_type": "image/png"},
        {"type": "image", "file_id": "file-1"},
        {"type": "image"},
        {"type": "audio", "base64": "AAAA", "mime_type": "audio/wav"},
        {"type": "video", "url": "https://example.com/a.mp4"},
        {"type": "file", "base64": "AAAA", "mime_type": "application/pdf"},
        {"type": "text-plain", "base64": "AAAA", "mime_type": "text/plain"},
        {"type": "nonsense"},
        {"type": "image", "url": CAT, "extras": 5},
        {"type": "image", "url": ["a"]},
        {"type": "image_url", "image_url": 5},
        {"type": "image_url", "image_url": {"url": {}, "detail": []}},
        {"no": "type"},
    ],
)
def test_a_block_that_cannot_be_sent_is_refused(block, either, sent):
    with pytest.raises(ConfigurationError):
        either().invoke([HumanMessage(["look:", block])])
    assert sent() == []


@pytest.mark.parametrize("kind", [["text"], {"image": 1}, 5, None])
def test_so_is_one_whose_type_is_no_name(kind):
    with pytest.raises(core.ConfigurationError, match="the name of a kind"):
        to_wire([HumanMessage([{"type": kind, "text": "hi"}])])


def test_a_file_by_address_goes_into_the_file_list(ashui, emulator, sent):
    url = f"{emulator.files_url}/sales.csv"
    other = f"{emulator.files_url}/notes.txt"
    blocks = [{"type": "text", "text": "Which month sold best?"}, {"type": "file", "url": url}]
    answer = ashui().invoke([HumanMessage(blocks)])
    assert "May" in answer.content
    assert sent()[-1]["file_list"] == [url]
    assert sent()[-1]["messages"] == [{"role": "user", "content": "Which month sold best?"}]
    for block in (
        {"type": "file", "source_type": "url", "url": url, "mime_type": "text/csv"},
        {"type": "text-plain", "url": url, "mime_type": "text/plain"},
    ):
        for given in (other, [other]):
            ashui(file_list=given).invoke([HumanMessage(["?", block])])
            assert sent()[-1]["file_list"] == [other, url]


def test_xingyun_says_that_it_reads_no_files(xingyun, sent):
    with pytest.raises(ConfigurationError, match="reads no files"):
        xingyun().invoke([HumanMessage([{"type": "file", "url": "https://example.com/a.pdf"}])])
    assert sent() == []


CALL = {"name": "add", "args": {"a": 2}, "id": "call_1", "type": "tool_call"}
WIRE_CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "add", "arguments": '{"a":2}'},
}


@pytest.mark.parametrize(
    "said",
    [
        AIMessage("", tool_calls=[CALL]),
        AIMessage([{"type": "reasoning", "reasoning": "so"}, CALL], tool_calls=[CALL]),
        AIMessage(content_blocks=[{"type": "reasoning", "reasoning": "so"}, CALL]),
        AIMessage(
            [{"type": "tool_use", "id": "call_1", "name": "add", "input": {"a": 2}}],
            tool_calls=[CALL],
            response_metadata={"model_provider": "anthropic"},
        ),
        AIMessageChunk(
            "",
            tool_call_chunks=[
                {"name": "add", "args": '{"a": 2}', "id": "call_1", "index": 0, "type": None}
            ],
        ),
    ],
)
def test_tool_calls_are_sent_back_once(said):
    assert sent_for(said) == [{"role": "assistant", "content": None, "tool_calls": [WIRE_CALL]}]


def test_text_and_calls_stand_side_by_side():
    said = AIMessage([{"type": "text", "text": "Let me see."}, CALL], tool_calls=[CALL])
    (message,) = sent_for(said)
    assert (message["content"], message["tool_calls"]) == ("Let me see.", [WIRE_CALL])


def test_a_call_with_broken_arguments_is_sent_back_as_it_came():
    broken = {"name": "add", "args": '{"a": ', "id": "1", "error": None}
    (message,) = sent_for(AIMessage("", invalid_tool_calls=[broken]))
    assert message["tool_calls"][0]["function"] == {"name": "add", "arguments": '{"a": '}


@pytest.mark.parametrize("result", ["5", ["5"], [{"type": "text", "text": "5"}]])
@pytest.mark.parametrize("status", ["success", "error"])
def test_a_tool_message_answers_its_call(result, status, xingyun, sent):
    said = [
        HumanMessage("2+3?"),
        AIMessage("", tool_calls=[CALL]),
        ToolMessage(result, tool_call_id="call_1", status=status, artifact=object()),
    ]
    xingyun().invoke(said)
    assert sent()[-1]["messages"][2] == {
        "role": "tool",
        "content": "5",
        "tool_call_id": "call_1",
    }


async def test_an_answer_goes_back_as_it_came_from_either(xingyun, ashui, ask, sent):
    said = [HumanMessage("What is 2+3?")]
    for make in (xingyun, ashui):
        for version in (None, "v1"):
            settings = {"model": "deepseek-r1"} if make is xingyun else {"web_search": True}
            said.append(await ask(make(output_version=version, **settings), said))
            said.append(HumanMessage("And 3+4?"))
    await ask(xingyun(), said)
    turns = sent()[-1]["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant"] * 4 + ["user"]
    assert all(isinstance(turn["content"], str) and turn["content"] for turn in turns)
    assert all(turn.keys() == {"role", "content"} for turn in turns)


def test_messages_are_left_as_they_were(xingyun, ashui):
    messages = [
        SystemMessage("Be brief."),
        HumanMessage(["a", {"type": "image", "source_type": "base64", "data": RED,
                            "mime_type": "image/png"}]),
        AIMessage([{"type": "reasoning", "reasoning": "so"}, {"type": "text", "text": "b"}]),
        HumanMessage("c"),
    ]  # fmt: skip
    before = copy.deepcopy(messages)
    for model in (xingyun(), ashui(), xingyun(output_version="v1")):
        model.invoke(messages, images=[URI])
        list(model.stream(messages, images=[URI]))
        assert messages == before

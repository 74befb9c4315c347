"""Tools: 星芸's own, 阿水's by prompt, and the same to whoever calls them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    MessageRole,
    TextBlock,
    ToolCallBlock,
)
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools import FunctionTool

from tests.llama_index_xyashui.asking import ADD, SUM


def greet(name: str = "you") -> str:
    """Greet somebody."""
    return f"Hello, {name}"


TOOLS = [ADD, FunctionTool.from_defaults(greet)]


def test_a_tool_is_called(make) -> None:
    llm = make()
    response = llm.chat_with_tools(TOOLS, SUM)
    (block,) = response.message.blocks
    assert isinstance(block, ToolCallBlock)
    assert (block.tool_name, block.tool_kwargs) == ("add", {"a": 17, "b": 25})
    assert block.tool_call_id
    assert llm.get_tool_calls_from_response(response) == [
        ToolSelection(tool_id=block.tool_call_id, tool_name="add", tool_kwargs={"a": 17, "b": 25})
    ]
    # What came before LlamaIndex had blocks for calls looks here.
    (legacy,) = response.message.additional_kwargs["tool_calls"]
    assert legacy["id"] == block.tool_call_id
    assert json.loads(legacy["function"]["arguments"]) == {"a": 17, "b": 25}


async def test_a_tool_is_called_async(make) -> None:
    response = await make().achat_with_tools(TOOLS, SUM)
    assert response.message.blocks[0].tool_kwargs == {"a": 17, "b": 25}


def test_streamed_calls_end_as_whole_ones(make) -> None:
    llm = make()
    responses = list(llm.stream_chat_with_tools(TOOLS, SUM))
    for response in responses:  # agents look at every piece
        for call in llm.get_tool_calls_from_response(response, error_on_no_tool_call=False):
            assert call.tool_name == "add"
    (block,) = responses[-1].message.blocks
    assert (block.tool_name, block.tool_kwargs) == ("add", {"a": 17, "b": 25})
    ids = {
        block.tool_call_id
        for response in responses
        for block in response.message.blocks
        if isinstance(block, ToolCallBlock)
    }
    assert len(ids) == 1


async def test_streamed_calls_async(make) -> None:
    stream = await make().astream_chat_with_tools(TOOLS, SUM)
    async for response in stream:
        last = response
    assert last.message.blocks[0].tool_kwargs == {"a": 17, "b": 25}


@pytest.mark.parametrize(
    ("options", "sent_choice"),
    [
        ({}, None),
        ({"tool_required": True}, "required"),
        ({"tool_choice": "auto", "tool_required": True}, "auto"),
        ({"tool_choice": "any"}, "required"),
        ({"tool_choice": "none"}, "none"),
        ({"tool_choice": "add"}, {"type": "function", "function": {"name": "add"}}),
        (
            {"tool_choice": {"type": "function", "function": {"name": "add"}}},
            {"type": "function", "function": {"name": "add"}},
        ),
    ],
)
def test_what_is_sent_natively(xingyun, sent, options: dict[str, Any], sent_choice: Any) -> None:
    xingyun().chat_with_tools(TOOLS, SUM, allow_parallel_tool_calls=True, **options)
    assert [tool["function"]["name"] for tool in sent()["tools"]] == ["add", "greet"]
    assert sent()["tools"][0]["function"]["parameters"]["properties"]["a"]["type"] == "integer"
    assert sent().get("tool_choice") == sent_choice
    assert sent()["parallel_tool_calls"] is True


def test_without_tools_it_is_a_plain_question(xingyun, sent) -> None:
    xingyun().chat_with_tools([], SUM, tool_required=True)
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & set(sent())


def test_the_history_that_is_given_is_not_changed(make) -> None:
    history = [ChatMessage("Hello")]
    make().chat_with_tools(TOOLS, ChatMessage(SUM), chat_history=history)
    assert history == [ChatMessage("Hello")]


def test_predict_and_call(make) -> None:
    assert str(make().predict_and_call(TOOLS, SUM)) == "42"


async def test_apredict_and_call(make) -> None:
    assert str(await make().apredict_and_call(TOOLS, SUM)) == "42"


def test_a_call_and_its_result_go_back(make) -> None:
    llm = make()
    response = llm.chat_with_tools(TOOLS, SUM)
    (call,) = llm.get_tool_calls_from_response(response)
    result = ChatMessage(
        "42", role=MessageRole.TOOL, additional_kwargs={"tool_call_id": call.tool_id}
    )
    answer = llm.chat_with_tools(TOOLS, chat_history=[ChatMessage(SUM), response.message, result])
    assert "42" in answer.message.content


def test_where_no_tool_is_called(make) -> None:
    llm = make()
    response = llm.chat([ChatMessage("What is 17 * 3?")])
    assert llm.get_tool_calls_from_response(response, error_on_no_tool_call=False) == []
    with pytest.raises(ValueError, match="called no tool, but answered: '17"):
        llm.get_tool_calls_from_response(response)


# What models get wrong


def _calls(service, *calls: tuple[str | None, str, str]) -> None:
    deltas = [
        {"index": n, "id": id_, "type": "function", "function": {"name": name, "arguments": text}}
        for n, (id_, name, text) in enumerate(calls)
    ]
    service.answer({"tool_calls": deltas}, finish="tool_calls")


@pytest.mark.parametrize("arguments", ['{"name": "Li', "not JSON", "[1]", '"Li"', "[]"])
@pytest.mark.parametrize("streamed", [False, True])
def test_arguments_that_are_no_object_neither_crash_nor_vanish(
    xingyun, service, arguments: str, streamed: bool
) -> None:
    _calls(service, ("call_1", "greet", arguments))
    llm, messages = xingyun(base_url=service.url), [ChatMessage("?")]
    response = list(llm.stream_chat(messages))[-1] if streamed else llm.chat(messages)
    (block,) = response.message.blocks
    assert block.tool_kwargs == arguments
    (call,) = llm.get_tool_calls_from_response(response)
    assert call.tool_kwargs["invalid_json"] == arguments
    # `greet` could do without arguments, but it was not to greet "you"; the model is told so.
    outcome = llm.predict_and_call(TOOLS, "?")
    assert outcome.sources[0].is_error
    assert "the arguments are no JSON object" in str(outcome)


@pytest.mark.parametrize("arguments", ["", "{}", " "])
def test_no_arguments_are_fine(xingyun, service, arguments: str) -> None:
    _calls(service, ("call_1", "greet", arguments))
    assert str(xingyun(base_url=service.url).predict_and_call(TOOLS, "?")) == "Hello, you"


def test_pieces_of_arguments_are_read_as_far_as_they_go(xingyun, service) -> None:
    head = {"index": 0, "id": "c", "function": {"name": "greet", "arguments": ""}}
    pieces = ['{"name"', ': "Li"', "}"]
    service.answer(
        {"tool_calls": [head]},
        *({"tool_calls": [{"index": 0, "function": {"arguments": one}}]} for one in pieces),
        finish="tool_calls",
    )
    llm = xingyun(base_url=service.url)
    seen = [
        llm.get_tool_calls_from_response(response)[0].tool_kwargs
        for response in llm.stream_chat([ChatMessage("?")])
        if "tool_calls" in response.message.additional_kwargs
    ]
    assert seen[0] == {}
    assert seen[2] == seen[-1] == {"name": "Li"}


def test_a_call_without_an_id_gets_one(xingyun, service) -> None:
    _calls(service, (None, "greet", "{}"), (None, "greet", "{}"))
    llm = xingyun(base_url=service.url)
    *_, before, last = llm.stream_chat([ChatMessage("?")])
    ids = [block.tool_call_id for block in last.message.blocks]
    assert all(ids)
    assert len(set(ids)) == 2
    assert [block.tool_call_id for block in before.message.blocks] == ids


def test_several_calls_only_where_they_are_allowed(xingyun, service) -> None:
    _calls(service, ("1", "add", '{"a":1,"b":2}'), ("2", "greet", "{}"))
    llm = xingyun(base_url=service.url)
    both = llm.chat_with_tools(TOOLS, "?", allow_parallel_tool_calls=True)
    assert len(llm.get_tool_calls_from_response(both)) == 2
    one = llm.chat_with_tools(TOOLS, "?", allow_parallel_tool_calls=False)
    assert [call.tool_name for call in llm.get_tool_calls_from_response(one)] == ["add"]
    assert len(one.message.additional_kwargs["tool_calls"]) == 1
    for allowed, count in ((True, 2), (False, 1)):
        *_, last = llm.stream_chat_with_tools(TOOLS, "?", allow_parallel_tool_calls=allowed)
        assert len(llm.get_tool_calls_from_response(last)) == count
    assert str(llm.predict_and_call(TOOLS, "?")) == "3"
    outcome = llm.predict_and_call(TOOLS, "?", allow_parallel_tool_calls=True)
    assert str(outcome) == "3\n\nHello, you"


def test_text_before_a_call_is_kept(xingyun, service) -> None:
    call = {"index": 0, "id": "c", "function": {"name": "greet", "arguments": "{}"}}
    service.answer({"content": "Let me see."}, {"tool_calls": [call]}, finish="tool_calls")
    llm, messages = xingyun(base_url=service.url), [ChatMessage("?")]
    for response in (llm.chat(messages), list(llm.stream_chat(messages))[-1]):
        text, block = response.message.blocks
        assert text == TextBlock(text="Let me see.")
        assert block.tool_name == "greet"
        assert response.additional_kwargs["finish_reason"] == "tool_calls"


def test_calls_in_messages_of_other_llms_are_read(make) -> None:
    legacy = {"id": "1", "function": {"name": "add", "arguments": '{"a": 1'}}
    message = ChatMessage(role="assistant", additional_kwargs={"tool_calls": [legacy]})
    (call,) = make().get_tool_calls_from_response(ChatResponse(message=message))
    assert call == ToolSelection(tool_id="1", tool_name="add", tool_kwargs={"a": 1})

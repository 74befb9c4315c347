"""Tool calls that a model makes: none lost, whole or in pieces."""

from __future__ import annotations

import json
import warnings
from functools import reduce
from operator import add

import pytest
from langchain_core._api import LangChainBetaWarning
from langchain_core.messages import HumanMessage, ToolMessage

from langchain_xyashui.tool_calls import written

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
QUESTION = "What is the weather in Paris and in London?"


def delta(index=0, id=None, name=None, arguments=""):  # noqa: A002 - the wire's name
    function = {"name": name, "arguments": arguments}
    return {"tool_calls": [{"index": index, "id": id, "function": function}]}


async def test_parallel_calls_arrive(xingyun, ask):
    answer = await ask(xingyun().bind(tools=[WEATHER]), QUESTION)
    assert [(call["name"], call["args"]) for call in answer.tool_calls] == [
        ("get_weather", {"city": "Paris"}),
        ("get_weather", {"city": "London"}),
    ]
    assert len({call["id"] for call in answer.tool_calls}) == 2
    assert all(call["id"] for call in answer.tool_calls)
    assert answer.invalid_tool_calls == []
    assert answer.response_metadata["finish_reason"] == "tool_calls"
    assert [block["type"] for block in answer.content_blocks] == ["tool_call"] * 2


async def test_calls_and_their_results_go_back_and_forth(xingyun, ask):
    model = xingyun().bind(tools=[WEATHER])
    said = [HumanMessage(QUESTION)]
    said.append(await ask(model, said))
    said += [
        ToolMessage(json.dumps({"city": call["args"]["city"], "sky": "clear"}), tool_call_id=id_)
        for call in said[-1].tool_calls
        if (id_ := call["id"])
    ]
    answer = await ask(model, said)
    assert "clear" in answer.content
    assert answer.tool_calls == []


def test_calls_are_streamed_in_pieces(xingyun):
    chunks = list(xingyun().stream(QUESTION, tools=[WEATHER]))
    pieces = [piece for chunk in chunks for piece in chunk.tool_call_chunks]
    assert len(pieces) > 2
    assert {piece["index"] for piece in pieces} == {0, 1}
    first = [piece for piece in pieces if piece["index"] == 0]
    assert first[0]["name"] == "get_weather"
    assert first[0]["id"]
    assert json.loads("".join(piece["args"] for piece in first)) == {"city": "Paris"}


@pytest.mark.parametrize("version", ["v0", "v1"])
async def test_text_reasoning_and_calls_stay_apart(service, xingyun, ask, version):
    service.answer(
        {"reasoning_content": "So."},
        {"content": "Let me "},
        {"content": "see."},
        delta(0, "a", "f", '{"x"'),
        delta(1, "b", "g", "{}"),
        delta(0, None, None, ": 1}"),
        finish="tool_calls",
    )
    answer = await ask(xingyun(base_url=service.url, output_version=version), "hi")
    blocks = [dict(block) for block in answer.content_blocks]
    for block in blocks:
        block.pop("index", None)
    assert blocks == [
        {"type": "reasoning", "reasoning": "So."},
        {"type": "text", "text": "Let me see."},
        {"type": "tool_call", "name": "f", "args": {"x": 1}, "id": "a"},
        {"type": "tool_call", "name": "g", "args": {}, "id": "b"},
    ]
    assert [call["id"] for call in answer.tool_calls] == ["a", "b"]
    assert answer.text == "Let me see."


async def test_what_gateways_do_to_calls_is_mended(service, xingyun, ask):
    service.answer(
        {"tool_calls": [{"id": "a", "function": {"name": "f", "arguments": '{"x":'}}]},
        {"tool_calls": [{"id": None, "function": {"name": "f", "arguments": "1}"}}]},
        {"tool_calls": [{"function": {"name": "g", "arguments": {"y": 2}}}]},
        finish="tool_calls",
    )
    answer = await ask(xingyun(base_url=service.url), "hi")
    assert [(call["name"], call["args"]) for call in answer.tool_calls] == [
        ("f", {"x": 1}),
        ("g", {"y": 2}),
    ]
    assert all(call["id"] for call in answer.tool_calls)


@pytest.mark.parametrize("arguments", ["not json", "[1, 2]", '"text"', "5"])
async def test_broken_arguments_are_invalid_calls_and_never_lost(service, xingyun, ask, arguments):
    service.answer(
        delta(0, "good", "f", "{}"), delta(1, "bad", "f", arguments), finish="tool_calls"
    )
    answer = await ask(xingyun(base_url=service.url), "hi")
    assert [call["id"] for call in answer.tool_calls] == ["good"]
    (invalid,) = answer.invalid_tool_calls
    assert (invalid["id"], invalid["name"], written(invalid["args"])) == ("bad", "f", arguments)
    good, bad = answer.content_blocks
    assert (good["type"], bad["type"], bad["args"]) == ("tool_call", "invalid_tool_call", arguments)


@pytest.mark.parametrize(
    "arguments",
    ["9" * 5000, '{"x":' + "9" * 5000 + "}", "[" * 100_000, '{"x":' + "[" * 300 + "]" * 300 + "}"],
    ids=lambda arguments: f"{arguments[:8]}...",
)
def test_nor_are_those_that_python_cannot_read(service, xingyun, arguments):
    service.answer_whole(delta(0, "bad", "f", arguments), finish="tool_calls")
    for model in (
        xingyun(base_url=service.url),
        xingyun(base_url=service.url).bind_tools([WEATHER]),
    ):
        answer = model.invoke("hi")
        assert answer.tool_calls == []
        (invalid,) = answer.invalid_tool_calls
        assert (invalid["id"], invalid["args"]) == ("bad", arguments)
        assert invalid["error"]


async def test_a_call_without_arguments_has_none(service, xingyun, ask):
    service.answer(delta(0, "a", "now", ""), finish="tool_calls")
    answer = await ask(xingyun(base_url=service.url), "hi")
    assert [(call["name"], call["args"]) for call in answer.tool_calls] == [("now", {})]


def test_every_chunk_shows_its_own_blocks(service, xingyun):
    service.answer({"content": "So "}, delta(0, "a", "f", '{"x"'), delta(0, None, None, ": 1}"))
    chunks = list(xingyun(base_url=service.url).stream("hi"))
    kinds = [[block["type"] for block in chunk.content_blocks] for chunk in chunks[:3]]
    assert kinds == [["text"], ["tool_call_chunk"], ["tool_call_chunk"]]
    merged = reduce(add, chunks)
    assert [block["type"] for block in merged.content_blocks] == ["text", "tool_call"]


def test_so_does_the_last_of_a_call_that_cannot_be_made(service, xingyun):
    service.answer(delta(0, "a", "f", "not "), delta(0, None, None, "json"))
    *_, last = chunks = list(xingyun(base_url=service.url).stream("hi"))
    assert [block["type"] for block in last.content_blocks] == ["tool_call_chunk"]
    (block,) = reduce(add, chunks).content_blocks
    assert (block["type"], block["name"], block["args"]) == ("invalid_tool_call", "f", "not json")


def test_blocks_of_content_have_no_call_besides(service, xingyun):
    service.answer(delta(0, "a", "f", "not "), delta(0, None, None, "json"))
    streamed = reduce(add, xingyun(base_url=service.url, output_version="v1").stream("hi"))
    assert [(block["name"], block["id"]) for block in streamed.content] == [("f", "a")]
    assert streamed.tool_calls == []


def test_events_v3_tell_calls_that_cannot_be_made(service, xingyun):
    beginnings = delta(0, "a", "f", '{"x": 1'), delta(1, "b", "f", '{"x": 2}')
    service.answer(*beginnings, delta(0, arguments="}}"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LangChainBetaWarning)
        output = xingyun(base_url=service.url).stream_events("hi", version="v3").output
    assert [(call["id"], call["args"]) for call in output.tool_calls] == [("b", {"x": 2})]
    (invalid,) = output.invalid_tool_calls
    assert (invalid["id"], written(invalid["args"])) == ("a", '{"x": 1}}')


def test_events_v3_tell_calls(service, xingyun):
    service.answer({"content": "So "}, delta(0, "a", "f", '{"x"'), delta(0, None, None, ": 1}"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LangChainBetaWarning)
        stream = xingyun(base_url=service.url).stream_events("hi", version="v3")
        output = stream.output
    assert [block["type"] for block in output.content] == ["text", "tool_call"]
    assert output.tool_calls[0]["args"] == {"x": 1}

"""Pieces of tool calls: what LangChain makes of them, and an end where it would take too long."""

from __future__ import annotations

import json
from functools import reduce
from operator import add

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk

from langchain_xyashui.errors import MalformedOutputError
from langchain_xyashui.pieces import call_piece

LONG = "".join(f'def f_{n}(x: str = "{n}"):\n    return {{"星芸": [x, 1]}}\n' for n in range(300))

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner),
)
TEXTS = st.builds(
    json.dumps,
    st.dictionaries(st.text(max_size=9), VALUES | st.just(LONG[:400]), max_size=5),
    ensure_ascii=st.booleans(),
    indent=st.sampled_from([None, 2]),
)


def made(*arguments: str | None) -> tuple[ChatGenerationChunk, ChatGenerationChunk]:
    """Return a chunk with these pieces as it is made here, and as the constructors make it."""
    kwargs, metadata = {"reasoning_content": "嗯"}, {"model_provider": "xingyun"}
    calls = [
        tool_call_chunk(name="f" if n else None, args=one, id=f"call_{n}" if n else None, index=n)
        for n, one in enumerate(arguments)
    ]
    message = AIMessageChunk(
        content="好",
        additional_kwargs=kwargs,
        response_metadata=metadata,
        tool_call_chunks=[dict(call) for call in calls],
    )
    return call_piece("好", kwargs, metadata, calls), ChatGenerationChunk(message=message)


@given(TEXTS, st.data())
def test_any_beginning_of_arguments_is_what_the_constructors_make(text, data):
    ours, theirs = made(text[: data.draw(st.integers(0, len(text)))], "")
    assert repr(ours) == repr(theirs)  # two that are not a number are not equal


@given(TEXTS, st.data())
def test_so_is_any_short_piece(text, data):
    start = data.draw(st.integers(0, len(text)))
    ours, theirs = made(text[start : start + data.draw(st.integers(0, 100))], None)
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize(
    "look",
    [
        lambda piece: piece,
        lambda piece: piece.model_dump(),
        lambda piece: piece.message.model_dump(exclude_unset=True),
        lambda piece: piece.message.content_blocks,
        lambda piece: piece + piece,
        lambda piece: type(piece.message),
    ],
)
@pytest.mark.parametrize("arguments", ["", '{"city": "济', '南"}', "{{", "[", '{"a": 1}'])
def test_and_so_is_all_else_about_it(arguments, look):
    ours, theirs = made(arguments, "{}")
    assert look(ours) == look(theirs)


# Streams


def script(service, *pieces: str, finish: str = "tool_calls") -> None:
    def delta(piece: str, **more: object) -> dict:
        return {"tool_calls": [{"index": 0, "function": {"arguments": piece, **more}}]}

    first, *rest = pieces
    service.answer(delta(first, name="f"), *[delta(one) for one in rest], finish=finish)


def cut(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


@pytest.mark.parametrize("size", [7, 1000, 20_000])
@pytest.mark.parametrize("ascii_only", [True, False])
async def test_long_arguments_arrive(service, xingyun, ask, ascii_only, size):
    text = json.dumps({"path": "a.py", "text": LONG[:4000]}, ensure_ascii=ascii_only)
    script(service, *cut(text, size))
    answer = await ask(xingyun(base_url=service.url), "hi")
    assert [call["args"] for call in answer.tool_calls] == [json.loads(text)]
    assert answer.invalid_tool_calls == []


NONSENSE = {
    "braces": "{" * 5000,
    "two values": '{"a": 1}' * 200,
    "prose": '{"a": 1' + LONG,
    "a name without end": '{"' + "x" * 5000,
    "space without end": '{"a": 1,' + " " * 5000,
    "a number without end": '{"a": ' + "9" * 20_000,
    "too deep": '{"a":' * 150,
}


@pytest.mark.parametrize("size", [50, 1_000_000])
@pytest.mark.parametrize("text", NONSENSE.values(), ids=NONSENSE)
async def test_long_nonsense_ends_the_stream(service, xingyun, text, size):
    script(service, *cut(text, size))
    model = xingyun(base_url=service.url)
    with pytest.raises(MalformedOutputError, match="cannot be read") as caught:
        list(model.stream("hi"))
    with pytest.raises(MalformedOutputError, match="cannot be read"):
        [chunk async for chunk in model.astream("hi")]
    assert caught.value.partial is not None
    (call,) = caught.value.partial.tool_calls
    assert text.startswith(call.arguments)


@pytest.mark.parametrize("arguments", ["{" * 900, '{"a": 1} and so on', "9" * 900])
def test_short_nonsense_is_a_call_that_cannot_be_made(service, xingyun, arguments):
    script(service, *cut(arguments, 300))
    said = [chunk.tool_call_chunks for chunk in xingyun(base_url=service.url).stream("hi")]
    assert "".join(one[0]["args"] for one in said if one) == arguments


LONG_ARGUMENTS = json.dumps({"text": LONG[:4000]})
ODD = {
    "the end of a code block": (LONG_ARGUMENTS, "\n```", True),
    "the end of one, behind much": (json.dumps({"text": LONG * 2}), "\n```", True),
    "another object": (json.dumps({"text": "x" * 700}), json.dumps({"text": "x" * 700}), True),
    "a brace too many": (LONG_ARGUMENTS, "}", False),
    "an escape that is none": (LONG_ARGUMENTS[:-2], "\\'quoted\\'\"}", False),
}


@pytest.mark.parametrize("size", [70, 1000, 1_000_000])
@pytest.mark.parametrize(("text", "odd", "valid"), ODD.values(), ids=ODD)
async def test_a_little_that_is_odd_does_not_end_it(service, xingyun, text, odd, valid, size):
    script(service, *cut(text + odd, size))
    model = xingyun(base_url=service.url)
    streamed = [list(model.stream("hi")), [chunk async for chunk in model.astream("hi")]]
    for answer in [sum(chunks[1:], chunks[0]) for chunks in streamed]:
        assert answer.tool_call_chunks[0]["args"] == text + odd
        assert [call["args"] for call in answer.tool_calls] == ([json.loads(text)] if valid else [])
        assert len(answer.invalid_tool_calls) == (not valid)


@pytest.mark.parametrize("size", [70, 1000, 1_000_000])
def test_what_is_odd_comes_at_the_end(service, xingyun, size):
    # While more comes, LangChain reads only what can be JSON, and need not go back.
    script(service, *cut(LONG_ARGUMENTS + "\n```", size))
    pieces = [chunk.tool_call_chunks for chunk in xingyun(base_url=service.url).stream("hi")]
    said = [call["args"] for calls in pieces for call in calls]
    assert ("".join(said[:-1]), said[-1]) == (LONG_ARGUMENTS + "\n", "```")


FAR = json.dumps({"text": LONG * 2})
FAR_BACK = {
    "a bracket behind it": (FAR, "{"),
    "two behind it": (FAR, "x[]"),
    "a broken string in it": (FAR[:-2], "\\'"),
}


@pytest.mark.parametrize(("text", "odd"), FAR_BACK.values(), ids=FAR_BACK)
def test_what_langchain_would_go_far_back_for_ends_the_stream(service, xingyun, text, odd):
    script(service, text, odd)
    with pytest.raises(MalformedOutputError, match="no JSON"):
        list(xingyun(base_url=service.url).stream("hi"))


def test_no_long_piece_ends_in_the_middle_of_an_escape(service, xingyun):
    # LangChain would take the whole of the string before it for nothing.
    text = json.dumps({"text": "济" * 500})
    script(service, *cut(text, 1001))
    chunks = list(xingyun(base_url=service.url).stream("hi"))
    for count in range(1, len(chunks) + 1):
        (call,) = reduce(add, chunks[:count]).tool_calls
        assert "text" in call["args"]


def test_what_is_kept_of_an_escape_is_not_lost_where_the_answer_ends(service, xingyun):
    text = json.dumps({"text": "济" * 500})[:2003]
    script(service, *cut(text, 1001), finish="length")
    chunks = list(xingyun(base_url=service.url).stream("hi"))
    said = [call["args"] for chunk in chunks for call in chunk.tool_call_chunks]
    assert "".join(said) == text
    assert reduce(add, chunks).tool_call_chunks[0]["args"] == text

"""Pieces of tool calls: what LangChain makes of them, and what it is kept from making of them."""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence
from functools import reduce
from itertools import accumulate, pairwise
from operator import add

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.load import dumpd, load
from langchain_core.messages import AIMessage, AIMessageChunk, message_chunk_to_message
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.output_parsers.openai_tools import JsonOutputKeyToolsParser, PydanticToolsParser
from langchain_core.outputs import ChatGenerationChunk
from pydantic import BaseModel

from langchain_xyashui.depths import DEEPEST
from langchain_xyashui.messages import last_part, message_of, next_part, to_wire
from langchain_xyashui.pieces import call_piece
from langchain_xyashui.tool_calls import written
from langchain_xyashui.tool_pieces import ToolPieces
from tests.servers import FaultServer, chunked
from tests.wire import DONE, delta
from xyashui import Chunk
from xyashui.answers import AnswerBuilder, ToolCallDelta
from xyashui.json_beginnings import UNCLOSABLE, Beginning

LONG = "".join(f'def f_{n}(x: str = "{n}"):\n    return {{"星芸": [x, 1]}}\n' for n in range(300))
LONG_ARGUMENTS = json.dumps({"text": LONG[:4000]})

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
    def one_of(piece: str, **more: object) -> dict:
        return {"tool_calls": [{"index": 0, "function": {"arguments": piece, **more}}]}

    first, *rest = pieces
    service.answer(one_of(first, name="f"), *[one_of(one) for one in rest], finish=finish)


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


# Calls that cannot be made


def told(text: str, sizes: Sequence[int]) -> tuple[AIMessage, list[AIMessageChunk]]:
    """Return arguments in a message, and cut into pieces of these sizes and a rest."""
    calls, builder, chunks = ToolPieces(), AnswerBuilder(), []
    ends = [*accumulate(sizes), len(text)]
    for start, end in pairwise([0, *[min(end, len(text)) for end in ends]]):
        delta = ToolCallDelta(0, None if start else "a", None if start else "f", text[start:end])
        chunk = Chunk(tool_calls=(delta,))
        builder.add(chunk)
        chunks.append(next_part(chunk, "xingyun", calls).message)
    answer = builder.build()
    chunks.append(last_part(answer, "xingyun", calls).message)
    return message_of(answer, answer.choices[0], "xingyun"), chunks


def agree(whole: AIMessage, streamed: AIMessage) -> None:
    assert repr(streamed.tool_calls) == repr(whole.tool_calls)  # NaN is not equal to itself
    for ours, theirs in zip(streamed.invalid_tool_calls, whole.invalid_tool_calls, strict=True):
        assert (ours["id"], ours["name"]) == (theirs["id"], theirs["name"])
        assert written(ours["args"]) == written(theirs["args"])
        assert streamed.additional_kwargs["tool_call_errors"] == {ours["id"]: theirs["error"]}


SIGNS = [*'{}[]",:\\u1 \nx-.', '{"a"', "null", r"\ud83d", r"\ude00", "你"]
ANYTHING = st.lists(st.sampled_from(SIGNS), max_size=20).map("".join)
ANY = ANYTHING | st.builds(
    lambda text, end, rest: text[: len(text) - end] + rest,
    TEXTS | st.sampled_from([LONG_ARGUMENTS, "{" + " " * 2000 + '"a": 1}']),
    st.integers(0, 9),
    st.just("") | ANYTHING,
)


@given(ANY, st.lists(st.integers(0, 1500), max_size=5))
def test_a_stream_gives_the_calls_that_a_whole_answer_gives(text, sizes):
    whole, chunks = told(text, sizes)
    agree(whole, reduce(add, chunks))
    agree(whole, message_chunk_to_message(chunks[0] + chunks[1:]))


@given(ANY, st.lists(st.integers(0, 40), max_size=5))
def test_all_there_is_of_it_can_be_written_down_at_any_time(text, sizes):
    _, chunks = told(text, sizes)
    for chunk in (*chunks, *accumulate(chunks)):
        chunk.model_dump_json()


@pytest.mark.parametrize("text", ['{"a": 1', '{"a": "x', '{"a": "x\\', '{"a": [{"b": 1}, ', '{"'])
def test_nothing_that_breaks_off_is_closed_wherever_the_sum_goes(text):
    _, chunks = told(text, [3])
    streamed = reduce(add, chunks)
    for one in (
        streamed,
        streamed + AIMessageChunk(""),
        message_chunk_to_message(streamed),
        load(dumpd(streamed), allowed_objects="messages"),
        AIMessageChunk.model_validate_json(streamed.model_dump_json()),
        pickle.loads(pickle.dumps(streamed)),
    ):
        assert one.tool_calls == []
        assert [written(call["args"]) for call in one.invalid_tool_calls] == [text]
        (message,), _ = to_wire([one])
        (call,) = message["tool_calls"]
        assert call["function"]["arguments"] == text


HALF = '{"to": "Bob", "amount": 10'


@pytest.mark.parametrize("finish", ["tool_calls", "length", "stop"])
def test_half_a_call_is_none_however_the_answer_ended(service, xingyun, finish):
    script(service, *cut(HALF, 9), finish=finish)
    for answer in (
        xingyun(base_url=service.url, streaming=True).invoke("hi"),
        reduce(add, xingyun(base_url=service.url).stream("hi")),
    ):
        assert answer.tool_calls == []
        assert written(answer.invalid_tool_calls[0]["args"]) == HALF
        (reason,) = answer.additional_kwargs["tool_call_errors"].values()
        assert reason.startswith("the arguments are no JSON object: Expecting ','")


NONSENSE = {
    "braces": "{" * 5000,
    "two values": '{"a": 1}' * 200,
    "prose": '{"a": 1' + LONG,
    "a name without end": '{"' + "x" * 5000,
    "space without end": '{"a": 1,' + " " * 5000,
    "a number without end": '{"a": ' + "9" * 20_000,
    "too deep": '{"a":' * 150,
    "too deep, and closed": '{"a": ' + "[" * 500 + "]" * 500 + "}",
    "the end of a code block": LONG_ARGUMENTS + "\n```",
    "a brace too many": LONG_ARGUMENTS + "}",
    "an escape that is none": LONG_ARGUMENTS[:-2] + "\\'quoted\\'\"}",
}


@pytest.mark.parametrize("size", [50, 1_000_000])
@pytest.mark.parametrize("text", NONSENSE.values(), ids=NONSENSE)
async def test_long_nonsense_is_a_call_that_cannot_be_made(service, xingyun, ask, text, size):
    script(service, *cut(text, size))
    answer = await ask(xingyun(base_url=service.url), "hi")
    assert answer.tool_calls == []
    (invalid,) = answer.invalid_tool_calls
    assert written(invalid["args"]) == text


@pytest.mark.parametrize("size", [50, 1_000_000])
@pytest.mark.parametrize("text", NONSENSE.values(), ids=NONSENSE)
def test_langchain_need_not_go_far_back_for_it(text, size):
    _, chunks = told(text, [size] * (len(text) // size))
    *said, _ = [chunk.tool_call_chunks[0]["args"] for chunk in chunks if chunk.tool_call_chunks]
    beginning = Beginning(deepest=DEEPEST)
    beginning.feed("".join(said))
    behind = beginning.length - beginning.firm if beginning.broken else beginning.loose
    assert behind <= 100


BROKEN = {
    "prose": "not json",
    "white space and prose": " " * 2000 + "not json",
    "a list": '[{"a": 1}]',
    "a text": '"{\\"a\\": 1}"',
    "much prose": LONG,
    "no JSON but Python": "{'a': None}",
    "a word that is none": '{"a": nil}',
    "a comma too many": '{"a": 1,}',
    "a brace too many": '{"a": 1}}',
    "one behind much": LONG_ARGUMENTS + "\n}",
    "null and more": "null null",
}


@pytest.mark.parametrize("size", [3, 1_000_000])
@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_what_is_known_to_be_no_object_is_no_call_before_the_answer_ends(text, size):
    _, chunks = told(text, [size] * (len(text) // size))
    streamed = reduce(add, chunks[:-1])
    assert streamed.tool_calls == []
    assert [call["name"] for call in streamed.invalid_tool_calls] == ["f"]


@pytest.mark.parametrize("pieces", [["null"], ["nu", "ll"], ["null", " ", "\n"]])
def test_null_may_be_what_is_none_yet(pieces):
    whole, chunks = told("".join(pieces), [len(piece) for piece in pieces])
    assert whole.tool_calls[0]["args"] == {}
    for streamed in accumulate(chunks):
        assert streamed.tool_calls == whole.tool_calls


@pytest.mark.parametrize("arguments", ["", '{"a": "many"', '{"a": "many"}', r'{"a": "\ud83d'])
def test_a_call_that_is_refused_is_none_at_once(arguments):
    calls, builder = ToolPieces(), AnswerBuilder()
    chunk = Chunk(tool_calls=(ToolCallDelta(0, "a", "f", arguments, "refused"),))
    builder.add(chunk)
    answer = builder.build()
    first = next_part(chunk, "xingyun", calls).message
    last = last_part(answer, "xingyun", calls).message
    assert first.tool_calls == []
    assert [call["name"] for call in first.invalid_tool_calls] == ["f"]
    assert last.tool_call_chunks == []
    agree(message_of(answer, answer.choices[0], "xingyun"), first + last)


class Order(BaseModel):
    """An order."""

    a: int = 5


PARSERS = [
    PydanticToolsParser(tools=[Order], first_tool_only=True),
    JsonOutputKeyToolsParser(key_name="Order", first_tool_only=True),
]


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: type(parser).__name__)
@pytest.mark.parametrize("arguments", ["nonsense", "[1]", '{"a": 1}}', "{'a': 1}"])
def test_langchains_parsers_make_nothing_of_it(service, xingyun, parser, arguments):
    function = {"name": "Order", "arguments": arguments}
    service.answer({"tool_calls": [{"index": 0, "id": "a", "function": function}]})
    assert list((xingyun(base_url=service.url) | parser).stream("hi")) in ([], [None])


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: type(parser).__name__)
def test_nor_of_one_that_this_side_refuses(ashui, parser):
    call = '<tool_call>{"name": "Order", "arguments": {"a": "many"}}</tool_call>'
    answer = chunked(delta(call), delta("", "stop"), DONE)
    with FaultServer([answer], [answer]) as server:
        chain = ashui(base_url=server.url).bind_tools([Order]) | parser
        assert list(chain.stream("hi")) in ([], [None])


def test_what_says_nothing_for_long_comes_as_soon_as_it_does():
    _, chunks = told('{"' + "x" * 3000 + '": "y"}', [50, 1000, 1956])
    said = [len(chunk.tool_call_chunks[0]["args"]) for chunk in chunks[:-1]]
    assert said == [50, 0, 2956, 3]
    assert chunks[-1].tool_call_chunks == []


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
    assert "".join(said) == text + UNCLOSABLE
    assert reduce(add, chunks).tool_call_chunks[0]["args"] == text + UNCLOSABLE

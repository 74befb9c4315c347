"""One choice, in all the ways that gateways put it -> chunks and whole tool calls."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from xyashui.answers import Answer, AnswerBuilder, Choice, ToolCallDelta, Usage
from xyashui.deltas import ChoiceReader, usage_of


def call(name: Any = None, arguments: Any = None, **fields: Any) -> dict[str, Any]:
    """One entry of `tool_calls`; what is None is not there."""
    function = {"name": name, "arguments": arguments}
    return {
        **fields,
        "function": {key: value for key, value in function.items() if value is not None},
    }


def read(*deltas: dict[str, Any]) -> tuple[list[ToolCallDelta], Answer]:
    """Read deltas as one choice; return the pieces of tool calls, and the whole."""
    reader, builder = ChoiceReader(), AnswerBuilder("m")
    pieces = []
    for delta in deltas:
        chunk = reader.read({"index": 0, "delta": delta}, {})
        if chunk is not None:
            builder.add(chunk)
            pieces += chunk.tool_calls
    return pieces, builder.build()


WEATHER = ("weather", '{"city": "济南"}')
TIME = ("time", '{"zone": 8}')

# Each list is the `tool_calls` of one delta after another; the calls are what they add up to,
# with their ids where the service gave one.
FORMS: dict[str, tuple[list[Any], list[tuple[str | None, str, str]]]] = {
    "as OpenAI documents it": (
        [
            [call("weather", "", index=0, id="a", type="function")],
            [call(None, '{"city": ', index=0)],
            [call(None, '"济南"}', index=0)],
        ],
        [("a", *WEATHER)],
    ),
    "two calls, one after the other": (
        [
            [call("weather", "", index=0, id="a")],
            [call(None, WEATHER[1], index=0)],
            [call("time", "", index=1, id="b")],
            [call(None, TIME[1], index=1)],
        ],
        [("a", *WEATHER), ("b", *TIME)],
    ),
    "two calls, interleaved": (
        [
            [call("weather", "", index=0, id="a"), call("time", "", index=1, id="b")],
            [call(None, '{"city": ', index=0), call(None, '{"zone"', index=1)],
            [call(None, ": 8}", index=1), call(None, '"济南"}', index=0)],
        ],
        [("a", *WEATHER), ("b", *TIME)],
    ),
    "no index, id once": (
        [[call("weather", "", id="a")], [call(None, '{"city": ')], [call(None, '"济南"}')]],
        [("a", *WEATHER)],
    ),
    "no index, id in every delta": (
        [
            [call("weather", '{"city": ', id="a")],
            [call("time", '{"zone"', id="b")],
            [call(None, '"济南"}', id="a")],
            [call(None, ": 8}", id="b")],
        ],
        [("a", *WEATHER), ("b", *TIME)],
    ),
    "no index, two calls, id once each": (
        [
            [call("weather", "", id="a")],
            [call(None, WEATHER[1])],
            [call("time", "", id="b")],
            [call(None, TIME[1])],
        ],
        [("a", *WEATHER), ("b", *TIME)],
    ),
    "no index and no id": (
        [
            [call("weather", "")],
            [call(None, WEATHER[1])],
            [call("time", "")],
            [call(None, TIME[1])],
        ],
        [(None, *WEATHER), (None, *TIME)],
    ),
    "no index and no id, each whole": (
        [[call(*WEATHER)], [call(*TIME)]],
        [(None, *WEATHER), (None, *TIME)],
    ),
    "no index and no id, the same function twice": (
        [[call("time", '{"zone": 1}')], [call("time", '{"zone": 2}')]],
        [(None, "time", '{"zone": 1}'), (None, "time", '{"zone": 2}')],
    ),
    "no index, no id, no arguments": (
        [[call("ping", "")], [call("pong", "")]],
        [(None, "ping", ""), (None, "pong", "")],
    ),
    "id null after the first": (
        [
            [call("weather", "", index=0, id="a")],
            [call(None, '{"city": ', index=0, id=None)],
            [call(None, '"济南"}', index=0, id=None)],
        ],
        [("a", *WEATHER)],
    ),
    'id "" after the first': (
        [[call("weather", "", index=0, id="a")], [call("", WEATHER[1], index=0, id="")]],
        [("a", *WEATHER)],
    ),
    "id only later": (
        [[call("weather", "", index=0)], [call(None, WEATHER[1], index=0, id="a")]],
        [(None, *WEATHER)],
    ),
    "name in every delta": (
        [
            [call("weather", '{"city": ', index=0, id="a")],
            [call("weather", '"济', index=0, id="a")],
            [call("weather", '南"}', index=0, id="a")],
        ],
        [("a", *WEATHER)],
    ),
    "name in every delta, no id and no index": (
        [[call("weather", '{"city": ')], [call("weather", '"济')], [call("weather", '南"}')]],
        [(None, *WEATHER)],
    ),
    "name in every delta, arguments empty at the end": (
        [[call(*WEATHER, index=0, id="a")], [call("weather", "", index=0)], [call("weather")]],
        [("a", *WEATHER)],
    ),
    "name in pieces": (
        [
            [call("wea", "", index=0, id="a")],
            [call("ther", index=0)],
            [call(None, WEATHER[1], index=0)],
        ],
        [("a", *WEATHER)],
    ),
    "whole in one delta": ([[call(*WEATHER, index=0, id="a")]], [("a", *WEATHER)]),
    "two whole in one delta": (
        [[call(*WEATHER, index=0, id="a"), call(*TIME, index=1, id="b")]],
        [("a", *WEATHER), ("b", *TIME)],
    ),
    "all numbered 0, with ids": (
        [[call(*WEATHER, index=0, id="a")], [call(*TIME, index=0, id="b")]],
        [("a", *WEATHER), ("b", *TIME)],
    ),
    "all numbered 0, with ids, in pieces": (
        [
            [call("weather", "", index=0, id="a")],
            [call(None, WEATHER[1], index=0)],
            [call("time", "", index=0, id="b")],
            [call(None, TIME[1], index=0)],
        ],
        [("a", *WEATHER), ("b", *TIME)],
    ),
    "all numbered 0 in one delta": (
        [[call(*WEATHER, index=0, id="a"), call(*TIME, index=0, id="b")]],
        [("a", *WEATHER), ("b", *TIME)],
    ),
    "all numbered 0, without ids": (
        [[call(*WEATHER, index=0)], [call(*TIME, index=0)], [call(*TIME, index=0)]],
        [(None, *WEATHER), (None, *TIME), (None, *TIME)],
    ),
    "numbered from 1": ([[call(*WEATHER, index=1, id="a")]], [("a", *WEATHER)]),
    "numbered in quotes": (
        [[call("weather", "", index="0", id="a")], [call(None, WEATHER[1], index="0")]],
        [("a", *WEATHER)],
    ),
    "index only in the first": (
        [[call("weather", "", index=0, id="a")], [call(None, WEATHER[1])]],
        [("a", *WEATHER)],
    ),
    "arguments as an object": (
        [[call("weather", {"city": "济南"}, index=0, id="a")]],
        [("a", "weather", '{"city":"济南"}')],
    ),
    "arguments null": ([[call("ping", None, index=0, id="a")]], [("a", "ping", "")]),
    "an id that is a number": ([[call(*WEATHER, index=0, id=7)]], [("7", *WEATHER)]),
    "one object instead of a list": ([call(*WEATHER, index=0, id="a")], [("a", *WEATHER)]),
    "nulls between": (
        [[None, call("weather", "", index=0, id="a")], None, [None], [call(None, WEATHER[1])]],
        [("a", *WEATHER)],
    ),
    "function null": (
        [[{"index": 0, "id": "a", "function": None}], [call(*WEATHER, index=0)]],
        [("a", *WEATHER)],
    ),
}


@pytest.mark.parametrize(("deltas", "calls"), FORMS.values(), ids=FORMS)
class TestToolCalls:
    def test_the_calls_are_whole(self, deltas, calls):
        _, answer = read(*({"tool_calls": entries} for entries in deltas))
        got = answer.tool_calls
        assert [(one.name, one.arguments) for one in got] == [
            (name, args) for _, name, args in calls
        ]
        for one, (id_, _, _) in zip(got, calls, strict=True):
            assert one.id == id_ or (id_ is None and one.id)
        assert len({one.id for one in got}) == len(got), "every call has an id of its own"

    def test_the_pieces_are_in_openais_form(self, deltas, calls):
        pieces, _ = read(*({"tool_calls": entries} for entries in deltas))
        for index in range(len(calls)):
            of_one = [one for one in pieces if one.index == index]
            assert of_one[0].id, "the id comes with the first piece"
            assert not any(one.id for one in of_one[1:]), "and not again"
            assert "".join(one.name or "" for one in of_one) == calls[index][1]
            assert "".join(one.arguments for one in of_one) == calls[index][2]
        assert {one.index for one in pieces} == set(range(len(calls)))


def test_the_legacy_form_is_a_tool_call():
    _, answer = read(
        {"function_call": {"name": "weather", "arguments": ""}},
        {"function_call": {"arguments": '{"city": '}},
        {"function_call": {"name": None, "arguments": '"济南"}'}},
    )
    assert [(one.name, one.arguments) for one in answer.tool_calls] == [WEATHER]
    assert answer.tool_calls[0].id


def test_a_whole_message_may_hold_tool_calls():
    message = {"content": None, "tool_calls": [call(*WEATHER, id="a"), call(*TIME, id="b")]}
    chunk = ChoiceReader().read({"message": message, "finish_reason": "tool_calls"}, {})
    assert [(one.index, one.id, one.name) for one in chunk.tool_calls] == [
        (0, "a", "weather"),
        (1, "b", "time"),
    ]
    assert chunk.finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("reason", "kept"),
    [("stop", "stop"), (None, None), ("", None), ("null", None), (False, None), (1, "1")],
)
def test_a_finish_reason_is_text_or_nothing(reason, kept):
    reader = ChoiceReader()
    chunk = reader.read({"delta": {"content": "x"}, "finish_reason": reason}, {})
    assert chunk.finish_reason == kept
    assert reader.finished == (kept is not None)


NOTHING = Usage(0, 0, 0)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (
            {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 8},
            Usage(3, 4, 8),
        ),
        ({"input_tokens": 3, "output_tokens": 4}, Usage(3, 4, 7)),
        (
            {
                "prompt_tokens": 3,
                "prompt_tokens_details": {"cached_tokens": 2},
                "completion_tokens_details": {"reasoning_tokens": 1},
            },
            Usage(3, 0, 3, cached_tokens=2, reasoning_tokens=1),
        ),
        ({"prompt_tokens": 3.0, "completion_tokens": 1e3}, Usage(3, 1000, 1003)),
        ({"prompt_tokens": math.nan, "completion_tokens": math.inf}, NOTHING),
        ({"prompt_tokens": -math.inf, "total_tokens": "many"}, NOTHING),
        ({"prompt_tokens": 10**400}, Usage(10**400, 0, 10**400)),
        ({"prompt_tokens": None, "completion_tokens": [1]}, NOTHING),
        ({"prompt_tokens_details": [1], "completion_tokens_details": "x"}, NOTHING),
        (
            {"prompt_tokens_details": {"cached_tokens": math.nan, "audio_tokens": 1}},
            NOTHING,
        ),
        ({"something": 1}, NOTHING),
        ({}, None),
        (None, None),
        ([1], None),
        ("x", None),
        (7, None),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else None,
)
def test_usage(usage, expected):
    got = usage_of(usage)
    if expected is None:
        assert got is None
    else:
        assert got.raw is usage
        assert (got.input_tokens, got.output_tokens, got.total_tokens) == (
            expected.input_tokens,
            expected.output_tokens,
            expected.total_tokens,
        )
        assert (got.cached_tokens, got.reasoning_tokens) == (
            expected.cached_tokens,
            expected.reasoning_tokens,
        )


def test_an_answer_without_any_chunk_has_one_empty_choice():
    assert AnswerBuilder("m").build() == Answer([Choice()], "m")
    assert str(AnswerBuilder("m").build()) == ""

"""What comes in deltas is joined at once, and has an end. No sockets."""

from __future__ import annotations

import pytest

from tests.wire import delta, event
from xyashui import XINGYUN, ProtocolError
from xyashui.joining import Joined
from xyashui.streaming import AnswerReader

DELTAS = {
    "text goes on": ([{"a": "你"}, {"a": "好"}], {"a": "你好"}),
    "line ends stay as they are": ([{"a": "\r\n"}, {"a": "\r"}], {"a": "\r\n\r"}),
    "so do lists": ([{"a": [1]}, {"a": [2, [3]]}], {"a": [1, 2, [3]]}),
    "so do objects": ([{"a": {"b": "x"}}, {"a": {"b": "y", "c": 1}}], {"a": {"b": "xy", "c": 1}}),
    "of the rest the last counts": ([{"a": 1}, {"a": True}], {"a": True}),
    "and of what is of several kinds": ([{"a": "x"}, {"a": [1]}, {"a": "y"}], {"a": "y"}),
    "nothing changes nothing": ([{"a": "x"}, {"a": None}, {"a": "y"}], {"a": "xy"}),
    "nothing but nothing": ([{"a": None}], {"a": None}),
    "names stay in order": ([{"b": 1, "a": 2}, {"b": 3}], {"b": 3, "a": 2}),
}


@pytest.mark.parametrize(("deltas", "whole"), DELTAS.values(), ids=DELTAS)
def test_deltas_make_an_object(deltas, whole):
    joined = Joined()
    for one in deltas:
        joined.add(one)
    assert joined.build() == whole
    assert list(joined.build()) == list(whole)


def test_it_goes_on_when_it_has_been_looked_at():
    joined = Joined()
    joined.add({"a": [1]})
    before = joined.build()
    joined.add({"a": [2]})
    assert (before, joined.build()) == ({"a": [1]}, {"a": [1, 2]})


def test_what_comes_again_and_again_takes_no_more_place():
    joined = Joined()
    for _ in range(100):
        joined.add({"a": "x", "b": 1, "c": {"d": "y"}})
    assert joined.size == 4
    joined.add({"e": [1, {"f": [2]}]})
    assert joined.size == 4 + 1 + 4


def fed(*events: bytes) -> AnswerReader:
    reader = AnswerReader(XINGYUN, "m")
    for data in events:
        list(reader.feed(data))
    return reader


CALLS = [{"id": f"{number}", "function": {"name": "f"}} for number in range(1000)]
WITHOUT_END = {
    "tool calls": ([delta(tool_calls=[one]) for one in CALLS[:-1]], delta(tool_calls=CALLS[-1:])),
    "a field of no known name": ([delta(x=[0] * 600_000)], delta(x=[0] * 600_000)),
}


@pytest.mark.parametrize(("events", "last"), WITHOUT_END.values(), ids=WITHOUT_END)
def test_what_is_kept_besides_text_has_an_end(events, last):
    reader = fed(*events)
    with pytest.raises(ProtocolError, match="more than 1000000 pieces"):
        list(reader.feed(last))


def test_so_has_the_number_of_choices():
    choices = [{"index": index, "delta": {"content": "x"}} for index in range(1001)]
    reader = fed(event({"choices": choices[:-1]}))
    assert len(reader.answer.choices) == 1000
    with pytest.raises(ProtocolError, match="more than 1000 choices"):
        list(reader.feed(event({"choices": choices[-1:]})))


def test_and_the_name_of_a_function():
    reader = fed(delta(tool_calls=[{"index": 0, "function": {"name": "f" * 600}}]))
    with pytest.raises(ProtocolError, match="a choice of unknown shape"):
        list(reader.feed(delta(tool_calls=[{"index": 0, "function": {"name": "g" * 600}}])))

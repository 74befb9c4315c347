"""An answer that is cut short: what had arrived is in the error, all of it. No sockets."""

from __future__ import annotations

import json

import pytest

from tests.wire import DONE, completion, delta, event, piece
from xyashui import ASHUI, APITimeoutError, StreamInterruptedError, XyashuiError
from xyashui.documents import unfinished
from xyashui.emulation.stop import StopStage
from xyashui.emulation.structured import JSONStage
from xyashui.emulation.tool_parser import ToolCallStage
from xyashui.errors import QuotaExceededError
from xyashui.streaming import AnswerReader

CALL = '<tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call>'
WRONG = '<tool_call>{"name": "g"}</tool_call>'


def error_of(*reads: bytes, stages=(), broken: XyashuiError | None = None) -> XyashuiError:
    """The error where the response ends so, or breaks off with `broken`."""
    reader = AnswerReader(ASHUI, "m", stages=stages)
    try:
        for data in reads:
            list(reader.feed(data))
        if broken is not None:
            return reader.explained(broken)
        list(reader.close())
    except XyashuiError as error:
        return error
    raise AssertionError(f"an answer: {reader.answer!r}")


def json_stage() -> JSONStage:
    return JSONStage({"type": "object"})


def tool_stage() -> ToolCallStage:
    return ToolCallStage({"f": {"type": "object"}})


def stop_stage() -> StopStage:
    return StopStage(["好啊"])


# Text, what is done to it on this side, and what was handed on of it.
HELD = {
    "the beginning of a stop sequence": ("你好", [stop_stage], "你"),
    "JSON": ('{"a": 1, "b', [json_stage], ""),
    "a tool call": ('说 <tool_call>{"name": "f", "arg', [tool_stage], "说 "),
    "the beginning of one": ("说 <tool_", [tool_stage], "说 "),
    "a call that cannot be made": (f"说 {WRONG}", [tool_stage], "说 "),
    "several things": ('{"a": <tool_call>{"b": 好', [stop_stage, tool_stage, json_stage], ""),
}


@pytest.mark.parametrize("broken", [None, APITimeoutError], ids=["ended", "silent"])
@pytest.mark.parametrize(("text", "stages", "handed_on"), HELD.values(), ids=HELD)
def test_text_that_was_held_back_is_in_the_error(text, stages, handed_on, broken):
    reader = AnswerReader(ASHUI, "m", stages=[make() for make in stages])
    assert "".join(chunk.text for chunk in reader.feed(delta(text))) == handed_on
    error = error_of(delta(text), stages=[make() for make in stages], broken=broken and broken("-"))
    assert error.text == text


def test_the_error_says_how_much_there_is():
    error = error_of(delta("你好"), stages=[stop_stage()])
    assert "2 characters had arrived" in str(error)


def test_a_call_that_was_handed_on_is_no_text():
    error = error_of(delta(f"说 {CALL} 好"), stages=[tool_stage()])
    assert error.partial is not None
    assert [call.name for call in error.partial.tool_calls] == ["f"]
    assert error.text == "说  好"


@pytest.mark.parametrize("kind", [StreamInterruptedError, APITimeoutError])
def test_of_an_event_that_has_not_ended_there_is_what_has_come(kind):
    half = event(piece("好。")).partition("。".encode())[0]
    assert error_of(delta("你"), half, broken=kind("gone")).text == "你好"
    assert error_of(delta("你"), half + "。".encode()[:1], broken=kind("gone")).text == "你好"


def test_a_whole_event_that_lacks_its_empty_line_counts():
    whole = event(piece("好。")).rstrip()
    assert error_of(delta("你"), whole, broken=APITimeoutError("gone")).text == "你好。"


def test_of_a_document_too():
    half = json.dumps(completion()).partition("\\u3002")[0].encode()
    assert error_of(half).text == "你好"
    assert error_of(half, broken=APITimeoutError("gone")).text == "你好"
    assert error_of(b"[" + half).text == "你好"
    assert error_of(json.dumps(piece("喂")).encode() + half).text == "喂你好"


def test_what_follows_an_error_is_not_read():
    refused = event({"Code": 800, "Err": "欠费"})
    half = b'data: {"choices": [{"delta": {"content": "!'
    error = error_of(delta("你"), refused + half)
    assert isinstance(error, QuotaExceededError)
    assert error.text == "你"


def test_an_error_that_has_what_had_arrived_keeps_it():
    reader = AnswerReader(ASHUI, "m")
    list(reader.feed(delta("你")))
    first = reader.explained(StreamInterruptedError("gone"))
    list(reader.feed(delta("好")))
    assert reader.explained(first).text == "你"


def test_a_reason_that_is_no_end_is_none():
    error = error_of(delta("你"), delta("好", "network_error"), DONE)
    assert isinstance(error, StreamInterruptedError)
    assert "it gave up (finish_reason 'network_error')" in str(error)
    assert error.text == "你好"
    assert error.retryable


@pytest.mark.parametrize(
    ("text", "payloads"),
    [
        ('{"a": "你', [{"a": "你"}]),
        ('{"a": "\\u4f6', [{"a": ""}]),
        ('{"a": "你\\u4f6', [{"a": "你"}]),
        ('{"a": "你\\', [{"a": "你"}]),
        ('{"a": "你\\u', [{"a": "你"}]),
        ('{"a": "你\\\\', [{"a": "你\\"}]),
        ('{"a": "你\\\\u4f', [{"a": "你\\u4f"}]),
        ('{"a": "你\\ud83d', [{"a": "你"}]),
        ('{"a": "你\\ud83d\\ude', [{"a": "你"}]),
        ('{"a": "\\u4f60', [{"a": "你"}]),
        ('{"a": 1, "b"', [{"a": 1}]),
        ('[{"a": "x"}, {"a": "y', [{"a": "x"}, {"a": "y"}]),
        ('[5, {"a": "x"}, [', [{"a": "x"}]),
        ('{"choices": [{"finish_reason": "st', [{"choices": [{}]}]),
        ('{"choices": [null, 5, {', [{"choices": [None, 5, {}]}]),
        ("", []),
        ("5", []),
        ('"a', []),
        ("[", []),
        ("<html>", []),
    ],
)
def test_what_can_be_read_of_half_a_document(text, payloads):
    assert unfinished(text) == payloads

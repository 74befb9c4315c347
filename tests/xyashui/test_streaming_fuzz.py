"""Whatever a service sends: an answer, or one error of ours. No sockets."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.wire import DONE, STREAM, completion, delta, envelope, error, event, piece
from xyashui import ASHUI, XINGYUN
from xyashui.emulation.stop import StopStage
from xyashui.errors import XyashuiError
from xyashui.failures import plain_failure
from xyashui.streaming import AnswerReader

PROVIDERS = pytest.mark.parametrize("provider", [XINGYUN, ASHUI], ids=["xingyun", "ashui"])
STOPS = [[], ["好"], ["<end>", "nd"]]

# JSON as no service should send it: every type in every place, under the names that mean something.
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**30, -1, 0, 10**400, math.nan, math.inf, -math.inf, 1e308, 0.5])
    | st.text(max_size=5)
    | st.sampled_from(["", "stop", "null", "[DONE]", "0", "9" * 30, "call_1", '{"a": 1}', "{"])
)
NAMES = st.sampled_from(
    ["choices", "delta", "message", "content", "text", "index", "finish_reason", "tool_calls",
     "function_call", "function", "name", "arguments", "id", "type", "role", "reasoning_content",
     "reasoning", "usage", "prompt_tokens", "completion_tokens", "total_tokens",
     "prompt_tokens_details", "cached_tokens", "error", "code", "Code", "Err", "Data", "model",
     "created", "system_fingerprint", "refusal", "annotations"]
)  # fmt: skip
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)

# The same, but right down to some depth, so that the junk gets further in.
TOOL_CALLS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "index": st.integers(0, 1) | JUNK,
            "id": st.sampled_from(["call_1", "call_2"]) | JUNK,
            "function": st.fixed_dictionaries({}, optional={"name": JUNK, "arguments": JUNK})
            | JUNK,
        },
    )
    | JUNK,
    max_size=3,
)
DELTAS = st.fixed_dictionaries(
    {},
    optional={
        "content": st.text(max_size=3) | JUNK,
        "reasoning_content": JUNK,
        "tool_calls": TOOL_CALLS | JUNK,
        "function_call": JUNK,
        "refusal": JUNK,
    },
)
CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "index": st.integers(0, 2) | JUNK,
        "delta": DELTAS | JUNK,
        "message": DELTAS | JUNK,
        "text": JUNK,
        "finish_reason": st.sampled_from(["stop", None]) | JUNK,
    },
)
USAGES = st.dictionaries(NAMES, JUNK, max_size=3)
PAYLOADS = (
    JUNK
    | st.fixed_dictionaries(
        {},
        optional={
            "choices": st.lists(CHOICES | JUNK, max_size=3) | JUNK,
            "usage": USAGES | JUNK,
            "error": JUNK | st.dictionaries(NAMES | st.sampled_from(["msg", "param"]), JUNK),
            "id": JUNK,
        },
    )
    | st.builds(envelope, JUNK, JUNK, JUNK)
    | st.builds(envelope, st.sampled_from([0, "0", 0.0]), st.none(), st.deferred(lambda: PAYLOADS))
    | st.sampled_from([piece("你好"), piece("", "stop"), completion(), error("坏了", 500)])
)
EVENTS = PAYLOADS.map(lambda payload: event(json.dumps(payload)))
NOISE = st.sampled_from(
    [b": ping\n\n", b"event: error\n", b"\r\n", b"data: {\n", b"data: [DONE]\n", b"{", b"<html>",
     b"[", b"\xff", b"\xef\xbb\xbf", b'data: {"choices": [', b"]}\n\n", b"data:" + b"[" * 3000]
)  # fmt: skip
STREAMS = st.lists(EVENTS | st.just(DONE) | st.just(STREAM) | NOISE, max_size=5).map(b"".join)


def outcome(pieces: list[bytes], provider: Any, stop: list[str]) -> Any:
    """Read like a client; what comes of it, without what is made up here (call ids)."""
    stages = [StopStage(stop)] if stop else []
    reader = AnswerReader(provider, "m", stages=stages, max_event_bytes=1 << 20)
    try:
        for data in pieces:
            if reader.done:
                break
            for chunk in reader.feed(data):
                assert isinstance(chunk.text, str)
                assert isinstance(chunk.reasoning, str)
                assert isinstance(chunk.index, int)
        for _ in reader.close():
            pass
    except XyashuiError as error:
        partial = error.partial.text if error.partial is not None else None
        return type(error), partial
    answer = reader.answer
    for choice in answer.choices:
        assert isinstance(choice.text + choice.reasoning, str)
        for call in choice.tool_calls:
            assert isinstance(call.id, str)
            assert isinstance(call.name + call.arguments, str)
    calls = [(call.name, call.arguments) for choice in answer.choices for call in choice.tool_calls]
    texts = [(choice.text, choice.reasoning, choice.finish_reason) for choice in answer.choices]
    return texts, calls, repr(answer.usage), answer.id


@PROVIDERS
@given(stream=STREAMS, stop=st.sampled_from(STOPS), draw=st.data())
@settings(max_examples=150)
def test_a_stream_of_anything(provider, stream, stop, draw):
    places = sorted(draw.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    cut = [stream[start:end] for start, end in pairwise([0, *places, len(stream)])]
    assert outcome(cut, provider, stop) == outcome([stream], provider, stop)


@PROVIDERS
@given(payload=PAYLOADS, end=st.integers(0, 400) | st.none())
@settings(max_examples=100)
def test_a_document_of_anything(provider, payload, end):
    document = json.dumps(payload).encode()[:end]
    outcome([document], provider, [])


@PROVIDERS
@given(stream=st.binary(max_size=200))
@settings(max_examples=150)
def test_any_bytes(provider, stream):
    outcome([stream], provider, [])


@PROVIDERS
@given(payload=PAYLOADS, status=st.integers(400, 599))
@settings(max_examples=100)
@example(payload={"error": {"message": {"a": [1]}, "type": ["x"], "code": {"b": 2}}}, status=400)
@example(payload={"Code": [500], "Err": {"a": 1}}, status=500)
@example(payload={"Code": "9" * 5000, "Err": "x"}, status=500)
@example(payload={"error": {"code": "９００", "message": "x"}}, status=500)
def test_an_error_of_anything(provider, payload, status):
    if isinstance(payload, dict):
        failure = provider.failure(payload, status)
        if failure is not None:
            assert isinstance(failure.message, str)
            assert isinstance(failure.code, str | int | None)


@given(body=st.binary(max_size=300), status=st.integers(300, 999))
def test_an_error_of_any_bytes(body, status):
    assert isinstance(plain_failure(body, status).message, str)


@pytest.mark.parametrize(
    "stream",
    [
        b"data: " + b'{"Code": 0, "Data": ' * 900 + b'"\\ud800"' + b"}" * 900 + b"\n\n",
        event('{"choices": [{"delta": {"x": ' + '{"y":' * 150 + "1" + "}" * 150 + "}}]}") * 2,
        b'data: {"choices": [{"delta": {"x": '
        + b'{"y":' * 900
        + b'"\\ud800"'
        + b"}" * 900
        + b"}}]}\n\n",
        event({"choices": [{"delta": {"content": [[[]]]}}]}) * 3,
    ],
    ids=["envelopes in envelopes", "deep extra", "deeper extra", "lists in lists"],
)
@PROVIDERS
def test_what_is_nested_deeply(provider, stream):
    outcome([stream + DONE], provider, [])


def test_long_answers_take_time_in_proportion():
    # A quarter of a million pieces of everything that goes on: seconds, where it would be minutes
    # if each piece were put together with all that had come before it.
    once = delta(
        refusal="x", annotations=[1], tool_calls=[{"index": 0, "function": {"arguments": "x"}}]
    )
    reader = AnswerReader(XINGYUN, "m")
    for _ in range(250):
        for _ in reader.feed(once * 200):
            pass
    for _ in reader.feed(DONE):
        pass
    list(reader.close())
    assert len(reader.answer.extra["refusal"]) == 50_000
    assert len(reader.answer.tool_calls[0].arguments) == 50_000

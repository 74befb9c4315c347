"""Events that differ in nothing but their text are read as if each were parsed. No sockets."""

from __future__ import annotations

import copy
import json
import pickle
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json

from tests.wire import DONE, delta, event, piece
from xyashui import XINGYUN, Answer
from xyashui.answers import Choice
from xyashui.emulation.stop import StopStage
from xyashui.emulation.structured import JSONStage
from xyashui.frames import MOST_CREDIT, Frame, Frames
from xyashui.streaming import AnswerReader

NAMES = {"id": "chatcmpl-1", "created": 1724669253, "reported_model": "reported"}
LINE = delta("济南").rstrip()
OTHERS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
# What the bytes between may be, written by nobody who minds JSON's rules.
INSIDES = st.binary(max_size=12) | st.sampled_from(
    [
        b'"',
        b"\\",
        b'\\"',
        b'a","b',
        b'"}}',
        b"\\ud83d",
        b"\x00",
        b"\xff",
        b'", "content": "x',
        b"\n",
    ]
)


def frame() -> Frame:
    found = Frame.of(LINE)
    assert found is not None
    return found


def with_inside(inside: bytes) -> bytes:
    before, after = LINE.split("济南".encode())
    return before + inside + after + b"\n\n"


@given(texts=st.lists(OTHERS, min_size=1, max_size=5), ascii_only=st.booleans())
def test_texts_are_what_a_parser_finds(texts, ascii_only):
    data = b"".join(
        b"data: " + json.dumps(piece(text), ensure_ascii=ascii_only).encode() + b"\n\n"
        for text in texts
    )
    read, end = frame().read(data)
    assert list(read) == texts
    assert end == len(data)
    assert [frame().only(data)] == (texts if len(texts) == 1 else [""])


@given(inside=INSIDES)
def test_what_is_read_is_what_the_json_says_or_is_left_to_the_parser(inside):
    data = with_inside(inside)
    read, end = frame().read(data)
    for texts in (list(read), [text for text in [frame().only(data)] if text]):
        if texts:
            said = from_json(data.removeprefix(b"data:"))["choices"][0]["delta"]
            assert said == {"content": texts[0]}
    assert end in (0, len(data))


@given(insides=st.lists(INSIDES, min_size=2, max_size=4))
def test_several_events_are_read_as_each_by_itself(insides):
    events = [with_inside(inside) for inside in insides]
    read, end = frame().read(b"".join(events))
    assert len(read) <= len(events)
    for one, text in zip(events, read, strict=False):
        assert from_json(one.removeprefix(b"data:"))["choices"][0]["delta"]["content"] == text
    assert end == sum(map(len, events[: len(read)]))


def test_the_parsed_event_is_there_for_who_asks():
    assert frame().payload('"引号"\n') == piece('"引号"\n')


@pytest.mark.parametrize(
    "data",
    [
        delta("好", finish="stop"),
        delta("好", tool_calls=[{"index": 0}]),
        delta("好", refusal="no"),
        delta("好", reasoning_content="想"),
        delta(""),
        delta(role="assistant"),
        event({**piece("好"), "usage": {"total_tokens": 3}}),
        event({**piece("好"), "error": None}),
        event({"choices": [piece("好")["choices"][0]] * 2}),
        event({"choices": [{"delta": {"content": ["好"]}}]}),
        event({"choices": [{"message": {"content": "好"}}]}),
        event("[DONE]"),
        event('{"choices": [{"delta": {"content": "好"'),
        b"event: message\n" + delta("好"),
        b": hello",
    ],
)
def test_an_event_with_more_in_it_than_text_has_no_frame(data):
    assert Frame.of(data.rstrip()) is None


@pytest.mark.parametrize(
    "payload",
    [
        {"note": '{"content": "济"}', **piece("济")},
        {**piece("济"), "note": '{"content": "济"}'},
        {**piece("济"), "note": {"content": "济"}},
    ],
)
def test_other_text_of_the_same_name_is_not_taken_for_it(payload):
    found = Frame.of(event(payload).rstrip())
    assert found is None or found.payload("南")["note"] == payload["note"]


def test_reasoning_has_a_frame_too():
    stream = b"".join(delta(reasoning_content=text) for text in "想一想再说") + delta("好")
    reader = AnswerReader(XINGYUN, "m")
    chunks = [chunk for data in (stream[:600], stream[600:]) for chunk in reader.feed(data)]
    assert "".join(chunk.reasoning for chunk in chunks) == "想一想再说"
    assert "".join(chunk.text for chunk in chunks) == "好"


@given(
    texts=st.lists(OTHERS, max_size=12),
    cuts=st.lists(st.integers(0, 4000), max_size=8),
    stop=st.sampled_from([[], ["好"], ["a", "济南"]]),
)
def test_a_stream_reads_the_same_however_it_is_cut(texts, cuts, stop):
    stream = b"".join(map(delta, texts)) + delta("", finish="stop") + DONE
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[start:end] for start, end in pairwise(places)]
    one_by_one = [stream[at : at + 1] for at in range(len(stream))]
    answers = []
    for read in ([stream], pieces, stream.splitlines(keepends=True), one_by_one):
        reader = AnswerReader(XINGYUN, "m", stages=[StopStage(stop)] if stop else [])
        chunks = []
        for data in read:
            if not reader.done:
                chunks += reader.feed(data)
        chunks += reader.close()
        assert "".join(chunk.text for chunk in chunks) == reader.answer.text
        if not stop:
            assert [chunk.raw for chunk in chunks] == [
                *(piece(text) for text in texts), piece("", "stop")
            ]  # fmt: skip
        answers.append(reader.answer)
    assert all(answer == answers[0] for answer in answers)


def test_a_stage_holds_back_no_answer_but_the_one_however_the_stream_is_cut():
    events = [delta(text, index=index) for index in (0, 1) for text in ("no", " JSON", " at all")]
    answers = []
    for reads in (events, [b"".join(events)]):
        reader = AnswerReader(XINGYUN, "m", stages=[JSONStage({"type": "object"})])
        chunks = [chunk for data in [*reads, DONE] for chunk in reader.feed(data)]
        assert [(chunk.index, chunk.text) for chunk in chunks] == [
            (1, "no"), (1, " JSON"), (1, " at all"),
        ]  # fmt: skip
        answers.append(reader.answer)
    kept = [Choice(), Choice("no JSON at all")]
    assert answers[0] == answers[1] == Answer(kept, model="m", **NAMES)


def test_a_stream_whose_events_all_differ_is_not_searched_for_ever():
    frames = Frames()
    for number in range(50):
        if frames.credit:
            frames.learn(event({**piece("好", finish="stop"), "number": number}), lambda _: True)
    assert frames.credit == 0
    reader = AnswerReader(XINGYUN, "m")
    said = "".join(
        chunk.text
        for number in range(5 * MOST_CREDIT)
        for chunk in reader.feed(event({**piece("好"), "padding": "x" * number}))
    )
    assert said == "好" * 5 * MOST_CREDIT


@pytest.mark.parametrize(
    "twin", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))]
)
def test_a_chunk_keeps_what_it_came_from_wherever_it_goes(twin):
    reader = AnswerReader(XINGYUN, "m")
    *_, last = [chunk for text in "济南的秋天" for chunk in reader.feed(delta(text))]
    assert twin(last).raw == piece("天")

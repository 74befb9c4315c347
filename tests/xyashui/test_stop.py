"""Stop sequences cut on this side: the same answer, however it comes in pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xyashui.answers import Chunk, ToolCallDelta
from xyashui.emulation.stop import StopStage


def run(texts: list[str], stop: list[str]) -> tuple[str, bool]:
    stage = StopStage(stop)
    given = [out.text for text in texts for out in stage.feed(Chunk(text))]
    return "".join(given + [out.text for out in stage.close()]), stage.done


@pytest.mark.parametrize(
    ("text", "stop", "expected"),
    [
        ("一二三", ["三"], "一二"),
        ("一二三", ["四"], "一二三"),
        ("stop at once", ["stop"], ""),
        ("abc", ["abc"], ""),
        ("aaab", ["aab"], "a"),
        ("ababac", ["abac"], "ab"),
        ("x\n\ny", ["\n\n"], "x"),
        ("a.*b", [".*"], "a"),
        ("abcd", ["cd", "b"], "a"),
        ("abcd", ["abcd", "bc"], "a"),
        ("abc", ["bc", "abc"], ""),
        ("<en", ["<end>"], "<en"),
        ("🎉 party", ["🎉"], ""),
        ("你好\r\n再见", ["\r\n"], "你好"),
    ],
)
def test_the_answer_ends_before_the_first_stop_sequence(text, stop, expected):
    done = expected != text
    assert run([text], stop) == (expected, done)
    assert run(list(text), stop) == (expected, done)
    for place in range(len(text) + 1):
        assert run([text[:place], text[place:]], stop) == (expected, done), place


FEW = st.text("abc", max_size=12)


@given(
    st.lists(FEW, max_size=8),
    st.lists(st.text("abc", min_size=1, max_size=5), min_size=1, max_size=4),
)
def test_how_the_text_is_cut_makes_no_difference(texts, stop):
    text = "".join(texts)
    assert run(texts, stop) == run([text], stop) == run(list(text), stop)
    got, done = run(texts, stop)
    assert text.startswith(got)
    assert done == any(one in text for one in stop)
    assert not any(one in got for one in stop)
    assert done or got == text


def test_only_what_may_begin_a_stop_sequence_is_held_back():
    stage = StopStage(["<end>"])
    assert [out.text for out in stage.feed(Chunk("一<"))] == ["一"]
    assert stage.feed(Chunk("en")) == []
    assert [out.text for out in stage.feed(Chunk("t>"))] == ["<ent>"]


def test_what_is_held_back_is_given_with_the_finish_reason():
    stage = StopStage(["<end>"])
    stage.feed(Chunk("一<"))
    (last,) = stage.feed(Chunk("", finish_reason="length"))
    assert (last.text, last.finish_reason) == ("<", "length")
    assert stage.close() == []


def test_a_cut_answer_says_stop_and_nothing_more_comes():
    stage = StopStage(["。"])
    (last,) = stage.feed(Chunk("好。", finish_reason="length"))
    assert (last.text, last.finish_reason, stage.done) == ("好", "stop", True)
    assert stage.feed(Chunk("再见")) == []
    assert stage.close() == []


def test_what_comes_beside_the_text_passes():
    stage = StopStage(["x"])
    call = ToolCallDelta(0, "a", "f", "{}")
    for chunk in (Chunk(reasoning="x"), Chunk(tool_calls=(call,)), Chunk(extra={"a": 1})):
        assert stage.feed(chunk) == [chunk]
    assert not stage.done

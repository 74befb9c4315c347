r"""Halves of surrogate pairs: `\ud83d\ude00` is one character, cut in two by careless gateways."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xyashui.surrogates import EscapedHalves, Halves, well_formed, well_formed_json
from xyashui.types import as_json

FIRST, SECOND = "\ud83d", "\ude00"
ANY_TEXT = st.text(st.characters() | st.sampled_from([FIRST, SECOND, "你"]), max_size=20)


def event(content: Any, index: Any = 0, field: str = "content") -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": {field: content}}]}


def text_of(payload: dict[str, Any]) -> str:
    return "".join(choice["delta"].get("content", "") for choice in payload["choices"])


class TestWellFormed:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("你好😀", "你好😀"),
            (f"a{FIRST}{SECOND}b", "a😀b"),
            (f"a{FIRST}b", "a\ufffdb"),
            (f"{SECOND}{FIRST}", "\ufffd\ufffd"),
            (f"{FIRST}{FIRST}{SECOND}", "\ufffd😀"),
            ({FIRST: [SECOND, {"a": FIRST}]}, {"\ufffd": ["\ufffd", {"a": "\ufffd"}]}),
            (None, None),
            (0.5, 0.5),
        ],
    )  # fmt: skip
    def test_what_becomes_of_it(self, given, expected):
        assert well_formed(given) == expected

    @given(text=ANY_TEXT)
    def test_it_can_be_written_down(self, text):
        whole = well_formed(text)
        assert whole.encode().decode() == whole
        assert well_formed(whole) == whole


class TestHalves:
    def test_they_are_put_together_across_events(self):
        halves = Halves()
        texts = [text_of(halves.mend(event(one))) for one in (f"a{FIRST}", f"{SECOND}b")]
        assert texts == ["a", "😀b"]
        assert not halves.held

    def test_those_of_different_choices_and_fields_are_not(self):
        halves = Halves()
        halves.mend(event(FIRST, 0))
        assert text_of(halves.mend(event(SECOND, 1))) == "\ufffd"
        halves.mend(event(SECOND, 0, "reasoning_content"))
        assert text_of(halves.mend(event(SECOND, 0))) == "😀"

    def test_one_that_is_followed_by_no_other_becomes_a_replacement(self):
        halves = Halves()
        halves.mend(event(FIRST))
        assert text_of(halves.mend(event("a"))) == "\ufffda"

    def test_one_at_the_end_is_given_out_once(self):
        halves = Halves()
        halves.mend(event(FIRST))
        halves.mend(event(FIRST, field="reasoning_content"))
        deltas = [choice["delta"] for choice in halves.rest()]
        assert deltas == [{"content": "\ufffd"}, {"reasoning_content": "\ufffd"}]
        assert halves.rest() == []

    def test_an_event_without_text_leaves_it_waiting(self):
        halves = Halves()
        halves.mend(event(FIRST))
        for nothing in (event(""), event(None), {"choices": []}, {"choices": [None]}, [], None, 5):
            halves.mend(nothing)
        assert text_of(halves.mend(event(SECOND))) == "😀"

    @given(text=ANY_TEXT, places=st.lists(st.integers(0, 20), max_size=4))
    def test_it_depends_on_no_cut(self, text, places):
        edges = [0, *sorted(min(place, len(text)) for place in places), len(text)]
        pieces = [text[a:b] for a, b in pairwise(edges)]
        halves = Halves()
        told = "".join(text_of(halves.mend(event(piece))) for piece in pieces)
        told += "".join(text_of({"choices": [one]}) for one in halves.rest())
        assert told == well_formed(text)


# JSON, and what escapes look like: whole and half, in small letters and capitals, and not at all.
ANY_JSON = st.lists(
    st.sampled_from(
        [r"\ud83d", r"\uDE00", r"\uD83D\ude00", r"\u4f60", r"\\", r"\"", r"\n", "ud83d", "你", "a"]
    ),
    max_size=12,
).map(lambda parts: '{"a": "' + "".join(parts) + '"}')


class TestEscapedHalves:
    @given(ANY_JSON)
    def test_what_is_read_of_them_is_well_formed(self, text):
        mended = well_formed_json(text)
        assert json.loads(mended) == well_formed(json.loads(text))
        assert len(mended) == len(text)

    @given(ANY_JSON, st.lists(st.integers(0, 80), max_size=6))
    def test_they_depend_on_no_cut(self, text, places):
        edges = [0, *sorted(min(place, len(text)) for place in places), len(text)]
        halves = EscapedHalves()
        told = [halves.mend(text[a:b]) for a, b in pairwise(edges)]
        assert "".join(told) == well_formed_json(text)
        assert halves.held == ""

    @given(ANY_JSON, st.integers(0, 80))
    def test_of_a_text_that_breaks_off_no_half_is_told(self, text, end):
        halves = EscapedHalves()
        told = halves.mend(text[:end])
        assert well_formed_json(text).startswith(told)
        assert len(told + halves.held) == len(text[:end])


def test_json_that_is_written_is_well_formed():
    arguments = json.loads('{"a": "\\ud83d", "b": "\\ud83d\\ude00"}')
    assert as_json(arguments) == '{"a":"\ufffd","b":"😀"}'
    nest: Any = 0
    for _ in range(400):
        nest = [nest]
    assert as_json(nest) == "[" * 400 + "0" + "]" * 400

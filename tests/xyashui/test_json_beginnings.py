"""JSON that has not ended: read as far as it goes, and known for none as soon as it is none."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xyashui.json_beginnings import UNCLOSABLE, Beginning, object_so_far

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=5), VALUES, max_size=4)
TEXTS = st.builds(
    json.dumps, OBJECTS, ensure_ascii=st.booleans(), indent=st.sampled_from([None, 1])
)
SIGNS = st.sampled_from('{}[]",:\\u1 \nx-.etrfaN')


def of(*pieces: str) -> Beginning:
    beginning = Beginning()
    for piece in pieces:
        beginning.feed(piece)
    return beginning


def state(beginning: Beginning) -> list[object]:
    return [getattr(beginning, name) for name in Beginning.__slots__]


def is_whole(text: str) -> bool:
    beginning = of(text)
    return not beginning.broken and beginning.closed(text) == text


def is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text, strict=False), dict)
    except ValueError:
        return False


@given(TEXTS, st.data())
def test_the_beginning_of_json_is_one_wherever_it_is_cut(text, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=9)))
    end = cuts.pop() if cuts else len(text)
    pieces = [text[a:b] for a, b in pairwise([0, *cuts, end])]
    assert state(of(*pieces)) == state(of(text[:end]))
    assert not of(*pieces).broken


@given(TEXTS)
def test_the_whole_is_what_it_says(text):
    assert is_whole(text)
    assert repr(object_so_far(text)) == repr(json.loads(text))


@given(TEXTS, SIGNS, st.data())
def test_with_a_character_changed_it_is_json_where_python_says_so(text, sign, data):
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + sign + text[at + 1 :]
    assert is_object(changed) == is_whole(changed)


BROKEN = [
    "}",
    "null",
    '"a"',
    '{"a": [1}',
    '{"a": 1]',
    "{]",
    "[",
    "{,",
    '{"a" 1',
    '{"a": 1,}',
    "{}{",
    '{"\\x"',
    '{"a": [1 2',
]


@pytest.mark.parametrize("text", BROKEN)
def test_it_is_broken_where_a_sign_cannot_stand(text):
    assert of(text).broken


@given(st.text(SIGNS, max_size=12))
def test_what_is_broken_stays_broken(text):
    lengths = [n for n in range(len(text) + 1) if of(text[:n]).broken]
    assert lengths == list(range(lengths[0], len(text) + 1)) if lengths else not of(text).broken
    assert not (of(text).broken and is_object(text))


SO_FAR = {
    "": None,
    "[1": None,
    '"a"': None,
    "{{": None,
    '{"a": 1}{': None,
    "{": {},
    '{"a': {},
    '{"a": "你': {"a": "你"},
    '{"a": "你\\': {"a": "你"},
    '{"a": "two\nlines': {"a": "two\nlines"},
    '{"a": 12.': {"a": 12},
    '{"a": -': {},
    '{"a": tru': {},
    '{"a": 1, "b"  :  ': {"a": 1},
    '{"a": [{"b": NaN, "c"': {"a": [{"b": pytest.approx(float("nan"), nan_ok=True)}]},
    '{"a": ' + "9" * 4500: None,
    '{"a": ' + "[" * 100_000: None,
}


@pytest.mark.parametrize(("text", "value"), SO_FAR.items(), ids=[text[:20] for text in SO_FAR])
def test_an_object_is_read_as_far_as_it_goes(text, value):
    assert object_so_far(text) == value


@pytest.mark.parametrize("depth", [3, 4])
def test_it_is_broken_where_it_nests_more_deeply_than_it_may(depth):
    beginning = Beginning(deepest=3)
    beginning.feed('{"a":' + "[" * (depth - 1) + "]" * (depth - 1) + "}")
    assert beginning.broken == (depth > 3)


@given(st.text(SIGNS, max_size=30))
def test_what_is_unclosable_makes_no_json_of_any_text(text):
    assert not is_object(text + UNCLOSABLE)
    assert of(text, UNCLOSABLE).broken


LOOSE = {'{"a": "x': 0, '{"a": 1': 6, '{"a": 1}': 0, '{"a": 1,  ': 3, '{"na': 3, '{"a": [': 0}


@pytest.mark.parametrize(("text", "loose"), LOOSE.items())
def test_what_says_nothing_yet_is_loose(text, loose):
    assert of(text).loose == loose


def test_a_text_may_have_more_escapes_than_are_looked_at_in_one_go():
    text = '{"a": "' + r"\n中\u4e2d" * 2500
    assert object_so_far(text + "\\") == {"a": "\n中中" * 2500}
    assert object_so_far(text + '"') == {"a": "\n中中" * 2500}
    assert object_so_far(text + r"\x") is None


def test_a_number_without_end_is_none():
    assert not of('{"a": ', "9" * 4000).broken
    assert of('{"a": ', *["9" * 1000] * 6).broken

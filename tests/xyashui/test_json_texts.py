"""JSON objects that a model wrote: found where they stand, and none where they break off."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xyashui.json_texts import json_in, json_so_far, whole_object

FOUND = {
    '{"a": 1}': {"a": 1},
    ' {"a": [1, 2]}\n': {"a": [1, 2]},
    '根据[1]：{"a": 1}': {"a": 1},
    '根据[1][2, 3]和[来源]：\n```json\n{"a": 1}\n```': {"a": 1},
    '[{"a": 2}] {"a": 1}': {"a": 1},
    'Here:\n```json\n{"a": 1}\n```\nDone.': {"a": 1},
    '```\n[1]\n```\n{"a": 1}': {"a": 1},
    'It is {"a": 1}, I think.': {"a": 1},
    '{not this} but {"a": 1}': {"a": 1},
    '{"a": "two\nlines"}': {"a": "two\nlines"},
    'Half a pair: {"\\udc00": "\\ud83d"}': {"\ufffd": "\ufffd"},
}
NONE = [
    "",
    "5",
    '"你好"',
    "[1, 2]",
    '[{"a": 1}, {"a": 2}]',
    "Bob is 42.",
    '{"a": 1',
    '{"a": "b',
    "[" * 100_000,
    "9" * 5000,
    "5 apples",
    "```json\n{",
]


@pytest.mark.parametrize(("text", "value"), FOUND.items())
def test_json_is_found_where_it_stands(text, value):
    assert json_in(text) == value
    assert json_so_far(text) in (value, None)


@pytest.mark.parametrize("text", NONE, ids=lambda text: text[:20])
def test_what_breaks_off_is_none(text):
    with pytest.raises(ValueError, match="no JSON object"):
        json_in(text)


SO_FAR = {
    "": None,
    "Well: ": None,
    "[": None,
    "根据[1": None,
    '根据[1]：{"a": "你': {"a": "你"},
    '[来源 {"a": "你': {"a": "你"},
    '[{"a": "你': None,
    '[{"a": "你"}] {"b': {},
    '{"a': {},
    '{"a": "你': {"a": "你"},
    '```json\n{"a": [1, 2': {"a": [1, 2]},
    '{"a": "x\\u4f': {"a": "x"},
    '{"a": "\\ud83dx\\ud83d': {"a": "\ufffdx"},
    "[" * 100_000: None,
    "{{": None,
}


@pytest.mark.parametrize(("text", "value"), SO_FAR.items(), ids=lambda value: str(value)[:20])
def test_what_has_come_of_it_is_there_at_once(text, value):
    assert json_so_far(text) == value


NOT_WHOLE = {
    "[1]": r"begins with '\['",
    " null": "begins with 'n'",
    '{"a": 1': "Expecting ','",
    '{"a": 1}x': "Extra data",
    '{"a": ' + "[" * 100_000: "nests too deeply",
    '{"a": ' + "9" * 5000 + "}": "4300 digits",
}


@pytest.mark.parametrize(("text", "reason"), NOT_WHOLE.items(), ids=lambda text: text[:9])
def test_what_is_no_object_from_end_to_end_is_none(text, reason):
    with pytest.raises(ValueError, match=reason):
        whole_object(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    st.dictionaries(st.text(), JSON),
    st.sampled_from(["", "Here: ", "```json\n", "As [1] has it: "]),
)
def test_any_object_comes_as_it_was_written(value, before):
    text = before + json.dumps(value, ensure_ascii=False)
    assert json_in(text) == value
    assert json_so_far(text) == value
    assert whole_object(text.removeprefix(before)) == value

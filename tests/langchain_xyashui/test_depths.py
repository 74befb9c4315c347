"""Values that nest too deeply to be written by recursion are kept as text."""

from __future__ import annotations

import json

import pytest

from langchain_xyashui.depths import DEEPEST, is_deep, shallow


def nested(depth: int, kind: type = list) -> object:
    value: object = [1, "济南", None, {"a": 1.5}] if kind is list else {"济": [], "南": {}}
    for _ in range(depth - 2):
        value = [value] if kind is list else {"a": value, 'b"': 1}
    return value


@pytest.mark.parametrize("kind", [list, dict])
def test_how_deep_is_too_deep(kind):
    assert not is_deep(nested(DEEPEST, kind))
    assert is_deep(nested(DEEPEST + 1, kind))


@pytest.mark.parametrize("kind", [list, dict])
def test_what_is_too_deep_becomes_json(kind):
    fields = {"a": nested(DEEPEST + 1, kind), "b": nested(3, kind), "c": "x"}
    kept = shallow(fields)
    assert json.loads(kept["a"]) == fields["a"]
    assert (kept["b"], kept["c"]) == (fields["b"], "x")


def test_no_depth_is_too_much():
    assert shallow({"a": nested(50_000)})["a"].count("[") == 50_000 - 1

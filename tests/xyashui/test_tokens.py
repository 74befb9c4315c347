"""The guess at how many tokens a text is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xyashui.tokens import estimate_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("four", 1),
        ("fours", 2),
        ("你好", 2),
        ("你好,world", 4),
        ("今天天气怎么样?", 8),
        ("㐀𠀀豈！", 4),
        ("한국어", 3),
        ("ひらがなカタカナ", 8),
        ("🎉", 1),
    ],
)
def test_chinese_counts_by_character_and_the_rest_by_fours(text, tokens):
    assert estimate_tokens(text) == tokens


@given(st.text(), st.text())
def test_it_grows_with_the_text(left, right):
    both = estimate_tokens(left + right)
    assert both >= max(estimate_tokens(left), estimate_tokens(right))
    assert both <= estimate_tokens(left) + estimate_tokens(right)

"""What reaches a terminal: cleaned, wrapped."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from xyashui.terminal.cleaning import Cleaner, clean
from xyashui.terminal.wrapping import Wrapper, wrap

HOSTILE = st.text(st.sampled_from("a你\n\t\r \x1b[]0;?m\\\x07\x9b\x9d\x9c\x90P\u202e\ud800"))


def cut(text: str, places: list[int]) -> list[str]:
    marks = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[start:end] for start, end in pairwise(marks)]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a\x1b[1;31mred\x1b[0m", "ared"),
        ("\x1b]0;title\x07a\x1b]52;c;AAAA\x1b\\b", "ab"),
        ("a\x9b2Jb\x9d8;;x\x9cc", "abc"),
        ("a\x1bcb\x1b(Bc\x1b7d", "abcd"),
        ("1\r\n2\b\x7f\x00\t3", "1\n2\t3"),
        ("a\u202etxt.exe", "atxt.exe"),
        ("\ud83d!", "\ufffd!"),
        ("\x1b", ""),
        ("\x1b]0;never ends", "]0;never ends"),
        ("全角　空格 and `code`", "全角　空格 and `code`"),
    ],
)
def test_what_a_terminal_would_obey_is_taken_out(said: str, shown: str) -> None:
    assert clean(said) == shown


@example("\x1b\x9b1m[000P", [4])
@example("\x900\x9bP\x9c", [4])
@given(HOSTILE, st.lists(st.integers(0, 50)))
def test_pieces_are_cleaned_like_the_whole(said: str, places: list[int]) -> None:
    cleaner = Cleaner()
    shown = "".join(map(cleaner.feed, cut(said, places))) + cleaner.finish()
    assert shown == clean(said)
    assert not set(shown) & set("\x1b\x07\r\x90\x9b\x9c\x9d\u202e\ud800")


def test_a_sequence_that_never_ends_does_not_swallow_the_answer() -> None:
    cleaner = Cleaner()
    shown = cleaner.feed("\x1b]0;") + "".join(cleaner.feed("x" * 100) for _ in range(100))
    assert shown.count("x") > 5000
    assert (shown + cleaner.finish()).count("x") == 10_000


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("one two three", "one two\nthree"),
        ("一二三四五六七", "一二三四五\n六七"),
        ("一二三四五。六", "一二三四\n五。六"),
        ("一二三四“五”六", "一二三四\n“五”六"),
        ("一二 word三四", "一二 word\n三四"),
        ("abcdefghijklmno", "abcdefghij\nklmno"),
        ("a\n\n  b", "a\n\n  b"),
    ],
)
def test_lines_break_where_they_may(said: str, shown: str) -> None:
    assert wrap(said, 10, cell_len) == shown


WORDS = st.text(st.sampled_from("ab 一二，。“”(\n)"))


@given(WORDS, st.lists(st.integers(0, 50)))
def test_pieces_are_wrapped_like_the_whole(said: str, places: list[int]) -> None:
    written: list[str] = []
    wrapper = Wrapper(written.append, 12, cell_len, "  ")
    for piece in cut(said, places):
        wrapper.feed(piece)
    wrapper.flush()
    assert "".join(written) == wrap(said, 12, cell_len, "  ")


@given(WORDS)
def test_nothing_is_lost_and_every_line_fits(said: str) -> None:
    lines = wrap(said, 12, cell_len, "  ").split("\n")
    assert "".join("".join(lines).split()) == "".join(said.split())
    assert all(cell_len(line) <= 14 for line in lines)

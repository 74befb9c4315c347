"""A control sequence is taken out wherever it is cut, each kind by itself."""

from __future__ import annotations

import pytest

from xyashui.terminal.cleaning import Cleaner

SEQUENCES = {
    "a colour": "\x1b[1;31m",
    "the same in one character": "\x9b2J",
    "a title": "\x1b]0;title\x07",
    "the clipboard": "\x1b]52;c;AAAA\x1b\\",
    "a link": "\x1b]8;;https://evil.example\x1b\\",
    "a character set": "\x1b(B",
    "a device string": "\x90q#0\x9c",
    "a reset": "\x1bc",
}


@pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=SEQUENCES)
def test_wherever_it_is_cut(sequence: str) -> None:
    said = f"a{sequence}b"
    for place in range(len(said) + 1):
        cleaner = Cleaner()
        shown = cleaner.feed(said[:place]) + cleaner.feed(said[place:]) + cleaner.finish()
        assert shown == "ab", place

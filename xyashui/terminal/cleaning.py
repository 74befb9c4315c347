r"""What a model says -> what a terminal may be shown. No I/O.

A model's words are not to be trusted with a terminal: an escape sequence can retitle the window,
overwrite what stands above, or fill the clipboard. Only `\n` and `\t` of all control characters
pass; escape sequences go whole, so that their tails do not stay behind as litter.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["Cleaner", "clean", "one_line"]

_LONGEST_LINE = 600
_LONGEST = 4096  # of a sequence; what is longer is text that happens to follow an escape

# ECMA-48: a control sequence; a string up to its terminator; any other escape. Each has a
# one-character form besides, which UTF-8 terminals obey too.
_SEQUENCE: Final = re.compile(
    rf"""
      (?: \x1b\[ | \x9b ) [0-?]*+ [ -/]*+ [@-~]
    | (?: \x1b[\]PX^_] | [\x90\x98\x9d-\x9f] )
      [^\x07\x1b\x9c]{{0,{_LONGEST}}}+ (?: \x07 | \x1b\\ | \x9c )
    | \x1b (?: [ -/]++ [0-~] | [0-OQ-WYZ\\`-~] )
    """,
    re.VERBOSE,
)
_BEGUN: Final = re.compile(
    r"""
      (?: \x1b\[ | \x9b ) [0-?]*+ [ -/]*+
    | (?: \x1b[\]PX^_] | [\x90\x98\x9d-\x9f] ) [^\x07\x1b\x9c]*+ \x1b?
    | \x1b [ -/]*+
    """,
    re.VERBOSE,
)
_INTRODUCER: Final = re.compile(r"[\x1b\x90\x98\x9b\x9d-\x9f]")

# What is left of the control characters; characters that show text in another order than it is
# written; and halves of surrogate pairs, which no encoding can write.
_UNWANTED: Final[dict[int, str | None]] = (
    dict.fromkeys({*range(0x20), *range(0x7F, 0xA0)} - {0x09, 0x0A})
    | dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
    | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
)


def clean(text: str) -> str:
    r"""Return `text` without what a terminal would obey.

    Example:
        >>> clean("a\x1b[31mred\x1b[0m\x07")
        'ared'
    """
    return text if text.isprintable() else _SEQUENCE.sub("", text).translate(_UNWANTED)


def one_line(text: str, longest: int = _LONGEST_LINE) -> str:
    """Return foreign words as one clean line of bearable length."""
    line = " ".join(clean(text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


class Cleaner:
    r"""Cleans a text that arrives in pieces, cut anywhere, even inside a sequence.

    Example:
        >>> cleaner = Cleaner()
        >>> cleaner.feed("a\x1b[3") + cleaner.feed("1mred") + cleaner.finish()
        'ared'
    """

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """Return what can be shown by now."""
        if not self._held and text.isprintable():
            return text
        text = self._held + text
        begun = _begun(text)
        self._held = text[begun:]
        return _SEQUENCE.sub("", text[:begun]).translate(_UNWANTED)

    def finish(self) -> str:
        """Return what was held back, now that nothing follows."""
        rest, self._held = self._held, ""
        return _SEQUENCE.sub("", rest).translate(_UNWANTED)


def _begun(text: str) -> int:
    """Return where a sequence begins that may go on in the next piece; the end where none does.

    Whole sequences are stepped over and not taken out first: what stands around one must not join
    to make another.
    """
    position = 0
    while found := _INTRODUCER.search(text, position):
        start = found.start()
        if whole := _SEQUENCE.match(text, start):
            position = whole.end()
        elif len(text) - start <= _LONGEST and _BEGUN.fullmatch(text, start):
            return start
        else:
            position = start + 1
    return len(text)

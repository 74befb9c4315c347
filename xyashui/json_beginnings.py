"""A JSON object that has not ended: what it says so far, and whether it can be one. Sans-IO.

As Python reads JSON that models write: with bare line breaks in strings, with `NaN` and `Infinity`.
It serves `langchain_xyashui`, whose tool calls LangChain closes and reads while they stream.
"""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["UNCLOSABLE", "Beginning", "object_so_far"]

UNCLOSABLE = '\n[}"[}'
"""What makes any text be no JSON, however it is closed: of what does not end, not even a half.

LangChain closes the string and the brackets that are open, and takes what it gets for what was
meant; a bracket closed by another is all that it gives up for at once. The first `[}` is that where
no string is open. Where one is, they are two characters of it (the line break, if it ends in a
backslash, is what that escapes), the quote ends it, and the second `[}` is that.
"""

_SPACE = " \t\n\r"
_LONGEST_NUMBER = 5000  # characters; of whole numbers, Python reads 4,300 digits
_BARE = re.compile(r"[-+.0-9A-Za-z]++")
_SCALAR = re.compile(
    r"true|false|null|NaN|-?Infinity|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?"
)
# Python before 3.11.5 goes wrong where a group that is repeated possessively has to go back; one
# that is not takes memory for each repetition, of which there are no more than these, therefore.
_INSIDE = re.compile(r'[^"\\]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\]*+){0,1000}')
_BEGUN_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?")
_JSON = json.JSONDecoder(strict=False)

# What can come next. Behind a bracket that opens, it may close as well.
_BEGINS = ("object", "{")
_VALUES = frozenset({"value", "first value"})
_NAMES = frozenset({"name", "first name"})
_CLOSES = {"}": frozenset({"first name", "after"}), "]": frozenset({"first value", "after"})}
_OPENS = {"{": ("}", "first name"), "[": ("]", "first value")}


class Beginning:
    r"""The beginning of a JSON object, piece by piece; each is passed over once.

    It judges what `json_texts.broken_off` would guess at, and `emulation.blocks` only finds ends.

    Args:
        deepest: How many brackets may be open at once: with one more, it is broken.

    Attributes:
        broken: Whether what has come is the beginning of no JSON object.
        firm: How many characters say something as soon as their brackets are closed; in a value
            that is text, those before it.
        length: How many characters have come.

    Example:
        >>> beginning = Beginning()
        >>> beginning.feed('{"name": "星')
        >>> beginning.feed('芸", "models"')
        >>> beginning.broken, beginning.loose
        (False, 10)
        >>> beginning.feed("}")
        >>> beginning.broken
        True
    """

    __slots__ = (
        *("_bare", "_closers", "_deepest", "_escape", "_next", "_string"),
        *("broken", "firm", "length"),
    )

    def __init__(self, *, deepest: int | None = None) -> None:
        self.broken = False
        self.firm = 0
        self.length = 0
        self._deepest = deepest
        self._next = "object"
        self._string = ""  # what the string that is open is: a "name" or a "value"
        self._bare = ""  # the number or word at the end, which may go on
        self._escape = ""  # the escape sequence that has been begun at the end, as `\u4f`
        self._closers: list[str] = []

    @property
    def loose(self) -> int:
        """How many characters at the end say nothing yet: a name, a comma, the half of a word."""
        if self._string == "value":
            return 0
        if not self._string and not self._bare and self._next not in ("name", "value", "colon"):
            return 0
        return self.length - self.firm

    def feed(self, piece: str) -> None:
        """Take what comes next."""
        start = self.length - len(self._escape)
        text = self._escape + piece
        self._escape = ""
        self.length += len(piece)
        at = 0
        while at < len(text) and not self.broken:
            at = self._inside(text, at, start) if self._string else self._outside(text, at, start)

    def closed(self, text: str) -> str:
        """Return `text`, all that has come, with what is open closed and what is loose left out."""
        closers = "".join(reversed(self._closers))
        if self._string == "value" and len(self._escape) < 2:
            return text[: self.length - len(self._escape)] + '"' + closers
        if self._bare and (scalar := _SCALAR.match(self._bare)):
            return text[: self.length - len(self._bare) + scalar.end()] + closers
        whole = self.loose == 0 and not self._string
        return (text if whole else text[: self.firm]) + closers

    def _inside(self, text: str, at: int, start: int) -> int:
        if (match := _INSIDE.match(text, at)) and match.end() > at:
            return match.end()
        if text[at] == '"':
            if self._string == "name":
                self._next = "colon"
            else:
                self._after(start + at + 1)
            self._string = ""
            return at + 1
        if _BEGUN_ESCAPE.fullmatch(text, at):
            self._escape = text[at:]
        else:
            self.broken = True
        return len(text)

    def _outside(self, text: str, at: int, start: int) -> int:
        if bare := _BARE.match(text, at):
            self._bare += bare.group()
            self.broken = self._next not in _VALUES or len(self._bare) > _LONGEST_NUMBER
            return bare.end()
        if self._bare:
            self.broken = not _SCALAR.fullmatch(self._bare)
            self._bare = ""
            if not self.broken:
                self._after(start + at)
        if text[at] not in _SPACE and not self.broken:
            self._sign(text[at], start + at + 1)
        return at + 1

    def _sign(self, sign: str, end: int) -> None:
        """Take a bracket, a quote, a comma or a colon; it ends at `end`."""
        if sign == '"' and self._next in _NAMES:
            self._string = "name"
        elif sign == '"' and self._next in _VALUES:
            self._string = "value"
        elif sign in _OPENS and (self._next in _VALUES or (self._next, sign) == _BEGINS):
            closer, self._next = _OPENS[sign]
            self._closers.append(closer)
            self.broken = len(self._closers) - 1 == self._deepest
            self.firm = self.firm if self.broken else end
        elif sign in _CLOSES and self._closers[-1:] == [sign] and self._next in _CLOSES[sign]:
            self._closers.pop()
            self._after(end)
        elif sign == "," and self._next == "after" and self._closers:
            self._next = "name" if self._closers[-1] == "}" else "value"
        elif sign == ":" and self._next == "colon":
            self._next = "value"
        else:
            self.broken = True

    def _after(self, end: int) -> None:
        """Note that a value has ended."""
        self._next = "after"
        self.firm = end


def object_so_far(text: str) -> dict[str, Any] | None:
    """Return the object that `text` begins with nothing before it; `None` where it begins none.

    Example:
        >>> object_so_far('{"name": "星芸", "models": ["gp')
        {'name': '星芸', 'models': ['gp']}
    """
    beginning = Beginning()
    beginning.feed(text)
    if beginning.broken:
        return None
    try:
        value = _JSON.decode(beginning.closed(text))
    except (ValueError, RecursionError):  # nothing has begun; a number too long; too deep
        return None
    return value if isinstance(value, dict) else None

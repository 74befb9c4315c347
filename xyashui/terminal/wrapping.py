"""Text that arrives in pieces -> lines that fit, Chinese among it. No I/O.

A terminal breaks a line anywhere, even inside a word; libraries break it at spaces only, which
Chinese does not have. Here a line breaks at a space or beside a Chinese character, but not
before punctuation that ends something nor after punctuation that begins something.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

__all__ = ["Wrapper", "wrap"]

_CLOSING = re.escape("，。、；：？！）】》」』〉”’…—·％℃～)]}")
_OPENING = re.escape("（【《「『〈“‘￥")
_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U0001f300-\U0003ffff"
# What stays together. A word of other scripts ends at a space or at a Chinese character.
_PIECE: Final = re.compile(
    rf"\n|[ \t]+|[{_OPENING}]*(?:[{_WIDE}]|[^\s{_WIDE}{_OPENING}{_CLOSING}]+)[{_CLOSING}]*"
    rf"|[{_OPENING}{_CLOSING}]+|.",
    re.DOTALL,
)


class Wrapper:
    """Breaks a text into lines as it arrives.

    A piece is written once it is known to have ended: a word late at most.

    Args:
        write: Takes what is to be shown, line ends and indentation included.
        width: Columns of a line, its indentation not counted.
        measure: Returns how many columns a text takes.
        indent: What every line begins with.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        width: int,
        measure: Callable[[str], int],
        indent: str = "",
    ) -> None:
        self._write = write
        self._width = max(width, 10)
        self._measure = measure
        self._indent = indent
        self._held = ""
        self._space = ""
        self._column = 0
        self._goes_on = False  # whether what is held is the end of a word that was cut already

    @property
    def midline(self) -> bool:
        """Whether the last line that was written has not ended."""
        return self._column > 0

    def feed(self, text: str) -> None:
        """Take the next piece of the text."""
        pieces = _PIECE.findall(self._held + text.expandtabs(4))
        # The last may go on: a word, or punctuation that belongs to what stands before it.
        self._held = pieces.pop() if pieces and pieces[-1] != "\n" else ""
        for piece in pieces:
            self._put(piece)
        if len(self._held) > 2 * self._width:
            self._let_go()

    def _let_go(self) -> None:
        """Write what is longer than a line: it need not end to be cut, and it may never do."""
        held = self._held
        if held.isspace():
            self._held = held[: self._width]
        else:
            self._put(held[:-1])
            self._held, self._goes_on = held[-1], True

    def flush(self) -> None:
        """Write what was held back."""
        held, self._held = self._held, ""
        if held:
            self._put(held)

    def _put(self, piece: str) -> None:
        goes_on, self._goes_on = self._goes_on, False
        if piece == "\n":
            self._end_line()
        elif piece.isspace():
            self._space = piece[: self._width]
        elif goes_on:
            self._put_long(piece)
        else:
            self._put_word(piece)

    def _put_word(self, word: str) -> None:
        size = self._measure(word)
        if self._column and self._column + len(self._space) + size > self._width:
            self._end_line()
        if self._column + size > self._width:
            self._put_long(word)
            return
        before = self._space if self._column else self._indent + self._space
        self._write(before + word)
        self._column += len(self._space) + size
        self._space = ""

    def _put_long(self, word: str) -> None:
        """Write what is longer than a line, cut where the line ends."""
        for character in word:
            size = self._measure(character)
            if self._column and self._column + size > self._width:
                self._end_line()
            self._write(character if self._column else self._indent + character)
            self._column += size
        self._space = ""

    def _end_line(self) -> None:
        self._write("\n")
        self._column = 0
        self._space = ""


def wrap(text: str, width: int, measure: Callable[[str], int], indent: str = "") -> str:
    """Return `text` broken into lines; see `Wrapper`."""
    written: list[str] = []
    wrapper = Wrapper(written.append, width, measure, indent)
    wrapper.feed(text)
    wrapper.flush()
    return "".join(written)

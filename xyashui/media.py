"""Sounds and pictures, told from documents by how they begin. Sans-IO.

Gateways send an error as `{"error": ...}` under HTTP 200, and some say nothing of its media type,
or say "audio/mpeg" all the same [gw]. No sound begins with text: the head of every container has
bytes that are none, and raw samples soon have some.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from typing import Final

__all__ = ["Head", "is_document"]

_TELLING: Final = 64  # characters, after blanks, that settle it
_MOST_BLANKS: Final = 16 * 1024  # bytes; some gateways send them while they wait
_BLANK: Final = " \t\r\n\ufeff"
_UNREADABLE: Final = "\ufffd"
_MARKS: Final = re.compile(r"""[{\[]\s*["{\[\]}]|<[!?A-Za-z]""")  # of JSON, and of pages


class Head:
    """The beginning of a body, held back until it is known what it is the beginning of.

    Args:
        is_document: `True` where that is known beforehand.

    Attributes:
        data: What has come.
        is_document: Whether it is text; `None` while nobody can say.

    Example:
        >>> head = Head()
        >>> head.feed(b'{"error":')
        >>> head.end()
        >>> head.is_document
        True
    """

    def __init__(self, *, is_document: bool | None = None) -> None:
        self.data = b""
        self.is_document = is_document
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._text = ""

    def feed(self, data: bytes) -> None:
        """Take what came next."""
        self.data += data
        text = (self._text + self._decoder.decode(data)).lstrip(_BLANK)
        self._text = text = text[:_TELLING]
        if not _may_be_text(text):
            self.is_document = False
        elif len(text) == _TELLING or len(self.data) > _MOST_BLANKS:
            self.is_document = True

    def end(self) -> None:
        """Take it that nothing more comes."""
        if self.is_document is None:
            self.is_document = bool(self.data)


def is_document(body: bytes) -> bool:
    """Whether a whole body is text.

    Example:
        >>> is_document(b"<html>"), is_document(bytes(100))
        (True, False)
    """
    head = Head()
    head.feed(body)
    head.end()
    return head.is_document is True


def _may_be_text(text: str) -> bool:
    if any((one < " " and one not in _BLANK) or one == "\x7f" for one in text):
        return False
    # A page may be in another encoding than UTF-8; a sample may be a brace by chance.
    return _UNREADABLE not in text or _MARKS.match(text) is not None

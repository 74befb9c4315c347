"""JSON documents in bytes and text: how many there are, and where they end. Sans-IO.

A body is one document as a rule; gateways also send a list of them, one on each line, or several
in one event with nothing between.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Iterator
from json import JSONDecoder
from typing import Any

from pydantic_core import from_json

from xyashui.json_texts import broken_off

__all__ = ["DONE", "Document", "Unreadable", "documents", "unfinished"]

DONE = "[DONE]"
"""What ends a stream, in the place of a document."""

_JSON = JSONDecoder()
_TAIL = 400  # bytes at the end among which a closing bracket is looked for
_FREE_ATTEMPTS = 64


class Unreadable(str):
    """What follows where nothing that can be read does."""

    __slots__ = ()


class Document:
    """A body of JSON, as it grows."""

    __slots__ = ("_attempts", "_bytes", "_closed", "_tried")

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._attempts = 0
        self._tried = 0  # bytes that there were at the last attempt to read them
        self._closed = 0  # characters in documents of which the next attempt knows that they are

    def __len__(self) -> int:
        return len(self._bytes)

    def has_escapes(self) -> bool:
        """Whether there may be halves of surrogate pairs in it, which are written so."""
        return b"\\u" in self._bytes

    def add(self, data: bytes) -> None:
        """Put more bytes to it."""
        self._bytes += data

    def is_closed(self) -> bool:
        """Whether all brackets are closed, so that nothing needs to follow.

        Asked after every read: what does not end with a bracket is not parsed. Nor is every byte
        of a body that trickles in and is made of brackets, which would take the square of its
        length: after some attempts it must have grown by a tenth. Of several documents each is
        looked at once.
        """
        if not self._bytes[-_TAIL:].rstrip().endswith((b"}", b"]")):
            return False
        if self._attempts >= _FREE_ATTEMPTS and len(self._bytes) < self._tried * 1.1:
            return False
        self._attempts += 1
        self._tried = len(self._bytes)
        try:
            from_json(self._bytes)
        except ValueError:
            for part, end in _placed(self._text(), self._closed):
                if isinstance(part, Unreadable):
                    return False
                self._closed = end
        return True

    def parts(self) -> Iterator[Any]:
        """Give the objects of it: usually one, sometimes a list or one on each line."""
        try:
            payload = from_json(self._bytes)
        except ValueError:
            # The strict parser is right most of the time. The other one bears bytes that are no
            # UTF-8, halves of surrogate pairs, and several documents one after another.
            yield from documents(self._text())
            return
        yield from payload if isinstance(payload, list) else [payload]

    def _text(self) -> str:
        return getincrementaldecoder("utf-8")("replace").decode(self._bytes).strip()


def documents(text: str) -> Iterator[Any]:
    """Give the JSON documents and `[DONE]` marks in `text`, which stand one after another.

    `Unreadable` is the last where something else follows.
    """
    for document, _ in _placed(text, 0):
        yield document


def _placed(text: str, position: int) -> Iterator[tuple[Any, int]]:
    """Give what `documents` does from `position` on, each with where it ends."""
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if position == len(text):
            return
        if text.startswith(DONE, position):
            position += len(DONE)
            yield DONE, position
            continue
        try:
            document, position = _JSON.raw_decode(text, position)
        except (ValueError, RecursionError):
            yield Unreadable(text[position:]), len(text)
            return
        yield document, position


def unfinished(text: str) -> list[dict[str, Any]]:
    """Return what there is of completions of which the last was cut short.

    Its last text is as long as it came. Reasons why it ended are left out: they may be cut as well.
    """
    try:
        payload = broken_off(text)
    except ValueError:
        return []
    payloads = payload if isinstance(payload, list) else [payload]
    payloads = [one for one in payloads if isinstance(one, dict)]
    choices = payloads[-1].get("choices") if payloads else None
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict):
            choice.pop("finish_reason", None)
    return payloads

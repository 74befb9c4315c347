"""A request's body, in JSON: the long texts in it, pictures as a rule, are not copied. Sans-IO."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from uuid import uuid4

from pydantic_core import PydanticSerializationError, to_json

from xyashui.errors import ConfigurationError

__all__ = ["AsyncBody", "Body", "encoded"]

_LONG = 256 * 1024  # characters from which on a copy matters
_PIECE = 64 * 1024
_DEEPEST = 6  # where a picture's address stands: body, messages, message, content, part, image_url


class Body:
    """What is sent, piece by piece, as often as it takes.

    Args:
        parts: Bytes, and ASCII text.
    """

    __slots__ = ("_parts",)

    def __init__(self, *parts: bytes | str) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            for start in range(0, len(part), _PIECE):
                piece = part[start : start + _PIECE]
                yield piece if isinstance(piece, bytes) else piece.encode("ascii")


class AsyncBody:
    """The same for `async for`; httpx asks no more of it than which of both it is."""

    __slots__ = ("_body",)

    def __init__(self, body: Body) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._body:
            yield piece


def encoded(value: Mapping[str, Any]) -> bytes | Body:
    """Return `value` as JSON; as a `Body` where it is large.

    Raises:
        ConfigurationError: Not all of it is JSON.
    """
    long_texts = _LongTexts()
    data = _json(long_texts.taken_out_of(value, _DEEPEST))
    if len(long_texts):
        return Body(*long_texts.put_into(data))
    return data if len(data) < _LONG else Body(data)


def _json(value: Any) -> bytes:
    try:
        return to_json(value)
    except PydanticSerializationError as error:
        try:
            # Half of a surrogate pair is no UTF-8, but JSON has an escape for it.
            return json.dumps(value).encode()
        except (RecursionError, TypeError, ValueError):
            raise ConfigurationError(f"The request is not all JSON: {error}") from None


class _LongTexts:
    """Long texts that JSON has as they are, and marks in their places."""

    def __init__(self) -> None:
        self._mark = ""
        self._texts: list[str] = []

    def __len__(self) -> int:
        return len(self._texts)

    def taken_out_of(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self._marked(value) if len(value) >= _LONG and _is_plain(value) else value
        if depth == 0:
            return value
        if isinstance(value, dict):
            return {name: self.taken_out_of(one, depth - 1) for name, one in value.items()}
        if isinstance(value, list):
            return [self.taken_out_of(one, depth - 1) for one in value]
        return value

    def _marked(self, text: str) -> str:
        self._mark = self._mark or uuid4().hex  # which nobody else has written
        self._texts.append(text)
        return f"{self._mark}-{len(self._texts) - 1}"

    def put_into(self, data: bytes) -> Iterator[bytes | str]:
        between = re.split(rb"%b-(\d+)" % self._mark.encode(), data)
        for place, part in enumerate(between):
            yield self._texts[int(part)] if place % 2 else part


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text

"""Bytes as a source of choices: what a fuzzer mutates, read as what a generator decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

__all__ = ["Source"]

T = TypeVar("T")


class Source:
    """Reads bytes one after another; when there are none left, every choice is the first one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """How many bytes have not been read."""
        return len(self._data) - self._at

    def below(self, limit: int) -> int:
        """Return a number from 0 to `limit - 1`."""
        size = 1 if limit <= 256 else 2
        piece = self._data[self._at : self._at + size]
        self._at += len(piece)
        return int.from_bytes(piece, "big") % limit

    def one_in(self, chances: int) -> bool:
        """Return `True` about once in so many times."""
        return self.below(chances) == chances - 1

    def choice(self, items: Sequence[T]) -> T:
        """Return one of `items`."""
        return items[self.below(len(items))]

    def take(self, most: int) -> bytes:
        """Return up to `most` bytes."""
        length = self.below(most + 1)
        piece = self._data[self._at : self._at + length]
        self._at += len(piece)
        return piece

    def rest(self) -> bytes:
        """Return all bytes that are left."""
        piece = self._data[self._at :]
        self._at = len(self._data)
        return piece

    def pieces(self, data: bytes) -> list[bytes]:
        """Cut `data` at a few places, or into single bytes."""
        if self.one_in(16) and len(data) <= 400:
            return [data[at : at + 1] for at in range(len(data))]
        places = sorted(self.below(len(data) + 1) for _ in range(self.below(6)))
        starts = [0, *places]
        return [data[a:b] for a, b in zip(starts, [*places, len(data)], strict=True)]

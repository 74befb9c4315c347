"""The deltas of an object, joined: text and lists go on, of the rest the last counts. Sans-IO.

Each is taken in at once and let go of, so that what comes again and again takes no place.
"""

from __future__ import annotations

from io import StringIO
from typing import Any

__all__ = ["Joined"]


class Joined:
    """An object that comes in deltas.

    Attributes:
        size: How many values it holds, those in lists and objects among them; text is one.

    Example:
        >>> joined = Joined()
        >>> joined.add({"a": "你", "b": [1], "c": 1})
        >>> joined.add({"a": "好", "b": [2], "c": 2})
        >>> joined.build(), joined.size
        ({'a': '你好', 'b': [1, 2], 'c': 2}, 5)
    """

    __slots__ = ("_values", "size")

    def __init__(self) -> None:
        self.size = 0
        self._values: dict[str, _Value] = {}

    def add(self, delta: dict[str, Any]) -> None:
        """Take in a delta."""
        for name, value in delta.items():
            known = self._values.get(name)
            if known is None:
                known = self._values[name] = _Value()
                self.size += 1
            self.size += known.add(value)

    def build(self) -> dict[str, Any]:
        """Return the object as far as it has come."""
        return {name: value.build() for name, value in self._values.items()}


class _Value:
    """One value of it. Where values are of different kinds, the last counts."""

    __slots__ = ("_kept", "_kind")

    def __init__(self) -> None:
        self._kind: type | None = None
        self._kept: Any = None

    def add(self, value: Any) -> int:
        """Take in what is new; return by how many values it has grown."""
        if value is None:
            return 0
        kind = next((one for one in (str, list, dict) if isinstance(value, one)), object)
        if self._kind is None:
            self._kind = kind
            self._kept = {str: StringIO, list: list, dict: Joined, object: object}[kind]()
        elif self._kind is not kind:
            self._kind = object
        return self._grow(value)

    def _grow(self, value: Any) -> int:
        if self._kind is str:
            self._kept.write(value)
        elif self._kind is list:
            self._kept += value
            return _count(value) - 1
        elif self._kind is dict:
            before = self._kept.size
            self._kept.add(value)
            return int(self._kept.size - before)
        else:
            self._kept = value
        return 0

    def build(self) -> Any:
        if self._kind is str:
            return self._kept.getvalue()
        if self._kind is list:
            return list(self._kept)
        return self._kept.build() if self._kind is dict else self._kept


def _count(value: Any) -> int:
    """Return how many values there are in `value`, itself among them."""
    count, waiting = 0, [value]
    while waiting:
        one = waiting.pop()
        count += 1
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return count

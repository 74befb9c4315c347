"""How deep values nest.

LangChain writes what it keeps by recursion, and what is too deep ends that in a `RecursionError`.
The core itself keeps what comes, however deep.
"""

from __future__ import annotations

from typing import Any

from xyashui.types import as_json

__all__ = ["DEEPEST", "is_deep", "shallow"]

DEEPEST = 100  # lists and objects in each other; Pydantic writes 250, Python a few hundred


def is_deep(value: Any) -> bool:
    """Whether lists and objects in `value` nest more than `DEEPEST` deep."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEEPEST):
        if not level:
            return False
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
    return bool(level)


def shallow(fields: dict[str, Any]) -> dict[str, Any]:
    """Return `fields` with each value that nests too deeply as JSON text: nothing of it is lost.

    Example:
        >>> value = []
        >>> for _ in range(200):
        ...     value = [value]
        >>> shallow({"a": [1], "b": value})["b"][:5]
        '[[[[['
    """
    return {name: _text(value) if is_deep(value) else value for name, value in fields.items()}


class _Sign(str):
    """Text that is JSON already."""

    __slots__ = ()


def _text(value: Any) -> str:
    """Write JSON without recursion, of which there may be too little left."""
    written: list[str] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, _Sign):
            written.append(one)
        elif isinstance(one, dict):
            items = [part for k, v in one.items() for part in (_Sign(","), k, _Sign(":"), v)]
            waiting += reversed([_Sign("{"), *items[1:], _Sign("}")])
        elif isinstance(one, list):
            items = [part for v in one for part in (_Sign(","), v)]
            waiting += reversed([_Sign("["), *items[1:], _Sign("]")])
        else:
            written.append(as_json(one))
    return "".join(written)

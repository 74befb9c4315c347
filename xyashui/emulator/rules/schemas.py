"""What a JSON schema says of a value, and how much of what it demands is made."""

from collections.abc import Mapping
from typing import Any

from .language import language_of

Schema = Mapping[str, Any]

_MOST_ADDED = 100_000


class Room:
    """Characters that may still be added to reach the lengths that a schema demands.

    `minItems` and `minLength` may be any number, and within one another they multiply. A model's
    answer has an end, too: it then falls short of what was demanded.
    """

    def __init__(self) -> None:
        self._left = _MOST_ADDED

    def copies(self, wanted: Any, value: Any) -> int:
        """Say how many of the `wanted` copies of a value there is room for, and take it."""
        if not isinstance(wanted, int | float) or wanted <= 0:
            return 0
        size = len(str(value)) + 1
        count = int(min(wanted, self._left // size))
        self._left -= count * size
        return count

    def fitted(self, text: str, schema: Schema) -> str:
        """Cut or lengthen a text to what its schema demands."""
        text = text[: schema.get("maxLength", len(text))]
        filler = "。" if language_of(text) == "zh" else "."
        return text + filler * self.copies(schema.get("minLength", 0) - len(text), filler)


def kind_of(schema: Schema) -> str | None:
    """Say what type a value has by its schema: the first that is not null."""
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), None)
    if kind is None and "properties" in schema:
        return "object"
    return kind if isinstance(kind, str) or kind is None else None


def allows_null(schema: Schema) -> bool:
    """Say whether null fits."""
    kinds = schema.get("type")
    branches = schema.get("anyOf") or schema.get("oneOf") or []
    return (isinstance(kinds, list) and "null" in kinds) or any(
        each.get("type") == "null" for each in branches
    )


def look_up(root: Schema, reference: str) -> Schema:
    """Follow a reference within a schema; what it does not have is `{}`."""
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part, {}) if isinstance(found, Mapping) else {}
    return found if isinstance(found, Mapping) else {}


def without(schema: Schema, *names: str) -> dict[str, Any]:
    """Copy a schema without some keywords."""
    return {name: value for name, value in schema.items() if name not in names}


def in_range(value: Any, schema: Schema) -> bool:
    """Say whether a number is within the schema's bounds."""
    above = value >= schema.get("minimum", value) and value > schema.get(
        "exclusiveMinimum", value - 1
    )
    below = value <= schema.get("maximum", value) and value < schema.get(
        "exclusiveMaximum", value + 1
    )
    return bool(above and below)

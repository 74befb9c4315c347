"""Checks of request parameters that both services share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


class BadParameter(Exception):  # noqa: N818 - each service raises its own error from it
    """A parameter is of the wrong type or out of range."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.detail = detail


@dataclass(frozen=True)
class Parameter:
    """What one parameter may be. A range's ends are included."""

    type: Literal["number", "integer", "boolean", "string", "object"]
    low: float | None = None
    high: float | None = None

    def check(self, name: str, value: Any) -> None:
        """Raise `BadParameter` unless the value is allowed."""
        if not _is(self.type, value):
            raise BadParameter(name, f"must be {_ARTICLE[self.type]}")
        if self.type not in ("number", "integer"):
            return
        if self.low is not None and value < self.low:
            raise BadParameter(name, f"must be at least {self.low:g}")
        if self.high is not None and value > self.high:
            raise BadParameter(name, f"must be at most {self.high:g}")


_ARTICLE = {
    "number": "a number",
    "integer": "an integer",
    "boolean": "true or false",
    "string": "a string",
    "object": "an object",
}


def check_all(body: Mapping[str, Any], parameters: Mapping[str, Parameter]) -> None:
    """Check every parameter that is there and not null."""
    for name, parameter in parameters.items():
        if body.get(name) is not None:
            parameter.check(name, body[name])


def _is(kind: str, value: Any) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "number":
        return isinstance(value, int | float)
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, {"boolean": bool, "string": str, "object": dict}[kind])

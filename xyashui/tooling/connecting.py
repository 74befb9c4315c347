"""What a framework's model says of its connection, and the client that is made of it."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Protocol

from xyashui.secrecy import concealed_headers, concealed_key

__all__ = ["ConnectionSettings", "revealed"]

_NAMES = (
    *("api_key", "base_url", "timeout", "deadline", "max_retries", "max_concurrency"),
    *("requests_per_minute", "breaker", "default_headers"),
)
_values = attrgetter(*_NAMES)


class _Secret(Protocol):
    def get_secret_value(self) -> str: ...


class ConnectionSettings:
    """The settings that a client is made for. A model's may change, and a copy of it have others.

    Args:
        model: What has them as its attributes.
    """

    __slots__ = ("_values",)

    def __init__(self, model: object) -> None:
        self._values: tuple[Any, ...] = _values(model)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ConnectionSettings) and self._values == other._values

    __hash__ = None  # type: ignore[assignment]  # headers have none

    def arguments(self) -> dict[str, Any]:
        """Return them as `xyashui.Client` takes them; none shows itself in a traceback."""
        given = dict(zip(_NAMES, self._values, strict=True))
        given["api_key"] = revealed(given["api_key"])
        given["default_headers"] = concealed_headers(given["default_headers"])
        return given


def revealed(secret: _Secret | str | None) -> str | None:
    """Return the key in a Pydantic `SecretStr`, or the key; it does not show itself."""
    reveal = getattr(secret, "get_secret_value", None)
    key: str | None = concealed_key(secret if reveal is None else reveal())
    return key

"""How often to draw: not more often than eyes can follow, and never so that drawing holds up."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

__all__ = ["Pace"]

_PER_SECOND = 20.0
_SHARE = 0.2
# Jupyter's server drops what a kernel sends beyond 1,000,000 bytes a second, the last drawing too.
_BYTES_PER_SECOND = 400_000.0


class Pace:
    """Says when the next drawing is due.

    Args:
        per_second: How many drawings a second there may be.
        share: How much of the time drawing may take (0 to 1): after one that took long, the next
            has to wait in proportion.
        bytes_per_second: How much may be sent: after a large drawing, the next has to wait, too.
        clock: Seconds, from whenever.

    Example:
        >>> pace = Pace()
        >>> if pace.due():
        ...     pace.draw(lambda: 1000)
    """

    def __init__(
        self,
        per_second: float = _PER_SECOND,
        share: float = _SHARE,
        bytes_per_second: float = _BYTES_PER_SECOND,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._interval = 1 / per_second
        self._rest = 1 / share
        self._bytes_per_second = bytes_per_second
        self._clock = clock
        self._next: float | None = None

    def due(self) -> bool:
        """Whether it is time to draw."""
        return self._next is None or self._clock() >= self._next

    def draw(self, draw: Callable[[], int]) -> None:
        """Draw now, due or not.

        Args:
            draw: Draws, and returns how many bytes that took.
        """
        began, size = self._clock(), 0
        try:
            size = draw()
        finally:
            took = self._clock() - began
            wait = max(self._interval, took * self._rest, size / self._bytes_per_second)
            self._next = began + wait

"""Limits of time for what is read from a socket, which httpx has only for each silence.

A head or a body that trickles in is never silent. Async code has `asyncio.timeout` against that;
here is what sync code has: a thread says until when it waits, and its connections (see
`xyashui.connections`) mind it. Nothing is set on a connection itself: it may be another thread's a
moment later. One thing cannot be interrupted in a thread: the system's look-up of a host's name,
which takes as long as its resolver is patient (often 5 or 10 s where no name server answers).
"""

from __future__ import annotations

import threading
from time import monotonic

__all__ = ["check", "deadline", "ends"]

_waiting = threading.local()


class deadline:  # noqa: N801 - used as a function is
    """Have this thread wait no longer than `seconds` for what it reads; `None` sets no limit.

    Around one read, or the wait for one head: not around a `yield`, for what the caller reads in
    between is none of its business. Of two deadlines, one within the other, the earlier counts.
    """

    __slots__ = ("_before", "_seconds")

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        self._before: float | None = getattr(_waiting, "until", None)
        if self._seconds is not None:
            until = monotonic() + self._seconds
            _waiting.until = until if self._before is None else min(self._before, until)

    def __exit__(self, *exc: object) -> None:
        _waiting.until = self._before


def ends() -> float | None:
    """Return until when this thread waits, as `time.monotonic` counts; `None` for no limit."""
    return getattr(_waiting, "until", None)


def check() -> None:
    """Raise `TimeoutError` where this thread's deadline has passed."""
    until = ends()
    if until is not None and monotonic() >= until:
        raise TimeoutError

"""How much may be asked at once, and how often: counted for a key, whoever uses it.

Services limit a key and not a program's objects, so every client in the process that uses the same
key at the same address counts in the same place. A client that sets a limit waits for its turn,
first come, first served; one that sets none is counted and never waits.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from time import monotonic

from xyashui.errors import ConfigurationError
from xyashui.requests import shorten

__all__ = ["WINDOW", "Limits", "Traffic", "traffic_of"]

WINDOW = 60.0
"""Seconds over which `requests_per_minute` counts."""

_MOST_KEYS = 1000  # more than that, and those at rest are forgotten


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client allows itself.

    Attributes:
        max_concurrency: Calls under way at once, streams that are being read among them.
        requests_per_minute: Requests begun in any 60 seconds, other tries among them.
    """

    max_concurrency: int | None = None
    requests_per_minute: int | None = None

    def __post_init__(self) -> None:
        for name in ("max_concurrency", "requests_per_minute"):
            value = getattr(self, name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            if value is not None and not (whole and value > 0):
                raise ConfigurationError(f"{name} must be 1 or more, not {shorten(value)}")

    @property
    def none(self) -> bool:
        """Whether nothing is limited."""
        return self.max_concurrency is None and self.requests_per_minute is None


class Traffic:
    """The requests of one key: how many are under way, when the last ones began, who waits.

    Args:
        window: Seconds over which requests are counted.
    """

    def __init__(self, window: float = WINDOW) -> None:
        self._window = window
        self._lock = threading.RLock()  # the garbage collector may end a stream while it is held
        self._admitting = self._asked_again = False
        self._under_way = 0
        self._begun: deque[float] = deque()  # when, for all within the window
        self._waiting: deque[_Waiter] = deque()

    @property
    def at_rest(self) -> bool:
        """Whether there is nothing to remember."""
        with self._lock:
            self._forget()
            return not (self._under_way or self._begun or self._waiting)

    def enter(self, limits: Limits, patience: float | None = None) -> None:
        """Wait for a place. Who got one must `leave` it.

        Args:
            limits: What the caller allows itself.
            patience: Seconds to wait at most; `None` for as long as it takes.

        Raises:
            TimeoutError: No place became free in time.
        """
        waiter = self._queue(limits, patience)
        try:
            while (pause := self._pause(waiter)) is not None:
                with suppress(FutureTimeoutError):
                    waiter.place.result(pause)
        except BaseException:
            self._give_up(waiter)
            raise

    async def async_enter(self, limits: Limits, patience: float | None = None) -> None:
        """Do what `enter` does, with `await`."""
        waiter = self._queue(limits, patience)
        try:
            while (pause := self._pause(waiter)) is not None:
                place = asyncio.wrap_future(waiter.place)
                # `wait` cancels nothing: the place may be given at this very moment.
                await asyncio.wait([place], timeout=pause)
        except BaseException:
            self._give_up(waiter)
            raise

    def leave(self) -> None:
        """Free a place."""
        with self._lock:
            self._under_way -= 1
        self._admit()

    def _queue(self, limits: Limits, patience: float | None) -> _Waiter:
        waiter = _Waiter(limits, inf if patience is None else monotonic() + patience)
        with self._lock:
            if limits.none:
                self._begin(waiter)
            else:
                self._waiting.append(waiter)
        return waiter

    def _pause(self, waiter: _Waiter) -> float | None:
        """Return how long `waiter` has to wait before it looks again; `None` if it may begin."""
        self._admit()
        if waiter.place.done():
            return None
        now = monotonic()
        if now >= waiter.ends:
            raise TimeoutError
        # A place that becomes free is handed over; only time has to be waited for.
        look_again = inf
        with self._lock:
            if waiter.limits.requests_per_minute is not None and self._begun:
                look_again = self._begun[0] + self._window
        pause = min(look_again, waiter.ends) - now
        return min(max(pause, 0.001), threading.TIMEOUT_MAX)

    def _admit(self) -> None:
        """Give places to those who wait, as far as there are any, in the order of their coming."""
        with self._lock:
            self._asked_again = True
            if self._admitting:  # further up in this thread, which then looks again
                return
            self._admitting = True
            try:
                while self._asked_again:
                    self._asked_again = False
                    self._forget()
                    while self._waiting and self._allows(self._waiting[0].limits):
                        self._begin(self._waiting.popleft())
            finally:
                self._admitting = False

    def _allows(self, limits: Limits) -> bool:
        at_once, per_minute = limits.max_concurrency, limits.requests_per_minute
        return (at_once is None or self._under_way < at_once) and (
            per_minute is None or len(self._begun) < per_minute
        )

    def _begin(self, waiter: _Waiter) -> None:
        self._under_way += 1
        self._begun.append(monotonic())
        waiter.place.set_result(None)

    def _give_up(self, waiter: _Waiter) -> None:
        with self._lock:
            if not waiter.place.done():
                self._waiting.remove(waiter)
                given = False
            else:
                given = True
        if given:
            self.leave()
        else:
            self._admit()  # who comes next may have asked for less

    def _forget(self) -> None:
        oldest = monotonic() - self._window
        while self._begun and self._begun[0] <= oldest:
            self._begun.popleft()


class _Waiter:
    """Somebody who waits; `place` is done once there is one."""

    __slots__ = ("ends", "limits", "place")

    def __init__(self, limits: Limits, ends: float) -> None:
        self.limits = limits
        self.ends = ends
        self.place: Future[None] = Future()


_lock = threading.RLock()
_traffic: dict[tuple[int, str, str], Traffic] = {}


def traffic_of(root: str, key: str) -> Traffic:
    """Return the traffic of `key` at the service at `root`. A fork counts anew."""
    name = (os.getpid(), root, key)
    traffic = _traffic.get(name)
    if traffic is None:
        with _lock:
            if len(_traffic) >= _MOST_KEYS:
                for other in [other for other, one in _traffic.items() if one.at_rest]:
                    del _traffic[other]
            traffic = _traffic.setdefault(name, Traffic())
    return traffic

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
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from time import monotonic

from xyashui.requests import check_count

__all__ = ["Limits", "Traffic", "traffic_of"]

_WINDOW = 60.0  # seconds over which `requests_per_minute` counts
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
            if value is not None:
                check_count(name, value)

    @property
    def none(self) -> bool:
        """Whether nothing is limited."""
        return self.max_concurrency is None and self.requests_per_minute is None


class Traffic:
    """The requests of one key: how many are under way, when the last ones began, who waits.

    Who comes, leaves or gives up says so and goes on: one thread at a time counts, whichever is
    there, for all of them. Nobody waits for a lock, since the garbage collector may end a stream at
    any moment, in the middle of the counting too.

    Args:
        window: Seconds over which requests are counted.
    """

    def __init__(self, window: float = _WINDOW) -> None:
        self._window = window
        self._changes: deque[Callable[[], None]] = deque()  # said, and not counted yet
        self._counting = threading.Lock()
        # What follows is changed by who counts, and nobody else.
        self._under_way = 0
        self._begun: deque[float] = deque()  # when, for all within the window
        self._waiting: deque[_Waiter] = deque()

    @property
    def at_rest(self) -> bool:
        """Whether there is nothing to remember."""
        self._say(self._forget)
        busy = self._changes or self._counting.locked()
        return not (busy or self._under_way or self._begun or self._waiting)

    def enter(self, limits: Limits, patience: float | None = None) -> None:
        """Wait for a place. Who got one must `leave` it.

        Args:
            limits: What the caller allows itself.
            patience: Seconds to wait at most; `None` for as long as it takes.

        Raises:
            TimeoutError: No place became free in time.
        """
        # A lock, and no event: one that is let go between a look at it and the wait is not missed.
        gate = threading.Lock()
        gate.acquire()
        waiter = _Waiter(limits, patience, gate.release)
        try:
            self._come(waiter)
            while (pause := self._pause(waiter)) is not None:
                gate.acquire(timeout=pause)
        except BaseException:
            self._give_up(waiter)
            raise

    async def async_enter(self, limits: Limits, patience: float | None = None) -> None:
        """Do what `enter` does, with `await`."""
        loop = asyncio.get_running_loop()
        place: asyncio.Future[None] = loop.create_future()
        waiter = _Waiter(limits, patience, lambda: loop.call_soon_threadsafe(_set, place))
        try:
            self._come(waiter)
            while (pause := self._pause(waiter)) is not None:
                # `wait` cancels nothing: the place may be given at this very moment.
                await asyncio.wait([place], timeout=pause)
        except BaseException:
            self._give_up(waiter)
            raise

    def leave(self) -> None:
        """Free a place."""
        self._say(self._left)

    def _come(self, waiter: _Waiter) -> None:
        self._say(lambda: self._came(waiter))

    def _give_up(self, waiter: _Waiter) -> None:
        self._say(lambda: self._gone(waiter))

    def _pause(self, waiter: _Waiter) -> float | None:
        """Return how long `waiter` has to wait before it looks again; `None` if it may begin."""
        if waiter.limits.none:
            return None
        self._say(self._forget)
        if waiter.given:
            return None
        now = monotonic()
        if now >= waiter.ends:
            raise TimeoutError
        # A place that becomes free is handed over; only time has to be waited for.
        look_again = inf
        with suppress(IndexError):  # it may have been forgotten just now
            if waiter.limits.requests_per_minute is not None:
                look_again = self._begun[0] + self._window
        pause = min(look_again, waiter.ends) - now
        return min(max(pause, 0.001), threading.TIMEOUT_MAX)

    def _say(self, change: Callable[[], None]) -> None:
        """Have `change` made: now, or by who is counting, before they end."""
        self._changes.append(change)
        # Whoever was counting may have ended since: then nobody else would.
        while self._changes and self._counting.acquire(blocking=False):
            try:
                self._count()
            finally:
                self._counting.release()

    def _count(self) -> None:
        """Make all changes, and give places to those who wait, in the order of their coming."""
        while True:
            while self._changes:
                self._changes.popleft()()
            if not (self._waiting and self._allows(self._waiting[0].limits)):
                return
            self._begin(self._waiting.popleft())

    def _allows(self, limits: Limits) -> bool:
        at_once, per_minute = limits.max_concurrency, limits.requests_per_minute
        return (at_once is None or self._under_way < at_once) and (
            per_minute is None or len(self._begun) < per_minute
        )

    def _begin(self, waiter: _Waiter) -> None:
        if waiter.wake():
            self._entered()

    def _entered(self) -> None:
        self._forget()  # also where nobody limits anything, and so nobody looks
        self._under_way += 1
        self._begun.append(monotonic())

    def _came(self, waiter: _Waiter) -> None:
        if waiter.limits.none:
            waiter.given = True
            self._entered()
        else:
            self._waiting.append(waiter)

    def _left(self) -> None:
        self._under_way -= 1

    def _gone(self, waiter: _Waiter) -> None:
        if waiter.given:
            self._left()
        elif waiter in self._waiting:
            self._waiting.remove(waiter)

    def _forget(self) -> None:
        oldest = monotonic() - self._window
        while self._begun and self._begun[0] <= oldest:
            self._begun.popleft()


class _Waiter:
    """Somebody who waits.

    Args:
        limits: What they allow themselves.
        patience: Seconds that they wait; `None` for as long as it takes.
        call: What wakes them up.

    Attributes:
        given: Whether they have a place.
        ends: When their patience does.
    """

    __slots__ = ("_call", "ends", "given", "limits")

    def __init__(self, limits: Limits, patience: float | None, call: Callable[[], object]) -> None:
        self.limits = limits
        self.ends = inf if patience is None else monotonic() + patience
        self.given = False
        self._call = call

    def wake(self) -> bool:
        """Give them a place; return whether there is anybody to take it."""
        self.given = True
        try:
            self._call()
        except RuntimeError:  # their event loop has been closed
            self.given = False
        return self.given


def _set(place: asyncio.Future[None]) -> None:
    if not place.done():
        place.set_result(None)


_traffic: dict[tuple[int, str, str], Traffic] = {}
_room = _MOST_KEYS  # how many there may be before those at rest are forgotten


def traffic_of(root: str, key: str) -> Traffic:
    """Return the traffic of `key` at the service at `root`. A fork counts anew."""
    # No step of this waits for another thread, and each is one: `list` of a dict, `setdefault`.
    name = (os.getpid(), root, key)
    traffic = _traffic.get(name)
    if traffic is None:
        if len(_traffic) >= _room:
            _forget_those_at_rest()
        traffic = _traffic.setdefault(name, Traffic())
    return traffic


def _forget_those_at_rest() -> None:
    global _room
    for name in list(_traffic):
        one = _traffic.get(name)
        if one is not None and one.at_rest:
            _traffic.pop(name, None)
    # Where many are in use, looking through them for each new one would take longer and longer.
    _room = max(_MOST_KEYS, 2 * len(_traffic))

"""Locks that a forked child finds free.

A fork copies the memory and one of the threads: what another thread held would be held in the child
for ever.
"""

from __future__ import annotations

import os
import threading
from typing import Final
from weakref import ref

__all__ = ["Lock"]


class Lock:
    """A lock of its own for each process, to be taken with `with lock():`.

    Who has it may take it once more: the garbage collector may end something that wants it at any
    moment. So the block must be as good with another inside it, at whichever place.

    Args:
        delays_forks: Have forks wait until nobody has it, where the block holds what no child
            could let go of.
    """

    def __init__(self, *, delays_forks: bool = False) -> None:
        self.delays_forks = delays_forks
        self.renew()
        _LOCKS.add(ref(self, _LOCKS.discard))

    def __call__(self) -> threading.RLock:
        """Return what is taken; it stays the same in the block, should a fork come in between."""
        return self._lock

    def renew(self) -> None:
        """Let go of it, whoever has it."""
        self._lock = threading.RLock()


_LOCKS: Final[set[ref[Lock]]] = set()
_taken: list[threading.RLock] = []  # while there is a fork


def _all() -> list[Lock]:
    return [lock for one in _LOCKS.copy() if (lock := one()) is not None]


def _take() -> None:
    for one in _all():
        if one.delays_forks:
            lock = one()
            lock.acquire()
            _taken.append(lock)


def _give_back() -> None:
    while _taken:
        _taken.pop().release()


def _renew_all() -> None:
    _taken.clear()
    for one in _all():
        one.renew()


if hasattr(os, "register_at_fork"):  # where there are forks
    os.register_at_fork(before=_take, after_in_parent=_give_back, after_in_child=_renew_all)

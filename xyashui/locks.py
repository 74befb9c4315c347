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
    """

    def __init__(self) -> None:
        self.renew()
        _LOCKS.add(ref(self, _LOCKS.discard))

    def __call__(self) -> threading.RLock:
        """Return what is taken; it stays the same in the block, should a fork come in between."""
        return self._lock

    def renew(self) -> None:
        """Let go of it, whoever has it."""
        self._lock = threading.RLock()


_LOCKS: Final[set[ref[Lock]]] = set()


def _renew_all() -> None:
    for one in _LOCKS.copy():
        if (lock := one()) is not None:
            lock.renew()


if hasattr(os, "register_at_fork"):  # where there are forks
    os.register_at_fork(after_in_child=_renew_all)

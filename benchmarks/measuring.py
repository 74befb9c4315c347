"""Rounds of measurements, and what is made of them.

Everything of a case is measured in turn, round after round (A B C, A B C, ...), so that whatever
else the machine is doing hits all alike. A result is the median of the rounds; how far they lie
apart (the interquartile range) is shown beside it.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

__all__ = [
    "Entry",
    "Family",
    "Role",
    "Row",
    "Samples",
    "Timing",
    "rounds",
    "settled",
    "summed",
    "timed",
]

Role = Literal["floor", "ours", "peer"]
Family = Literal["LangChain", "LlamaIndex", "no framework"]
Samples = dict[str, float]
"""One round's numbers, by what they measure: {"cpu": 41.2, "wall": 43.0}."""


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to measure beside others.

    Attributes:
        name: What it is called in tables and targets.
        role: What it stands for: the least that can be ("floor"), this package, or another client.
        family: The framework that it is of.
        measure: Measures once.
        ready: What has to be done before, off the clock.
    """

    name: str
    role: Role
    family: Family
    measure: Callable[[], Samples]
    ready: Callable[[], None] = _nothing


@dataclass(slots=True)
class Row:
    """What was measured of one entry: the numbers of every round, by what they measure."""

    name: str
    role: Role
    family: Family
    samples: dict[str, list[float]] = field(default_factory=dict)

    def add(self, samples: Samples) -> None:
        """Take the numbers of one more round."""
        for measure, value in samples.items():
            self.samples.setdefault(measure, []).append(value)

    def median(self, measure: str) -> float:
        """Return the median of the rounds."""
        return statistics.median(self.samples[measure])

    def spread(self, measure: str) -> float:
        """Return the interquartile range of the rounds; 0 where there is one only."""
        values = self.samples[measure]
        if len(values) < 2:
            return 0.0
        lower, _, upper = statistics.quantiles(values, n=4, method="inclusive")
        return upper - lower


class Timing:
    """A stretch of time, as the clock on the wall and this process's CPU see it.

    Attributes:
        cpu: Seconds that this process worked, in all of its threads. What other programs do, the
            server's work and waiting are not in it.
        wall: Seconds that passed.
    """

    def __init__(self) -> None:
        self.cpu = 0.0
        self.wall = 0.0

    def __enter__(self) -> Timing:
        self._wall = time.perf_counter()
        self._cpu = time.process_time()
        return self

    def __exit__(self, *exc: object) -> None:
        self.cpu = time.process_time() - self._cpu
        self.wall = time.perf_counter() - self._wall

    def per(self, units: int) -> Samples:
        """Return both for one of `units`, in microseconds."""
        return {"cpu": self.cpu / units * 1e6, "wall": self.wall / units * 1e6}


def timed(work: Callable[[], object], units: int) -> Samples:
    """Do `work` once, and return what one of its `units` took, in microseconds."""
    with Timing() as timing:
        work()
    return timing.per(units)


@contextmanager
def settled() -> Iterator[None]:
    """Have what is alive by now left out of garbage collections.

    What one client has imported must not be gone through at the expense of another. Collections
    themselves stay on, as they are in programs: whoever makes much garbage pays for it.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def rounds(entries: Sequence[Entry], runs: int, *, warm: int = 1) -> list[Row]:
    """Measure every entry `runs` times, in turn.

    Args:
        entries: What to measure.
        runs: How many rounds.
        warm: How many rounds to go before that do not count: connections are open then, caches
            filled and code specialised.
    """
    rows = [Row(entry.name, entry.role, entry.family) for entry in entries]
    for _ in range(warm):
        for entry in entries:
            entry.ready()
            entry.measure()
    with settled():
        for _ in range(runs):
            for entry, row in zip(entries, rows, strict=True):
                entry.ready()
                gc.collect()
                row.add(entry.measure())
    return rows


def summed(name: str, family: Family, rows: Iterable[Row]) -> Row:
    """Return a floor that is the sum of others, round by round."""
    parts = list(rows)
    total = Row(name, "floor", family)
    for measure in parts[0].samples:
        columns = zip(*(part.samples[measure] for part in parts), strict=True)
        total.samples[measure] = [sum(column) for column in columns]
    return total

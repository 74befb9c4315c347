"""Answers in one piece, and what a model costs to make."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial

from benchmarks import subjects, wire
from benchmarks.bench import Bench, Case
from benchmarks.measuring import Entry, Row, Samples, Timing, rounds
from benchmarks.raw import RawHTTP

__all__ = ["CALL", "CONSTRUCTION"]

RAW = "httpx.post"


def _each(work: Callable[[], object], times: int) -> Samples:
    """Do `work` so often, and return what it took once, in milliseconds.

    By the clock it is the median: one that had to wait for its turn on the machine says nothing.
    CPU time is too coarse for that on some systems, so it is the mean.
    """
    took = []
    with Timing() as timing:
        for _ in range(times):
            began = time.perf_counter()
            work()
            took.append(time.perf_counter() - began)
    return {"wall": statistics.median(took) * 1e3, "cpu": timing.cpu / times * 1e3}


def _call(bench: Bench) -> list[Row]:
    calls, pieces = bench.size(100, 5), 60
    raw = RawHTTP(bench.url)
    question = wire.question("xingyun", "call", pieces)
    entries = [
        Entry(RAW, "floor", "no framework", partial(_each, partial(raw.call, question), calls))
    ]
    for one in [*subjects.idle(), *bench.plain, *bench.peers]:
        work = partial(one.call, one.question("call", pieces))
        entries.append(Entry(one.name, one.role, one.family, partial(_each, work, calls)))
    try:
        return rounds(entries, bench.runs)
    finally:
        raw.close()


CALL = Case(
    name="call",
    title="A call that is answered in one piece",
    unit="ms per call",
    measures=("wall", "cpu"),
    run=_call,
    digits=3,
)


def _construction(bench: Bench) -> list[Row]:
    times = bench.size(50, 3)
    entries = [
        Entry(
            one.name,
            one.role,
            one.family,
            partial(_each, one.another, times),
        )
        for one in [*bench.plain, *bench.peers]
    ]
    return rounds(entries, bench.runs)


CONSTRUCTION = Case(
    name="construction",
    title="Making a model, where one has been made before",
    unit="ms",
    measures=("wall", "cpu"),
    run=_construction,
    digits=3,
)

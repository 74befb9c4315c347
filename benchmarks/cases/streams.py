"""One stream at a time, sync: what a chunk costs, and whether it stays at that."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from itertools import islice

from benchmarks import subjects, wire
from benchmarks.bench import Bench, Case
from benchmarks.measuring import Entry, Family, Row, Samples, rounds, summed, timed
from benchmarks.raw import RawHTTP
from benchmarks.subjects import Subject
from benchmarks.subjects.on_langchain import MakingLangChain, with_own_parts

__all__ = ["SPACED", "STEADY", "STREAM", "with_floors"]

RAW = "httpx.iter_raw"
_SETTLED_AFTER = 100  # chunks


def with_floors(rows: list[Row], raw: str, framework: str = "doing nothing") -> list[Row]:
    """Put each framework's floor after what it is the sum of.

    Args:
        rows: What was measured, the idle frameworks and `raw` among it.
        raw: The row of httpx alone.
        framework: What the other half of the sum is doing.
    """
    by_name = {row.name: row for row in rows}
    families: tuple[Family, ...] = ("LangChain", "LlamaIndex")
    floors = [
        summed(f"{family} floor", family, (by_name[raw], by_name[f"{family} {framework}"]))
        for family in families
    ]
    count = sum(row.role == "floor" for row in rows)
    return [*rows[:count], *floors, *rows[count:]]


def _stream(bench: Bench) -> list[Row]:
    count = bench.size(2000, 100)
    return _one_stream(bench, "stream", count, [*subjects.idle(), *bench.ours, *bench.peers])


def _spaced(bench: Bench) -> list[Row]:
    count = bench.size(500, 50)
    return _one_stream(bench, "spaced", count, [*subjects.idle(), *bench.plain, *bench.peers])


def _one_stream(bench: Bench, kind: wire.Kind, count: int, who: list[Subject]) -> list[Row]:
    raw = RawHTTP(bench.url)
    question = wire.question("xingyun", kind, count)
    entries = [
        Entry(RAW, "floor", "no framework", partial(timed, partial(raw.drain, question), count)),
        *(_entry(one, kind, count) for one in who),
    ]
    try:
        return with_floors(rounds(entries, bench.runs, warm=2), RAW)
    finally:
        raw.close()


def _entry(subject: Subject, kind: wire.Kind, count: int) -> Entry:
    question = subject.question(kind, count)
    return Entry(
        subject.name,
        subject.role,
        subject.family,
        measure=partial(timed, partial(subject.drain, question), count),
        ready=partial(subject.load, 1, count),
    )


STREAM = Case(
    name="stream",
    title="One stream of 2,000 chunks, sync",
    unit="µs per chunk",
    measures=("cpu", "wall"),
    run=_stream,
)


SPACED = Case(
    name="spaced",
    title="One stream of 500 chunks, sync, each sent by itself: every read brings one",
    unit="µs per chunk",
    measures=("cpu", "wall"),
    run=_spaced,
)


def _steady(bench: Bench) -> list[Row]:
    count = bench.size(100_000, 2000)
    entries = [
        Entry(
            one.name,
            one.role,
            one.family,
            measure=partial(_early_and_late, one, count),
            ready=partial(one.load, 1, count),
        )
        for one in [MakingLangChain(), *with_own_parts(bench.plain)]
    ]
    return rounds(entries, bench.runs, warm=0)


def _early_and_late(subject: Subject, count: int) -> Samples:
    """Measure a tenth of a stream, from its 100th chunk on, and its last tenth."""
    window = count // 10
    texts = subject.texts(subject.question("stream", count))
    _pass_over(texts, _SETTLED_AFTER)
    early = _cpu_of(texts, window)
    _pass_over(texts, count - _SETTLED_AFTER - 2 * window)
    late = _cpu_of(texts, window)
    for _ in texts:  # to the end, so that the connection can be used again
        pass
    return {"late": late, "early": early}


def _pass_over(texts: Iterator[str], count: int) -> None:
    for _ in islice(texts, count):
        pass


def _cpu_of(texts: Iterator[str], count: int) -> float:
    began = time.process_time()
    _pass_over(texts, count)
    return (time.process_time() - began) / count * 1e6


STEADY = Case(
    name="steady",
    title="What a chunk costs from the 100th on, and at the 100,000th",
    unit="µs of CPU per chunk",
    measures=("late", "early"),
    run=_steady,
)

"""Many async streams at once, over aiohttp's connections."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from importlib.util import find_spec

from benchmarks import subjects, wire
from benchmarks.bench import Bench, Case
from benchmarks.cases.streams import with_floors
from benchmarks.measuring import Entry, Family, Role, Row, Samples, Timing, rounds
from benchmarks.raw import RawAsyncHTTP
from benchmarks.subjects import Subject
from benchmarks.subjects.on_langchain import with_own_parts

__all__ = ["CONCURRENT", "THOUSAND"]

RAW = "httpx.aiter_raw over aiohttp"

_Drain = Callable[[str], Awaitable[None]]


def _no_aiohttp() -> str | None:
    if find_spec("httpx_aiohttp") is None:
        return "it compares with the aiohttp transport: pip install 'xyashui[aiohttp]'"
    return None


async def _together(drain: _Drain, question: str, streams: int) -> None:
    await asyncio.gather(*(drain(question) for _ in range(streams)))


class _Concurrent:
    """One who streams many answers at once.

    Args:
        bench: The run.
        drain: Reads one stream to its end.
        dialect: Whose bytes it is sent.
        chunks: Pieces of text in each stream.
        load: Gets ready for as many streams of as many chunks.
    """

    def __init__(
        self,
        bench: Bench,
        drain: _Drain,
        dialect: wire.Dialect,
        chunks: int,
        load: Callable[[int, int], None] | None = None,
    ) -> None:
        self._loop = bench.loop
        self._drain = drain
        self._dialect = dialect
        self._chunks = chunks
        self._load = load

    def ready(self, streams: int) -> None:
        """Open the connections that have been closed since the last round."""
        if self._load is not None:
            self._load(streams, 1)
        question = wire.question(self._dialect, "stream", 1)
        self._loop.run(_together(self._drain, question, streams))
        if self._load is not None:
            self._load(streams, self._chunks)

    def measure(self, streams: int) -> Samples:
        """Stream as many answers at once."""
        question = wire.question(self._dialect, "stream", self._chunks)
        with Timing() as timing:
            self._loop.run(_together(self._drain, question, streams))
        return timing.per(streams * self._chunks)


_Named = tuple[str, Role, Family, _Concurrent]


def _everybody(
    bench: Bench, raw: RawAsyncHTTP, chunks: int, others: Sequence[Subject]
) -> list[_Named]:
    who: list[_Named] = [
        (RAW, "floor", "no framework", _Concurrent(bench, raw.drain, "xingyun", chunks))
    ]
    for one in [*subjects.idle(), *subjects.making(), *others]:
        load = one.load if one.role == "floor" else None
        concurrent = _Concurrent(bench, one.adrain, one.dialect, chunks, load)
        who.append((one.name, one.role, one.family, concurrent))
    return who


def _concurrent(bench: Bench) -> list[Row]:
    streams, chunks = bench.size(200, 20), bench.size(100, 20)
    raw = RawAsyncHTTP(bench.url)
    entries = [
        Entry(name, role, family, partial(one.measure, streams), partial(one.ready, streams))
        for name, role, family, one in _everybody(bench, raw, chunks, [*bench.ours, *bench.peers])
    ]
    try:
        return with_floors(rounds(entries, bench.runs), RAW, "making chunks")
    finally:
        bench.loop.run(raw.close())


CONCURRENT = Case(
    name="concurrent",
    title="200 async streams of 100 chunks at once",
    unit="µs per chunk",
    measures=("cpu", "wall"),
    run=_concurrent,
    unavailable=_no_aiohttp,
)


def _thousand(bench: Bench) -> list[Row]:
    few, many = bench.size(200, 10), bench.size(1000, 50)
    chunks = bench.size(100, 20)
    raw = RawAsyncHTTP(bench.url)
    entries = [
        Entry(name, role, family, partial(_both, one, few, many), partial(one.ready, many))
        for name, role, family, one in _everybody(bench, raw, chunks, with_own_parts(bench.plain))
    ]
    try:
        return with_floors(rounds(entries, bench.runs), RAW, "making chunks")
    finally:
        bench.loop.run(raw.close())


def _both(one: _Concurrent, few: int, many: int) -> Samples:
    at_many = one.measure(many)["cpu"]
    one.ready(few)
    return {"at 1,000": at_many, "at 200": one.measure(few)["cpu"]}


THOUSAND = Case(
    name="thousand",
    title="1,000 async streams of 100 chunks at once, and 200 of them",
    unit="µs of CPU per chunk",
    measures=("at 1,000", "at 200"),
    run=_thousand,
    unavailable=_no_aiohttp,
)

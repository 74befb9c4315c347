"""How long the first piece of an answer takes from the socket to the caller.

The first piece is the time at which the server sent it, by a clock that all processes of a machine
share. The server lets some time pass before, so that whoever asked is waiting at the socket.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from importlib.util import find_spec
from itertools import chain

from benchmarks import wire
from benchmarks.bench import Bench, Case
from benchmarks.measuring import Entry, Row, Samples, rounds
from benchmarks.raw import RawAsyncHTTP, RawHTTP

__all__ = ["FIRST_TOKEN"]

RAW = "httpx"
_FOLLOWING = 10  # pieces
_STAMP = re.compile(r'"content": ?"(\d{20})"')


def _age(stamp: str) -> float:
    # A model that merges what came in one read has the following words in the same piece.
    digits = stamp[: len(stamp) - len(stamp.lstrip("0123456789"))]
    return (time.monotonic_ns() - int(digits)) / 1e6


def _first(texts: Iterator[str]) -> float:
    age = next(_age(text) for text in texts if text)
    for _ in texts:
        pass
    return age


async def _afirst(texts: AsyncIterator[str]) -> float:
    age = 0.0
    async for text in texts:
        if text and not age:
            age = _age(text)
    return age


def _raw_texts(pieces: Iterator[bytes]) -> Iterator[str]:
    return chain.from_iterable(map(_stamps, pieces))


def _stamps(data: bytes) -> list[str]:
    # The clock is read when the caller gets the text: looking for it costs httpx a microsecond.
    return _STAMP.findall(data.decode())


async def _raw_atexts(pieces: AsyncIterator[bytes]) -> AsyncIterator[str]:
    async for data in pieces:
        for stamp in _stamps(data):
            yield stamp


def _first_token(bench: Bench) -> list[Row]:
    streams = bench.size(20, 2)
    raw = RawHTTP(bench.url)
    araw = RawAsyncHTTP(bench.url) if find_spec("httpx_aiohttp") else None

    def measure(
        texts: Callable[[str], Iterator[str]],
        atexts: Callable[[str], AsyncIterator[str]] | None,
        question: str,
    ) -> Samples:
        found = {"sync": statistics.median(_first(texts(question)) for _ in range(streams))}
        if atexts is not None:
            ages = [bench.loop.run(_afirst(atexts(question))) for _ in range(streams)]
            found["async"] = statistics.median(ages)
        return found

    def raw_texts(question: str) -> Iterator[str]:
        return _raw_texts(raw.stream(question))

    def raw_atexts(question: str) -> AsyncIterator[str]:
        assert araw is not None
        return _raw_atexts(araw.stream(question))

    question = wire.question("xingyun", "paced", _FOLLOWING)
    entries = [
        Entry(
            RAW,
            "floor",
            "no framework",
            partial(measure, raw_texts, raw_atexts if araw else None, question),
        )
    ]
    for one in [*bench.plain, *bench.peers]:
        asked = one.question("paced", _FOLLOWING)
        work = partial(measure, one.texts, one.atexts, asked)
        entries.append(Entry(one.name, one.role, one.family, work))
    try:
        return rounds(entries, bench.runs)
    finally:
        raw.close()
        if araw is not None:
            bench.loop.run(araw.close())


FIRST_TOKEN = Case(
    name="first-token",
    title="From the socket to the caller: the first piece of an answer",
    unit="ms",
    measures=("sync", "async"),
    run=_first_token,
    digits=3,
)

"""One run of the benchmarks: the server, those who are measured, and how thoroughly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from benchmarks import subjects, wire
from benchmarks.measuring import Row
from benchmarks.subjects import Subject

__all__ = ["Bench", "Case", "Result"]


@dataclass
class Bench:
    """What every case needs.

    Attributes:
        url: The server's address.
        runs: How many rounds count.
        quick: Whether to do as little as shows that everything works.
        loop: The event loop of everything that is async: connections belong to one.
        missing: Packages that would be compared with, if they were installed.
    """

    url: str
    runs: int = 5
    quick: bool = False
    loop: asyncio.Runner = field(default_factory=asyncio.Runner)
    missing: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.loop.close()

    def size(self, full: int, quick: int) -> int:
        """Return how much to do: `full`, or `quick` where that is enough."""
        return quick if self.quick else full

    @cached_property
    def ours(self) -> list[Subject]:
        """This package's models, found to read all of an answer."""
        return self._checked(subjects.ours(self.url))

    @property
    def plain(self) -> list[Subject]:
        """Ours as they are made without options: they give a chunk for each piece of text."""
        return [one for one in self.ours if one.way is None]

    @cached_property
    def peers(self) -> list[Subject]:
        """The other clients that are installed, found to do the same."""
        found, self.missing = subjects.peers(self.url)
        return self._checked(found)

    def _checked(self, found: list[Subject]) -> list[Subject]:
        for subject in found:
            streamed, whole = subject.question("stream", 100), subject.question("call", 100)
            said = {
                "stream": "".join(subject.texts(streamed)),
                "async stream": self.loop.run(_joined(subject, streamed)),
                "call": subject.call(whole),
            }
            for way, text in said.items():
                if text != wire.text(100):
                    raise RuntimeError(f"{subject.name} does not give the whole answer ({way})")
        return found


async def _joined(subject: Subject, question: str) -> str:
    return "".join([text async for text in subject.atexts(question)])


@dataclass(frozen=True, slots=True)
class Case:
    """Something to measure.

    Attributes:
        name: What it is called on the command line and in targets.
        title: What is measured, for people.
        unit: What the numbers are.
        measures: What each number is; the first is the one that counts.
        run: Measures, and returns a row for everybody.
        digits: How many digits after the point mean something.
        unavailable: Why it cannot be measured here, or `None`.
    """

    name: str
    title: str
    unit: str
    measures: tuple[str, ...]
    run: Callable[[Bench], list[Row]]
    digits: int = 1
    unavailable: Callable[[], str | None] = lambda: None


@dataclass(frozen=True, slots=True)
class Result:
    """A case, and what came out."""

    case: Case
    rows: list[Row]

    def row(self, name: str) -> Row | None:
        """Return the row of that name, or `None` where it was not measured."""
        return next((row for row in self.rows if row.name == name), None)

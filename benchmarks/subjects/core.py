"""No framework: `xyashui.Client` and `xyashui.AsyncClient`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from benchmarks.measuring import Family
from benchmarks.subjects.subject import Subject, image_parts, settings
from xyashui import XINGYUN, AsyncClient, Client

__all__ = ["PEERS", "Core", "idle", "ours"]


class Core(Subject):
    """Both clients of this package; the model is the pair."""

    family: Family = "no framework"

    def drain(self, question: str) -> None:
        for _ in self.model[0].stream(question):
            pass

    async def adrain(self, question: str) -> None:
        async for _ in self.model[1].stream(question):
            pass

    def texts(self, question: str) -> Iterator[str]:
        for chunk in self.model[0].stream(question):
            yield chunk.text

    async def atexts(self, question: str) -> AsyncIterator[str]:
        async for chunk in self.model[1].stream(question):
            yield chunk.text

    def call(self, question: str) -> str:
        return str(self.model[0].chat(question).text)

    def picture(self, image: str) -> Any:
        return [{"role": "user", "content": image_parts(self.dialect, image)}]

    def show(self, message: Any) -> None:
        self.model[0].chat(message)


def ours(url: str) -> list[Subject]:
    """Return the clients."""

    def make() -> tuple[Client, AsyncClient]:
        return Client(XINGYUN, **settings(url)), AsyncClient(XINGYUN, **settings(url))

    return [Core("xyashui.Client", "ours", "xingyun", make)]


def idle() -> list[Subject]:
    """Return nobody: there is no framework to do nothing."""
    return []


def making() -> list[Subject]:
    """Return nobody, as `idle`."""
    return []


PEERS: list[Callable[[str], Subject]] = []

"""What everybody who is measured can be asked to do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any, Self

from benchmarks import wire
from benchmarks.measuring import Family, Role

__all__ = ["KEY", "OWN_PART", "READ", "MissingPeerError", "Subject", "image_parts", "settings"]

KEY = "test-key"
OWN_PART = "._stream"
"""Ends the name of a LangChain model that is streamed without LangChain around it."""
# Options that change how an answer is handed over: a model that has one is measured with it, too.
_WAYS = ("merge_buffered",)
_SHORT_ANSWER = 10  # pieces
READ = 70
"""Chunks that a read of the network brings, where somebody has to pretend there was one: 16 KB, as
httpx-aiohttp reads them."""


class MissingPeerError(ImportError):
    """A client to compare with is not installed; the argument is its package."""


class Subject(ABC):
    """One way of asking a service.

    Args:
        name: What it is called in tables and targets.
        role: What it stands for; see `measuring.Entry`.
        dialect: Whose bytes it is sent.
        make: Makes the model.

    Attributes:
        family: The framework that it is of.
        model: What `make` made.
        way: The option that changes how answers are handed over, where the model was made with
            one; its chunks are not one for each piece of text then.
    """

    family: Family
    way: str | None = None

    def __init__(
        self, name: str, role: Role, dialect: wire.Dialect, make: Callable[[], Any]
    ) -> None:
        self.name = name
        self.role: Role = role
        self.dialect: wire.Dialect = dialect
        self.another = make
        self.model = make()

    @classmethod
    def of_class(cls, model: Any, dialect: wire.Dialect, url: str) -> list[Self]:
        """Return one of this package's models, and once more for each way of running it has."""
        make = partial(model, **settings(url))
        found = [cls(model.__name__, "ours", dialect, make)]
        for option in _WAYS:
            if option in model.model_fields:
                name = f"{model.__name__}({option}=True)"
                other = cls(name, "ours", dialect, partial(make, **{option: True}))
                other.way = option
                found.append(other)
        return found

    def question(self, kind: wire.Kind, count: int) -> str:
        """Return a question that is answered in this subject's dialect."""
        return wire.question(self.dialect, kind, count)

    def load(self, streams: int, chunks: int) -> None:  # noqa: B027 - most have nothing to do
        """Get ready for as many streams; off the clock."""

    # Text

    @abstractmethod
    def drain(self, question: str) -> None:
        """Stream an answer to its end, and throw it away."""

    @abstractmethod
    async def adrain(self, question: str) -> None:
        """Do what `drain` does, with `await`."""

    @abstractmethod
    def texts(self, question: str) -> Iterator[str]:
        """Stream an answer, and give what is new of its text with each chunk."""

    @abstractmethod
    def atexts(self, question: str) -> AsyncIterator[str]:
        """Do what `texts` does, with `async for`."""

    @abstractmethod
    def call(self, question: str) -> str:
        """Get an answer in one piece, and return its text."""

    # Images

    @abstractmethod
    def picture(self, image: str) -> Any:
        """Return a message with a PNG in it, as a program has it.

        Args:
            image: The base64 of the PNG.
        """

    @abstractmethod
    def show(self, message: Any) -> None:
        """Send such a message, and read the short answer."""


def settings(url: str) -> dict[str, Any]:
    """Return what this package's models are made with."""
    return {"api_key": KEY, "base_url": url, "max_retries": 0}


def image_parts(dialect: wire.Dialect, image: str) -> list[Any]:
    """Return the content of a message with an image, as it is sent."""
    return [
        {"type": "text", "text": wire.question(dialect, "call", _SHORT_ANSWER)},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{image}"}},
    ]

"""What was given to `show` -> what to iterate over, and who reads it.

A framework is imported only for a thing of its own: whoever has such a thing has imported it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any

from pydantic import BaseModel

from xyashui.answers import Answer, Chunk
from xyashui.client import AsyncChatStream, ChatStream
from xyashui.notebook.reading.readers import (
    AnswerReader,
    ChunkReader,
    Reader,
    StreamReader,
    TextReader,
    unreadable,
)
from xyashui.notebook.views import View

__all__ = ["Opened", "is_awaited", "open_given", "reader_for"]


@dataclass(frozen=True, slots=True)
class Opened:
    """What `show` was given, ready to be read.

    Attributes:
        reader: Who reads it.
        items: What to iterate over; `None` where it is whole already.
    """

    reader: Reader
    items: Iterable[Any] | AsyncIterable[Any] | None = None

    @property
    def asynchronous(self) -> bool:
        """Whether it must be iterated over with `async for`."""
        return isinstance(self.items, AsyncIterable)


def is_awaited(given: object) -> bool:
    """Whether `given` becomes a stream when it is awaited: `llm.astream_chat(...)`, say."""
    return inspect.isawaitable(given) and not _engine_stream(given)


def open_given(given: Any, view: View) -> Opened:
    """Find out how to read `given` into `view`.

    Raises:
        ConfigurationError: It is nothing that can be read.
    """
    if isinstance(given, ChatStream | AsyncChatStream):
        return Opened(StreamReader(view, given), given)
    if _engine_stream(given):
        from xyashui.notebook.reading import engines

        return Opened(engines.reader_of(given, view), engines.items_of(given))
    if isinstance(given, AsyncIterable):
        return Opened(_Chooser(view), given)
    # Pydantic's models can be iterated over, and so can text: by their fields and characters.
    whole = isinstance(given, str | Mapping | BaseModel) or is_dataclass(given)
    if isinstance(given, Iterable) and not whole:
        return Opened(_Chooser(view), given)
    return Opened(reader_for(given, view))


def reader_for(item: Any, view: View) -> Reader:
    """Return who reads `item`, and what comes after it.

    Raises:
        ConfigurationError: Nobody does.
    """
    if isinstance(item, str):
        return TextReader(view)
    if isinstance(item, Chunk):
        return ChunkReader(view)
    if isinstance(item, Answer):
        return AnswerReader(view)
    packages = _packages(item)
    if packages & {"llama_index", "workflows"}:
        from xyashui.notebook.reading.llama_index import LlamaIndexReader

        return LlamaIndexReader(view)
    # A graph's events are plain dicts and tuples.
    if "langchain_core" in packages or (
        isinstance(item, tuple | Mapping) and "langchain_core" in sys.modules
    ):
        from xyashui.notebook.reading.langchain import LangChainReader

        return LangChainReader(view)
    raise unreadable(item)


class _Chooser:
    """Leaves the reading to whoever can read the first item."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._reader: Reader | None = None

    def feed(self, item: Any) -> None:
        if self._reader is None:
            self._reader = reader_for(item, self._view)
        self._reader.feed(item)

    def finish(self) -> Any:
        return self._reader.finish() if self._reader is not None else None


def _engine_stream(given: object) -> bool:
    if not _packages(given) & {"llama_index", "workflows"}:
        return False
    from xyashui.notebook.reading.engines import is_engine_stream

    return is_engine_stream(given)


def _packages(item: object) -> set[str]:
    return {base.__module__.partition(".")[0] for base in type(item).__mro__}

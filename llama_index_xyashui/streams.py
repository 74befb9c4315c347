"""What LlamaIndex's streams need besides: an end, and a text so far that is not copied.

closing, aclosing    a stream that is closed early closes its connection
TextSoFar & others   every response of a stream has the text so far, and what it came from; they
                     are put together only where somebody looks
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from io import StringIO
from typing import Any, ClassVar, Self, TypeVar

from llama_index.core.base.llms.types import (
    ChatResponse,
    CompletionResponse,
    TextBlock,
    ThinkingBlock,
)
from pydantic import BaseModel

from xyashui.closing import closing_in_order

__all__ = [
    "ChatResponseSoFar",
    "CompletionSoFar",
    "TextSoFar",
    "ThinkingSoFar",
    "aclosing",
    "closing",
]

_R = TypeVar("_R")
_Announce = Callable[[], Callable[[Callable[..., Any]], Callable[..., Any]]]
_Stream = Callable[..., Generator[_R, None, None]]
_AStream = Callable[..., Coroutine[Any, Any, AsyncGenerator[_R, None]]]


# LlamaIndex's callbacks put a generator of theirs around ours. Closing theirs does not close ours:
# it would go on holding its connection for as long as anybody, a tracer say, held theirs.


def closing(announce: _Announce) -> Callable[[_Stream[_R]], _Stream[_R]]:
    """Decorate a method as `announce()` does, but have its stream close what is beneath.

    Args:
        announce: `llm_chat_callback` or `llm_completion_callback`.
    """

    def decorate(method: _Stream[_R]) -> _Stream[_R]:
        @functools.wraps(method)
        def start(*args: Any, **kwargs: Any) -> Generator[_R, None, None]:
            inner: list[Generator[_R, None, None]] = []

            def observed(*args: Any, **kwargs: Any) -> Generator[_R, None, None]:
                inner.append(method(*args, **kwargs))
                return inner[0]

            return _closing(announce()(observed)(*args, **kwargs), *inner)

        return start

    return decorate


def _closing(
    outer: Generator[_R, None, None], inner: Generator[_R, None, None]
) -> Generator[_R, None, None]:
    with contextlib.closing(inner), contextlib.closing(outer):
        yield from outer


def aclosing(announce: _Announce) -> Callable[[_AStream[_R]], _AStream[_R]]:
    """Do what `closing` does, for a method that is awaited for its stream."""

    def decorate(method: _AStream[_R]) -> _AStream[_R]:
        @functools.wraps(method)
        async def start(*args: Any, **kwargs: Any) -> AsyncGenerator[_R, None]:
            inner: list[AsyncGenerator[_R, None]] = []

            async def observed(*args: Any, **kwargs: Any) -> AsyncGenerator[_R, None]:
                inner.append(await method(*args, **kwargs))
                return inner[0]

            return _aclosing(await announce()(observed)(*args, **kwargs), *inner)

        return start

    return decorate


async def _aclosing(
    outer: AsyncGenerator[_R, None], inner: AsyncGenerator[_R, None]
) -> AsyncGenerator[_R, None]:
    async with closing_in_order(inner), closing_in_order(outer):
        async for response in outer:
            yield response


# The text so far. Were it copied into every response, a stream would take time and, where its
# responses are kept, memory that grow with the square of its length.

_contents: Any = BaseModel.__dict__["__dict__"]  # the descriptor of an instance's real `__dict__`


class _SoFar:
    """Makes a model whose one long field is a `StringIO` up to a length, until somebody looks.

    Looking means `__getattr__` (the field is not there) or `__dict__`, which is what Pydantic goes
    by for all that it does: dumping, copying, comparing, pickling. Both fill in the field and make
    the instance one of the plain class, so that nobody ever sees anything else.
    """

    __slots__ = ()  # with more, `__class__` could not be assigned

    plain: ClassVar[type[BaseModel]]
    long_field: ClassVar[str]

    @classmethod
    def of(cls, text: StringIO, **fields: Any) -> Self:
        """Make an instance that has what is in `text` now; `text` may grow afterwards.

        Args:
            text: Where the stream is written to. It must stand at its end.
            **fields: All other fields of the model: nothing is checked.
        """
        model = cls.__new__(cls)
        _contents.__set__(model, fields | {"": (text, text.tell())})
        object.__setattr__(model, "__pydantic_fields_set__", {*fields, cls.long_field})
        object.__setattr__(model, "__pydantic_extra__", None)
        object.__setattr__(model, "__pydantic_private__", None)
        return model

    def _settle(self) -> dict[str, Any]:
        contents: dict[str, Any] = _contents.__get__(self)
        if pending := contents.get(""):
            # In this order, because another thread may be looking too.
            contents[self.long_field] = self._long(pending)
            contents.pop("", None)
        self.__class__ = self.plain  # type: ignore[assignment]
        return contents

    @staticmethod
    def _long(pending: Any) -> Any:
        text, length = pending
        return text.getvalue()[:length]

    def __getattr__(self, name: str) -> Any:
        self._settle()
        return getattr(self, name)

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        return self._settle()

    # What asks for the class first, and for the contents later.

    def __eq__(self, other: object) -> bool:
        self._settle()
        return bool(self == other)

    __hash__ = None  # type: ignore[assignment]  # as the plain classes have it

    def __repr__(self) -> str:
        self._settle()
        return repr(self)

    def __str__(self) -> str:
        self._settle()
        return str(self)

    def __copy__(self) -> Any:
        self._settle()
        return self.__copy__()

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Any:
        self._settle()
        return self.__deepcopy__(memo)

    def __reduce_ex__(self, protocol: Any) -> Any:
        self._settle()
        return self.__reduce_ex__(protocol)


class TextSoFar(_SoFar, TextBlock):
    """A `TextBlock` of a stream."""

    plain: ClassVar[type[BaseModel]] = TextBlock
    long_field: ClassVar[str] = "text"


class ThinkingSoFar(_SoFar, ThinkingBlock):
    """A `ThinkingBlock` of a stream."""

    plain: ClassVar[type[BaseModel]] = ThinkingBlock
    long_field: ClassVar[str] = "content"


class CompletionSoFar(_SoFar, CompletionResponse):
    """A `CompletionResponse` of a stream."""

    plain: ClassVar[type[BaseModel]] = CompletionResponse
    long_field: ClassVar[str] = "text"


class ChatResponseSoFar(_SoFar, ChatResponse):
    """A `ChatResponse` of a stream, whose `raw` is parsed where somebody looks."""

    plain: ClassVar[type[BaseModel]] = ChatResponse
    long_field: ClassVar[str] = "raw"

    @staticmethod
    def _long(pending: Any) -> Any:
        return pending.raw  # of the chunk

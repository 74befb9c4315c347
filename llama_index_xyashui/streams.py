"""LlamaIndex's streams, with an end: one that is closed early closes its connection."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any, TypeVar

from xyashui.closing import closing_in_order

__all__ = ["aclosing", "closing"]

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

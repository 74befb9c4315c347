"""`ChatStream` and `AsyncChatStream`: answers that arrive piece by piece, for who asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from typing import Self

from xyashui.answers import Answer, Chunk
from xyashui.closing import close, closing_in_order
from xyashui.outgoing import Call

__all__ = ["AsyncChatStream", "ChatStream"]


class ChatStream:
    """An answer that arrives piece by piece: iterate over it, once.

    Example:
        >>> with client.stream("你好") as stream:  # doctest: +SKIP
        ...     for chunk in stream:
        ...         print(chunk.text, end="")
        >>> stream.answer.finish_reason  # doctest: +SKIP
        'stop'
    """

    def __init__(self, call: Call, chunks: Generator[Chunk, None, None]) -> None:
        self._call = call
        self._chunks = chunks

    def __iter__(self) -> Iterator[Chunk]:
        return self._chunks

    def __next__(self) -> Chunk:
        return next(self._chunks)

    @property
    def answer(self) -> Answer:
        """What has arrived so far; the whole answer once the stream has ended."""
        return self._call.answer

    def close(self) -> None:
        """Stop listening and close the connection."""
        self._chunks.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class AsyncChatStream:
    """An answer that arrives piece by piece: iterate over it, once, with `async for`."""

    def __init__(self, call: Call, batches: AsyncGenerator[list[Chunk], None]) -> None:
        self._call = call
        self._batches = batches
        self._chunks = _one_by_one(batches)

    def __aiter__(self) -> AsyncIterator[Chunk]:
        return self._chunks

    async def __anext__(self) -> Chunk:
        return await anext(self._chunks)

    def batches(self) -> AsyncIterator[list[Chunk]]:
        """Return the chunks that came with one read together, to iterate over instead.

        A read may bring a hundred, and a turn of an async generator costs as much as a chunk.
        """
        return self._batches

    @property
    def answer(self) -> Answer:
        """What has arrived so far; the whole answer once the stream has ended."""
        return self._call.answer

    async def aclose(self) -> None:
        """Stop listening and close the connection."""
        await close(self._chunks)
        await close(self._batches)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()


async def _one_by_one(batches: AsyncGenerator[list[Chunk], None]) -> AsyncGenerator[Chunk, None]:
    async with closing_in_order(batches):
        async for batch in batches:
            for chunk in batch:
                yield chunk

"""`ChatStream` and `AsyncChatStream`: answers that arrive piece by piece, for who asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from typing import Self

from xyashui.answers import Answer, Chunk
from xyashui.closing import close
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
    """An answer that arrives piece by piece: iterate over it, once, with `async for`.

    What one read of the network brings is read at once: `answer` may be ahead of the chunks.
    """

    def __init__(self, call: Call, batches: AsyncGenerator[list[Chunk], None]) -> None:
        self._call = call
        self._batches = batches
        self._read: Iterator[Chunk] = iter(())  # what has been read and not been handed on

    def __aiter__(self) -> AsyncIterator[Chunk]:
        return self

    async def __anext__(self) -> Chunk:
        while (chunk := next(self._read, None)) is None:
            self._read = iter(await anext(self._batches))
        return chunk

    def batches(self) -> AsyncIterator[list[Chunk]]:
        """Return the chunks that come with one read together, to iterate over.

        A read may bring a hundred, and to wait for a chunk takes as long as to make one.
        """
        rest = list(self._read)
        return _after(rest, self._batches) if rest else self._batches

    @property
    def answer(self) -> Answer:
        """What has arrived so far; the whole answer once the stream has ended."""
        return self._call.answer

    async def aclose(self) -> None:
        """Stop listening and close the connection."""
        self._read = iter(())
        await close(self._batches)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()


async def _after(
    first: list[Chunk], batches: AsyncGenerator[list[Chunk], None]
) -> AsyncGenerator[list[Chunk], None]:
    yield first
    async for batch in batches:
        yield batch

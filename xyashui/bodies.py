"""The bodies of responses: as they come in, unpacked; closed so that nothing is left of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import httpx

from xyashui.deadlines import check, deadline
from xyashui.encodings import Unpacker

__all__ = ["abody", "aclose", "aclosing", "afinish", "body", "close", "closing", "finish"]

_DRAIN_TIMEOUT = 0.25  # seconds


def body(response: httpx.Response) -> Iterator[bytes]:
    """Return the body as it comes in, unpacked.

    httpx counts and cuts up what passes through `iter_raw`, for which nobody here asks; an answer
    passes through in thousands of pieces. And what is packed it unpacks all at once, however much
    that is.

    Raises:
        ProtocolError: While it is read: it cannot be unpacked.
    """
    if response.is_stream_consumed:
        return response.iter_bytes()
    if not isinstance(response.stream, httpx.SyncByteStream):
        return response.iter_raw()  # which says that this is an async stream
    encoding = response.headers.get("content-encoding")
    return iter(response.stream) if encoding is None else _unpacked(response.stream, encoding)


def abody(response: httpx.Response) -> AsyncIterator[bytes]:
    """Do what `body` does, for an async response."""
    if response.is_stream_consumed:
        return response.aiter_bytes()
    if not isinstance(response.stream, httpx.AsyncByteStream):
        return response.aiter_raw()
    encoding = response.headers.get("content-encoding")
    return aiter(response.stream) if encoding is None else _aunpacked(response.stream, encoding)


def _unpacked(stream: httpx.SyncByteStream, encoding: str) -> Iterator[bytes]:
    unpacker = Unpacker(encoding)
    for data in stream:
        for piece in unpacker.feed(data):
            yield piece
            check()  # what one read brings may unfold to more than there is time for


async def _aunpacked(stream: httpx.AsyncByteStream, encoding: str) -> AsyncIterator[bytes]:
    unpacker = Unpacker(encoding)
    async for data in stream:
        for piece in unpacker.feed(data):
            yield piece
            await asyncio.sleep(0)  # when a deadline, or another task, has its turn


# Their end


def finish(response: httpx.Response, rest: Iterator[bytes], *, reuse: bool) -> None:
    """Close `response`.

    Args:
        response: The response.
        rest: What is left of its body.
        reuse: Whether the body ends with what was read: then its last bytes (HTTP's end mark,
            usually in the same packet) are read too, so that the connection serves the next call.
    """
    # The answer is there: whatever is wrong with what follows it is no matter any more.
    try:
        if reuse and response.http_version != "HTTP/2":
            with suppress(Exception), deadline(_DRAIN_TIMEOUT):
                next(rest, None)
    finally:  # be it interrupted from the keyboard
        with suppress(Exception):
            close(response)


async def afinish(response: httpx.Response, rest: AsyncIterator[bytes], *, reuse: bool) -> None:
    """Do what `finish` does, for an async response."""
    try:
        if reuse:
            with suppress(Exception):
                async with asyncio.timeout(_DRAIN_TIMEOUT):
                    await anext(rest, None)
    finally:  # be the task cancelled meanwhile
        with suppress(Exception):
            await aclose(response)
    if not reuse:
        await asyncio.sleep(0)  # a socket is really closed a turn of the event loop later


def close(response: httpx.Response) -> None:
    """Close a response whose body was read with `body`.

    Its connection serves no other call where more has come than the response: the next call, which
    may be somebody else's, would take that for its answer. Nor where the service has closed it.
    httpcore looks for both in the socket, but not in what it has read.
    """
    _give_up_what_is_spent(response)
    response.close()


async def aclose(response: httpx.Response) -> None:
    """Do what `close` does, for an async response."""
    _give_up_what_is_spent(response)
    await response.aclose()


@contextmanager
def closing(response: httpx.Response) -> Iterator[None]:
    """`close` a response when the block ends."""
    try:
        yield
    finally:
        close(response)


@asynccontextmanager
async def aclosing(response: httpx.Response) -> AsyncIterator[None]:
    """`aclose` a response when the block ends."""
    try:
        yield
    finally:
        await aclose(response)


def _give_up_what_is_spent(response: httpx.Response) -> None:
    # Neither httpx nor httpcore has a public way to it. The connection is still this call's: what
    # is read with `body` is not given back before it is closed.
    state: Any = getattr(response.stream, "_stream", response.stream)  # httpx's own, by a client's
    for name in ("_httpcore_stream", "_stream", "_connection", "_h11_state"):
        state = getattr(state, name, None)
    if state is not None and any(state.trailing_data):  # bytes, and whether it was closed
        state.send_failed()  # so that httpcore closes it, and never has it in its pool

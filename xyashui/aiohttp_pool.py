"""httpx's async client over aiohttp, made fit for connections that many callers share.

httpx-aiohttp carries several times more streams at once than httpx's own transport. Seven things
of aiohttp's own, below what httpx can see, are changed: a session keeps no cookies, the HTTP chunks
of one read are parsed as one, a body that can go on no more says so, one that broke gives what had
come before, silence while a request is sent is borne no longer than any other, what comes unasked
ends the connection, and so do 256 KiB that are of no body.

Needs `pip install 'xyashui[aiohttp]'`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, Self

import httpx
from aiohttp import (
    ClientPayloadError,
    ClientResponse,
    ClientSession,
    DummyCookieJar,
    SocketTimeoutError,
)
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from httpx_aiohttp import AiohttpTransport, HttpxAiohttpClient
from httpx_aiohttp.transport import AiohttpResponseStream

from xyashui.chunked import ChunkJoiner
from xyashui.errors import ProtocolError
from xyashui.pools import AsyncSending

__all__ = ["AiohttpClient"]

_LOOKS = 8  # in the time for which silence is borne
_MOST_IN_VAIN = 256 * 1024  # bytes in a row in which nothing is of a body


class _Protocol(ResponseHandler):
    """A connection that joins HTTP's chunks, and bears no silence while a request is sent either.

    aiohttp waits for ever for a server that takes nothing. Silence is over when it has taken
    something: asyncio tells only when nearly all has left, so that is looked at now and then.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._joiner = ChunkJoiner()
        self._at_rest = False  # between the end of a response and the next request
        self._in_vain = 0  # bytes since the body has grown
        self._size = 0  # of the body
        self._patience: float | None = None
        self._waiting: asyncio.TimerHandle | None = None
        self._untaken = 0  # bytes, when last looked at
        self._silent_since = 0.0

    def set_response_params(self, **settings: Any) -> None:
        self._joiner.begin()
        self._at_rest = False
        self._in_vain = self._size = 0
        self._patience = settings.get("read_timeout")
        super().set_response_params(**settings)

    def data_received(self, data: bytes) -> None:
        # Without a parser aiohttp puts it by, and comes back with it when there is one; empty is
        # what aiohttp calls with to go on.
        if not data or self._parser is None:
            super().data_received(data)
            return
        try:
            super().data_received(self._joiner.take(data))
            if not self._joiner.joins:
                self._check_use(len(data))
        except (ProtocolError, ClientPayloadError) as error:
            self._give_up(error)
        if self._at_rest and self.should_close:
            # Nobody asked for what has come: aiohttp would take it for the next request's answer.
            self.close()

    def _check_use(self, size: int) -> None:
        """Raise `ClientPayloadError` where `size` more bytes are too many that are of no body.

        aiohttp has no limit for what it passes over: line ends before a head, chunks' extensions.
        """
        body = self._payload
        before, self._size = self._size, 0 if body is None else body.total_bytes
        self._in_vain = self._in_vain + size if self._size == before else 0
        if self._in_vain > _MOST_IN_VAIN:
            raise ClientPayloadError(f"Nothing in {_MOST_IN_VAIN} bytes is of a body")

    def rest(self) -> None:
        """Take it that the response has ended."""
        self._at_rest = True

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._patience:
            self._untaken = _untaken(self.transport)
            self._silent_since = self._loop.time()
            self._look_again(self._patience)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._wait_no_more()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)
        # Whoever reads is told; asyncio would complain that nobody asks the future besides.
        closed = _closed(self)
        if closed is not None and closed.done() and not closed.cancelled():
            closed.exception()

    def _look_again(self, patience: float) -> None:
        self._waiting = self._loop.call_later(patience / _LOOKS, self._look, patience)

    def _look(self, patience: float) -> None:
        now, untaken = self._loop.time(), _untaken(self.transport)
        if untaken != self._untaken:
            self._untaken, self._silent_since = untaken, now
        if now - self._silent_since >= patience:
            self._give_up(SocketTimeoutError("Timeout on writing data to socket"))
        else:
            self._look_again(patience)

    def _give_up(self, error: Exception) -> None:
        self.set_exception(error)
        if self._payload is not None and not self._payload.is_eof():
            self._payload.set_exception(error)
        if self.transport is not None:
            self.transport.abort()

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


def _closed(protocol: Any) -> Any:
    """Return the future that is done when a connection is; `None` before aiohttp 3.12."""
    return getattr(protocol, "closed", None)


def _untaken(transport: Any) -> int:
    """Return how many bytes of what was written the other side has not taken, as far as is known.

    The system's own buffer may be megabytes, and takes more only when a good part of it is empty.
    """
    size = _in_the_system(transport)
    while transport is not None:
        size += transport.get_write_buffer_size()
        # TLS hands all it has to the connection below it, which no public way leads to.
        transport = getattr(getattr(transport, "_ssl_protocol", None), "_transport", None)
    return size


def _in_the_system(transport: Any) -> int:
    try:
        from fcntl import ioctl
        from termios import TIOCOUTQ

        number = transport.get_extra_info("socket").fileno()
        return int.from_bytes(ioctl(number, TIOCOUTQ, bytes(4)), sys.byteorder)
    except (ImportError, AttributeError, OSError, ValueError):
        return 0  # other systems than Linux do not tell


class _Response(ClientResponse):
    """A response whose body ends when its connection does.

    aiohttp's C parser meets a malformed HTTP chunk by closing the connection, and drops the read
    timeout, but does not tell the body: who reads it would wait for ever.
    """

    async def start(self, connection: Connection) -> Self:
        protocol = connection.protocol
        closed = _closed(protocol)
        await super().start(connection)
        if isinstance(protocol, _Protocol):
            self.content.on_eof(protocol.rest)
        if closed is not None:
            closed.add_done_callback(self._connection_closed)
            # A connection outlives its responses, and must not hold on to all of them.
            self.content.on_eof(lambda: closed.remove_done_callback(self._connection_closed))
        return self

    def _connection_closed(self, closed: asyncio.Future[None]) -> None:
        cause = None if closed.cancelled() else closed.exception()
        if not self.content.is_eof() and self.content.exception() is None:
            words = str(cause or "Response payload is not completed")
            self.content.set_exception(ClientPayloadError(words))


class _Body(AiohttpResponseStream):
    """A body that loses nothing when the connection breaks.

    aiohttp reads ahead; once it is told of trouble it no longer gives what it has read, although
    it may hold the end of the answer, where the caller takes its time.
    """

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for data in super().__aiter__():
                yield data
        except httpx.HTTPError:
            content: Any = self._aiohttp_response.content
            unread = b"".join(getattr(content, "_buffer", ()))
            if unread := unread[getattr(content, "_buffer_offset", 0) :]:
                yield unread
            raise


class _Transport(AiohttpTransport):
    def get_client(self) -> ClientSession:
        session = super().get_client()
        connector: Any = session.connector
        session.detach()
        if hasattr(connector, "_factory"):  # no public way to it
            connector._factory = partial(_Protocol, loop=connector._loop)
        # No cookies: the connections are shared by keys that have nothing to do with each other.
        return ClientSession(
            connector=connector, cookie_jar=DummyCookieJar(), response_class=_Response
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if isinstance(response.stream, AiohttpResponseStream):
            response.stream = _Body(response.stream._aiohttp_response)
        return response


class AiohttpClient(AsyncSending, HttpxAiohttpClient):  # type: ignore[misc]
    """An `httpx.AsyncClient` on aiohttp's connections."""

    def _init_transport(
        self, *given: Any, transport: httpx.AsyncBaseTransport | None = None, **settings: Any
    ) -> httpx.AsyncBaseTransport:
        return transport or _Transport(*given, **settings)

    def _init_proxy_transport(
        self, proxy: httpx.Proxy, *given: Any, **settings: Any
    ) -> httpx.AsyncBaseTransport:
        return _Transport(*given, **{**settings, "proxy": proxy})

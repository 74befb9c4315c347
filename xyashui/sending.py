"""`Sender` and `AsyncSender`: send a request, mind redirects and refusals, read what comes back.

What every endpoint needs, once with and once without `await`; what is sent and what comes back
means nothing here. `Client` and `AsyncClient` are made of these.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import aclosing, closing, contextmanager, suppress
from functools import partial
from typing import Any, Self, TypeVar

import httpx

from xyashui import bodies, transport
from xyashui.calls import Settings
from xyashui.closing import closing_in_order
from xyashui.deadlines import deadline
from xyashui.errors import ConfigurationError, ProtocolError
from xyashui.operations import Operation
from xyashui.outgoing import Outgoing
from xyashui.retries import aretried, retried

__all__ = ["AsyncSender", "Sender"]

T = TypeVar("T")
C = TypeVar("C", bound=Outgoing)

_ERROR_BODY_LIMIT = 1024 * 1024
_MOST_REDIRECTS = 3


class Sender(Settings):
    """Sends requests over connections that the whole process shares; see `Client`."""

    _http: httpx.Client | None

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        transport.hold(self)

    def close(self) -> None:
        """Let go of the connections; they are closed once no client holds them."""
        self._closed = True
        transport.release(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def perform(self, operation: Operation[T]) -> T:
        """Do what is no chat, and wait for the whole of its result."""
        call = self.prepare_operation(operation)
        call.start()
        with self.guarded():
            return self.retried(partial(self._performed, operation), call)

    def receive(self, operation: Operation[Any]) -> Generator[bytes, None, None]:
        """Do what is no chat, and hand on the result's bytes as they come.

        What comes before the first of them is tried again as with `perform`.
        """
        call = self.prepare_operation(operation)
        call.start()
        with self.guarded() as passage:
            pieces, first = self.retried(partial(self._begun_receiving, operation), call)
            with closing(pieces):
                if first is not None:
                    passage.answered()
                    yield first
                    yield from pieces

    def retried(self, attempt: Callable[[C], T], call: C) -> T:
        """Make a call, and make it again where that may help."""
        return retried(lambda: self.policy(call), attempt, call)

    @contextmanager
    def _turn(self, call: Outgoing) -> Iterator[None]:
        """Wait until the key may be used, and count this use of it."""
        traffic = self.traffic()
        try:
            traffic.enter(self.limits, call.time_left())
        except TimeoutError as error:
            raise self.waited_in_vain(call, error) from error
        try:
            yield
        finally:
            traffic.leave()

    def _performed(self, operation: Operation[T], call: Outgoing) -> T:
        with self.clean_errors(call), self._turn(call):
            response = self._send(call)
            with closing(self._pieces(call, response)) as pieces:
                return self.result(operation, call, response, self._all_of(pieces))

    def _begun_receiving(
        self, operation: Operation[Any], call: Outgoing
    ) -> tuple[Generator[bytes, None, None], bytes | None]:
        pieces = self._received(operation, call)
        return pieces, next(pieces, None)

    def _received(self, operation: Operation[Any], call: Outgoing) -> Generator[bytes, None, None]:
        with self.clean_errors(call), self._turn(call):
            response = self._send(call)
            head = self.head(response)
            with closing(self._pieces(call, response)) as pieces:
                while head.is_document is None:
                    if (data := next(pieces, None)) is None:
                        head.end()
                    else:
                        head.feed(data)
                if head.is_document:
                    whole = self._all_of(pieces, head.data)
                    raise self.not_media(operation, call, response, whole)
                if head.data:
                    yield head.data
                yield from pieces

    def _all_of(self, pieces: Iterator[bytes], beginning: bytes = b"") -> bytes:
        body = bytearray(beginning)
        for data in pieces:
            body += data
            self.check_size(len(body))
        return bytes(body)

    def _pieces(self, call: Outgoing, response: httpx.Response) -> Generator[bytes, None, None]:
        with bodies.closing(response):
            body = bodies.body(response)
            while True:
                try:
                    call.check_deadline()
                    with deadline(call.time_left()):
                        data = next(body, None)
                except Exception as error:
                    raise self.broken(call, error, responded=True) from error
                if data is None:
                    return
                yield data

    def _send(self, call: Outgoing) -> httpx.Response:
        http = self._http or transport.shared_client(self.base_url)
        url: str | httpx.URL = call.url
        for _ in range(_MOST_REDIRECTS):
            try:
                call.check_deadline()
                request = http.build_request(call.method, url, **call.arguments())
                with deadline(call.time_left()):
                    response = http.send(request, stream=True, follow_redirects=False)
            except Exception as error:
                raise self.broken(call, error) from error
            if response.is_success:
                return response
            with bodies.closing(response):
                if response.status_code >= 400:
                    raise self.refused(call, response, _error_body(call, response))
                url = transport.redirected(response, self.provider.title)
        raise ProtocolError(f"{self.provider.title} redirects in a circle at {url}")


class AsyncSender(Settings):
    """Sends requests over connections that an event loop shares; see `AsyncClient`."""

    _http: httpx.AsyncClient | None

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        transport.hold_async(self)

    async def aclose(self) -> None:
        """Let go of the connections; they are closed once no client in the process holds them."""
        self._closed = True
        await transport.release_async(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    async def perform(self, operation: Operation[T]) -> T:
        """See `Sender.perform`."""
        call = self.prepare_operation(operation)
        call.start()
        with self.guarded():
            return await self.retried(partial(self._performed, operation), call)

    async def receive(self, operation: Operation[Any]) -> AsyncGenerator[bytes, None]:
        """See `Sender.receive`."""
        call = self.prepare_operation(operation)
        call.start()
        with self.guarded() as passage:
            begin = partial(self._begun_receiving, operation)
            pieces, first = await self.retried(begin, call)
            async with closing_in_order(pieces):
                if first is not None:
                    passage.answered()
                    yield first
                    async for data in pieces:
                        yield data

    async def retried(self, attempt: Callable[[C], Awaitable[T]], call: C) -> T:
        """See `Sender.retried`."""
        return await aretried(lambda: self.policy(call), attempt, call)

    def _turn(self, call: Outgoing) -> _Turn:
        """Wait until the key may be used, and count this use of it."""
        return _Turn(self, call)

    async def _performed(self, operation: Operation[T], call: Outgoing) -> T:
        with self.clean_errors(call):
            async with self._turn(call):
                response = await self._send(call)
                async with aclosing(self._pieces(call, response)) as pieces:
                    return self.result(operation, call, response, await self._all_of(pieces))

    async def _begun_receiving(
        self, operation: Operation[Any], call: Outgoing
    ) -> tuple[AsyncGenerator[bytes, None], bytes | None]:
        pieces = self._received(operation, call)
        try:
            return pieces, await anext(pieces, None)
        except BaseException:
            await pieces.aclose()
            raise

    async def _received(
        self, operation: Operation[Any], call: Outgoing
    ) -> AsyncGenerator[bytes, None]:
        with self.clean_errors(call):
            async with self._turn(call):
                response = await self._send(call)
                head = self.head(response)
                async with closing_in_order(self._pieces(call, response)) as pieces:
                    while head.is_document is None:
                        if (data := await anext(pieces, None)) is None:
                            head.end()
                        else:
                            head.feed(data)
                    if head.is_document:
                        whole = await self._all_of(pieces, head.data)
                        raise self.not_media(operation, call, response, whole)
                    if head.data:
                        yield head.data
                    async for data in pieces:
                        yield data

    async def _all_of(self, pieces: AsyncIterator[bytes], beginning: bytes = b"") -> bytes:
        body = bytearray(beginning)
        async for data in pieces:
            body += data
            self.check_size(len(body))
        return bytes(body)

    async def _pieces(
        self, call: Outgoing, response: httpx.Response
    ) -> AsyncGenerator[bytes, None]:
        async with bodies.aclosing(response):
            body = bodies.abody(response)
            while True:
                try:
                    async with asyncio.timeout(call.time_left()):
                        data = await anext(body, None)
                except Exception as error:
                    raise self.broken(call, error, responded=True) from error
                if data is None:
                    return
                yield data

    async def _send(self, call: Outgoing) -> httpx.Response:
        http = self._http or await transport.shared_async_client(self.base_url)
        url: str | httpx.URL = call.url
        for _ in range(_MOST_REDIRECTS):
            try:
                request = http.build_request(call.method, url, **call.arguments(asynchronous=True))
                async with asyncio.timeout(call.time_left()):
                    response = await http.send(request, stream=True, follow_redirects=False)
            except Exception as error:
                raise self.broken(call, error) from error
            if response.is_success:
                return response
            async with bodies.aclosing(response):
                if response.status_code >= 400:
                    raise self.refused(call, response, await _aerror_body(call, response))
                url = transport.redirected(response, self.provider.title)
        raise ProtocolError(f"{self.provider.title} redirects in a circle at {url}")


class _Turn:
    """A place for a call; no generator, which a loop that shuts down would close before its time.

    Args:
        sender: Whose key is used.
        call: What it is used for.
    """

    def __init__(self, sender: AsyncSender, call: Outgoing) -> None:
        self._sender = sender
        self._call = call
        self._traffic = sender.traffic()

    async def __aenter__(self) -> None:
        _check_event_loop()
        try:
            await self._traffic.async_enter(self._sender.limits, self._call.time_left())
        except TimeoutError as error:
            raise self._sender.waited_in_vain(self._call, error) from error

    async def __aexit__(self, *exc: object) -> None:
        self._traffic.leave()


def _check_event_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "AsyncClient works on asyncio's event loop, and none is running; under trio, call "
            "Client in a thread"
        ) from None


def _error_body(call: Outgoing, response: httpx.Response) -> bytes:
    body = bytearray()
    # What has come says enough, be it cut short or slow to end.
    with suppress(Exception), deadline(call.patience()):
        for data in bodies.body(response):
            body += data
            if len(body) > _ERROR_BODY_LIMIT:
                break
    return bytes(body)


async def _aerror_body(call: Outgoing, response: httpx.Response) -> bytes:
    body = bytearray()
    with suppress(Exception):
        async with asyncio.timeout(call.patience()):
            async for data in bodies.abody(response):
                body += data
                if len(body) > _ERROR_BODY_LIMIT:
                    break
    return bytes(body)

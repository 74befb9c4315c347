"""httpcore's connections, with what the core needs of them besides.

All mind `deadline`. Those of the pools, which carry nothing but requests and their responses, also
send the head of a request together with its body, and join HTTP's chunks. httpx has no public way
to its pool's network: a client whose pool looks otherwise is left as it is.
"""

from __future__ import annotations

import socket
from time import monotonic
from typing import Any

import httpcore
import httpx

from xyashui.chunked import ChunkJoiner
from xyashui.deadlines import ends

__all__ = ["heed_deadlines", "prepare", "prepare_async"]

_LEAST = 0.001  # seconds: none at all would be an error of the socket's
_MOST_HELD = 16 * 1024
_PIECE = 16 * 1024


def heed_deadlines(client: httpx.Client) -> httpx.Client:
    """Have every connection that `client` makes from now on mind `deadline`; return it."""
    _replace_networks(client, _Network)
    return client


def prepare(pool: httpx.Client) -> httpx.Client:
    """Have every connection that `pool` makes from now on be one of a pool's; return it."""
    _replace_networks(pool, _PoolNetwork)
    return pool


def prepare_async(pool: httpx.AsyncClient) -> httpx.AsyncClient:
    """Do what `prepare` does, for an async pool."""
    _replace_networks(pool, _AsyncPoolNetwork)
    return pool


def _replace_networks(client: httpx.Client | httpx.AsyncClient, ours: type[_Network]) -> None:
    for transport in (client._transport, *client._mounts.values()):
        pool: Any = getattr(transport, "_pool", None)
        network = getattr(pool, "_network_backend", None)
        # Over HTTP/2 several threads read for each other.
        alone = not getattr(pool, "_http2", False)
        if network is not None and alone and not isinstance(network, _Network):
            pool._network_backend = ours(network)


class _Network:
    """A network of httpcore's."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, **settings: Any
    ) -> Any:
        return _Stream(self._connected(host, port, timeout, settings))

    def _connected(
        self, host: str, port: int, timeout: float | None, settings: dict[str, Any]
    ) -> Any:
        """Connect to the first of the host's addresses that answers.

        `timeout` is for all of them, where Python would give it to each. None gets more than its
        share of what is left, so that one which is dead leaves time for the others.
        """
        patience = _patience(timeout, httpcore.ConnectTimeout)
        until = None if patience is None else monotonic() + patience
        addresses = _addresses(host, port)
        while True:
            share = None if until is None else max(_LEAST, (until - monotonic()) / len(addresses))
            try:
                return self._inner.connect_tcp(addresses.pop(0), port, timeout=share, **settings)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not addresses:
                    raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _PoolNetwork(_Network):
    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, **settings: Any
    ) -> Any:
        return _PoolStream(self._connected(host, port, timeout, settings))


class _AsyncPoolNetwork(_Network):
    async def connect_tcp(self, *args: Any, **kwargs: Any) -> Any:
        return _AsyncPoolStream(await self._inner.connect_tcp(*args, **kwargs))


def _addresses(host: str, port: int) -> list[str]:
    """Look `host` up. No deadline ends that: a thread cannot leave its resolver."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    numbers = []
    for *_, place in found:
        scope = place[3] if len(place) == 4 else 0  # the network of a local IPv6 address
        numbers.append(f"{place[0]}%{scope}" if scope else str(place[0]))
    return numbers


class _Stream:
    """A connection of httpcore's."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if ends() is not None:
            timeout = _patience(timeout, httpcore.ReadTimeout)
        data: bytes = self._inner.read(max_bytes, timeout)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        until = ends()
        if until is None:
            self._inner.write(buffer, timeout)
            return
        # A silence is over when a byte has gone; who reads by and by must come to an end as well.
        for start in range(0, len(buffer), _PIECE):
            patience = _patience(timeout, httpcore.WriteTimeout)
            self._inner.write(buffer[start : start + _PIECE], patience)

    def start_tls(self, *args: Any, **kwargs: Any) -> Any:
        return type(self)(self._inner.start_tls(*args, **kwargs))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def _patience(timeout: float | None, late: type[Exception]) -> float | None:
    """Return how long to bear silence now: no longer than until this thread's deadline.

    Raises `late` where that has passed: who sends without a pause is never silent.
    """
    until = ends()
    if until is None:
        return timeout
    if (left := until - monotonic()) <= 0:
        raise late
    return left if timeout is None else min(left, timeout)


class _PoolStream(_Stream):
    """A connection that carries requests and responses, one after another."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self._joiner = ChunkJoiner()
        self._held = b""  # of a request that is being written

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._held:
            super().write(self._taken(b""), timeout)
        return self._joiner.take(super().read(max_bytes, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._joiner.begin()
        if not self._holds(buffer):
            super().write(self._taken(buffer), timeout)

    def _holds(self, buffer: bytes) -> bool:
        """Say whether to wait for what is written next. A request ends with nothing, or a read."""
        holds = 0 < len(buffer) <= _MOST_HELD - len(self._held)
        if holds:
            self._held += buffer
        return holds

    def _taken(self, buffer: bytes) -> bytes:
        held, self._held = self._held, b""
        return held + buffer if held else buffer


# Its `timeout` is httpcore's.
class _AsyncPoolStream(_PoolStream):
    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # type: ignore[override]  # noqa: ASYNC109
        if self._held:
            await self._inner.write(self._taken(b""), timeout)
        return self._joiner.take(await self._inner.read(max_bytes, timeout))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # type: ignore[override]  # noqa: ASYNC109
        self._joiner.begin()
        if not self._holds(buffer):
            await self._inner.write(self._taken(buffer), timeout)

    async def start_tls(self, *args: Any, **kwargs: Any) -> Any:
        return _AsyncPoolStream(await self._inner.start_tls(*args, **kwargs))

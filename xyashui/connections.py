"""httpcore's connections, with what the core needs of them besides.

They mind `deadline`, send the head of a request together with its body, and join HTTP's chunks.
httpx has no public way to its pool's network: a client whose pool looks otherwise is left as it is,
and slower.
"""

from __future__ import annotations

from math import inf
from time import monotonic
from typing import Any

import httpx

from xyashui.chunked import ChunkJoiner
from xyashui.deadlines import ends

__all__ = ["prepare", "prepare_async"]

_LEAST = 0.001  # seconds: what has arrived can still be read
_MOST_HELD = 16 * 1024


def prepare(client: httpx.Client) -> httpx.Client:
    """Have every connection that `client` makes from now on be one of ours; return it."""
    _replace_networks((client._transport, *client._mounts.values()), _Network)
    return client


def prepare_async(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Do what `prepare` does, for an async client."""
    _replace_networks((client._transport, *client._mounts.values()), _AsyncNetwork)
    return client


def _replace_networks(transports: tuple[Any, ...], ours: type[_Network]) -> None:
    for transport in transports:
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

    def connect_tcp(self, *args: Any, **kwargs: Any) -> Any:
        return _Stream(self._inner.connect_tcp(*args, **kwargs))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _AsyncNetwork(_Network):
    async def connect_tcp(self, *args: Any, **kwargs: Any) -> Any:
        return _AsyncStream(await self._inner.connect_tcp(*args, **kwargs))


class _Stream:
    """A connection of httpcore's."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._joiner = ChunkJoiner()
        self._held = b""  # of a request that is being written

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._held:
            self._inner.write(self._taken(b""), timeout)
        until = ends()
        if until is not None:
            timeout = min(inf if timeout is None else timeout, max(_LEAST, until - monotonic()))
        return self._joiner.take(self._inner.read(max_bytes, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._joiner.begin()
        if not self._holds(buffer):
            self._inner.write(self._taken(buffer), timeout)

    def _holds(self, buffer: bytes) -> bool:
        """Say whether to wait for what is written next. httpcore ends with nothing, or reads."""
        holds = 0 < len(buffer) <= _MOST_HELD - len(self._held)
        if holds:
            self._held += buffer
        return holds

    def _taken(self, buffer: bytes) -> bytes:
        held, self._held = self._held, b""
        return held + buffer if held else buffer

    def start_tls(self, *args: Any, **kwargs: Any) -> Any:
        return _Stream(self._inner.start_tls(*args, **kwargs))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


# Its `timeout` is httpcore's.
class _AsyncStream(_Stream):
    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # type: ignore[override]  # noqa: ASYNC109
        if self._held:
            await self._inner.write(self._taken(b""), timeout)
        return self._joiner.take(await self._inner.read(max_bytes, timeout))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # type: ignore[override]  # noqa: ASYNC109
        self._joiner.begin()
        if not self._holds(buffer):
            await self._inner.write(self._taken(buffer), timeout)

    async def start_tls(self, *args: Any, **kwargs: Any) -> Any:
        return _AsyncStream(await self._inner.start_tls(*args, **kwargs))

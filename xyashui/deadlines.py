"""Limits of time for what is read from a socket, which httpx has only for each silence.

A head or a body that trickles in is never silent. Async code has `asyncio.timeout` against that;
here is what sync code has.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from time import monotonic
from typing import Any

import httpx

__all__ = ["deadline", "head_deadline", "heed_deadlines"]

_LEAST = 0.001  # seconds: what has arrived can still be read


@contextmanager
def deadline(response: httpx.Response, seconds: float | None) -> Iterator[None]:
    """Have the body of `response` read within `seconds`, whatever its timeouts are.

    For a call with a deadline, and for what is left of a response when all that was asked for has
    come. httpx took the read timeout when the body began, so the stream's own read is shortened;
    over HTTP/2 it is left alone, for other responses share it. `None` sets no limit.
    """
    stream: Any = response.extensions.get("network_stream")
    if seconds is None or stream is None or response.http_version == "HTTP/2":
        yield
        return
    read, end = stream.read, monotonic() + seconds
    shortened_before = vars(stream).get("read")

    def shortened(size: int, timeout: float | None = None) -> bytes:
        left = max(_LEAST, end - monotonic())
        data: bytes = read(size, left if timeout is None else min(left, timeout))
        return data

    stream.read = shortened
    try:
        yield
    finally:
        del stream.read
        if shortened_before is not None:
            stream.read = shortened_before


# The body's deadline is set on the connection that it comes over. Which connection a request goes
# over is known only when its head has come, so that a thread says how long it waits for one, and
# every connection of a shared pool minds it.

_waiting = threading.local()


@contextmanager
def head_deadline(seconds: float | None) -> Iterator[None]:
    """Have this thread get the head of a response within `seconds`; `None` sets no limit.

    Over connections of a pool that `heed_deadlines` has seen.
    """
    if seconds is None:
        yield
        return
    _waiting.until = monotonic() + seconds
    try:
        yield
    finally:
        del _waiting.until


def heed_deadlines(client: httpx.Client) -> httpx.Client:
    """Have every connection that `client` makes mind `head_deadline`; return it."""
    # httpx has no public way to its pool's network. Without it a trickling head counts by its
    # silences alone, as it does for a client of the user's own.
    for transport in (client._transport, *client._mounts.values()):
        pool: Any = getattr(transport, "_pool", None)
        if (network := getattr(pool, "_network_backend", None)) is not None:
            pool._network_backend = _Network(network)
    return client


class _Network:
    """A network of httpcore's whose connections mind deadlines."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def connect_tcp(self, *args: Any, **kwargs: Any) -> _Stream:
        return _Stream(self._inner.connect_tcp(*args, **kwargs))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _Stream:
    """A connection of httpcore's that minds deadlines."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        until: float | None = getattr(_waiting, "until", None)
        if until is not None:
            timeout = min(inf if timeout is None else timeout, max(_LEAST, until - monotonic()))
        data: bytes = self._inner.read(max_bytes, timeout)
        return data

    def start_tls(self, *args: Any, **kwargs: Any) -> _Stream:
        return _Stream(self._inner.start_tls(*args, **kwargs))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

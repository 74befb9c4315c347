"""Limits of time for what is read from a socket, which httpx has only for each silence.

A head or a body that trickles in is never silent. Async code has `asyncio.timeout` against that;
here is what sync code has: a thread says until when it waits, and the connections mind it. Nothing
is set on a connection itself: it may be another thread's a moment later.
"""

from __future__ import annotations

import threading
from math import inf
from time import monotonic
from typing import Any

import httpx

__all__ = ["deadline", "heed_deadlines"]

_LEAST = 0.001  # seconds: what has arrived can still be read
_waiting = threading.local()


class deadline:  # noqa: N801 - used as a function is
    """Have this thread wait no longer than `seconds` for what it reads; `None` sets no limit.

    Around one read, or the wait for one head: not around a `yield`, for what the caller reads in
    between is none of its business. Of two deadlines, one within the other, the earlier counts. It
    holds over connections of a client that `heed_deadlines` has seen.
    """

    __slots__ = ("_before", "_seconds")

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        self._before: float | None = getattr(_waiting, "until", None)
        if self._seconds is not None:
            until = monotonic() + self._seconds
            _waiting.until = until if self._before is None else min(self._before, until)

    def __exit__(self, *exc: object) -> None:
        _waiting.until = self._before


def heed_deadlines(client: httpx.Client) -> httpx.Client:
    """Have every connection that `client` makes from now on mind `deadline`; return it."""
    # httpx has no public way to its pool's network. Without it what trickles in counts by its
    # silences alone. Over HTTP/2 several threads read for each other, so it is left alone.
    for transport in (client._transport, *client._mounts.values()):
        pool: Any = getattr(transport, "_pool", None)
        network = getattr(pool, "_network_backend", None)
        alone = not getattr(pool, "_http2", False)
        if network is not None and alone and not isinstance(network, _Network):
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

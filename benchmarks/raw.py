"""httpx by itself, moving bytes: half of the least that an answer can cost.

The other half is each framework by itself, doing nothing: see `benchmarks.subjects`. Their sum is
the floor in the tables: what a client costs that uses both as they are, and adds nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx

__all__ = ["RawAsyncHTTP", "RawHTTP"]

_HEADERS = {
    "Authorization": "Bearer test-key",
    "Content-Type": "application/json",
    "Accept-Encoding": "identity",
}
_TIMEOUT = 300.0  # seconds, as ours; it decides nothing here but that there is one
_KEEP_IDLE = 30.0  # seconds, as ours


def _body(question: str, *, stream: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": "gpt-4-turbo",
        "messages": [{"role": "user", "content": question}],
        "stream": stream,
    }
    if stream:
        body["stream_options"] = {"include_usage": True}
    return body


class RawHTTP:
    """httpx, keeping its connection open, throwing away what comes.

    Args:
        url: The server's address.
    """

    def __init__(self, url: str) -> None:
        self._url = f"{url}/v1/chat/completions"
        self._http = httpx.Client(headers=_HEADERS, timeout=_TIMEOUT, trust_env=False)

    def stream(self, question: str) -> Iterator[bytes]:
        """Give the body of a stream as it comes."""
        body = _body(question, stream=True)
        with self._http.stream("POST", self._url, json=body) as response:
            yield from response.iter_raw()

    def drain(self, question: str) -> None:
        """Read a stream to its end."""
        body = _body(question, stream=True)
        with self._http.stream("POST", self._url, json=body) as response:
            for _ in response.iter_raw():
                pass

    def call(self, question: str) -> None:
        """Read an answer that comes in one piece."""
        self._http.post(self._url, json=_body(question, stream=False))

    def send(self, body: bytes) -> None:
        """Send a body that is ready-made, and read the answer."""
        self._http.post(self._url, content=body)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


class RawAsyncHTTP:
    """httpx over aiohttp's connections, which is what the async clients of this package use.

    It is of one event loop, in which it must be used and closed.

    Args:
        url: The server's address.
    """

    def __init__(self, url: str) -> None:
        from httpx_aiohttp import HttpxAiohttpClient

        self._url = f"{url}/v1/chat/completions"
        self._http = HttpxAiohttpClient(
            headers=_HEADERS,
            timeout=_TIMEOUT,
            trust_env=False,
            # aiohttp reads 0 as "no limit".
            limits=httpx.Limits(max_connections=0, keepalive_expiry=_KEEP_IDLE),
        )

    async def stream(self, question: str) -> AsyncIterator[bytes]:
        """Give the body of a stream as it comes."""
        body = _body(question, stream=True)
        async with self._http.stream("POST", self._url, json=body) as response:
            async for data in response.aiter_raw():
                yield data

    async def drain(self, question: str) -> None:
        """Read a stream to its end."""
        body = _body(question, stream=True)
        async with self._http.stream("POST", self._url, json=body) as response:
            async for _ in response.aiter_raw():
                pass

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

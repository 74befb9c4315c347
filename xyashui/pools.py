"""httpx's clients, without what the connections of a whole process have no use for.

A request is made and sent, and that is all: no headers, cookies, authentication, hooks or redirects
of a client's own, which take httpx a third of the time of a call. A pool is shared by keys that
have nothing to do with each other, so that it must have none of them anyway.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any

import httpx

__all__ = ["AsyncPool", "AsyncSending", "Pool"]

logger = logging.getLogger("xyashui")


class _Making:
    def build_request(
        self,
        method: str,
        url: httpx.URL | str,
        *,
        timeout: httpx.Timeout,
        **content: Any,
    ) -> httpx.Request:
        """Make a request of what is given, and nothing else."""
        extensions = {"timeout": timeout.as_dict()}
        return httpx.Request(method, _parsed(url), extensions=extensions, **content)


class Pool(_Making, httpx.Client):  # type: ignore[misc]  # it takes less
    """An `httpx.Client` that sends."""

    def send(self, request: httpx.Request, **_: Any) -> httpx.Response:
        """Send a request; the body of the response is still to be read."""
        _check_open(self)
        response = self._transport_for_url(request.url).handle_request(request)
        return _answering(request, response)


class AsyncSending(_Making):
    """What makes an `httpx.AsyncClient` one that sends."""

    async def send(self, request: httpx.Request, **_: Any) -> httpx.Response:
        """Send a request; the body of the response is still to be read."""
        client: Any = self
        _check_open(client)
        response: httpx.Response
        response = await client._transport_for_url(request.url).handle_async_request(request)
        return _answering(request, response)


class AsyncPool(AsyncSending, httpx.AsyncClient):  # type: ignore[misc]
    """An `httpx.AsyncClient` that sends."""


def _check_open(client: httpx.Client | httpx.AsyncClient) -> None:
    if client.is_closed:
        raise RuntimeError("its connections have been closed")


def _answering(request: httpx.Request, response: httpx.Response) -> httpx.Response:
    # The host alone: what a redirect has behind it is the service's word, and may repeat a key.
    logger.info("%s to %s: HTTP %d", request.method, request.url.host, response.status_code)
    response.request = request
    return response


@lru_cache(maxsize=64)
def _parsed(url: httpx.URL | str) -> httpx.URL:
    return httpx.URL(url)

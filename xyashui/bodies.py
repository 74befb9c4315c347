"""The bodies of responses, as they come in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx

__all__ = ["abody", "body"]


def body(response: httpx.Response) -> Iterator[bytes]:
    """Return the body as it comes in, unpacked.

    httpx counts and cuts up what passes through `iter_raw`, for which nobody here asks; an answer
    passes through in thousands of pieces.
    """
    if "content-encoding" in response.headers or response.is_stream_consumed:
        return response.iter_bytes()
    if not isinstance(response.stream, httpx.SyncByteStream):
        return response.iter_raw()  # which says that this is an async stream
    return iter(response.stream)


def abody(response: httpx.Response) -> AsyncIterator[bytes]:
    """Do what `body` does, for an async response."""
    if "content-encoding" in response.headers or response.is_stream_consumed:
        return response.aiter_bytes()
    if not isinstance(response.stream, httpx.AsyncByteStream):
        return response.aiter_raw()
    return aiter(response.stream)

"""Fetches what a service names by its address: a picture, once a program asks for it.

The address is the service's word and seldom its own host, so the key is never sent, nor anything
else that a client adds to its calls: a plain GET, over the same connections (and so through the
same proxy), to http(s) addresses only, with a limit on what is read.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Final
from urllib.parse import urlsplit

import httpx

from xyashui import bodies, transport
from xyashui._version import __version__
from xyashui.deadlines import deadline
from xyashui.errors import (
    APIError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    PermissionDeniedError,
    ProtocolError,
    XyashuiError,
)
from xyashui.failures import plain_failure, retry_after
from xyashui.outgoing import Outgoing
from xyashui.picture_bytes import why_no_picture
from xyashui.requests import shorten
from xyashui.retries import aretried, policy, retried
from xyashui.sending import AsyncSender, Sender

__all__ = ["MAX_DOWNLOAD_BYTES", "adownload", "download"]

MAX_DOWNLOAD_BYTES: Final = 64 * 1024 * 1024
"""The most that is read from an address."""

_MOST_REDIRECTS = 5
_RANGE: Final = re.compile(r"\s*bytes\s+0-(\d{1,15})/(\d{1,15})\s*\Z", re.IGNORECASE | re.ASCII)


def download(url: str, sender: Sender | AsyncSender | None = None) -> bytes:
    """Return what is at `url`.

    Args:
        url: An http(s) address.
        sender: The client whose `timeout`, `deadline` and `max_retries` count, and whose
            connections, where it is one without `await`. Its key and its headers stay behind, and
            no error has them.

    Raises:
        APIError: The address answers with an error status.
        TransportError: Not all of it arrived, it is larger than `MAX_DOWNLOAD_BYTES`, or it is no
            picture: nothing, a part, a web page or other text.
    """
    with _clean_errors(sender):
        fetch = _Fetch(url, sender)
        http = sender._http if isinstance(sender, Sender) else None
        return retried(fetch.policy, _downloaded, fetch, http)


async def adownload(url: str, sender: Sender | AsyncSender | None = None) -> bytes:
    """Do what `download` does, with `await`."""
    with _clean_errors(sender):
        fetch = _Fetch(url, sender)
        http = sender._http if isinstance(sender, AsyncSender) else None
        return await aretried(fetch.policy, _adownloaded, fetch, http)


def _clean_errors(sender: Sender | AsyncSender | None) -> AbstractContextManager[None]:
    """Take the key out of errors: whoever has it may have put it into an address."""
    return nullcontext() if sender is None else sender.clean_errors()


class _Fetch:
    """One download, as far as it needs no socket."""

    def __init__(self, url: str, sender: Sender | AsyncSender | None) -> None:
        self.url = _checked(url)
        self.call = Outgoing(
            method="GET",
            url=self.url,
            headers=httpx.Headers(
                # What is compressed already gains nothing, and a bomb must not unfold.
                {
                    "User-Agent": f"xyashui/{__version__}",
                    "Accept": "image/*,*/*;q=0.8",
                    "Accept-Encoding": "identity",
                }
            ),
            timeout=transport.timeouts(None) if sender is None else sender.timeout,
            deadline=None if sender is None else sender.deadline,
        )
        self.call.start()
        tries = 2 if sender is None else sender.max_retries
        self.policy = partial(policy, tries, self.call.time_left)

    @property
    def host(self) -> str:
        """Who has it."""
        return urlsplit(self.url).hostname or ""

    def request(self, url: str) -> httpx.Request:
        """Make the request by hand: a client would add its own headers and cookies."""
        self.call.check_deadline()
        timeout = self.call.timeouts().as_dict()
        return httpx.Request("GET", url, headers=self.call.headers, extensions={"timeout": timeout})

    def next_address(self, response: httpx.Response) -> str | None:
        """Return where it has gone, `None` where it is here; raise what a refusal means."""
        if _is_whole(response):
            return None
        if response.is_success:  # a part of it, or nothing
            raise ProtocolError(
                f"{self.host} does not give all of a picture (HTTP {response.status_code})"
            )
        if response.has_redirect_location:
            return _checked(response.headers["location"], response.request.url)
        raise self._refused(response.status_code, response.headers)

    def _refused(self, status: int, headers: httpx.Headers) -> APIError:
        said = plain_failure(b"", status)
        gone = issubclass(said.kind, BadRequestError | PermissionDeniedError | AuthenticationError)
        words = "it is not there (any more); such addresses expire" if gone else "try again later"
        return said.kind(
            f"{self.host} does not give what is at {shorten(self.url, 200)} "
            f"(HTTP {status}): {words}",
            message=words,
            status_code=status,
            retry_after=retry_after(headers),
            retryable=said.retryable,
        )

    def checked(self, response: httpx.Response, body: bytes) -> bytes:
        """Return `body`, or raise `ProtocolError` where it is no picture."""
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if (problem := why_no_picture(body, kind)) is not None:
            raise ProtocolError(f"{self.host} has {problem}")
        return body

    def check_size(self, size: int) -> None:
        """Raise `ProtocolError` where `size` is too large."""
        if size > MAX_DOWNLOAD_BYTES:
            raise ProtocolError(f"{self.host} sends more than {MAX_DOWNLOAD_BYTES} bytes")

    def broken(self, error: Exception, *, begun: bool = False) -> XyashuiError:
        """Make the error that trouble below HTTP means."""
        ours = transport.translated(error, self.host, "", begun=begun)
        if isinstance(ours, APITimeoutError) and self.call.time_left() == 0:
            ours.args = (f"{self.host} had not sent all within {self.call.deadline:g} s",)
            ours.retryable = False
        return ours

    def too_many_redirects(self) -> ProtocolError:
        """Make the error for an address that leads nowhere."""
        return ProtocolError(f"{self.host} redirects in a circle at {shorten(self.url)}")


def _is_whole(response: httpx.Response) -> bool:
    """Whether all of it comes: a proxy may have changed it, or call all of it a part."""
    if response.status_code != 206:
        return response.status_code in (200, 203)
    span = _RANGE.match(response.headers.get("content-range", ""))
    return span is not None and int(span[1]) + 1 == int(span[2])


def _checked(url: str, base: httpx.URL | None = None) -> str:
    try:
        url = url if base is None else str(base.join(url))
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        fine = False
    if not fine:
        raise ProtocolError(f"{shorten(url)} is no http(s) address: it cannot be fetched")
    return url


def _downloaded(fetch: _Fetch, http: httpx.Client | None) -> bytes:
    url: str = fetch.url
    for _ in range(_MOST_REDIRECTS + 1):
        try:
            sending = http or transport.shared_client(url)
            with deadline(fetch.call.time_left()):
                response = sending.send(
                    fetch.request(url), stream=True, auth=None, follow_redirects=False
                )
        except Exception as error:
            raise fetch.broken(error) from error
        with bodies.closing(response):
            there = fetch.next_address(response)
            if there is None:
                return fetch.checked(response, _body(fetch, response))
        url = there
    raise fetch.too_many_redirects()


def _body(fetch: _Fetch, response: httpx.Response) -> bytes:
    body = bytearray()
    try:
        with deadline(fetch.call.time_left()):
            for data in bodies.body(response):
                fetch.call.check_deadline()
                body += data
                fetch.check_size(len(body))
    except Exception as error:
        raise fetch.broken(error, begun=True) from error
    return bytes(body)


async def _adownloaded(fetch: _Fetch, http: httpx.AsyncClient | None) -> bytes:
    url: str = fetch.url
    for _ in range(_MOST_REDIRECTS + 1):
        try:
            sending = http or await transport.shared_async_client(url)
            async with asyncio.timeout(fetch.call.time_left()):
                response = await sending.send(
                    fetch.request(url), stream=True, auth=None, follow_redirects=False
                )
        except Exception as error:
            raise fetch.broken(error) from error
        async with bodies.aclosing(response):
            there = fetch.next_address(response)
            if there is None:
                return fetch.checked(response, await _abody(fetch, response))
        url = there
    raise fetch.too_many_redirects()


async def _abody(fetch: _Fetch, response: httpx.Response) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(fetch.call.time_left()):
            async for data in bodies.abody(response):
                body += data
                fetch.check_size(len(body))
    except Exception as error:
        raise fetch.broken(error, begun=True) from error
    return bytes(body)

"""TLS: what can go wrong before, in and after it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import httpx_aiohttp
import pytest

from tests.reliability.ways import WAYS, Way
from tests.servers import CHUNKED, FaultServer, chunk, chunked, close, head, hold, http, reset, wait
from tests.wire import STREAM, delta
from xyashui import errors

trustme = pytest.importorskip("trustme")

GOOD = [chunked(STREAM)]
FIRST = CHUNKED + chunk(delta("你"))


class Authority:
    """Somebody who signs certificates, and the two sides that go by them."""

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self.client = ssl.create_default_context()
        self._ca.configure_trust(self.client)

    def server(self, name: str = "127.0.0.1") -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(name).configure_cert(context)
        return context


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
async def trusting(authority: Authority) -> AsyncIterator[dict[str, Any]]:
    """HTTP clients that trust the authority: a program's own, as behind a proxy."""
    settings: dict[str, Any] = {"verify": authority.client, "trust_env": False}
    with httpx.Client(**settings) as client:
        async with httpx_aiohttp.HttpxAiohttpClient(**settings) as async_client:
            yield {"http_client": client, "http_async_client": async_client}


CASES: dict[str, tuple[list[Any], type[errors.XyashuiError] | None, str]] = {
    "an answer": (GOOD, None, "你好。"),
    "an answer that ends without a goodbye": ([head() + STREAM, close], None, "你好。"),
    "an answer and a reset": ([CHUNKED, chunk(STREAM), reset], None, "你好。"),
    "the end without a goodbye, in the middle": (
        [FIRST, wait(0.05), close],
        errors.StreamInterruptedError,
        "你",
    ),
    "a reset in the middle": ([FIRST, wait(0.05), reset], errors.StreamInterruptedError, "你"),
    "the end at once": ([close], errors.APIConnectionError, ""),
    "silence": ([FIRST, hold], errors.APITimeoutError, "你"),
    "a redirect that leaves TLS": (
        [http(b"", 307, None, location="http://127.0.0.1:9/v1/chat/completions")],
        errors.ProtocolError,
        "",
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("script", "kind", "text"), CASES.values(), ids=CASES)
async def test_over_tls(
    script: list[Any],
    kind: type[errors.XyashuiError] | None,
    text: str,
    way: str,
    authority: Authority,
    trusting: dict[str, Any],
) -> None:
    await check(script, kind, text, way, authority, **trusting)


async def check(
    script: list[Any],
    kind: type[errors.XyashuiError] | None,
    text: str,
    way: str,
    authority: Authority,
    **clients: Any,
) -> None:
    with FaultServer(script, GOOD, tls=authority.server()) as server:
        asked = Way(way, server.url, timeout=0.5, **clients)
        outcome = await asked.ask()
        if kind is None:
            assert (outcome.text, outcome.error) == (text, None)
        else:
            assert isinstance(outcome.error, kind), repr(outcome.error)
            assert outcome.error.text == text
        assert (await asked.ask()).text == "你好。", "the next call works"


@pytest.mark.parametrize(("script", "kind", "text"), CASES.values(), ids=CASES)
async def test_over_tls_of_httpx(
    script: list[Any],
    kind: type[errors.XyashuiError] | None,
    text: str,
    authority: Authority,
) -> None:
    async with httpx.AsyncClient(verify=authority.client, trust_env=False) as own:
        await check(script, kind, text, "AShui async stream", authority, http_async_client=own)


@pytest.fixture(params=WAYS)
def asked(request: pytest.FixtureRequest) -> Callable[..., Way]:
    """Make a model that trusts nobody but the usual authorities."""
    return lambda url, **settings: Way(request.param, url, timeout=0.5, max_retries=1, **settings)


class TestNoConnection:
    async def test_a_certificate_that_nobody_knows_is_told_and_not_tried_again(
        self, asked: Callable[..., Way], authority: Authority
    ) -> None:
        with FaultServer(GOOD, tls=authority.server()) as server:
            error = (await asked(server.url).ask()).error
            assert isinstance(error, errors.APIConnectionError)
            assert "certificate is not trusted" in str(error)
            assert "verify=" in str(error)
            assert (server.connections, server.requests) == (1, [])

    async def test_nor_one_of_another_host(
        self, asked: Callable[..., Way], authority: Authority, trusting: dict[str, Any]
    ) -> None:
        with FaultServer(GOOD, tls=authority.server("other.example")) as server:
            error = (await asked(server.url, **trusting).ask()).error
            assert isinstance(error, errors.APIConnectionError)
            assert (server.connections, server.requests) == (1, [])

    async def test_no_tls_where_there_should_be(self, asked: Callable[..., Way]) -> None:
        greeting = [b"HTTP/1.1 400 Bad Request\r\n\r\n", close]
        with FaultServer(greeting=greeting) as server:
            error = (await asked(f"https://127.0.0.1:{server.port}").ask()).error
            assert isinstance(error, errors.APIConnectionError)
            assert server.connections == 2, "it may pass"

    async def test_tls_where_there_should_be_none(
        self, asked: Callable[..., Way], authority: Authority
    ) -> None:
        with FaultServer(GOOD, tls=authority.server()) as server:
            error = (await asked(f"http://127.0.0.1:{server.port}").ask()).error
            assert isinstance(error, errors.APIConnectionError)
            assert server.requests == []

    async def test_a_handshake_that_does_not_go_on(self, asked: Callable[..., Way]) -> None:
        with FaultServer(greeting=[hold]) as server:
            way = asked(f"https://127.0.0.1:{server.port}")
            way.model.max_retries = 0
            error = (await way.ask()).error
            assert isinstance(error, errors.APITimeoutError)

    async def test_a_handshake_that_is_broken_off(self, asked: Callable[..., Way]) -> None:
        with FaultServer(greeting=[wait(0.02), reset]) as server:
            error = (await asked(f"https://127.0.0.1:{server.port}").ask()).error
            assert isinstance(error, errors.APIConnectionError)
            assert server.connections == 2

"""TLS: what can go wrong before, in and after it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import httpx_aiohttp
import pytest
import trustme

from tests.reliability.cases import FIRST, GOOD
from tests.reliability.ways import WAYS, Way
from tests.servers import (
    CHUNKED,
    Connection,
    FaultServer,
    chunk,
    close,
    head,
    hold,
    http,
    reset,
    taken,
    wait,
)
from tests.wire import STREAM
from xyashui import errors


class Authority:
    """Somebody who signs certificates, and the two sides that go by them."""

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self.client = ssl.create_default_context()
        self._ca.configure_trust(self.client)

    def server(self, name: str = "127.0.0.1", **validity: datetime) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(name, **validity).configure_cert(context)
        return context

    def server_that_asks_who_is_there(self) -> ssl.SSLContext:
        context = self.server()
        context.verify_mode = ssl.CERT_REQUIRED
        return context


def signed_by_itself(_: Authority) -> ssl.SSLContext:
    own = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with own.private_key_pem.tempfile() as key, own.cert_pem.tempfile() as certificate:
        context.load_cert_chain(certificate, key)
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
        [FIRST, taken, close],
        errors.StreamInterruptedError,
        "你",
    ),
    "a reset in the middle": ([FIRST, taken, reset], errors.StreamInterruptedError, "你"),
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
        asked = Way(way, server.url, timeout=1 if hold in script else 15, **clients)
        outcome = await asked.ask()
        if kind is None:
            assert (outcome.text, outcome.error) == (text, None)
        else:
            assert isinstance(outcome.error, kind), repr(outcome.error)
            assert outcome.error.text == text
        assert (await asked.ask(timeout=15)).text == "你好。", "the next call works"


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


NOW, DAY = datetime.now(UTC), timedelta(days=1)
UNTRUSTED: dict[str, tuple[Callable[[Authority], ssl.SSLContext], str]] = {
    "of an authority that nobody knows": (lambda _: Authority().server(), "unable to get"),
    "signed by itself": (signed_by_itself, "self.signed"),
    "of another host": (lambda known: known.server("other.example"), "other.example|127.0.0.1"),
    "that has expired": (lambda known: known.server(not_after=NOW - DAY), "expired"),
    "that is not valid yet": (
        lambda known: known.server(not_before=NOW + DAY, not_after=NOW + 2 * DAY),
        "not yet valid",
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("served_by", "words"), UNTRUSTED.values(), ids=UNTRUSTED)
async def test_a_certificate_that_is_not_trusted_is_told_and_not_tried_again(
    served_by: Callable[[Authority], ssl.SSLContext],
    words: str,
    way: str,
    authority: Authority,
    trusting: dict[str, Any],
) -> None:
    with FaultServer(GOOD, tls=served_by(authority)) as server:
        asked = Way(way, server.url, timeout=5, max_retries=1, **trusting)
        with pytest.raises(errors.APIConnectionError, match=words) as caught:
            raise (await asked.ask()).error or AssertionError("an answer")
        assert "certificate is not trusted" in str(caught.value)
        assert "verify=" in str(caught.value)
        assert (server.connections, server.requests) == (1, [])


@pytest.mark.parametrize("way", WAYS)
async def test_nobody_is_trusted_but_the_usual_authorities(way: str, authority: Authority) -> None:
    with FaultServer(GOOD, tls=authority.server()) as server:
        error = (await Way(way, server.url, timeout=5, max_retries=1).ask()).error
        assert isinstance(error, errors.APIConnectionError)
        assert "certificate is not trusted" in str(error)
        assert (server.connections, server.requests) == (1, [])


def hello(connection: Connection) -> None:
    """Wait for the client's part of the handshake."""
    connection.receive()


HANDSHAKES: dict[str, list[Any]] = {
    "plain HTTP": [b"HTTP/1.1 400 Bad Request\r\n\r\n", close],
    "closed at once": [close],
    "reset at once": [wait(0.02), reset],
    "closed": [hello, close],
    "reset": [hello, reset],
    "cut in the middle": [hello, b"\x16\x03\x03\x00\x7a\x02\x00", close],
    "refused": [hello, b"\x15\x03\x03\x00\x02\x02\x28", close],
    "refused for its version": [hello, b"\x15\x03\x01\x00\x02\x02\x46", close],
    "answered with nonsense": [hello, b"\x16\x03\x03\x00\x04\xff\xff\xff\xff", close],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("greeting", HANDSHAKES.values(), ids=HANDSHAKES)
async def test_a_handshake_that_fails_is_no_connection(greeting: list[Any], way: str) -> None:
    with FaultServer(greeting=greeting) as server:
        error = (await Way(way, f"https://127.0.0.1:{server.port}", timeout=5).ask()).error
        assert isinstance(error, errors.APIConnectionError), repr(error)
        assert error.retryable, "it may pass"


@pytest.mark.parametrize("way", ["ChatXingYun sync call", "AShui async stream"])
async def test_so_it_is_tried_again(way: str) -> None:
    with FaultServer(greeting=[hello, close]) as server:
        url = f"https://127.0.0.1:{server.port}"
        assert (await Way(way, url, timeout=5, max_retries=1).ask()).error is not None
        assert server.connections == 2


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("beginning", [b"", b"\x16\x03\x03\x00\x7a\x02\x00"])
async def test_a_handshake_that_does_not_go_on_is_silence(beginning: bytes, way: str) -> None:
    with FaultServer(greeting=[hello, beginning, hold]) as server:
        url = f"https://127.0.0.1:{server.port}"
        error = (await Way(way, url, timeout=0.15).ask()).error
        assert isinstance(error, errors.APITimeoutError), repr(error)


@pytest.mark.parametrize("way", WAYS)
async def test_tls_where_there_should_be_none(way: str, authority: Authority) -> None:
    with FaultServer(GOOD, tls=authority.server()) as server:
        url = f"http://127.0.0.1:{server.port}"
        error = (await Way(way, url, timeout=5).ask()).error
        assert isinstance(error, errors.APIConnectionError), repr(error)
        assert server.requests == []


@pytest.mark.parametrize("way", WAYS)
async def test_a_service_that_wants_a_certificate_from_its_clients(
    way: str, authority: Authority, trusting: dict[str, Any]
) -> None:
    with FaultServer(GOOD, tls=authority.server_that_asks_who_is_there()) as server:
        error = (await Way(way, server.url, timeout=5, **trusting).ask()).error
        assert isinstance(error, errors.APIConnectionError), repr(error)
        assert server.requests == []

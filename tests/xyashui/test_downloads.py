"""Fetching what a service names by its address: whose key stays behind, and what is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.servers import LAST_CHUNK, FaultServer, chunk, head, http, reset
from xyashui import (
    APITimeoutError,
    AsyncClient,
    BadRequestError,
    Client,
    PermissionDeniedError,
    Picture,
    ProtocolError,
    ServerError,
    StreamInterruptedError,
)

PNG = bytes.fromhex("89504e470d0a1a0a") + bytes(range(256))

Fetch = Callable[..., Awaitable[bytes]]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer([http(PNG, 200, "image/png")]) as running:
        yield running


def client_of(server: FaultServer, **settings: Any) -> Client:
    return Client(api_key="test-key", base_url=server.url, **{"max_retries": 0, **settings})


@pytest.fixture(params=["sync", "async", "without a client"])
def fetch(request: pytest.FixtureRequest, server: FaultServer) -> Fetch:
    """Fetch what is at an address: by a client with a key, or by a picture that knows none."""

    async def fetch(url: str = f"{server.url}/cat.png", **settings: Any) -> bytes:
        given = {"api_key": "test-key", "base_url": server.url, "max_retries": 0, **settings}
        if request.param == "sync":
            with Client(default_headers={"X-Api-Key": "canary"}, **given) as client:
                return Picture(url).fetched_by(client).bytes()
        if request.param == "async":
            async with AsyncClient(default_headers={"X-Api-Key": "canary"}, **given) as client:
                return await Picture(url).fetched_by(client).abytes()
        return Picture(url).bytes()

    return fetch


class TestFetching:
    async def test_gives_the_bytes_and_shows_no_key(self, server, fetch: Fetch) -> None:
        assert await fetch() == PNG
        (request,) = server.requests
        assert request.target == "/cat.png"
        assert request.header("authorization") is None
        assert b"canary" not in request.head
        assert b"test-key" not in request.head

    def test_leaves_behind_what_a_client_of_ones_own_adds(self, server) -> None:
        own = httpx.Client(
            headers={"Authorization": "Bearer canary"},
            auth=("canary", "x"),
            cookies={"a": "canary"},
            verify=False,
        )
        with own, client_of(server, http_client=own) as client:
            assert Picture(f"{server.url}/cat.png").fetched_by(client).bytes() == PNG
        assert b"canary" not in server.requests[0].head

    def test_happens_once(self, server) -> None:
        picture = Picture(f"{server.url}/cat.png")
        assert picture.data is None
        assert picture.bytes() == picture.bytes() == picture.data == PNG
        assert len(server.requests) == 1

    async def test_follows_where_the_picture_has_gone(self, server, fetch: Fetch) -> None:
        with FaultServer([http(PNG, 200, "image/png")]) as elsewhere:
            server.play([http(b"", 302, None, location=f"{elsewhere.url}/cat.png")])
            assert await fetch() == PNG
            assert elsewhere.requests[0].header("authorization") is None

    @pytest.mark.parametrize(
        "target", ["file:///etc/hostname", "ftp://a.cn/x", "data:,x", "//", "http://a:b/", "\x7f"]
    )
    async def test_follows_to_the_web_only(self, server, fetch: Fetch, target: str) -> None:
        server.play([http(b"", 302, None, location=target)])
        with pytest.raises(ProtocolError):
            await fetch()

    async def test_does_not_go_in_circles(self, server, fetch: Fetch) -> None:
        server.play([http(b"", 302, None, location="/cat.png")])
        with pytest.raises(ProtocolError, match="in a circle"):
            await fetch()
        assert len(server.requests) == 6

    @pytest.mark.parametrize(
        "url", ["file:///etc/hostname", "cat.png", "", "http://", "ftp://a.cn/"]
    )
    async def test_is_for_web_addresses_only(self, fetch: Fetch, url: str) -> None:
        with pytest.raises(ProtocolError, match=r"no http\(s\) address"):
            await fetch(url)

    @pytest.mark.parametrize(
        ("status", "kind"), [(404, BadRequestError), (403, PermissionDeniedError)]
    )
    async def test_says_that_a_picture_is_gone(self, server, fetch: Fetch, status, kind) -> None:
        server.play([http(b"<html>", status, "text/html")])
        with pytest.raises(kind, match=rf"127\.0\.0\.1.*HTTP {status}.*such addresses expire"):
            await fetch()

    @pytest.mark.parametrize(
        "script",
        [
            http(b"", 200, "image/png"),
            b"HTTP/1.1 204 No Content\r\n\r\n",
            http(PNG[:40], 206, "image/png", content_range="bytes 0-39/264"),
        ],
        ids=["nothing", "no content", "a part"],
    )
    async def test_does_not_take_less_than_a_picture_for_one(self, server, fetch, script) -> None:
        server.play([script])
        with pytest.raises(ProtocolError, match="picture"):
            await fetch()

    @pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json"])
    async def test_does_not_take_a_page_for_a_picture(self, server, fetch, kind: str) -> None:
        server.play([http(b"{}", 200, kind)])
        with pytest.raises(ProtocolError, match="where a picture should be"):
            await fetch()

    @pytest.mark.parametrize("body", [b'{"error": "gone"}', b"<?xml version='1.0'?><Error/>"])
    @pytest.mark.parametrize("called", [None, "image/png"])
    async def test_nor_where_it_is_called_one(self, server, fetch, body, called) -> None:
        server.play([http(body, 200, called)])
        with pytest.raises(ProtocolError, match="text where a picture should be"):
            await fetch()

    async def test_takes_a_picture_that_is_drawn_in_text(self, server, fetch: Fetch) -> None:
        drawing = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>"
        server.play([http(drawing, 200, "image/svg+xml")])
        assert await fetch() == drawing

    async def test_takes_no_more_than_it_can_hold(self, server, fetch: Fetch) -> None:
        piece = chunk(bytes(1024 * 1024))
        server.play(
            [head(200, "image/png", transfer_encoding="chunked"), *[piece] * 66, LAST_CHUNK]
        )
        with pytest.raises(ProtocolError, match="more than 67108864 bytes"):
            await fetch()

    async def test_is_tried_again_where_it_may_pass(self, server) -> None:
        server.play([reset], [http(b"", 503)], [http(PNG, 200, "image/png")])
        assert Picture(f"{server.url}/cat.png").bytes() == PNG
        assert len(server.requests) == 3

    async def test_never_gives_half_a_picture(self, server) -> None:
        server.play([http(PNG, 200, "image/png", content_length=len(PNG) + 1), reset])
        with client_of(server) as client, pytest.raises(StreamInterruptedError):
            Picture(f"{server.url}/cat.png").fetched_by(client).bytes()

    async def test_ends_at_the_clients_deadline(self, server, fetch: Fetch) -> None:
        server.play([head(200, "image/png", content_length=9), *[b"x"] * 2, lambda c: c.receive()])
        given = {"deadline": 0.3}
        picture = Picture(f"{server.url}/cat.png")
        with client_of(server, **given) as client, pytest.raises(APITimeoutError, match=r"0\.3 s"):
            picture.fetched_by(client).bytes()
        async with AsyncClient(api_key="test-key", base_url=server.url, **given) as client:
            with pytest.raises(APITimeoutError, match=r"0\.3 s"):
                await picture.fetched_by(client).abytes()

    async def test_works_by_await_on_a_picture_of_the_sync_client_too(self, server) -> None:
        with client_of(server) as client:
            assert await Picture(f"{server.url}/a").fetched_by(client).abytes() == PNG
        async with AsyncClient(api_key="test-key", base_url=server.url) as client:
            assert Picture(f"{server.url}/a").fetched_by(client).bytes() == PNG

    def test_raises_a_servers_fault_after_the_last_try(self, server) -> None:
        server.play([http(b"", 500)])
        with client_of(server) as client, pytest.raises(ServerError, match="try again later"):
            Picture(f"{server.url}/a").fetched_by(client).bytes()

"""A large request arrives whole, as often as it is sent, and its length is told beforehand."""

from __future__ import annotations

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers import FaultServer, chunked, http
from tests.wire import STREAM
from xyashui import AsyncClient, Client, ConfigurationError
from xyashui.json_bodies import Body, encoded

PICTURE = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAAB" + "AAAA" * 80_000


def whole(body: bytes | Body) -> bytes:
    return body if isinstance(body, bytes) else b"".join(body)


LONG = st.sampled_from(
    [
        PICTURE,
        "济南" * 200_000,
        'a"b' * 100_000,
        "a\\b" * 100_000,
        "a\nb" * 100_000,
        "\ud83d" * 300_000,
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | LONG,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_it_is_the_same_json(value) -> None:
    body = encoded(value)
    assert json.loads(whole(body)) == value
    assert len(body) == len(whole(body))


def test_a_long_text_is_not_copied() -> None:
    body = encoded({"messages": [{"content": [{"image_url": {"url": PICTURE}}]}]})
    assert isinstance(body, Body)
    assert any(part is PICTURE for part in body._parts)


def test_a_short_request_is_plain_bytes() -> None:
    assert encoded({"model": "m"}) == b'{"model":"m"}'


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="not all JSON"):
        encoded({"messages": [PICTURE, object()]})


def test_what_is_within_itself_or_too_deep_is_refused() -> None:
    deep: list[object] = []
    deep.append(deep)
    with pytest.raises(ConfigurationError, match="not all JSON"):
        encoded({"extra": deep})
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ConfigurationError, match="not all JSON"):
        encoded({"extra": deep})


QUESTION = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": PICTURE}}]}]
SCRIPTS = [[http(b"busy", 503)], [chunked(STREAM)]]
WAYS = ["pool", "httpx"]


def check(server: FaultServer) -> None:
    assert len(server.requests) == 2, "it was tried again"
    for request in server.requests:
        assert request.header("content-length") == str(len(request.body))
        assert request.header("transfer-encoding") is None
        assert PICTURE in request.body.decode()


@pytest.mark.parametrize("way", WAYS)
def test_it_arrives_whole_each_time(way: str) -> None:
    with FaultServer(*SCRIPTS) as server, httpx.Client(verify=False) as own:
        given = {"http_client": own} if way == "httpx" else {}
        client = Client("xingyun", api_key="test-key", base_url=server.url, **given)
        assert client.chat(QUESTION).text
        check(server)


@pytest.mark.parametrize("way", WAYS)
async def test_it_does_so_where_it_is_awaited(way: str) -> None:
    with FaultServer(*SCRIPTS) as server:
        async with httpx.AsyncClient(verify=False) as own:
            given = {"http_async_client": own} if way == "httpx" else {}
            client = AsyncClient("xingyun", api_key="test-key", base_url=server.url, **given)
            assert (await client.chat(QUESTION)).text
        check(server)

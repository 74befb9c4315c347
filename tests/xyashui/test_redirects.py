"""Redirects: followed to the same place, and refused, with the key, to any other."""

from __future__ import annotations

import httpx
import pytest

from tests.servers import FaultServer, http
from tests.wire import completion
from xyashui import Client, errors

WHOLE = [http(completion())]


@pytest.mark.parametrize("status", [307, 308])
@pytest.mark.parametrize("relative", [True, False])
async def test_to_the_same_place_it_is_followed(status, relative, ask):
    with FaultServer() as server:
        target = "/elsewhere?a=1"
        location = target if relative else server.url + target
        server.play([http(b"", status, None, location=location)], WHOLE)
        assert (await ask(server.url)).text == "你好。"
        first, second = server.requests
        assert second.target == target
        assert first.body == second.body
        assert first.header("authorization") == second.header("authorization")


@pytest.mark.parametrize("status", [301, 302, 303, 304, 300])
async def test_a_status_that_may_change_the_method_is_not(status, ask):
    with FaultServer([http(b"", status, None, location="/elsewhere")], WHOLE) as server:
        with pytest.raises(errors.ProtocolError, match="/elsewhere"):
            await ask(server.url)
        assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "form",
    [
        "http://127.0.0.1:{}/v1",
        "http://localhost:{}/",
        "//127.0.0.1:{}/",
        "http://test-key@127.0.0.1:{}/test-key",
    ],
)
async def test_to_another_place_nothing_is_sent(status, form, ask):
    with FaultServer(WHOLE) as other:
        location = form.format(other.port)
        with (
            FaultServer([http(b"", status, None, location=location)]) as server,
            pytest.raises(errors.ProtocolError, match=f"redirects.*{other.port}") as caught,
        ):
            await ask(server.url)
        assert other.connections == 0
        assert caught.value.provider == "xingyun"
        assert "test-key" not in str(caught.value)


@pytest.mark.parametrize(
    "location", ["https://127.0.0.1/", "ftp://127.0.0.1/", "http://[::1", "", "javascript:1"]
)
async def test_nor_anywhere_else(location, ask):
    with FaultServer([http(b"", 307, None, location=location)]) as server:
        with pytest.raises(errors.ProtocolError, match="redirects"):
            await ask(server.url)
        assert len(server.requests) == 1


async def test_a_circle_ends(ask):
    with FaultServer([http(b"", 307, None, location="/v1/chat/completions")]) as server:
        with pytest.raises(errors.ProtocolError, match="circle"):
            await ask(server.url)
        assert len(server.requests) == 3


def test_a_client_of_ones_own_that_follows_does_not():
    with (
        FaultServer(WHOLE) as other,
        httpx.Client(follow_redirects=True, trust_env=False, verify=False) as own,
        FaultServer([http(b"", 307, None, location=other.url)]) as server,
    ):
        with pytest.raises(errors.ProtocolError, match="redirects"):
            Client(api_key="test-key", base_url=server.url, http_client=own).chat("你好")
        assert other.connections == 0

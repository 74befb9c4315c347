"""What makes another place of a redirect's target, one by one; HTTP clients of one's own."""

from __future__ import annotations

import httpx
import httpx_aiohttp
import pytest

from tests.servers import FaultServer, http
from tests.wire import completion
from xyashui import AsyncClient, Client, errors
from xyashui.pictures import Picture

PNG = b"\x89PNG\r\n\x1a\n" + bytes(30)


@pytest.mark.parametrize(
    "form",
    ["http://localhost:{}/v1", "http://127.0.0.2:{}/v1", "https://127.0.0.1:{}/v1"],
    ids=["a name of the same machine", "another address of it", "with TLS"],
)
async def test_the_same_port_does_not_make_the_same_place(form, ask):
    with FaultServer() as server:
        moved = http(b"", 307, None, location=form.format(server.port))
        server.play([moved], [http(completion())])
        with pytest.raises(errors.ProtocolError, match="redirects"):
            await ask(server.url)
        assert server.connections == 1


@pytest.mark.parametrize("kind", [httpx.AsyncClient, httpx_aiohttp.HttpxAiohttpClient])
async def test_an_async_client_of_ones_own_that_follows_does_not(kind):
    with FaultServer([http(completion())]) as other:
        with FaultServer([http(b"", 307, None, location=other.url)]) as server:
            async with kind(follow_redirects=True, trust_env=False, verify=False) as own:
                client = AsyncClient(api_key="test-key", base_url=server.url, http_async_client=own)
                with pytest.raises(errors.ProtocolError, match="redirects"):
                    await client.chat("hi")
        assert other.connections == 0


@pytest.fixture
def server():
    with FaultServer([http(PNG, 200, "image/png")]) as running:
        yield running


def test_a_picture_is_fetched_without_who_a_client_of_ones_own_is(server):
    with httpx.Client(auth=("canary", "x"), trust_env=False, verify=False) as own:
        client = Client(api_key="test-key", base_url=server.url, http_client=own)
        assert Picture(f"{server.url}/cat.png").fetched_by(client).bytes() == PNG
    assert server.requests[0].header("authorization") is None


async def test_so_it_is_by_an_async_one(server):
    async with httpx.AsyncClient(auth=("canary", "x"), trust_env=False, verify=False) as own:
        client = AsyncClient(api_key="test-key", base_url=server.url, http_async_client=own)
        assert await Picture(f"{server.url}/cat.png").fetched_by(client).abytes() == PNG
    assert server.requests[0].header("authorization") is None

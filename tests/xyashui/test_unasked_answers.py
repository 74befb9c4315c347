"""An answer that nobody asked for is not taken for the answer to what is asked next."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import httpx
import pytest

from tests.servers import Connection, FaultServer, chunked, wait
from tests.wire import DONE, STREAM, delta
from xyashui import AsyncClient, Client

UNASKED = chunked(delta("什么?", "stop") + DONE)


@pytest.fixture(params=[None, 0.1], ids=["at once", "later"])
def served(request: pytest.FixtureRequest) -> Any:
    """A server that sends more than the first answer; and what is set when it has."""
    sent = threading.Event()

    def tell(_: Connection) -> None:
        sent.set()

    pause = [] if request.param is None else [wait(request.param)]
    with FaultServer([chunked(STREAM), *pause, UNASKED, tell], [chunked(STREAM)]) as server:
        yield server, sent


def test_in_a_thread(served):
    server, sent = served
    with Client(api_key="test-key", base_url=server.url) as client:
        assert client.chat("?").text == "你好。"
        assert sent.wait(15)
        time.sleep(0.05)
        assert client.chat("?").text == "你好。"


@pytest.mark.parametrize("pool", ["aiohttp", "httpx"])
async def test_with_await(served, pool):
    server, sent = served
    async with httpx.AsyncClient(trust_env=False, verify=False) as own:
        settings = {"http_async_client": own} if pool == "httpx" else {}
        async with AsyncClient(api_key="test-key", base_url=server.url, **settings) as client:
            assert (await client.chat("?")).text == "你好。"
            assert await asyncio.to_thread(sent.wait, 15)
            await asyncio.sleep(0.05)
            assert (await client.chat("?")).text == "你好。"

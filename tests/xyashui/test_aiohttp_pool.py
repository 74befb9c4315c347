"""What is changed of aiohttp, so that async calls lose nothing and wait for nothing."""

from __future__ import annotations

import asyncio
import gc

import aiohttp
import pytest

from tests.servers import CHUNKED, FaultServer, chunk, chunked, close, hold, reset, wait
from tests.wire import STREAM, delta
from xyashui import XINGYUN, AsyncClient, errors
from xyashui.aiohttp_pool import AiohttpClient
from xyashui.transport import shared_async_client

FIRST = CHUNKED + chunk(delta("你"))


def make(server: FaultServer, **settings) -> AsyncClient:
    settings = {"api_key": "test-key", "max_retries": 0, "timeout": 15} | settings
    return AsyncClient(XINGYUN, base_url=server.url, **settings)


async def test_it_is_what_async_clients_share():
    for url in ("http://127.0.0.1:9", "https://example.com"):
        assert isinstance(await shared_async_client(url), AiohttpClient)


@pytest.mark.parametrize("wrong", [b"zz\r\n", b"-1\r\n", b"5\r\ntoo long", b"\0\0\0\0"])
async def test_a_malformed_chunk_is_no_reason_to_wait(wrong):
    # Without a timeout, for aiohttp drops it: the test would wait for ever.
    with FaultServer([FIRST, wait(0.1), wrong, hold]) as server:
        async with make(server, timeout=3600) as client, asyncio.timeout(15):
            with pytest.raises(errors.StreamInterruptedError) as caught:
                await client.chat("你好")
    assert caught.value.text == "你"


@pytest.mark.parametrize("end", [close, reset], ids=["close", "reset"])
class TestSlowCaller:
    """It reads the first chunk, and the rest only when the connection has broken."""

    async def test_an_answer_that_is_complete_is_complete(self, end):
        script = [FIRST, wait(0.05), chunk(delta("好。", "stop")), wait(0.05), end]
        with FaultServer(script) as server:
            async with make(server).stream("你好") as stream:
                async for _ in stream:
                    await asyncio.sleep(0.3)
            assert stream.answer.text == "你好。"

    async def test_what_had_arrived_is_in_the_error(self, end):
        script = [FIRST, wait(0.05), chunk(delta("好")), wait(0.05), end]
        with FaultServer(script) as server:
            stream = make(server).stream("你好")
            assert (await anext(stream)).text == "你"
            await asyncio.sleep(0.3)
            assert (await anext(stream)).text == "好"
            with pytest.raises(errors.StreamInterruptedError) as caught:
                await anext(stream)
            assert caught.value.text == "你好"


async def test_a_connection_does_not_hold_on_to_its_responses():
    with FaultServer([chunked(STREAM)]) as server:
        async with make(server) as client:
            for _ in range(20):
                await client.chat("你好")
            gc.collect()
            alive = [one for one in gc.get_objects() if isinstance(one, aiohttp.ClientResponse)]
            kept = [one for one in alive if one.url.port == server.port]  # and no other test's
            assert server.connections == 1
            assert len(kept) <= 1

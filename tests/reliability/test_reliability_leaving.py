"""Callers that leave, cancelled or bored: the connection goes with them, and nothing else.

Tried with all four models; what leaving means for the connections themselves is tried in
`tests/xyashui/test_transport.py`.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from tests.reliability.cases import GOOD
from tests.reliability.ways import MODELS, WAYS, Way
from tests.servers import CHUNKED, Connection, Ever, FaultServer, chunk, close, hold, http, wait
from tests.wire import STREAM, delta, error

ENDLESS = [CHUNKED, chunk(delta("你")), chunk(delta("好")), hold]
MOMENTS: dict[str, list[Any]] = {
    "before the head": [hold],
    "before the answer": [CHUNKED, hold],
    "in the middle of an event": [CHUNKED, chunk(delta("你") + b'data: {"choi'), hold],
    "after the answer": [CHUNKED, chunk(STREAM), hold],
}
ASYNC_WAYS = [way for way in WAYS if " async " in way]


@pytest.fixture(params=MODELS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def sync_stream(name: str, url: str) -> Iterator[Any]:
    model = Way(f"{name} sync stream", url).model
    return model.stream("你好") if name.startswith("Chat") else model.stream_complete("你好")


async def async_stream(name: str, url: str) -> AsyncIterator[Any]:
    model = Way(f"{name} async stream", url).model
    return (
        model.astream("你好") if name.startswith("Chat") else await model.astream_complete("你好")
    )


def told(piece: Any) -> str:
    return piece.content if hasattr(piece, "content") else piece.delta


@pytest.fixture(params=["aiohttp", "httpx"])
async def own(request: pytest.FixtureRequest) -> AsyncIterator[dict[str, Any]]:
    """The shared connections (aiohttp's), or a client of one's own."""
    if request.param == "aiohttp":
        yield {}
        return
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        yield {"http_async_client": client}


class TestCancelled:
    @pytest.mark.parametrize("way", ASYNC_WAYS)
    @pytest.mark.parametrize("script", MOMENTS.values(), ids=MOMENTS)
    async def test_a_task_lets_go_of_its_connection_and_of_nothing_else(
        self, script: list[Any], way: str, own: dict[str, Any]
    ) -> None:
        with FaultServer(script, GOOD) as server:
            asked = Way(way, server.url, **own)
            task = asyncio.create_task(asked.ask())
            while not server.requests:  # noqa: ASYNC110 - the server is in a thread
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.03)
            task.cancel()
            with suppress(asyncio.CancelledError):
                assert (await task).text == "你好。", "cancelled too late"
            assert await asyncio.to_thread(server.client_left)
            assert (await asked.ask()).text == "你好。", "the next call works"
            assert asyncio.all_tasks() == {asyncio.current_task()}

    @pytest.mark.parametrize("way", ASYNC_WAYS)
    async def test_many_at_once_at_any_moment(self, way: str) -> None:
        script = [CHUNKED, wait(0.01), chunk(delta("你")), wait(0.01), chunk(STREAM), hold]
        with FaultServer(*[script] * 20, GOOD) as server:
            asked = Way(way, server.url)
            tasks = [asyncio.create_task(asked.ask()) for _ in range(20)]
            for number, task in enumerate(tasks):
                asyncio.get_running_loop().call_later(number * 0.004, task.cancel)
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            for one in outcomes:
                assert isinstance(one, asyncio.CancelledError) or one.text == "你你好。"
            assert asyncio.all_tasks() == {asyncio.current_task()}
        with FaultServer(GOOD) as server:
            assert (await Way(way, server.url).ask()).text == "你好。"


class TestCancelledWhileWaiting:
    """Nobody else's place is lost, and nothing more is asked for who has left."""

    @pytest.mark.parametrize("way", ASYNC_WAYS)
    async def test_for_the_next_try(self, way: str) -> None:
        busy = [http(error("请稍后再试"), 503, "application/json", retry_after=20)]
        with FaultServer(busy, GOOD) as server:
            asked = Way(way, server.url, max_retries=3, max_concurrency=1)
            await left(asked, lambda: server.requests)
            assert (await asked.ask()).text == "你好。"
            assert len(server.requests) == 2

    @pytest.mark.parametrize("way", ASYNC_WAYS)
    async def test_for_a_place(self, way: str) -> None:
        with FaultServer(ENDLESS, GOOD) as server:
            first = sync_stream("ChatXingYun", server.url)
            assert told(next(first)) == "你"
            asked = Way(way, server.url, max_concurrency=1)
            await left(asked, lambda: True)
            first.close()
            assert (await asked.ask()).text == "你好。"
            assert len(server.requests) == 2


async def left(asked: Way, ready: Callable[[], Any]) -> None:
    """Ask, and leave while there is nothing to do but wait."""
    task = asyncio.create_task(asked.ask())
    while not ready():  # noqa: ASYNC110 - the server is in a thread
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class TestBored:
    """A consumer that stops reading, and one that drops what it has not read."""

    def test_a_sync_stream_that_is_dropped(self, name: str) -> None:
        with FaultServer(ENDLESS) as server:
            for piece in sync_stream(name, server.url):
                assert told(piece) == "你"
                break
            gc.collect()
            assert server.client_left()

    async def test_an_async_one(self, name: str) -> None:
        with FaultServer(ENDLESS) as server:
            async for piece in await async_stream(name, server.url):
                assert told(piece) == "你"
                break
            gc.collect()
            assert await asyncio.to_thread(server.client_left)

    def test_one_that_was_never_begun_asks_nothing(self, name: str) -> None:
        with FaultServer(ENDLESS) as server:
            sync_stream(name, server.url)
            gc.collect()
            assert server.connections == 0

    def test_one_that_is_closed_by_another_thread(self, name: str) -> None:
        with FaultServer(ENDLESS) as server:
            stream = sync_stream(name, server.url)
            assert told(next(stream)) == "你"
            thread = threading.Thread(target=stream.close)
            thread.start()
            thread.join()
            assert server.client_left()

    async def test_one_that_is_passed_from_task_to_task(self, name: str) -> None:
        script = [CHUNKED, chunk(delta("你")), wait(0.05), chunk(delta("好")), hold]
        with FaultServer(script) as server:
            stream = await async_stream(name, server.url)
            texts = [told(await asyncio.create_task(anext(stream))) for _ in range(2)]
            assert texts == ["你", "好"]
            await asyncio.create_task(stream.aclose())
            assert await asyncio.to_thread(server.client_left)


class Flood:
    """A step that sends all it can, and notes how much it was."""

    size = 64 * 1024 * 1024

    def __init__(self) -> None:
        self.sent = 0
        self.stuck = threading.Event()

    def __call__(self, connection: Connection) -> None:
        data = chunk(delta("x" * 1000) * 60)
        connection.sock.settimeout(0.3)
        with suppress(TimeoutError, OSError):
            while self.sent < self.size and connection.open:
                connection.sock.sendall(data)
                self.sent += len(data)
        self.stuck.set()
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        hold(connection)


class TestSlow:
    """What a caller does not read is not read for it either: the service has to wait."""

    def test_sync(self, name: str) -> None:
        flood = Flood()
        with FaultServer([CHUNKED, flood]) as server:
            stream = sync_stream(name, server.url)
            assert told(next(stream))
            assert flood.stuck.wait(15)
            assert flood.sent < Flood.size / 2
            stream.close()
            assert server.client_left()

    async def test_async(self, name: str) -> None:
        flood = Flood()
        with FaultServer([CHUNKED, flood]) as server:
            stream = await async_stream(name, server.url)
            assert told(await anext(stream))
            assert await asyncio.to_thread(flood.stuck.wait, 15)
            assert flood.sent < Flood.size / 2
            await stream.aclose()
            assert await asyncio.to_thread(server.client_left)


@pytest.mark.parametrize("way", ["ChatXingYun sync call", "AShui async stream"])
async def test_heartbeats_after_the_answer_do_not_hold_the_caller(way: str) -> None:
    beats = Ever(chunk(b": ping\n\n"), pause=0.2, patience=5)
    script = [CHUNKED, chunk(delta("你好。", "stop")), beats, close]
    with FaultServer(script) as server:
        assert (await Way(way, server.url).ask()).text == "你好。"
    assert not beats.heard_out, "the caller left, and not the server"

"""When a call is streamed, what runs it, and what happens to a stream nobody listens to."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing

import pytest


@pytest.fixture
def refusing_executor():
    """A loop's default executor that takes no work: who uses a thread, fails."""

    class Refusing(ThreadPoolExecutor):
        def submit(self, *_, **__):
            raise AssertionError("the async path went to a thread")

    return Refusing(max_workers=1)


async def test_async_calls_need_no_thread(either, refusing_executor):
    asyncio.get_running_loop().set_default_executor(refusing_executor)
    model = either()
    assert (await model.ainvoke("What is 2+3?")).content == "2 + 3 = 5."
    assert [chunk async for chunk in model.astream("What is 2+3?")]
    assert (await either(streaming=True).ainvoke("What is 2+3?")).content == "2 + 3 = 5."


def test_text_comes_in_pieces_and_the_last_says_so(either):
    *pieces, last = either().stream("What is 2+3?")
    assert "".join(piece.content for piece in pieces) == "2 + 3 = 5."
    assert len([piece for piece in pieces if piece.content]) > 1
    assert last.content == ""
    assert last.chunk_position == "last"
    assert not any(piece.chunk_position for piece in pieces)
    assert len({piece.id for piece in [*pieces, last]}) == 1


async def test_invoke_streams_inside_where_that_is_asked_for(either, sent):
    assert either(streaming=True).invoke("2+3?").content == "2 + 3 = 5."
    assert (await either(streaming=True).ainvoke("2+3?")).content == "2 + 3 = 5."
    assert either().invoke("2+3?", stream=True).content == "2 + 3 = 5."
    either().invoke("2+3?")
    assert [body["stream"] for body in sent()] == [True, True, True, False]


async def test_streaming_can_be_disabled(either, sent):
    assert len(list(either(disable_streaming=True).stream("hi"))) == 1
    assert len([one async for one in either(disable_streaming=True).astream("hi")]) == 1
    assert len(list(either(streaming=False).stream("hi"))) == 1
    assert not any(body["stream"] for body in sent())


def test_streaming_can_be_disabled_for_calls_with_tools(xingyun, sent):
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    model = xingyun(disable_streaming="tool_calling")
    list(model.stream("hi"))
    list(model.stream("hi", tools=[tool]))
    assert [body["stream"] for body in sent()] == [True, False]


@pytest.fixture
def slow(emulator):
    emulator.tokens_per_second = 50
    yield emulator
    emulator.tokens_per_second = None


async def gone(record) -> str:
    for _ in range(500):
        if record.outcome != "pending":
            break
        await asyncio.sleep(0.01)
    return record.outcome


LONG = "请从头到尾详细地介绍济南的历史、文化、美食和气候。" * 8


async def test_a_stream_that_is_left_is_closed(either, slow):
    with closing(either().stream(LONG)) as stream:
        next(stream)
    assert await gone(slow.requests[-1]) == "disconnected"


async def test_an_async_stream_that_is_left_is_closed(either, slow):
    async with aclosing(either().astream(LONG)) as stream:
        await anext(stream)
    assert await gone(slow.requests[-1]) == "disconnected"


async def test_a_break_is_enough(either, slow):
    for _ in either().stream(LONG):
        break
    assert await gone(slow.requests[-1]) == "disconnected"
    async for _ in either().astream(LONG):
        break
    assert await gone(slow.requests[-1]) == "disconnected"


async def test_a_cancelled_call_lets_go(either, slow):
    before = len(slow.requests)
    task = asyncio.create_task(either().ainvoke(LONG))
    while len(slow.requests) == before:  # noqa: ASYNC110 - the emulator is in another thread
        await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await gone(slow.requests[-1]) == "disconnected"

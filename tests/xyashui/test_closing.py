"""Async generators inside one another, when whoever reads them leaves."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator
from threading import get_ident

import pytest

from xyashui.closing import close, closing_in_order

DEPTH = 5


async def nested(depth: int, closed: list[int]) -> AsyncGenerator[int, None]:
    try:
        if depth == 0:
            yield 1
            yield 2
        else:
            async with closing_in_order(nested(depth - 1, closed)) as inner:
                async for one in inner:
                    yield one
    finally:
        await asyncio.sleep(0)  # to close takes a moment, as a connection does
        closed.append(depth)


def test_all_are_closed_and_nothing_is_said_when_their_loop_shuts_down(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gc.collect()  # what other tests have left says what it has to say now
    kept, closed = [], []

    async def leave() -> None:
        kept.append(nested(DEPTH, closed))
        assert await anext(kept[-1]) == 1

    for _ in range(20):  # the loop closes them in an order that is by chance
        asyncio.run(leave())
    assert sorted(closed) == sorted([*range(DEPTH + 1)] * 20)
    assert [one for one in caplog.records if one.thread == get_ident()] == []


async def test_one_that_is_left_early_closes_those_inside() -> None:
    closed: list[int] = []
    async with closing_in_order(nested(DEPTH, closed)) as numbers:
        assert await anext(numbers) == 1
    assert closed == [*range(DEPTH + 1)]


async def test_one_that_is_through_is_closed_already() -> None:
    closed: list[int] = []
    numbers = nested(0, closed)
    assert [one async for one in numbers] == [1, 2]
    await close(numbers)
    assert closed == [0]


async def test_an_error_inside_goes_through() -> None:
    async def stumble() -> None:
        async with closing_in_order(nested(1, [])) as numbers:
            await anext(numbers)
            raise KeyError

    with pytest.raises(KeyError):
        await stumble()

"""Both chat models on the emulator, the four ways to ask them, and a service with a script."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import reduce
from operator import add
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from langchain_xyashui import ChatAShui, ChatXingYun
from tests.answering import Answering
from xyashui.emulator import Emulator

Make = Callable[..., Any]
Ask = Callable[..., Awaitable[AIMessage]]


@pytest.fixture
def xingyun(emulator: Emulator) -> Make:
    def make(**settings: Any) -> ChatXingYun:
        given = {"api_key": "test-key", "base_url": emulator.xingyun_url, "max_retries": 0}
        return ChatXingYun(**{**given, **settings})

    return make


@pytest.fixture
def ashui(emulator: Emulator) -> Make:
    def make(**settings: Any) -> ChatAShui:
        given = {"api_key": "test-key", "base_url": emulator.ashui_url, "max_retries": 0}
        return ChatAShui(**{**given, **settings})

    return make


@pytest.fixture(params=["xingyun", "ashui"])
def either(request: pytest.FixtureRequest) -> Make:
    """Make a model of each provider in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def sent(emulator: Emulator) -> Callable[[], list[Any]]:
    """Return the bodies that were really sent since the test began."""
    start = len(emulator.requests)
    return lambda: [one.body for one in emulator.requests[start:] if one.service != "files"]


async def _invoke(model: Any, asked: Any, /, **options: Any) -> AIMessage:
    return model.invoke(asked, **options)


async def _ainvoke(model: Any, asked: Any, /, **options: Any) -> AIMessage:
    return await model.ainvoke(asked, **options)


async def _stream(model: Any, asked: Any, /, **options: Any) -> AIMessage:
    return reduce(add, list(model.stream(asked, **options)))


async def _astream(model: Any, asked: Any, /, **options: Any) -> AIMessage:
    return reduce(add, [chunk async for chunk in model.astream(asked, **options)])


@pytest.fixture(params=[_invoke, _ainvoke, _stream, _astream], ids=lambda way: way.__name__[1:])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Ask in each of the four ways in turn; a stream's chunks are added up."""
    return request.param


@pytest.fixture
def service() -> Iterator[Answering]:
    with Answering([]) as running:
        yield running

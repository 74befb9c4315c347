"""The ways to ask: a call or a stream, sync or async, over httpx or over aiohttp."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import pytest

import xyashui
from tests.breakers import Clock
from tests.servers import Script, hold
from xyashui import Answer, AsyncClient, CircuitBreaker, Client

Ask = Callable[..., Awaitable[Answer]]

_SETTINGS = {
    "api_key", "breaker", "deadline", "default_headers", "http_async_client", "http_client",
    "max_event_bytes", "max_retries", "timeout",
}  # fmt: skip


def split(url: str, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part what is about the client from what is about one call."""
    settings = {"api_key": "test-key", "base_url": url, "max_retries": 0, "timeout": 15}
    settings |= {name: value for name, value in given.items() if name in _SETTINGS}
    return settings, {name: value for name, value in given.items() if name not in _SETTINGS}


@contextmanager
def sync_client(provider: Any, settings: dict[str, Any]) -> Iterator[Client]:
    with Client(provider, **settings) as client:
        yield client


@asynccontextmanager
async def async_client(
    provider: Any, settings: dict[str, Any], *, plain: bool
) -> AsyncIterator[AsyncClient]:
    """An async client on the shared connections (aiohttp's), or on httpx's own."""
    if not plain:
        async with AsyncClient(provider, **settings) as client:
            yield client
        return
    async with (
        # Certificates matter to nobody on loopback, and take longer to load than all the rest.
        httpx.AsyncClient(trust_env=False, verify=False) as http,
        AsyncClient(provider, **{"http_async_client": http, **settings}) as client,
    ):
        yield client


def ask_by(way: str) -> Ask:
    """Return a function that asks in the way called `way`, and checks that the chunks add up."""

    async def ask(
        url: str, question: Any = "你好", *, provider: Any = xyashui.XINGYUN, **given: Any
    ) -> Answer:
        settings, options = split(url, given)
        texts = []
        if way.startswith("sync"):
            with sync_client(provider, settings) as client:
                if way == "sync call":
                    return client.chat(question, **options)
                with client.stream(question, **options) as stream:
                    texts = [chunk.text for chunk in stream if chunk.index == 0]
        else:
            async with async_client(provider, settings, plain="httpx" in way) as client:
                if way.endswith("call"):
                    return await client.chat(question, **options)
                async with client.stream(question, **options) as stream:
                    texts = [chunk.text async for chunk in stream if chunk.index == 0]
        assert "".join(texts) == stream.answer.text
        return stream.answer

    return ask


WAYS = ("sync call", "sync stream", "async call", "async stream", "httpx async stream")


@pytest.fixture(params=WAYS)
def ask(request: pytest.FixtureRequest) -> Ask:
    """Each way to ask, one after another."""
    return ask_by(request.param)


@pytest.fixture(params=[way for way in WAYS if way.endswith("stream")])
def ask_stream(request: pytest.FixtureRequest) -> Ask:
    """Each way to ask for a stream."""
    return ask_by(request.param)


def patience(script: Script) -> float:
    """Return a `timeout` that tells silence soon, but nothing else from a busy machine's pauses."""
    return 1 if hold in script else 15


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(failures=2, retry_after=30, clock=clock)

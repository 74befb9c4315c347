"""A mistake of ours is shown as what it is, and not as trouble with the network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from xyashui import APIConnectionError, AsyncClient, Client


class Text(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body of text, which nobody here reckons with: bodies are of bytes."""

    def __iter__(self) -> Iterator[Any]:
        yield "data: 1"

    async def __aiter__(self) -> AsyncIterator[Any]:
        yield "data: 1"


def packed_text(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Text())


def test_it_comes_out_as_it_is() -> None:
    with httpx.Client(transport=httpx.MockTransport(packed_text)) as http:
        client = Client(api_key="test-key", http_client=http)
        with pytest.raises(TypeError):
            client.chat("x")
        with pytest.raises(TypeError):
            client.models()


async def test_so_it_does_with_await() -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(packed_text)) as http:
        client = AsyncClient(api_key="test-key", http_async_client=http)
        with pytest.raises(TypeError):
            await client.chat("x")
        with pytest.raises(TypeError):
            await client.models()


MISTAKES = [AttributeError, AssertionError, KeyError, NameError, TypeError, ZeroDivisionError]


@pytest.mark.parametrize("kind", MISTAKES)
def test_one_in_a_program_is_trouble_below_us_and_told_with_its_place(
    kind: type[Exception],
) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        raise kind("no route")

    http = httpx.Client(transport=httpx.MockTransport(handle))
    with http, pytest.raises(APIConnectionError, match="no route") as caught:
        Client(api_key="test-key", http_client=http, max_retries=0).chat("x")
    assert isinstance(caught.value.__cause__, kind)


def test_of_what_is_told_below_us_there_is_only_so_much() -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        raise OSError("x" * 100_000)

    http = httpx.Client(transport=httpx.MockTransport(handle))
    with http, pytest.raises(APIConnectionError, match="xxx") as caught:
        Client(api_key="test-key", http_client=http, max_retries=0).chat("x")
    assert len(str(caught.value)) < 2000

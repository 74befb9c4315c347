"""A mistake of ours is told as what it is, and not as trouble with the network."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.wire import delta
from xyashui import APIConnectionError, AsyncClient, Client, ConfigurationError, InternalError
from xyashui.verdicts import verdict


class Text(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that goes on with text, which nobody here reckons with: bodies are of bytes.

    Args:
        beginning: What it begins with.
    """

    def __init__(self, beginning: bytes) -> None:
        self._pieces: list[Any] = [beginning, "data: 1"]

    def __iter__(self) -> Iterator[Any]:
        yield from self._pieces

    async def __aiter__(self) -> AsyncIterator[Any]:
        for piece in self._pieces:
            yield piece


class Service:
    """Answers with such a body; it is stumbled upon where it is unpacked, or where it is read."""

    def __init__(self, encoding: str) -> None:
        self.requests = 0
        self._encoding = encoding

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        begun = delta("你好") + delta("，")
        if self._encoding == "gzip":
            packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
            begun = packer.compress(begun) + packer.flush(zlib.Z_SYNC_FLUSH)
        headers = {"content-encoding": self._encoding}
        return httpx.Response(200, headers=headers, stream=Text(begun))


@pytest.fixture(params=["gzip", "identity"])
def service(request: pytest.FixtureRequest) -> Service:
    return Service(request.param)


PLACE = r"(?s)mistake in xyashui itself: please report it.*Error in xyashui\.\w+, \w+, line \d+: "
ACTS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "an answer": (lambda client: client.chat("x"), "你好，"),
    "a result": (lambda client: client.models(), ""),
    "a sound": (lambda client: client.speak("x").read(), ""),
}
each_act = pytest.mark.parametrize(("act", "received"), ACTS.values(), ids=ACTS)


def check(error: InternalError, received: str, service: Service) -> None:
    assert type(error) is InternalError
    assert isinstance(error.__cause__, TypeError | AttributeError)
    assert error.text == received
    assert not error.retryable
    assert service.requests == 1
    assert "/" not in str(error), "no path"
    assert verdict(error).up is None, "nothing is known of the service"


@each_act
def test_it_is_told_as_one_with_what_had_arrived(
    act: Callable[[Any], Any], received: str, service: Service
) -> None:
    with httpx.Client(transport=httpx.MockTransport(service)) as http:
        client = Client(api_key="test-key", http_client=http)
        with pytest.raises(InternalError, match=PLACE) as caught:
            act(client)
    check(caught.value, received, service)


@each_act
async def test_so_it_is_with_await(
    act: Callable[[Any], Any], received: str, service: Service
) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(service)) as http:
        client = AsyncClient(api_key="test-key", http_async_client=http)
        with pytest.raises(InternalError, match=PLACE) as caught:
            await act(client)
    check(caught.value, received, service)


def test_a_stream_has_handed_out_what_came_before(service: Service) -> None:
    with httpx.Client(transport=httpx.MockTransport(service)) as http:
        stream = Client(api_key="test-key", http_client=http).stream("x")
        texts = [next(stream).text, next(stream).text]
        with pytest.raises(InternalError) as caught:
            next(stream)
    assert texts == ["你好", "，"]
    assert caught.value.text == "你好，"


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


class Own(httpx.Client):
    """A client of a program's own, whose `send` takes less than httpx's."""

    def send(self, request: httpx.Request, *, stream: bool = False) -> Any:
        return super().send(request, stream=stream)


class AsyncOwn(httpx.AsyncClient):
    async def send(self, request: httpx.Request, *, stream: bool = False) -> Any:
        return await super().send(request, stream=stream)


UNLIKE = r"its send\(\) takes no follow_redirects=\.\.\., which httpx's own does"


async def test_a_client_that_takes_less_than_httpx_is_no_mistake_of_ours() -> None:
    with Own(verify=False) as http, pytest.raises(ConfigurationError, match=UNLIKE):
        Client(api_key="test-key", http_client=http).chat("x")
    async with AsyncOwn(verify=False) as http:
        with pytest.raises(ConfigurationError, match=UNLIKE):
            await AsyncClient(api_key="test-key", http_async_client=http).chat("x")

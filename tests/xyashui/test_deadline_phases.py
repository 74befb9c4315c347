"""A deadline holds in every phase of a call: the caller leaves, and does not sit it out."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import Any

import httpx
import pytest

from tests.servers import CHUNKED, Connection, FaultServer, Flood, chunk, hold, http
from tests.wire import completion, delta
from xyashui import AsyncClient, Client
from xyashui.deadlines import deadline, ends
from xyashui.errors import APITimeoutError, ProtocolError, ServerError
from xyashui.limits import Limits, traffic_of
from xyashui.pictures import Picture

SLOW_HEAD = b"HTTP/1.1 200 OK\r\nX-Filler: "
ONE = Limits(max_concurrency=1)
LARGE = 40_000_000  # bytes

Do = Callable[[Callable[[Any], Any]], Awaitable[Any]]


class Slowly:
    """A step that sends byte after byte until the client leaves; knows whether it had to.

    It goes on for 15 s: much longer than any deadline here, on a busy machine too.
    """

    def __init__(self) -> None:
        self.through = False

    def __call__(self, connection: Connection) -> None:
        connection.sock.settimeout(0.05)
        for _ in range(300):
            connection.send(b"x")
            with suppress(TimeoutError):
                connection.receive()
            if not connection.open:
                return
        self.through = True


@pytest.fixture
def slowly() -> Slowly:
    return Slowly()


@pytest.fixture(params=["sync", "aiohttp", "httpx"])
async def do(request: pytest.FixtureRequest, url: Callable[[], str]) -> AsyncIterator[Do]:
    """Do something with a client that has a deadline."""
    given = {"api_key": "test-key", "timeout": 30, "deadline": 0.3, "max_retries": 0}
    async with httpx.AsyncClient(trust_env=False, verify=False) as own:

        async def do(act: Callable[[Any], Any], **settings: Any) -> Any:
            settings = given | {"base_url": url()} | settings
            if request.param == "sync":
                with Client(**settings) as client:
                    return act(client)
            more = {"http_async_client": own} if request.param == "httpx" else {}
            async with AsyncClient(**settings, **more) as client:
                return await act(client)

        yield do


@pytest.fixture
def server() -> Any:
    with FaultServer() as running:
        yield running


@pytest.fixture
def url(server: FaultServer) -> Callable[[], str]:
    return lambda: server.url


def fetched(url: str) -> Callable[[Any], Any]:
    """Fetch a picture that is there."""

    def fetch(client: Any) -> Any:
        picture = Picture(f"{url}/cat.png").fetched_by(client)
        return picture.bytes() if isinstance(client, Client) else picture.abytes()

    return fetch


ACTS: dict[str, Callable[[str], Callable[[Any], Any]]] = {
    "an answer": lambda url: lambda client: client.chat("hi"),
    "a result": lambda url: lambda client: client.models(),
    "a sound": lambda url: lambda client: client.speak("hi").read(),
    "a picture": fetched,
}
each_act = pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)


@each_act
async def test_the_head(act, do, server, slowly):
    server.play([SLOW_HEAD, slowly, b"\r\nContent-Length: 2\r\n\r\n{}"])
    with pytest.raises(APITimeoutError, match=r"0\.3 s"):
        await do(act(server.url))
    assert not slowly.through, "the caller left, and not the server"


@each_act
async def test_the_body(act, do, server, slowly):
    server.play([b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", slowly])
    with pytest.raises(APITimeoutError, match=r"0\.3 s"):
        await do(act(server.url))
    assert not slowly.through


INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"


@each_act
async def test_word_without_a_pause_that_the_head_is_coming(act, do, server):
    flood = Flood(INTERIM * 20_000)
    server.play([flood])
    with pytest.raises((APITimeoutError, ProtocolError)):
        await do(act(server.url))
    assert not flood.heard_out


@each_act
def test_word_over_connections_of_ones_own(act, server):
    flood = Flood(INTERIM * 20_000)
    server.play([flood])
    given = {"api_key": "test-key", "deadline": 0.3, "max_retries": 0}
    with httpx.Client(trust_env=False) as own:
        client = Client(base_url=server.url, http_client=own, **given)
        with pytest.raises(APITimeoutError, match=r"0\.3 s"):
            act(server.url)(client)
    assert not flood.heard_out


@pytest.mark.parametrize("do", ["sync", "aiohttp"], indirect=True)
async def test_word_from_a_proxy(do, server, monkeypatch):
    flood = Flood(INTERIM * 20_000)
    server.play([flood])
    monkeypatch.setenv("HTTPS_PROXY", server.url)
    with pytest.raises((APITimeoutError, ProtocolError)):
        await do(ACTS["a result"](""), base_url="https://service.example", deadline=2)
    assert not flood.heard_out


class Reading:
    """A step that reads a long request: not at once, or by and by; knows how much it was given."""

    def __init__(self, *, after: float = 0, pause: float = 0) -> None:
        self.size = 0
        self.through = False
        self._after = after
        self._pause = pause

    def __call__(self, connection: Connection) -> None:
        connection.server.closing.wait(self._after)
        with suppress(OSError):
            for _ in range(100 if self._pause else LARGE):
                connection.server.closing.wait(self._pause)
                if not (data := connection.sock.recv(300_000)):
                    return
                self.size += len(data)
            self.through = True
        connection.close()


def send(reading: Reading) -> None:
    """Send more than fits into the sockets on the way."""
    with FaultServer(greeting=[reading]) as server:
        client = Client(api_key="test-key", base_url=server.url, timeout=30, max_retries=0)
        with pytest.raises(APITimeoutError, match=r"0\.3 s"):
            client.chat("x" * LARGE, deadline=0.3)


def test_the_handshake_which_nobody_answers():
    tired = threading.Event()

    def listen(connection: Connection) -> None:
        connection.sock.settimeout(6)  # to connect may take 10 s without a deadline
        try:
            while connection.sock.recv(65536):
                pass
        except TimeoutError:
            tired.set()

    with FaultServer(greeting=[listen]) as server:
        secure = server.url.replace("http:", "https:")
        client = Client(api_key="test-key", base_url=secure, timeout=30, max_retries=0)
        with pytest.raises(APITimeoutError, match=r"0\.3 s"):
            client.chat("?", deadline=0.3)
    assert not tired.is_set(), "the caller left, and not the server"


def test_the_request_which_nobody_reads():
    late = Reading(after=15)  # or when the caller has left, and the server is closed
    send(late)
    assert late.size < LARGE / 2


def test_the_request_which_is_read_by_and_by():
    slow = Reading(pause=0.1)
    send(slow)
    assert not slow.through


async def test_the_wait_for_ones_turn(do, server):
    server.play([http(completion())])
    traffic = traffic_of(server.url, "test-key")
    traffic.enter(ONE)
    # Who waits longer than it may gets a place, and has no time left for anything.
    late = threading.Timer(15, traffic.leave)
    late.start()
    with pytest.raises(APITimeoutError, match=r"0\.3 s") as caught:
        await do(lambda client: client.chat("hi"), max_concurrency=1)
    late.cancel()
    traffic.leave()
    assert not caught.value.sent
    assert server.requests == []


@pytest.mark.parametrize("do", ["sync", "aiohttp"], indirect=True)
async def test_a_refusal_that_never_ends_has_a_moment(do, server):
    slowly = Slowly()
    server.play([b"HTTP/1.1 500 No\r\nContent-Length: 999\r\n\r\n", slowly])
    with pytest.raises(ServerError):
        await do(lambda client: client.chat("hi"), deadline=None)
    assert not slowly.through


async def test_silence_at_work_is_not_asked_for_again(do, server):
    server.play([CHUNKED, chunk(delta("你")), hold], [http(completion())])
    with pytest.raises(APITimeoutError) as caught:
        await do(lambda client: client.chat("hi"), timeout=1, deadline=None, max_retries=2)
    assert caught.value.text == "你"
    assert len(server.requests) == 1


def test_of_two_deadlines_the_earlier_counts():
    with deadline(60):
        outer = ends()
        with deadline(3600):
            assert ends() == outer
        with deadline(1):
            assert ends() < outer
        with deadline(None):
            assert ends() == outer
        assert ends() == outer
    assert ends() is None
    assert monotonic() < outer


def test_a_deadline_is_that_of_the_thread_that_waits():
    seen = []
    with deadline(60):
        thread = threading.Thread(target=lambda: seen.append(ends()))
        thread.start()
        thread.join()
    assert seen == [None]

"""Connections: reused, shared, closed when nobody listens any more; and trouble with them."""

from __future__ import annotations

import asyncio
import gc
import math
import ssl

import aiohttp
import httpx
import httpx_aiohttp
import pytest

from tests.servers import (
    CHUNKED,
    LAST_CHUNK,
    Connection,
    FaultServer,
    chunk,
    chunked,
    close,
    drip,
    hold,
    http,
    wait,
)
from tests.wire import STREAM, completion, delta, error
from xyashui import ASHUI, XINGYUN, AsyncClient, Client, bodies, errors
from xyashui.transport import is_loopback, timeouts, translated

WHOLE = [http(completion())]
# No keep-alive without the end mark of HTTP, which may come in a packet of its own.
ENDS = {
    "end mark in the same packet": [chunked(STREAM)],
    "end mark in a packet of its own": [CHUNKED + chunk(STREAM), wait(0.03), LAST_CHUNK],
    "one JSON document": WHOLE,
    "a length": [http(STREAM, 200, "text/event-stream")],
}


@pytest.fixture(params=["aiohttp", "httpx"])
async def make(request):
    """Make async clients on the shared connections (aiohttp's), or on httpx's own."""
    async with httpx.AsyncClient(trust_env=False, verify=False) as http_client:
        own = {"http_async_client": http_client} if request.param == "httpx" else {}

        def make(url: str, **settings) -> AsyncClient:
            settings = {"api_key": "test-key", "max_retries": 0, "timeout": 60} | own | settings
            return AsyncClient(XINGYUN, base_url=url, **settings)

        yield make


def make_sync(url: str, **settings) -> Client:
    settings = {"api_key": "test-key", "max_retries": 0, "timeout": 60} | settings
    return Client(XINGYUN, base_url=url, **settings)


@pytest.fixture
def _patience(monkeypatch):
    """On a busy machine the end mark may come later than anybody waits for it."""
    monkeypatch.setattr(bodies, "_DRAIN_TIMEOUT", 15)


@pytest.mark.usefixtures("_patience")
@pytest.mark.parametrize("script", ENDS.values(), ids=ENDS)
class TestReuse:
    def test_sync(self, script):
        with FaultServer(script) as server, make_sync(server.url) as client:
            for _ in range(3):
                assert client.chat("你好").text == "你好。"
                assert "".join(chunk.text for chunk in client.stream("你好")) == "你好。"
            assert (server.connections, len(server.requests)) == (1, 6)

    async def test_async(self, script, make):
        with FaultServer(script) as server:
            async with make(server.url) as client:
                for _ in range(3):
                    assert (await client.chat("你好")).text == "你好。"
                    texts = [chunk.text async for chunk in client.stream("你好")]
                    assert "".join(texts) == "你好。"
            assert (server.connections, len(server.requests)) == (1, 6)


async def test_a_refusal_keeps_the_connection_too(make):
    with FaultServer([http(error("x"), 400)], [http(error("x"), 400)], WHOLE) as server:
        with make_sync(server.url) as client:
            for _ in range(2):
                with pytest.raises(errors.BadRequestError):
                    client.chat("你好")
        async with make(server.url) as client:
            for _ in range(2):
                await client.chat("你好")
        assert server.connections == 2


@pytest.mark.parametrize("end", [hold, drip], ids=["silence", "an end mark that does not end"])
class TestServiceThatNeverEnds:
    """It would hold the caller for `timeout`, 60 s here; the server gives up after 20."""

    def test_sync(self, end):
        script = [CHUNKED, chunk(STREAM), end]
        with FaultServer(script) as server, make_sync(server.url) as client:
            assert client.chat("你好").text == "你好。"
            assert server.client_left()

    async def test_async(self, end, make):
        with FaultServer([CHUNKED, chunk(STREAM), end]) as server:
            async with make(server.url) as client:
                assert (await client.chat("你好")).text == "你好。"
                assert await asyncio.to_thread(server.client_left)


ENDLESS = [CHUNKED, chunk(delta("你")), chunk(delta("好")), hold]


class TestLeavingEarly:
    @pytest.mark.parametrize("how", ["close", "with", "break and drop"])
    def test_sync(self, how):
        with FaultServer(ENDLESS) as server, make_sync(server.url) as client:
            stream = client.stream("你好")
            assert next(stream).text == "你"
            if how == "close":
                stream.close()
            elif how == "with":
                with stream:
                    pass
            else:
                for _ in stream:
                    break
                del stream
                gc.collect()
            assert server.client_left()

    @pytest.mark.parametrize("how", ["aclose", "async with", "break and drop"])
    async def test_async(self, how, make):
        with FaultServer(ENDLESS) as server:
            async with make(server.url) as client:
                stream = client.stream("你好")
                assert (await anext(stream)).text == "你"
                if how == "aclose":
                    await stream.aclose()
                elif how == "async with":
                    async with stream:
                        pass
                else:
                    async for _ in stream:
                        break
                    del stream
                    gc.collect()
                assert await asyncio.to_thread(server.client_left)

    @pytest.mark.parametrize("script", [[hold], [CHUNKED, hold], ENDLESS],
                             ids=["no head", "no chunk", "some text"])  # fmt: skip
    async def test_a_cancelled_task(self, script, make):
        with FaultServer(script, WHOLE) as server:
            async with make(server.url) as client:
                task = asyncio.create_task(client.chat("你好"))
                while not server.requests:  # noqa: ASYNC110 - the server is in a thread
                    await asyncio.sleep(0.01)
                await asyncio.sleep(0.05)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert await asyncio.to_thread(server.client_left)
                assert (await client.chat("你好")).text == "你好。", "the next call works"

    async def test_a_timeout_around_a_call(self, make):
        loop, limit = asyncio.get_running_loop(), asyncio.timeout(None)

        def run_out(_: Connection) -> None:
            loop.call_soon_threadsafe(limit.reschedule, loop.time() + 0.1)

        with FaultServer([CHUNKED, run_out, hold], WHOLE) as server:
            async with make(server.url) as client:
                with pytest.raises(TimeoutError):
                    async with limit:
                        await client.chat("你好")
                assert await asyncio.to_thread(server.client_left)
                assert (await client.chat("你好")).text == "你好。"

    def test_a_stream_that_nobody_asked_for_a_piece_of_sends_nothing(self):
        with FaultServer(WHOLE) as server, make_sync(server.url) as client:
            client.stream("你好").close()
            assert server.connections == 0


class TestSharing:
    def test_clients_share_connections(self):
        with FaultServer(WHOLE) as server:
            with make_sync(server.url) as one, make_sync(server.url, api_key="other") as other:
                one.chat("你好")
                other.chat("你好")
            assert server.connections == 1
            keys = [request.header("authorization") for request in server.requests]
            assert keys == ["Bearer test-key", "Bearer other"]

    async def test_async_clients_share_connections(self):
        with FaultServer(WHOLE) as server:
            one, other = (
                AsyncClient(provider, api_key="test-key", base_url=server.url)
                for provider in (XINGYUN, ASHUI)
            )
            await one.chat("你好")
            await other.chat("你好")
            assert server.connections == 1

    def test_closing_one_leaves_the_other_at_work(self):
        with FaultServer(WHOLE) as server, make_sync(server.url) as other:
            with make_sync(server.url) as one:
                one.chat("你好")
            assert other.chat("你好").text == "你好。"
            assert server.connections == 1

    async def test_one_async_client_may_come_after_another_that_was_closed(self):
        with FaultServer(WHOLE) as server:
            for _ in range(3):
                async with AsyncClient(XINGYUN, api_key="test-key", base_url=server.url) as client:
                    assert (await client.chat("你好")).text == "你好。"
                gc.collect()
                await asyncio.sleep(0)

    def test_many_streams_at_once_have_a_connection_each(self):
        with FaultServer(ENDLESS) as server, make_sync(server.url) as client:
            streams = [client.stream("你好") for _ in range(20)]
            assert [next(stream).text for stream in streams] == ["你"] * 20
            assert server.connections == 20
            for stream in streams:
                stream.close()

    async def test_async_streams_too_more_than_httpx_allows_by_itself(self):
        with FaultServer(ENDLESS) as server:
            client = AsyncClient(XINGYUN, api_key="test-key", base_url=server.url, timeout=15)
            streams = [client.stream("你好") for _ in range(120)]
            first = await asyncio.gather(*(anext(stream) for stream in streams))
            assert {chunk.text for chunk in first} == {"你"}
            assert server.connections == 120
            await asyncio.gather(*(stream.aclose() for stream in streams))

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    async def test_no_cookie_is_kept_for_the_next_key(self, host):
        cookie = [http(completion(), set_cookie="session=hidden; Path=/")]
        with FaultServer(cookie) as server:
            url = f"http://{host}:{server.port}"
            async with AsyncClient(XINGYUN, api_key="test-key", base_url=url) as client:
                await client.chat("你好")
                await client.chat("你好")
            with make_sync(url) as client:
                client.chat("你好")
                client.chat("你好")
            assert [request.header("cookie") for request in server.requests] == [None] * 4


class TestEventLoops:
    def test_one_client_in_one_loop_after_another(self):
        with FaultServer([chunked(STREAM)]) as server:
            client = AsyncClient(XINGYUN, api_key="test-key", base_url=server.url, timeout=15)

            async def ask() -> str:
                await client.chat("你好")
                return "".join([chunk.text async for chunk in client.stream("你好")])

            for loops in range(1, 4):
                assert asyncio.run(ask()) == "你好。"
                assert server.client_left(), "its connection is closed with the loop"
                assert server.connections == loops

    def test_a_client_of_ones_own_belongs_to_one_loop(self):
        with FaultServer(WHOLE) as server:
            own = httpx.AsyncClient(trust_env=False, verify=False)
            client = AsyncClient(
                XINGYUN, api_key="test-key", base_url=server.url, http_async_client=own
            )
            assert asyncio.run(client.chat("你好")).text == "你好。"
            with pytest.raises(errors.ConfigurationError, match="cannot be used"):
                asyncio.run(client.chat("你好"))


class TestOwnClients:
    def test_it_is_used_and_not_closed(self):
        with (
            FaultServer(WHOLE) as server,
            httpx.Client(headers={"X-Mine": "yes"}, trust_env=False, verify=False) as own,
        ):
            with make_sync(server.url, http_client=own) as client:
                client.chat("你好")
            assert server.requests[0].header("x-mine") == "yes"
            assert not own.is_closed

    @pytest.mark.parametrize("kind", [httpx.AsyncClient, httpx_aiohttp.HttpxAiohttpClient])
    async def test_an_async_one_too(self, kind):
        with FaultServer(WHOLE) as server:
            async with kind(headers={"X-Mine": "yes"}) as own:
                async with AsyncClient(
                    XINGYUN, api_key="test-key", base_url=server.url, http_async_client=own
                ) as client:
                    await client.chat("你好")
                assert server.requests[0].header("x-mine") == "yes"
                assert not own.is_closed

    def test_a_closed_one_is_told(self):
        own = httpx.Client()
        own.close()
        client = make_sync("http://127.0.0.1:9", http_client=own)
        with pytest.raises(errors.ConfigurationError, match="closed"):
            client.chat("你好")

    @pytest.mark.parametrize("kind", [httpx.AsyncClient, httpx_aiohttp.HttpxAiohttpClient])
    async def test_a_closed_async_one_too(self, kind):
        own = kind()
        await own.aclose()
        client = AsyncClient(
            XINGYUN, api_key="test-key", base_url="http://127.0.0.1:9", http_async_client=own
        )
        with pytest.raises(errors.ConfigurationError, match="closed"):
            await client.chat("你好")

    def test_the_wrong_kind_is_told(self):
        with pytest.raises(errors.ConfigurationError, match="http_client must be"):
            make_sync("http://127.0.0.1:9", http_client=httpx.AsyncClient())
        with pytest.raises(errors.ConfigurationError, match="http_async_client must be"):
            AsyncClient(XINGYUN, api_key="test-key", http_async_client=httpx.Client())


class TestTimeouts:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            (None, httpx.Timeout(300, connect=10)),
            (30, httpx.Timeout(30, connect=10)),
            (2.5, httpx.Timeout(2.5)),
            (httpx.Timeout(1, read=2), httpx.Timeout(1, read=2)),
        ],
    )
    def test_forms(self, given, expected):
        assert timeouts(given) == expected

    @pytest.mark.parametrize(
        "given", [0, -1, math.nan, math.inf, 1e12, 10**400, True, "30", (1, 2), [], {}]
    )
    def test_what_is_none(self, given):
        with pytest.raises(errors.ConfigurationError, match="timeout must be"):
            timeouts(given)
        with pytest.raises(errors.ConfigurationError, match="timeout must be"):
            make_sync("http://127.0.0.1:9").chat("你好", timeout=given)


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "begun", "kind", "words"),
    [
        (httpx.ConnectError("x"), False, errors.APIConnectionError, "could not be reached: x"),
        (httpx.ReadError(""), False, errors.APIConnectionError, "ReadError"),
        (httpx.ReadError("x"), True, errors.StreamInterruptedError, "broke"),
        (httpx.RemoteProtocolError("x"), True, errors.StreamInterruptedError, "broke"),
        (httpx.ConnectTimeout("x"), False, errors.APITimeoutError, "check base_url"),
        (httpx.ReadTimeout("x"), False, errors.APITimeoutError, "silent"),
        (httpx.ReadTimeout("x"), True, errors.APITimeoutError, "silent"),
        (httpx.PoolTimeout("x"), False, errors.APITimeoutError, "no connection became free"),
        (TimeoutError(), True, errors.APITimeoutError, "silent"),
        (httpx.DecodingError("x"), True, errors.ProtocolError, "decompressed"),
        (httpx.UnsupportedProtocol("x"), False, errors.ConfigurationError, "cannot be sent"),
        (httpx.LocalProtocolError("x"), False, errors.ConfigurationError, "cannot be sent"),
        (httpx.InvalidURL("x"), False, errors.ProtocolError, "redirects to what is no address"),
        (RuntimeError("closed"), False, errors.ConfigurationError, "cannot be used: closed"),
        (RuntimeError("x"), True, errors.StreamInterruptedError, "broke"),
        (OSError("x"), False, errors.APIConnectionError, "could not be reached"),
        (
            caused(httpx.ConnectTimeout(""), aiohttp.ServerDisconnectedError()),
            False,
            errors.APIConnectionError,
            "could not be reached",
        ),
        (
            caused(httpx.ReadTimeout(""), aiohttp.SocketTimeoutError()),
            False,
            errors.APITimeoutError,
            "silent",
        ),
    ],
)
def test_trouble_below_http_is_told_in_our_words(error, begun, kind, words):
    told = translated(error, "星芸", "xingyun", begun=begun)
    assert type(told) is kind
    assert words in str(told)


def test_a_certificate_that_is_not_trusted_is_told_and_not_tried_again():
    cause = ssl.SSLCertVerificationError(1, "CERTIFICATE_VERIFY_FAILED")
    told = translated(caused(httpx.ConnectError("x"), cause), "星芸", "xingyun", begun=False)
    assert isinstance(told, errors.APIConnectionError)
    assert "verify=" in str(told)
    assert not told.retryable


async def test_what_speaks_no_tls(ask):
    greeting = [b"HTTP/1.1 400 Bad Request\r\n\r\n", close]
    with FaultServer(greeting=greeting) as server, pytest.raises(errors.APIConnectionError):
        await ask(f"https://127.0.0.1:{server.port}")


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:1", True),
        ("https://example.com", False),
        ("http://10.0.0.1", False),
        ("http://localhost.example", False),
    ],
)
def test_what_is_on_this_machine(url, here):
    assert is_loopback(url) is here

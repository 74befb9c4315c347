"""`deadline` bounds a call in whatever phase it is; `timeout` bounds silence in each.

What the server does it would do for twenty seconds, and then answer well: who minds no deadline
gets an answer.
"""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from tests.reliability.cases import FIRST, GOOD
from tests.reliability.ways import FOUR_WAYS, Way
from tests.servers import (
    CHUNKED,
    Ever,
    FaultServer,
    Flood,
    chunk,
    close,
    drip,
    head,
    hold,
    http,
    wait,
)
from tests.wire import STREAM, delta, error
from xyashui import InsecureConnectionWarning, errors

SHORT = {"deadline": 0.3, "timeout": 20, "max_retries": 3}
LONGER = SHORT | {"deadline": 1}  # where something must have arrived by then, on a busy machine too
# The same, and soon enough to be told from the two seconds that a farewell may take without it.
MIDDLE = SHORT | {"deadline": 0.6}
BEYOND = 1.6
ways = pytest.mark.parametrize("way", FOUR_WAYS)

REDIRECT = http(b"", 307, None, location="/v1/chat/completions", connection="close")
SLOW_TO_UNPACK = gzip.compress(b"\n") * 2_000_000  # many seconds, in which nothing is read


@pytest.fixture(autouse=True)
async def _begun(way: str) -> None:
    """Ask once, as long as it may take: what is imported then, no deadline is meant for."""
    with FaultServer(GOOD) as server:
        assert (await Way(way, server.url).ask()).text == "你好。"


def packed_twice(status: int, end: bytes) -> bytes:
    """A response that is short, and takes long to get to the end of."""
    body = gzip.compress(SLOW_TO_UNPACK + gzip.compress(end), 1)
    return http(body, status, "application/json", content_encoding="gzip, gzip")


PHASES: dict[str, tuple[list[Any], str]] = {
    "before the head": ([hold], ""),
    "in the head": ([b"HTTP/1.1 200 OK\r\nx: ", Ever(b"x")], ""),
    "before the head, with word that it is coming": ([Ever(b"HTTP/1.1 103 Soon\r\n\r\n")], ""),
    "before the body": ([CHUNKED, hold], ""),
    "in the body": ([FIRST, hold], "你"),
    "in the body, with heartbeats": ([FIRST, Ever(chunk(b": ping\n\n"))], "你"),
    "in the size of a chunk": ([FIRST, drip], "你"),
    "in an event": ([FIRST, chunk(b'data: {"a": "'), Ever(chunk(b"x"))], "你"),
    "in a document": ([head(200, "application/json"), b'{"a": "', Ever(b"x")], ""),
    "in a body that unfolds": ([packed_twice(200, STREAM)], ""),
    "in the body, without a pause": ([FIRST, Flood(chunk(b": ping\n\n") * 1000)], "你"),
    "in chunks with extensions, without a pause": ([FIRST, Flood(b"1;a\r\n\n\r\n" * 1000)], "你"),
    "in redirects": ([wait(0.2), REDIRECT, close], ""),
}


@ways
@pytest.mark.parametrize(("script", "received"), PHASES.values(), ids=PHASES)
async def test_the_deadline_holds(script: list[Any], received: str, way: str) -> None:
    with FaultServer([*script, *GOOD]) as server:
        settings = LONGER if received else SHORT
        error = (await Way(way, server.url, **settings).ask()).error
        assert isinstance(error, errors.APITimeoutError), repr(error)
        assert f"not over within its deadline of {settings['deadline']} s" in str(error)
        assert error.text == received
        assert not error.retryable


@ways
async def test_it_holds_while_a_connection_is_made(way: str) -> None:
    with crowded_port() as port:
        error = (await Way(way, f"http://127.0.0.1:{port}", **SHORT).ask()).error
        assert isinstance(error, errors.APITimeoutError), repr(error)
        assert "deadline of 0.3 s" in str(error)


@contextmanager
def crowded_port(host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """A port at which nobody answers any more: its queue is full."""
    with socket.socket() as listener:
        listener.bind((host, port))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            with suppress(BlockingIOError):
                one.connect((host, port))
        yield port
        for one in waiting:
            one.close()


@ways
async def test_an_address_that_is_dead_leaves_time_for_the_others(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultServer(GOOD) as server, crowded_port("127.0.0.2", server.port):
        look_up = socket.getaddrinfo

        def of_two_places(host: Any, *more: Any, **given: Any) -> Any:
            hosts = ("127.0.0.2", "127.0.0.1") if host == "service.example" else (host,)
            return [place for one in hosts for place in look_up(one, *more, **given)]

        monkeypatch.setattr(socket, "getaddrinfo", of_two_places)
        monkeypatch.setenv("NO_PROXY", "*")
        url = f"http://service.example:{server.port}"
        with pytest.warns(InsecureConnectionWarning):
            asked = Way(way, url, **{**SHORT, "deadline": 2})
        assert (await asked.ask()).text == "你好。"


@ways
@pytest.mark.parametrize("beginning", [[], [b"\x16\x03\x03\x40\x00\x02\x00\x3f\xf0", Ever(b"\0")]])
async def test_and_while_tls_is_agreed_upon(beginning: list[Any], way: str) -> None:
    with FaultServer(greeting=[*beginning, hold]) as server:
        error = (await Way(way, f"https://127.0.0.1:{server.port}", **SHORT).ask()).error
        assert isinstance(error, errors.APITimeoutError), repr(error)
        assert "deadline of 0.3 s" in str(error)


@ways
@pytest.mark.parametrize("limit", ["max_concurrency", "requests_per_minute"])
async def test_and_while_others_have_the_only_place(limit: str, way: str) -> None:
    with FaultServer([FIRST, hold]) as server:
        first = Way("ChatXingYun sync stream", server.url)
        taken = first.model.stream("你好")
        assert next(taken).content == "你"
        error = (await Way(way, server.url, **SHORT, **{limit: 1}).ask()).error
        assert isinstance(error, errors.APITimeoutError), repr(error)
        assert not error.sent
        assert len(server.requests) == 1
        taken.close()


@ways
async def test_and_from_try_to_try(way: str) -> None:
    busy = [wait(0.05), http(error("请稍后再试"), 429, "application/json", retry_after=0.05)]
    with FaultServer(*[busy] * 90, GOOD) as server:
        outcome = await Way(way, server.url, **{**SHORT, "max_retries": 100}).ask()
        assert isinstance(outcome.error, errors.RateLimitError | errors.APITimeoutError)
        assert len(server.requests) < 20


@ways
async def test_and_when_all_that_is_missing_is_a_farewell(way: str) -> None:
    beats = Ever(chunk(b": ping\n\n"), patience=BEYOND)
    with FaultServer([CHUNKED, chunk(delta("你好。", "stop")), beats, close]) as server:
        assert (await Way(way, server.url, **MIDDLE).ask()).text == "你好。"
    assert not beats.heard_out


@ways
async def test_and_when_it_is_the_rest_of_a_refusal(way: str) -> None:
    rest = Ever(b" ", patience=BEYOND)
    refusal = head(400, "application/json") + b'{"error": {"message": "'
    with FaultServer([refusal, rest, close]) as server:
        error = (await Way(way, server.url, **MIDDLE).ask()).error
        assert isinstance(error, errors.BadRequestError), repr(error)
    assert not rest.heard_out


@ways
async def test_and_when_what_is_missing_is_packed_and_nothing(way: str) -> None:
    packed = head(content_encoding="gzip") + gzip.compress(delta("你好。", "stop"))
    flood = Flood(gzip.compress(b"") * 20_000, patience=BEYOND)
    with FaultServer([packed, flood, close]) as server:
        assert (await Way(way, server.url, **MIDDLE).ask()).text == "你好。"
    assert not flood.heard_out


@ways
async def test_and_when_a_refusal_comes_without_a_pause(way: str) -> None:
    flood = Flood(chunk(b"x") * 50_000, patience=4)
    with FaultServer([head(500, transfer_encoding="chunked"), flood, close]) as server:
        error = (await Way(way, server.url, **{**LONGER, "max_retries": 0}).ask()).error
        assert isinstance(error, errors.ServerError), repr(error)
    assert not flood.heard_out


@ways
async def test_and_when_it_unfolds(way: str) -> None:
    words = json.dumps({"error": {"message": "late words"}}).encode()
    with FaultServer([packed_twice(400, words)]) as server:
        error = (await Way(way, server.url, **MIDDLE).ask()).error
        assert isinstance(error, errors.BadRequestError), repr(error)
        assert "late words" not in str(error)


@ways
async def test_a_connection_that_is_kept_has_no_deadline_of_the_call_before(way: str) -> None:
    slow = [head(content_length=len(STREAM)), wait(1.1), STREAM]
    with FaultServer(GOOD, slow) as server:
        asked = Way(way, server.url)
        assert (await asked.ask(deadline=1)).text == "你好。"
        assert (await asked.ask()).text == "你好。"

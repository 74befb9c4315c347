"""What can happen while a large question is being sent: it is not always heard to its end."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from tests.reliability.cases import GOOD
from tests.reliability.ways import FOUR_WAYS, Way
from tests.servers import Connection, FaultServer, close, half_close, hold, http, reset, wait
from tests.wire import error
from xyashui import errors

LARGE = "x" * 8_000_000  # more than lies in the buffers between the two
REFUSAL = http(error("too large"), 413)
ways = pytest.mark.parametrize("way", FOUR_WAYS)


def listen(connection: Connection) -> None:
    """Hear the beginning of the question."""
    heard = 0
    while connection.open and heard < 100_000:
        heard += len(connection.receive())


def sip(connection: Connection) -> None:
    """Hear a little of it again and again: it is taken, and takes very long."""
    for _ in range(400):
        if connection.server.closing.wait(0.05) or not connection.open:
            return
        with suppress(TimeoutError):
            connection.receive()


def by_and_by(connection: Connection) -> None:
    """Hear all of it, over more time than a silence may last."""
    connection.sock.settimeout(0.3)
    with suppress(TimeoutError):
        while connection.sock.recv(300_000):
            connection.server.closing.wait(0.025)


def swallow(connection: Connection) -> None:
    """Hear very little at a time for longer than a silence may last, and then all that comes."""
    for _ in range(40):
        connection.sock.recv(2048)
        connection.server.closing.wait(0.05)
    connection.sock.settimeout(0.3)
    with suppress(TimeoutError):
        while connection.sock.recv(300_000):
            pass


MOMENTS: dict[str, tuple[list[Any], type[errors.XyashuiError]]] = {
    "refused": ([listen, REFUSAL, half_close, hold], errors.BadRequestError),
    "closed": ([listen, close], errors.APIConnectionError),
    "reset": ([listen, reset], errors.APIConnectionError),
    "silent": ([listen, wait(20), by_and_by, *GOOD, hold], errors.APITimeoutError),
}  # fmt: skip


@ways
@pytest.mark.parametrize(("greeting", "kind"), MOMENTS.values(), ids=MOMENTS)
async def test_it_ends_in_one_error(
    greeting: list[Any], kind: type[errors.XyashuiError], way: str
) -> None:
    with FaultServer(GOOD, greeting=greeting) as server:
        patience = 1 if kind is errors.APITimeoutError else 15
        outcome = await Way(way, server.url, timeout=patience).ask(LARGE)
        assert isinstance(outcome.error, kind), repr(outcome.error)
        assert server.requests == []


@ways
async def test_it_may_take_long_as_long_as_it_is_taken(way: str) -> None:
    with FaultServer(greeting=[by_and_by, *GOOD, hold]) as server:
        outcome = await Way(way, server.url, timeout=1.5).ask(LARGE * 5)
        assert (outcome.text, outcome.error) == ("你好。", None)


@pytest.mark.parametrize("way", ["XingYun async call", "ChatAShui async stream"])
async def test_what_is_taken_very_slowly_is_no_silence(way: str) -> None:
    with FaultServer(greeting=[swallow, *GOOD, hold], narrow=True) as server:
        outcome = await Way(way, server.url, timeout=1).ask("x" * 1_000_000)
        assert (outcome.text, outcome.error) == ("你好。", None)


@ways
async def test_the_deadline_holds(way: str) -> None:
    with FaultServer(GOOD, greeting=[sip]) as server:
        error = (await Way(way, server.url, timeout=20, deadline=0.5).ask(LARGE)).error
        assert isinstance(error, errors.APITimeoutError), repr(error)
        assert "deadline of 0.5 s" in str(error)

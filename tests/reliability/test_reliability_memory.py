"""However much a server sends: no more memory than is asked for, and an end.

They are asked for in a process of their own, whose peak of memory is what is looked at.
"""

from __future__ import annotations

import gzip
import itertools
import json
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from tests.programs import run_program
from tests.reliability.cases import GOOD
from tests.servers import CHUNKED, Connection, FaultServer, chunk, chunked, close, head, http, taken
from tests.wire import delta, event

pytestmark = pytest.mark.slow

LIMIT = 4 * 1024 * 1024  # `max_event_bytes`
MOST_OBJECTS = 300  # megabytes: a million of them
MOST_OF_TEXT = 100  # megabytes: a text of four million characters, and copies of it
MOST = 40  # megabytes that a process may grow by: a few times the limit, and what a pool needs

SCRIPT = """
    import asyncio, json, resource, sys, xyashui
    way, url, limit, floods, asked = sys.argv[1:]
    settings = {"api_key": "test-key", "base_url": url, "max_retries": 0, "timeout": 20,
                "max_event_bytes": int(limit)}

    def peak():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    async def ask(client, **asked):
        answer = client.chat("x", **asked)
        return await answer if way == "async" else answer

    async def main():
        client = (xyashui.AsyncClient if way == "async" else xyashui.Client)("ashui", **settings)
        await ask(client)
        for _ in range(int(floods)):
            before, told = peak(), "an answer"
            try:
                await ask(client, **json.loads(asked))
            except xyashui.XyashuiError as error:
                told = type(error).__name__
            print(told, int(peak() - before), flush=True)

    # What takes far more than it may shall fail here, and not fill the machine.
    resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))
    asyncio.run(main())
"""


def flood(data: bytes, times: int = 1000) -> Any:
    """A step that sends `data` again and again, until the client leaves."""

    def step(connection: Connection) -> None:
        with suppress(OSError):
            for _ in range(times):
                connection.send(data)
                if not connection.open:
                    return

    return step


def bomb(*, layers: int = 1, status: int = 200) -> bytes:
    """A quarter of a gigabyte in as few bytes as may be."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    packed = packer.compress(b"data: ") + packer.flush(zlib.Z_FULL_FLUSH)
    megabyte = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed += megabyte * 256 + packer.flush()
    encoding = "deflate"
    for _ in range(layers - 1):
        packed, encoding = gzip.compress(packed), f"{encoding}, gzip"
    return http(packed, status, "text/event-stream", content_encoding=encoding)


MANY = 64 * 1024
FLOODS: dict[str, tuple[list[Any], str]] = {
    "an event": ([head(), b"data: ", flood(b"x" * MANY)], "ProtocolError"),
    "a line of an event, and another": (
        [head(), flood(b"data: " + b"x" * MANY + b"\n")],
        "ProtocolError",
    ),
    "a heartbeat": ([head(), b": ", flood(b"x" * MANY)], "ProtocolError"),
    "the name of an event": ([head(), b"event: ", flood(b"x" * MANY)], "ProtocolError"),
    "JSON": ([head(), b'{"a": "', flood(b"x" * MANY)], "ProtocolError"),
    "JSON of brackets": ([head(), flood(b"[" * MANY)], "ProtocolError"),
    "a page": ([head(), b"<html>", flood(b"x" * MANY)], "ProtocolError"),
    "white space": ([head(), flood(b" " * MANY), close], "StreamInterruptedError"),
    "heartbeats": ([head(), flood(b": ping\n\n" * 8000, 200), close], "StreamInterruptedError"),
    "a head": ([b"HTTP/1.1 200 OK\r\n", flood(b"x-a: b\r\n" * 8000)], "APIConnectionError"),
    "one header": ([b"HTTP/1.1 200 OK\r\nx-a: ", flood(b"x" * MANY)], "APIConnectionError"),
    "a status line": ([b"HTTP/1.1 200 ", flood(b"x" * MANY)], "APIConnectionError"),
    "trailers": (
        [CHUNKED, chunk(delta("你")), taken, b"0\r\n", flood(b"x-a: b\r\n" * 8000)],
        "StreamInterruptedError",
    ),
    "the refusal": ([head(500, "text/html"), flood(b"x" * MANY)], "ServerError"),
}


def events(payload: Callable[[int], dict[str, Any]]) -> list[Any]:
    """Events without end that all differ."""
    numbers = itertools.count()

    def step(connection: Connection) -> None:
        while connection.open:
            connection.send(
                b"".join(event({"choices": [payload(next(numbers))]}) for _ in range(500))
            )

    return [head(), step]


# What is no text is kept as objects, and takes a hundred bytes where there are two on the wire.
OBJECTS: dict[str, tuple[list[Any], str]] = {
    "an event of short lines": ([head(), flood(b"data:ab\n" * 8000)], "ProtocolError"),
    "choices": (events(lambda number: {"index": number}), "ProtocolError"),
    "tool calls": (
        events(lambda number: {"delta": {"tool_calls": [{"id": f"{number}"}]}}),
        "ProtocolError",
    ),
    "a tool call's name": (
        events(lambda number: {"delta": {"tool_calls": [{"function": {"name": f"{number}"}}]}}),
        "ProtocolError",
    ),
    "a field that is a list": (
        events(lambda number: {"delta": {"x": [{}] * 200}}),
        "ProtocolError",
    ),
    "fields": (
        events(lambda number: {"delta": {f"x{number}-{one}": 1 for one in range(50)}}),
        "ProtocolError",
    ),
}
# What is made of the text on this side is as much more.
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
BY_PROMPT = {"tools": [TOOL], "response_format": {"type": "json_object"}}
PROMPTED: dict[str, tuple[list[Any], str]] = {
    "calls of no tool that there is": (
        [head(), flood(delta('<tool_call>{"name":"a"}</tool_call>' * 400))],
        "ProtocolError",
    ),
    "calls that can be made": (
        [head(), flood(delta('<tool_call>{"name":"f"}</tool_call>' * 400))],
        "ProtocolError",
    ),
    "calls in one list": (
        [head(), delta("<tool_call>[0"), flood(delta(",[]" * MANY))],
        "ProtocolError",
    ),
    "calls in one event": (
        [chunked(delta("<tool_call>[0" + ",{}" * (LIMIT // 4) + "]</tool_call>", "stop"))],
        "ProtocolError",
    ),
    "JSON that does not end": (
        [head(), delta("[0"), flood(delta(",[]" * MANY))],
        "ProtocolError",
    ),
}
BOMBS: dict[str, tuple[list[Any], str]] = {
    "a bomb": ([bomb()], "ProtocolError"),
    "a bomb in a bomb": ([bomb(layers=2)], "ProtocolError"),
    "a refusal that is a bomb": ([bomb(status=500)], "ServerError"),
    "a refusal that is a bomb in a bomb": ([bomb(layers=2, status=500)], "ServerError"),
}


def told(
    floods: dict[str, tuple[list[Any], str]],
    way: str,
    most: int = MOST,
    asked: dict[str, Any] | None = None,
) -> dict[str, str]:
    """Ask for one flood after another; return what came of each, and whether it took too much."""
    with FaultServer(GOOD, *(script for script, _ in floods.values())) as server:
        arguments = (way, server.url, LIMIT, len(floods), json.dumps(asked or {}))
        done = run_program(SCRIPT, *arguments, timeout=300)
    outcomes = {}
    for name, line in zip(floods, done.stdout.splitlines(), strict=False):
        kind, grown = line.rsplit(" ", 1)
        outcomes[name] = kind if int(grown) < most else f"{kind}, and {grown} MB"
    return outcomes


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_flood_ends_and_fills_nothing(way: str) -> None:
    assert told(FLOODS, way) == {name: kind for name, (_, kind) in FLOODS.items()}


@pytest.mark.parametrize("way", ["sync", "async"])
def test_nor_does_what_is_kept_as_objects(way: str) -> None:
    assert told(OBJECTS, way, MOST_OBJECTS) == {name: kind for name, (_, kind) in OBJECTS.items()}


@pytest.mark.parametrize("way", ["sync", "async"])
def test_nor_does_what_is_made_of_the_text(way: str) -> None:
    outcomes = told(PROMPTED, way, MOST_OF_TEXT, BY_PROMPT)
    assert outcomes == {name: kind for name, (_, kind) in PROMPTED.items()}


@pytest.mark.parametrize("way", ["sync", "async"])
def test_nor_does_what_is_small_only_on_the_wire(way: str) -> None:
    assert told(BOMBS, way) == {name: kind for name, (_, kind) in BOMBS.items()}

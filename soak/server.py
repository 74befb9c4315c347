"""The server of a soak: `python -m soak.server` prints its port and does as it is asked.

On bare sockets, for it is to do what no HTTP server would. `GET /counts` says what it has seen
since it was asked last.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import struct
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

from soak.plans import Plan
from tests.servers import CHUNKED, LAST_CHUNK, chunk, head, http
from tests.wire import DONE, completion, delta, error, event

_PATIENCE = 30.0


class Server:
    """Answers questions as they ask to be answered."""

    def __init__(self) -> None:
        self.open = 0
        self.requests: Counter[int] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until one side has had enough of it."""
        self.open += 1
        with suppress(OSError, asyncio.IncompleteReadError):
            while await self._answer(reader, writer):
                pass
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        self.open -= 1

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await reader.readuntil(b"\r\n\r\n")
        if request.startswith(b"GET /counts"):
            writer.write(http({"open": self.open - 1, "requests": self.requests}))
            await writer.drain()
            self.requests.clear()
            return False
        (length,) = (
            int(line.split(b":")[1])
            for line in request.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        )
        body = json.loads(await reader.readexactly(length))
        plan = Plan.of_question(body["messages"][-1]["content"])
        self.requests[plan.number] += 1
        first = self.requests[plan.number] == 1
        return await _ACTS[plan.behaviour](plan, reader, writer, first)


Act = Callable[[Plan, asyncio.StreamReader, asyncio.StreamWriter, bool], Awaitable[bool]]


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


def _pieces(plan: Plan, count: int) -> list[bytes]:
    return [delta(plan.piece(one)) for one in range(count)]


_END = delta("", "stop") + DONE


async def _streams(
    plan: Plan, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bool
) -> bool:
    pieces = _pieces(plan, plan.pieces)
    await _send(writer, CHUNKED + b"".join(chunk(one) for one in [*pieces, _END]) + LAST_CHUNK)
    return True


async def _streams_slowly(
    plan: Plan, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bool
) -> bool:
    await _send(writer, CHUNKED)
    for one in _pieces(plan, plan.pieces):
        await asyncio.sleep(0.002)
        await _send(writer, chunk(one))
    await _send(writer, chunk(_END) + LAST_CHUNK)
    return True


async def _streams_packed(
    plan: Plan, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bool
) -> bool:
    packed = gzip.compress(b"".join(_pieces(plan, plan.pieces)) + _END)
    await _send(writer, http(packed, 200, "text/event-stream", content_encoding="gzip"))
    return True


async def _sends_a_document(
    plan: Plan, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bool
) -> bool:
    await _send(writer, http(completion(plan.text)))
    return True


async def _stays_connected(
    plan: Plan, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bool
) -> bool:
    await _send(writer, CHUNKED + chunk(b"".join(_pieces(plan, plan.pieces)) + _END))
    return await _until_left(reader)


async def _closes_after_it(
    plan: Plan, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bool
) -> bool:
    await _send(writer, head() + b"".join(_pieces(plan, plan.pieces)) + _END)
    return False


async def _is_busy_at_first(
    plan: Plan, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bool
) -> bool:
    if not first:
        return await _streams(plan, reader, writer, first)
    await _send(writer, http(error("请稍后再试"), 429, "application/json", retry_after=0))
    return True


async def _half(plan: Plan, writer: asyncio.StreamWriter) -> None:
    await _send(writer, CHUNKED)
    for one in _pieces(plan, plan.pieces // 2):
        await _send(writer, chunk(one))


async def _breaks_off(
    plan: Plan, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bool
) -> bool:
    await _half(plan, writer)
    return False


async def _breaks_off_in_json(
    plan: Plan, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bool
) -> bool:
    document = json.dumps(completion(plan.text), ensure_ascii=False)
    half = document[: document.index(plan.text) + len(plan.half)]
    await _send(writer, head(200, "application/json", content_length=99_999) + half.encode())
    return False


async def _gives_up(
    plan: Plan, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bool
) -> bool:
    await _half(plan, writer)
    await _send(writer, chunk(delta("", "network_error") + DONE) + LAST_CHUNK)
    return True


async def _resets(
    plan: Plan, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bool
) -> bool:
    await _half(plan, writer)
    await asyncio.sleep(0.1)  # a reset throws away what the client has not read
    with suppress(OSError):
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
    return False


async def _falls_silent(
    plan: Plan, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bool
) -> bool:
    await _half(plan, writer)
    return await _until_left(reader)


async def _until_left(reader: asyncio.StreamReader) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            while await reader.read(65536):
                pass
    return False


async def _reports_an_error(
    plan: Plan, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bool
) -> bool:
    await _half(plan, writer)
    await _send(writer, chunk(event(error("该令牌额度已用尽"))) + LAST_CHUNK)
    return True


async def _sends_nonsense(
    plan: Plan, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bool
) -> bool:
    await _half(plan, writer)
    await _send(writer, chunk(b"data: {nonsense\n\n") + LAST_CHUNK)
    return True


async def _refuses(
    plan: Plan, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bool
) -> bool:
    await _send(writer, http(error("无效的令牌"), 401))
    return True


_ACTS: dict[str, Act] = {
    "streams": _streams,
    "streams slowly": _streams_slowly,
    "streams packed": _streams_packed,
    "sends a document": _sends_a_document,
    "stays connected": _stays_connected,
    "closes after it": _closes_after_it,
    "is busy at first": _is_busy_at_first,
    "breaks off": _breaks_off,
    "breaks off in JSON": _breaks_off_in_json,
    "gives up": _gives_up,
    "resets": _resets,
    "falls silent": _falls_silent,
    "reports an error": _reports_an_error,
    "sends nonsense": _sends_nonsense,
    "refuses": _refuses,
}


async def main() -> None:
    """Serve until the input ends: until the soak that started this is no more."""
    served = await asyncio.start_server(Server().serve, "127.0.0.1", 0, backlog=1024)
    print(served.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())

"""Responses in HTTP chunks, and what h11 and aiohttp make of them, joined or as they came."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cache

import h11
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpResponseParser

from fuzz.source import Source
from xyashui.chunked import ChunkJoiner

__all__ = ["Received", "by_aiohttp", "by_h11", "response"]

_STATUS_LINES = (
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200\r\n",
    b"HTTP/1.1 200 OK\n", b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 204 No Content\r\n",
    b"HTTP/1.1 304 Not Modified\r\n", b"HTTP/1.1 500 No\r\n", b"\r\nHTTP/1.1 200 OK\r\n",
)  # fmt: skip
_HEADERS = (
    b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\n", b"transfer-encoding:chunked\r\n",
    b"Transfer-Encoding: Chunked\r\n", b"Transfer-Encoding: chunked \r\n",
    b"Transfer-Encoding: chunked\n", b"Transfer-Encoding: identity\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n", b"Transfer-Encoding: chunked, gzip\r\n",
    b"Transfer-Encoding : chunked\r\n", b"Transfer-Encoding:\r\n chunked\r\n",
    b"X: a\r\n Transfer-Encoding: chunked\r\n", b" , gzip\r\n", b"\tchunked\r\n",
    b"Content-Length: 12\r\n", b"Content-Length: 0\r\n", b"Content-Type: text/event-stream\r\n",
    b"X-Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"Connection: keep-alive\r\n",
)  # fmt: skip
_INTERIM = (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n")
_PIECES = (
    b"a", b"data: 1\n\n", b"\r\n", b"\r\n\r\n", b"0\r\n\r\n", b"3\r\nabc\r\n", b"x" * 17,
    b"x" * 256, b"5", b"HTTP/1.1 200 OK\r\n\r\n", b"\n\n", b"\r",
)  # fmt: skip
_LINES = (
    b"%x\r\n", b"%x\r\n", b"%x\r\n", b"%x\r\n", b"%X\r\n", b"00%x\r\n", b"%x;a=b\r\n", b"%x \r\n",
    b"%x\n", b"+%x\r\n", b"0x%x\r\n", b"%x\r\r\n", b"%x;\r\n", b" %x\r\n", b"%x;\"\r\n",
)  # fmt: skip
_ENDS = (
    b"0\r\n\r\n", b"0\r\n\r\n", b"0\r\n\r\n", b"000\r\n\r\n", b"0\r\nA: b\r\n\r\n", b"0;a\r\n\r\n",
    b"", b"0\r\n", b"0", b"zz\r\n", b"\r\n", b"5\r\nabc", b"2\r\nabcd\r\n", b"1_0\r\n", b"f" * 30,
    b"ffffffff\r\nabc", b"0\n\n",
)  # fmt: skip


@dataclass
class Received:
    """One response, as far as it was read.

    Attributes:
        body: Its body.
        end: How that ended.
    """

    body: bytes = b""
    end: str = "open"


def response(source: Source) -> bytes:
    """Return a response as services and proxies write them, or ought not to."""
    interim = b"".join(source.choice(_INTERIM) for _ in range(max(0, source.below(10) - 7)))
    head = source.choice(_STATUS_LINES)
    head += b"".join(source.choice(_HEADERS) for _ in range(1 + max(0, source.below(8) - 4)))
    data = bytearray(interim + head + source.choice((b"\r\n", b"\r\n", b"\r\n", b"\n")))
    usual = source.below(3) != 0
    for _ in range(source.below(24)):
        piece = source.choice(_PIECES)
        data += (b"%x\r\n" if usual else source.choice(_LINES)) % len(piece) + piece + b"\r\n"
    data += source.choice(_ENDS)
    for _ in range(max(0, source.below(8) - 5)):
        at = source.below(len(data) + 1)
        data[at : at + source.below(3)] = source.take(3)
    return bytes(data)


def by_h11(reads: list[bytes], *, join: bool, most: int = 3) -> list[Received]:
    """Read as httpcore does: the responses to `most` requests, sent one after another.

    Args:
        reads: What each read of the connection brings; it is closed after the last.
        join: Whether chunks are joined.
        most: How many requests are sent, as long as nothing is left over from the one before.
    """
    connection = h11.Connection(h11.CLIENT)
    joiner = ChunkJoiner()
    waiting = [*filter(None, reads), b""]
    responses: list[Received] = []
    while len(responses) < most and waiting:
        one = _one_by_h11(connection, joiner if join else None, waiting)
        responses.append(one)
        if one.end != "end":
            break
        left, closed = connection.trailing_data
        one.end = f"end, and {left!r}, {closed}"
        if left or closed or connection.states != {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}:
            break  # bodies.close does the same
        connection.start_next_cycle()
    return responses


def _one_by_h11(
    connection: h11.Connection, joiner: ChunkJoiner | None, reads: list[bytes]
) -> Received:
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "here")]))
    connection.send(h11.EndOfMessage())
    if joiner is not None:
        joiner.begin()
    one = Received()
    try:
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                if not reads:
                    return one
                connection.receive_data(_taken(joiner, reads.pop(0)))
            elif isinstance(event, h11.Data):
                one.body += bytes(event.data)
            elif not isinstance(event, h11.Response | h11.InformationalResponse):
                one.end = "end" if isinstance(event, h11.EndOfMessage) else str(event)
                return one
    except h11.RemoteProtocolError as error:
        one.end = str(error)
        return one


def _taken(joiner: ChunkJoiner | None, data: bytes) -> bytes:
    if joiner is None or not data:
        return data
    taken = joiner.take(data)
    assert taken, "nothing of something"
    assert len(taken) <= len(data) + 8, "more out than in"
    return taken


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()  # nothing runs in it


def by_aiohttp(reads: list[bytes], *, join: bool) -> list[Received]:
    """Read the responses to one request as aiohttp does."""
    protocol = BaseProtocol(_loop())
    parser = HttpResponseParser(
        protocol, _loop(), 1 << 20, read_until_eof=True, auto_decompress=False
    )
    joiner = ChunkJoiner() if join else None
    if joiner is not None:
        joiner.begin()
    payloads = []
    fault = ""
    try:
        for read in filter(None, reads):
            messages, upgraded, _ = parser.feed_data(_taken(joiner, read))
            payloads += [payload for _, payload in messages]
            if upgraded:
                break
        parser.feed_eof()
    except HttpProcessingError as error:
        fault = type(error).__name__  # its words quote what was read, in this cut or that
    return [*map(_one_by_aiohttp, payloads), Received(end=fault)]


def _one_by_aiohttp(payload: object) -> Received:
    error = payload.exception()  # type: ignore[attr-defined]
    end = "end" if payload.is_eof() else "open"  # type: ignore[attr-defined]
    body = b"".join(getattr(payload, "_buffer", ()))
    return Received(body, end if error is None else type(error).__name__)

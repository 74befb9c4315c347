"""HTTP as it ought not to be written, or is seldom: parsers differ in what they bear of it."""

from __future__ import annotations

from typing import Any

from tests.reliability.cases.case import Case, fails, whole
from tests.servers import CHUNKED, LAST_CHUNK, chunk, close, head, http
from tests.wire import STREAM, completion, delta, error
from xyashui import errors

WHOLE = completion()
OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"content-length: %d\r\n" % len(STREAM)
BROKEN = errors.APIConnectionError


def answer(headers: bytes, status_line: bytes = OK) -> Case:
    """The answer, with more in its head than is needed."""
    return whole(status_line + headers + LENGTH + b"\r\n" + STREAM)


def unread(headers: bytes, status_line: bytes = OK, **more: Any) -> Case:
    return fails(BROKEN, status_line + headers + LENGTH + b"\r\n" + STREAM, close, **more)


HEADS: dict[str, Case] = {
    "a header of two lines": answer(b"x-a: b\r\n c\r\n"),
    "a header without a value": answer(b"x-a:\r\n"),
    "a header of bytes": answer(b"x-a: \xff\xfe\r\n"),
    "a header without a name": unread(b": b\r\n"),
    "a header with a space in its name": unread(b"x a: b\r\n"),
    "a header with a Chinese name": unread("阿水: b\r\n".encode()),
    "a header with a bare CR": unread(b"x-a: b\rc\r\n"),
    "a reason in Chinese": answer(b"", "HTTP/1.1 200 好的\r\n".encode()),
    "a long reason": answer(b"", b"HTTP/1.1 200 " + b"x" * 7000 + b"\r\n"),
    "a status line of HTTP/2": answer(b"", b"HTTP/2.0 200 OK\r\n"),
    "a status line in small letters": unread(b"", b"http/1.1 200 OK\r\n"),
    "a status line of another protocol": unread(b"", b"ICY 200 OK\r\n"),
    "spaces before the status line": unread(b"", b"  " + OK),
    "no head": fails(BROKEN, STREAM, close),
    "an interim response and no other": fails(BROKEN, b"HTTP/1.1 199 Wait\r\n\r\n", close),
    "cookies": answer(b"set-cookie: a=b; domain=evil.example; expires=nonsense\r\n"),
    "a location, and no redirect": answer(b"location: http://[\r\n"),
    "an upgrade that nobody asked for": answer(b"connection: upgrade\r\nupgrade: h2c\r\n"),
    "an encoding without a name": answer(b"content-encoding: \r\n"),
    "an alphabet that nobody knows": answer(b'content-type: text/html; charset=?; q="\r\n'),
    "status 203": whole(http(WHOLE, 203)),
    "status 206": whole(http(WHOLE, 206)),
    "status 300": fails(errors.ProtocolError, http(WHOLE, 300)),
    "status 304": fails(errors.ProtocolError, b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    "a refusal with a location": fails(
        errors.AuthenticationError,
        http(error("无效的令牌"), 401, "application/json", location="http://["),
    ),
    "a wait beyond all": fails(
        errors.RateLimitError,
        http(b"", 429, None, retry_after="9" * 30),
        settings={"max_retries": 1},
    ),
}

LENGTHS: dict[str, Case] = {
    "chunks in capitals": whole(
        b"HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: CHUNKED\r\n\r\n" + chunk(STREAM) + LAST_CHUNK
    ),
    "chunks of HTTP/1.0": whole(
        CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + chunk(STREAM) + LAST_CHUNK, close
    ),
    "a length beside chunks": whole(
        head(transfer_encoding="chunked", content_length=3) + chunk(STREAM) + LAST_CHUNK,
        aiohttp_error=BROKEN,
    ),
    "the same length twice": whole(OK + LENGTH * 2 + b"\r\n" + STREAM, aiohttp_error=BROKEN),
    "a length with a sign": fails(BROKEN, OK + b"content-length: +5\r\n\r\n" + STREAM, close),
    "a length of 30 digits": fails(
        BROKEN, OK + b"content-length: " + b"9" * 30 + b"\r\n\r\n" + STREAM, close
    ),
    "a length without digits": fails(BROKEN, OK + b"content-length: \r\n\r\n" + STREAM, close),
    "a length of nothing, and an answer": fails(
        errors.StreamInterruptedError, head(content_length=0) + STREAM, aiohttp_error=BROKEN
    ),
    "an answer where there is no content": fails(
        errors.StreamInterruptedError,
        b"HTTP/1.1 204 No Content\r\n" + LENGTH + b"\r\n" + STREAM,
        aiohttp_error=BROKEN,
    ),
    "a size in capitals": whole(CHUNKED + b"%X\r\n" % len(STREAM) + STREAM + b"\r\n" + LAST_CHUNK),
    "a size with zeros before it": whole(
        CHUNKED + b"0000%x\r\n" % len(STREAM) + STREAM + b"\r\n000\r\n\r\n"
    ),
    "a size with a space behind it": whole(
        CHUNKED + b"%x \r\n" % len(STREAM) + STREAM + b"\r\n" + LAST_CHUNK
    ),
    "a size with a prefix": fails(
        errors.StreamInterruptedError,
        CHUNKED + b"0x%x\r\n" % len(STREAM) + STREAM + b"\r\n" + LAST_CHUNK,
        aiohttp_error=BROKEN,
    ),
    "a long extension": whole(
        CHUNKED + b"%x;%s\r\n" % (len(STREAM), b"a" * 3000) + STREAM + b"\r\n" + LAST_CHUNK
    ),
    "no line end behind a chunk": whole(
        CHUNKED + b"%x\r\n" % len(STREAM) + STREAM + LAST_CHUNK, aiohttp_error=BROKEN
    ),
    "trailers that are none": whole(
        CHUNKED + chunk(STREAM) + b"0\r\nno trailer\r\n\r\n", aiohttp_error=BROKEN
    ),
    "a last chunk in the middle": fails(
        errors.StreamInterruptedError,
        CHUNKED + chunk(delta("你")) + LAST_CHUNK + chunk(delta("好。", "stop")) + LAST_CHUNK,
        received="你",
        aiohttp_error=BROKEN,
    ),
}

PARSING = {f"head: {name}": case for name, case in HEADS.items()} | {
    f"length: {name}": case for name, case in LENGTHS.items()
}

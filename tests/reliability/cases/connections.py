"""What can happen to a connection, and to HTTP on it."""

from __future__ import annotations

import json

from tests.reliability.cases.case import FIRST, LONGER, SHORT, TEXT, Case, fails, passes, whole
from tests.servers import (
    CHUNKED,
    LAST_CHUNK,
    chunk,
    chunked,
    close,
    half_close,
    head,
    hold,
    http,
    reset,
    taken,
    trickle,
    wait,
)
from tests.wire import DONE, STREAM, completion, delta, error
from xyashui import errors

WHOLE = completion()
JSON = json.dumps(WHOLE, ensure_ascii=False).encode()
REST = chunk(delta("好。", "stop")) + chunk(DONE) + LAST_CHUNK
OK = b"HTTP/1.1 200 OK\r\n"
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"
RETRY = {"retry_after": 0}

FRAMING: dict[str, Case] = {
    "chunked stream": whole(chunked(STREAM)),
    "stream with its length": whole(http(STREAM, 200, "text/event-stream")),
    "stream until the connection closes": whole(head() + STREAM, close),
    "stream of HTTP/1.0": whole(b"HTTP/1.0 200 OK\r\n\r\n" + STREAM, close),
    "HTTP/1.0 with its length": whole(http(WHOLE).replace(b"HTTP/1.1", b"HTTP/1.0"), close),
    "JSON in chunks": whole(chunked(JSON[:50], JSON[50:])),
    "JSON until the connection closes": whole(head(200, "application/json") + JSON, close),
    "one byte at a time": whole(trickle(chunked(STREAM))),
    "one byte in each chunk": whole(
        CHUNKED + b"".join(chunk(bytes([one])) for one in STREAM) + LAST_CHUNK
    ),
    "chunks with extensions, and trailers": whole(
        CHUNKED + b"%x;a=b\r\n%s\r\n" % (len(STREAM), STREAM) + b"0;c\r\nx-late: yes\r\n\r\n"
    ),
    "interim responses": whole(INTERIM + chunked(STREAM)),
    "interim responses, each in its packet": whole(
        INTERIM, wait(0.02), INTERIM, wait(0.02), chunked(STREAM)
    ),
    "no reason phrase": whole(b"HTTP/1.1 200\r\ncontent-length: %d\r\n\r\n" % len(STREAM) + STREAM),
    "status 201": whole(http(WHOLE, 201)),
    "line feeds only in the head": whole(
        b"HTTP/1.1 200 OK\ncontent-length: %d\n\n" % len(STREAM) + STREAM
    ),
    "a header that is no ASCII": whole(http(WHOLE, 200, "application/json", x_who="阿水")),
    "many headers": whole(http(WHOLE, 200, "application/json", **{f"x_{i}": i for i in range(60)})),
    "the answer before the question is read": whole(
        greeting=[chunked(STREAM), wait(0.1), close], requests=0, goes_on=False
    ),
    "half-closed after the answer": whole(head() + STREAM, half_close, hold),
    "the connection stays open for ever": whole(CHUNKED, chunk(STREAM), hold),
    "reset after the answer": whole(CHUNKED, chunk(STREAM), reset),
    "closed after the finish reason": whole(FIRST, chunk(delta("好。", "stop")), close),
    "reset after the finish reason": whole(FIRST, chunk(delta("好。", "stop")), reset),
    "silence after the finish reason": whole(
        FIRST, chunk(delta("好。", "stop")), hold, settings=LONGER
    ),
    "more bytes than announced": whole(
        head(content_length=len(STREAM)) + STREAM + b"HTTP/1.1 500 Oops\r\n\r\n"
    ),
    "two answers to one question": whole(http(WHOLE) + http(completion("not mine"))),
    "slow, but never silent": whole(trickle(chunked(STREAM), 50, 0.09), settings={"timeout": 1}),
    "a slow head, but never silent": whole(
        trickle(head(content_length=len(STREAM)), 8, 0.03), STREAM, settings={"timeout": 1}
    ),
}

BREAKS: dict[str, Case] = {
    "reset at once": fails(errors.APIConnectionError, reset),
    "closed at once": fails(errors.APIConnectionError, close),
    "half-closed at once": fails(errors.APIConnectionError, half_close, hold),
    "closed before the request": fails(
        errors.APIConnectionError, greeting=[close], requests=0, goes_on=False
    ),
    "reset before the request": fails(
        errors.APIConnectionError, greeting=[reset], requests=0, goes_on=False
    ),
    "closed in the head": fails(errors.APIConnectionError, OK + b"content-", close),
    "reset in the head": fails(errors.APIConnectionError, OK + b"content-", taken, reset),
    "reset after the head": fails(errors.StreamInterruptedError, CHUNKED, taken, reset),
    "closed after the head": fails(errors.StreamInterruptedError, CHUNKED, close),
    "reset in the middle": fails(errors.StreamInterruptedError, FIRST, taken, reset, received="你"),
    "closed in the middle": fails(errors.StreamInterruptedError, FIRST, close, received="你"),
    "half-closed in the middle": fails(
        errors.StreamInterruptedError, FIRST, half_close, hold, received="你"
    ),
    "ended in the middle, in good order": fails(
        errors.StreamInterruptedError, FIRST + LAST_CHUNK, received="你"
    ),
    "fewer bytes than announced": fails(
        errors.StreamInterruptedError, head(content_length=9999) + delta("你"), close, received="你"
    ),
    "a length that cuts the answer": fails(
        errors.StreamInterruptedError,
        head(content_length=len(delta("你"))) + delta("你") + delta("好。", "stop"),
        received="你",
        aiohttp_error=errors.APIConnectionError,
    ),
    "a length that cuts the answer, the rest in its packet": fails(
        errors.StreamInterruptedError,
        head(content_length=len(delta("你"))) + delta("你"),
        taken,
        delta("好。", "stop"),
        received="你",
        goes_on=False,  # what comes so late, nobody can tell from the answer to the next question
    ),
    "JSON that is not closed": fails(
        errors.StreamInterruptedError, http(JSON[:-12]), received=TEXT
    ),
    "a chunk that is none": fails(
        errors.StreamInterruptedError, FIRST, taken, b"zz\r\n", hold, received="你"
    ),
    "a chunk of a negative size": fails(
        errors.StreamInterruptedError, FIRST, taken, b"-5\r\n", hold, received="你"
    ),
    "a chunk as large as the sea": fails(
        errors.StreamInterruptedError, FIRST, taken, b"f" * 16 + b"\r\n", close, received="你"
    ),
    "a chunk size without end": fails(
        errors.StreamInterruptedError, FIRST, taken, *[b"0" * 65536] * 20, close, received="你"
    ),
    "an extension of a chunk without end": fails(
        errors.StreamInterruptedError,
        FIRST,
        taken,
        b"1;" + b"x" * 800_000,
        hold,
        received="你",
    ),
    "a chunk longer than it says": fails(
        errors.StreamInterruptedError, FIRST, taken, b"2\r\nxxxxxx\r\n", close, received="你"
    ),
    "silence at once": fails(errors.APITimeoutError, hold, settings=SHORT),
    "silence in the head": fails(errors.APITimeoutError, OK, hold, settings=SHORT),
    "silence after the head": fails(errors.APITimeoutError, CHUNKED, hold, settings=SHORT),
    "silence in the middle": fails(
        errors.APITimeoutError, FIRST, hold, received="你", settings=LONGER
    ),
    "silence in the middle of a character": fails(
        errors.APITimeoutError,
        FIRST,
        chunk(delta("好")[:-40]),
        hold,
        received="你",
        settings=LONGER,
    ),
    "silence in JSON": fails(
        errors.APITimeoutError, head(content_length=999) + b'{"choices', hold, settings=SHORT
    ),
}

NONSENSE: dict[str, Case] = {
    "another protocol": fails(errors.APIConnectionError, b"SSH-2.0-OpenSSH\r\n\r\n", close),
    "another protocol, before the request": fails(
        errors.APIConnectionError,
        greeting=[b"220 mail.example ESMTP\r\n", wait(0.1), close],
        requests=0,
        goes_on=False,
    ),
    "zeros": fails(errors.APIConnectionError, b"\0" * 500, close),
    "bytes without a line end": fails(errors.APIConnectionError, b"x" * 500, close),
    "a status that is no number": fails(
        errors.APIConnectionError, b"HTTP/1.1 abc OK\r\n\r\n", close
    ),
    "a status of two digits": fails(errors.APIConnectionError, b"HTTP/1.1 20 OK\r\n\r\n", close),
    "HTTP/9": fails(errors.APIConnectionError, b"HTTP/9 200 OK\r\n\r\n", close),
    "a header without a colon": fails(
        errors.APIConnectionError, OK + b"oops\r\n\r\n" + STREAM, close
    ),
    "a header with a zero in it": fails(
        errors.APIConnectionError, OK + b"x-a: b\0c\r\n\r\n" + STREAM, close
    ),
    "a length that is no number": fails(
        errors.APIConnectionError, OK + b"content-length: many\r\n\r\n" + STREAM, close
    ),
    "a negative length": fails(
        errors.APIConnectionError, OK + b"content-length: -5\r\n\r\n" + STREAM, close
    ),
    "two lengths that differ": fails(
        errors.APIConnectionError,
        OK + b"content-length: 5\r\ncontent-length: 50\r\n\r\n" + STREAM,
        close,
    ),
    "one header of a megabyte": fails(
        errors.APIConnectionError, OK + b"x-a: " + b"y" * 2**20 + b"\r\n\r\n" + STREAM, close
    ),
    "headers of a megabyte": fails(
        errors.APIConnectionError,
        OK + b"".join(b"x-%d: %s\r\n" % (i, b"y" * 100) for i in range(10_000)) + b"\r\n" + STREAM,
        close,
    ),
    "interim responses without end": fails(
        errors.ProtocolError, b"HTTP/1.1 100 Continue\r\n\r\n" * 12_000, hold
    ),
    "long interim responses without end": fails(
        errors.ProtocolError,
        (b"HTTP/1.1 103 Early Hints\r\n" + b"link: %s\r\n" % (b"x" * 7000) * 11 + b"\r\n") * 4,
        hold,
    ),
    "interim responses of HTTP/1.0 without end": fails(
        errors.ProtocolError,
        b"HTTP/1.0 100 Continue\r\n\r\n" * 12_000,
        hold,
        aiohttp_error=errors.APIConnectionError,
    ),
    "line ends without end": fails(errors.APIConnectionError, b"\r\n" * 150_000, hold),
    "another protocol from now on": fails(
        errors.APIConnectionError,
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        hold,
        aiohttp_error=errors.ProtocolError,
    ),
    "no content": fails(errors.StreamInterruptedError, b"HTTP/1.1 204 No Content\r\n\r\n"),
    "reset content": fails(
        errors.StreamInterruptedError, b"HTTP/1.1 205 Reset Content\r\ncontent-length: 0\r\n\r\n"
    ),
    "status 999": fails(errors.ServerError, http(error("坏了"), 999)),
    "status 600": fails(errors.ServerError, http(b"", 600, None)),
}

RETRIES: dict[str, Case] = {
    "429, then an answer": passes(http(error("请稍后再试"), 429, **RETRY)),
    "500, then an answer": passes(http(error("坏了"), 500, **RETRY)),
    "502 and a page, then an answer": passes(http(b"<html></html>", 502, "text/html", **RETRY)),
    "503 and nothing, then an answer": passes(http(b"", 503, None, **RETRY)),
    "529, then an answer": passes(http(error("overloaded"), 529, **RETRY)),
    "reset, then an answer": passes(reset),
    "half an answer without text, then an answer": passes(
        CHUNKED, chunk(delta(role="assistant")), close
    ),
    "a kept connection that is closed by now": Case(
        [[http(WHOLE)], [http(WHOLE), close]], settings={"max_retries": 0}
    ),
    "a wait that was yesterday": passes(
        http(b"", 429, None, retry_after="Wed, 21 Oct 2015 07:28:00 GMT")
    ),
    "a wait of less than nothing": passes(http(b"", 429, None, retry_after="-30")),
    "a wait of an hour": fails(
        errors.RateLimitError, http(b"", 429, None, retry_after=3600), settings={"max_retries": 5}
    ),
}

REDIRECTS: dict[str, Case] = {
    "to the same place": Case([[http(b"", 307, None, location="/other")]], requests=2),
    "to another host": fails(
        errors.ProtocolError, http(b"", 307, None, location="http://other.example/v1")
    ),
    "to TLS": fails(errors.ProtocolError, http(b"", 308, None, location="https://127.0.0.1/v1")),
    "to nowhere": fails(errors.ProtocolError, http(b"", 307, None)),
    "to what is no address": fails(errors.ProtocolError, http(b"", 307, None, location="http://[")),
    "in a circle": Case(
        [[http(b"", 307, None, location="/v1/chat/completions")]] * 3,
        text=None,
        error=errors.ProtocolError,
        requests=3,
    ),
    "as a GET": fails(errors.ProtocolError, http(b"", 303, None, location="/elsewhere")),
    "with a page that never ends": fails(
        errors.ProtocolError, head(302, "text/html", location="/x"), b"<html>" * 99, hold
    ),
}

CONNECTIONS = FRAMING | BREAKS | NONSENSE | RETRIES | REDIRECTS

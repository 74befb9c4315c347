"""What can be odd about a body: its packing, what it calls itself, what is around its events."""

from __future__ import annotations

import gzip
import json
import zlib

from tests.reliability.cases.case import TEXT, Case, fails, whole
from tests.servers import CHUNKED, LAST_CHUNK, chunk, chunked, close, head, hold, http, taken
from tests.wire import DONE, STREAM, completion, delta, event, piece
from xyashui import errors

JSON = json.dumps(completion(), ensure_ascii=False).encode()
PRETTY = json.dumps(piece(TEXT, "stop"), ensure_ascii=False, indent=2).encode()
PACKED = gzip.compress(STREAM)


def packed(body: bytes, encoding: str) -> bytes:
    return http(body, 200, "text/event-stream", content_encoding=encoding)


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKING: dict[str, Case] = {
    "gzip": whole(packed(PACKED, "gzip")),
    "gzip by its old name": whole(packed(PACKED, "x-gzip")),
    "gzip in capitals": whole(packed(PACKED, "GZIP")),
    "gzip, JSON": whole(packed(gzip.compress(JSON), "gzip")),
    "gzip, byte by byte": whole(
        head(transfer_encoding="chunked", content_encoding="gzip"),
        *[chunk(bytes([one])) for one in PACKED],
        LAST_CHUNK,
    ),
    "gzip of several members": whole(
        packed(gzip.compress(STREAM[:60]) + gzip.compress(STREAM[60:]), "gzip")
    ),
    "gzip with zeros after it": whole(packed(PACKED + b"\0" * 20, "gzip")),
    "gzip with a bad end in a packet of its own": whole(
        head(transfer_encoding="chunked", content_encoding="gzip"),
        chunk(PACKED[:-8]),
        taken,
        chunk(bytes(8)),
        LAST_CHUNK,
    ),
    "gzip twice": whole(packed(gzip.compress(PACKED), "gzip, gzip")),
    "deflate": whole(packed(zlib.compress(STREAM), "deflate")),
    "deflate without its head": whole(packed(_raw_deflate(STREAM), "deflate")),
    "identity": whole(packed(STREAM, "identity")),
    "gzip that is none": fails(errors.ProtocolError, packed(STREAM, "gzip")),
    "gzip that is damaged": fails(
        errors.ProtocolError, packed(PACKED[:40] + b"\xff" * 20 + PACKED[60:], "gzip")
    ),
    "gzip cut short": fails(errors.StreamInterruptedError, packed(PACKED[:20], "gzip")),
    "gzip of nothing": fails(errors.StreamInterruptedError, packed(gzip.compress(b""), "gzip")),
    "gzip of nothing without end": fails(
        errors.ProtocolError,
        head(200, "application/json", content_encoding="gzip"),
        gzip.compress(b"") * 14_000,
        hold,
    ),
    "zeros without end behind gzip": fails(
        errors.ProtocolError,
        head(200, "text/event-stream", content_encoding="gzip"),
        gzip.compress(delta("你")) + bytes(400_000),
        hold,
        received="你",
    ),
    "deflate that is none": fails(errors.ProtocolError, packed(STREAM, "deflate")),
    "brotli that is none": fails(errors.ProtocolError, packed(b"\xff" * 50, "br")),
    "zstd that is none": fails(errors.ProtocolError, packed(b"\xff" * 50, "zstd")),
    "a packing nobody knows": fails(errors.ProtocolError, packed(b"\xff" * 50, "lzma")),
}

TYPES: dict[str, Case] = {
    f"{what}, called {content_type}": whole(http(body, 200, content_type))
    for what, body in (("a stream", STREAM), ("JSON", JSON))
    for content_type in ("application/json", "text/html; charset=gbk", "nonsense", None)
}

ODD_STREAMS: dict[str, bytes] = {
    "CRLF": STREAM.replace(b"\n", b"\r\n"),
    "CR": STREAM.replace(b"\n", b"\r"),
    "CRLF and LF by turns": STREAM.replace(b"\n\n", b"\r\n\n"),
    "a BOM": b"\xef\xbb\xbf" + STREAM,
    "a BOM before JSON": b"\xef\xbb\xbf" + JSON,
    "white space first": b"\r\n \n" * 50 + STREAM,
    "heartbeats": STREAM.replace(b"data", b": ping\n\ndata"),
    "fields nobody knows": STREAM.replace(b"data", b"id: 1\nretry: x\nfoo: bar\nevent\ndata"),
    "no space after the colon": STREAM.replace(b"data: ", b"data:"),
    "no empty lines": STREAM.replace(b"\n\n", b"\n"),
    "no line end at the end": STREAM.rstrip(),
    "no [DONE]": STREAM.removesuffix(DONE),
    "no finish reason": delta(TEXT) + DONE,
    "[DONE] again and again": STREAM + DONE * 5,
    "text after [DONE]": STREAM + delta("!"),
    "an error after [DONE]": STREAM + event({"error": {"message": "late"}}),
    "bytes after [DONE]": STREAM + b"\xff\0<html>" * 50,
    "text after the finish reason": delta("你", "stop") + delta("好。") + DONE,
    "usage after the finish reason": STREAM.removesuffix(DONE)
    + event({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}),
    "indented JSON, as 阿水's page has it": b"data:\n" + PRETTY + b"\ndata:[DONE]",
    "indented JSON in data lines": b"data: " + PRETTY.replace(b"\n", b"\ndata: ") + b"\n\n" + DONE,
    "a message in a stream": event(completion()) + DONE,
    "a document on each line": json.dumps(piece("你")).encode()
    + b"\n"
    + json.dumps(piece("好。", "stop")).encode(),
    "a list of documents": b"[" + JSON + b"]",
    "white space around JSON": b" \r\n\t" + JSON + b"\n \n",
}
FORMS: dict[str, Case] = {name: whole(chunked(body)) for name, body in ODD_STREAMS.items()} | {
    f"{name}, one byte at a time": whole(
        CHUNKED + b"".join(chunk(bytes([one])) for one in ODD_STREAMS[name]) + LAST_CHUNK
    )
    for name in ("CRLF", "a BOM", "indented JSON, as 阿水's page has it")
}

NO_ANSWER: dict[str, Case] = {
    "nothing": fails(errors.StreamInterruptedError, http(b"")),
    "nothing, in chunks": fails(errors.StreamInterruptedError, CHUNKED + LAST_CHUNK),
    "nothing, and closed": fails(errors.StreamInterruptedError, head(), close),
    "white space": fails(errors.StreamInterruptedError, http(b" \r\n" * 20)),
    "a BOM and nothing else": fails(errors.StreamInterruptedError, http(b"\xef\xbb\xbf")),
    "heartbeats": fails(errors.StreamInterruptedError, chunked(b": ping\n\n" * 9)),
    "[DONE] alone": fails(errors.ProtocolError, chunked(DONE)),
    "a page": fails(errors.ProtocolError, http(b"<!doctype html><p>Hi</p>", 200, "text/html")),
    "a page, called a stream": fails(errors.ProtocolError, chunked(b"<html>login</html>")),
    "text": fails(errors.ProtocolError, http(b"upstream connect error", 200, "text/plain")),
    "text in an event": fails(errors.ProtocolError, chunked(b"data: upstream error\n\n")),
    "bytes that are nothing": fails(errors.ProtocolError, http(bytes(range(128, 256)) * 9)),
    "zeros": fails(errors.ProtocolError, http(b"\0" * 999)),
    "a picture": fails(
        errors.ProtocolError, http(b"\x89PNG\r\n\x1a\n" + b"\0" * 99, 200, "image/png")
    ),
    "UTF-16": fails(errors.ProtocolError, http(JSON.decode().encode("utf-16"))),
}

BODIES = PACKING | TYPES | FORMS | NO_ANSWER

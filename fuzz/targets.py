"""What is fuzzed: functions of bytes that fail where the principle is broken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from fuzz.chunks import by_aiohttp, by_h11, response
from fuzz.source import Source
from fuzz.streams import json_value, stream
from fuzz.texts import SCHEMAS, citations, json_output, shown, text_of, tools
from xyashui import ASHUI, XINGYUN, Chunk
from xyashui.emulation.stop import StopStage
from xyashui.emulation.structured import JSONStage
from xyashui.emulation.tool_parser import ToolCallStage
from xyashui.encodings import Unpacker
from xyashui.errors import (
    ConfigurationError,
    ProtocolError,
    StreamInterruptedError,
    XyashuiError,
)
from xyashui.failures import api_error, plain_failure, retry_after
from xyashui.images import base64_image_part, image_part, message_image_part
from xyashui.sse import SSEDecoder
from xyashui.streaming import AnswerReader

__all__ = ["TARGETS", "Target"]

Target = Callable[[bytes], None]

_PROVIDERS = (XINGYUN, ASHUI)
_LIMIT = 1 << 16


def _sse(data: bytes) -> None:
    """The decoder: the same events wherever the bytes are cut, and no more than came in."""
    source = Source(data)
    limit = source.choice((_LIMIT, 50))
    body = source.rest()
    cut = Source(body[::-1]).pieces(body)
    events = _events([body], limit)
    assert events == _events(cut, limit), "cut elsewhere, the events differ"
    if not isinstance(events, str):
        assert sum(len(one.data) for one in events) <= len(body), "more out than in"
        assert all(type(one.data) is bytes and one.type for one in events)


def _events(pieces: Iterable[bytes], limit: int) -> Any:
    decoder = SSEDecoder(limit)
    events = []
    try:
        for piece in pieces:
            events += decoder.feed(piece)
        events += decoder.close()
    except ProtocolError:
        return "too long"
    return events


def _answer(data: bytes) -> None:
    """The assembler, on bytes as they are."""
    source = Source(data)
    settings = _settings(source, data)
    body = source.rest()
    _check_answer(body, Source(body[::-1]).pieces(body), settings)


def _stream(data: bytes) -> None:
    """The assembler, on streams that are made of every quirk."""
    source = Source(data)
    settings = _settings(source, data)
    body, settings["encoding"] = stream(source)
    _check_answer(body, source.pieces(body), settings)


def _settings(source: Source, data: bytes) -> dict[str, Any]:
    return {
        "breaks": data[-1:] > b"\xc0",  # the connection does, where the answer has not ended
        "provider": source.choice(_PROVIDERS),
        "choices": source.choice((1, 1, 1, 2)),
        "cites": source.one_in(2),
        "stage": source.below(6),
        "encoding": "",
    }


def _stages(number: int) -> list[Any]:
    """Stages as a request may need them; each reads one answer only."""
    made: dict[int, Callable[[], list[Any]]] = {
        1: lambda: [StopStage(["好", "<end>"])],
        2: lambda: [ToolCallStage(SCHEMAS)],
        3: lambda: [StopStage(["\n"]), ToolCallStage(SCHEMAS, forced="f", single=True)],
        4: lambda: [JSONStage({"type": "object"})],
    }
    return made[number]() if number in made else []


def _check_answer(body: bytes, pieces: list[bytes], settings: dict[str, Any]) -> None:
    whole = _read([body], settings)
    assert whole == _read(pieces, settings), "cut elsewhere, the answer differs"
    assert whole == _read(pieces, settings, batches=True), "in batches, the answer differs"


def _read(pieces: Iterable[bytes], settings: dict[str, Any], *, batches: bool = False) -> Any:
    """Read as a client does, or as an async one, which takes what a read brings in batches.

    Returns what comes of it, without what is made up here (the ids of calls).
    """
    reader = AnswerReader(
        settings["provider"],
        "m",
        cites=settings["cites"],
        choices=settings["choices"],
        stages=_stages(settings["stage"]),
        max_event_bytes=_LIMIT,
    )
    unpacker = Unpacker(settings["encoding"])
    chunks: list[Chunk] = []
    try:
        for data in (unpacked for piece in pieces for unpacked in unpacker.feed(piece)):
            if reader.done:
                break
            chunks += reader.batch(data) if batches else reader.feed(data)
            reader.check()
            _ = reader.finished
        if settings["breaks"] and not (reader.done or reader.finished):
            raise StreamInterruptedError("It broke", provider=settings["provider"].name)
        chunks += reader.batch(None) if batches else reader.close()
        reader.check()
    except XyashuiError as failure:
        error = reader.explained(failure)
        assert error.provider == settings["provider"].name  # type: ignore[attr-defined]
        assert len(str(error)) < 10_000
        str(error).encode()  # it can be printed
        _check_text(chunks, error.text)
        return type(error), error.text
    answer = reader.answer
    _check_text(chunks, answer.text)
    told = [
        (one.text, one.reasoning, one.finish_reason, one.citations, repr(one.extra))
        for one in answer.choices
    ]
    for text, reasoning, reason, _, _ in told:
        f"{text}{reasoning}{reason}".encode()  # it is text, and no halves of characters
    calls = [(one.name, one.arguments) for choice in answer.choices for one in choice.tool_calls]
    return told, calls, repr(answer.usage), answer.id, answer.reported_model


def _check_text(chunks: list[Chunk], text: str) -> None:
    """What was handed on is what the answer or the error holds."""
    handed_on = "".join(chunk.text for chunk in chunks if chunk.index == 0)
    assert text.startswith(handed_on), "something else was handed on"


def _refusal(data: bytes) -> None:
    """The reader of errors: any status, any headers, any body."""
    source = Source(data)
    provider = source.choice(_PROVIDERS)
    status = source.below(1000)
    wait = source.take(30).decode("latin-1")
    headers = {"retry-after": wait, "x-request-id": source.take(20).decode("latin-1")}
    is_json = source.one_in(2)
    body = json.dumps(json_value(source)).encode() if is_json else source.rest()
    failure = None
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        payload = None
    if isinstance(payload, dict):
        failure = provider.failure(payload, status)
    error = api_error(
        failure or plain_failure(body, status),
        provider=provider.name,
        title=provider.title,
        model="m",
        status=status,
        headers=headers,
    )
    assert isinstance(error, XyashuiError)
    assert len(str(error)) < 10_000
    str(error).encode()
    assert error.code is None or isinstance(error.code, str | int)
    seconds = retry_after(headers)
    assert seconds is None or 0 <= seconds < float("inf")


def _images(data: bytes) -> None:
    """Images: a part that can be sent, or a word on what is wrong with what was given."""
    source = Source(data)
    how = source.below(5)
    text = text_of(source)
    rest = text.encode()
    try:
        if how == 0:
            rest = data
            part = image_part(data)
        elif how == 1:
            part = message_image_part(text)
        elif how == 2:
            part = base64_image_part(text, "image/png")
        elif how == 3:
            part = message_image_part("data:image/png;base64," + text)
        else:
            part = image_part({"type": "image_url", "image_url": {"url": text, "detail": text[:3]}})
    except ConfigurationError as error:
        said = str(error)
        if not 10 < len(said) < 2000:
            raise AssertionError(f"an explanation of {len(said)} characters") from error
        return
    url = part["image_url"]["url"]
    assert url.startswith("data:image/") or url.lower().startswith(("http:", "https:"))
    assert len(url) < 2 * len(rest) + 100, "more out than in"


def _packing(data: bytes) -> None:
    """The unpacker: the same bytes wherever they are cut, and never many at a time."""
    source = Source(data)
    encoding = source.choice(("gzip", "deflate", "gzip, gzip", "deflate, gzip", "br", "identity"))
    if source.below(2):
        body = source.rest()
    else:
        body, packing = stream(source)
        encoding = packing or encoding
        if source.one_in(2) and body:  # a damaged one
            at = source.below(len(body))
            body = body[:at] + source.take(4) + body[at + 1 :]
    cut = Source(data[::-1]).pieces(body)
    whole, failed = _unpack([body], encoding)
    in_pieces, failed_in_pieces = _unpack(cut, encoding)
    assert failed == failed_in_pieces, "cut elsewhere, it fails or does not"
    if failed:
        # zlib hands on nothing of a call that fails, so that a longer one loses more.
        assert in_pieces.startswith(whole)
    else:
        assert whole == in_pieces, "cut elsewhere, the bytes differ"


def _unpack(pieces: Iterable[bytes], encoding: str) -> tuple[bytes, bool]:
    unpacker = Unpacker(encoding)
    out = bytearray()
    try:
        for piece in pieces:
            for unpacked in unpacker.feed(piece):
                assert len(unpacked) <= max(64 * 1024, len(piece)), "too many at a time"
                out += unpacked
                if len(out) > 1 << 22:
                    return bytes(out[: 1 << 22]), False  # a reader stops somewhere
    except ProtocolError:
        return bytes(out), True
    return bytes(out), False


def _chunked(data: bytes) -> None:
    """What joins HTTP's chunks: whoever parses them finds the same bodies, or the same fault."""
    source = Source(data)
    if source.one_in(4):
        body = source.rest()
    else:
        body = b"".join(response(source) for _ in range(1 + source.one_in(4)))
    reads = Source(data[::-1]).pieces(body)
    assert by_h11(reads, join=True) == by_h11(reads, join=False), "to h11 it is another body"
    assert by_aiohttp(reads, join=True) == by_aiohttp(reads, join=False), "to aiohttp it is"


TARGETS: dict[str, Target] = {
    "sse": _sse,
    "answer": _answer,
    "stream": _stream,
    "refusal": _refusal,
    "tools": tools,
    "json": json_output,
    "citations": citations,
    "shown": shown,
    "images": _images,
    "packing": _packing,
    "chunked": _chunked,
}

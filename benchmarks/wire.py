"""The bytes that are sent to whoever is measured: the same ones, made before the clock starts.

A question says which answer it wants, as `[[dialect:kind:count]]` anywhere in the request, so that
one address serves every benchmark and nobody needs a setting of his own.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from itertools import cycle, islice
from typing import Any, Literal, NamedTuple

__all__ = [
    "Dialect",
    "Kind",
    "Script",
    "events",
    "finale",
    "pieces",
    "question",
    "script",
    "spaced",
    "stamped",
    "stream",
    "text",
    "whole",
]

Dialect = Literal["xingyun", "ashui"]
Kind = Literal["stream", "spaced", "paced", "call"]

_STAMP_DIGITS = 20
_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_LAST_CHUNK = b"0\r\n\r\n"
_SCRIPT = re.compile(rb"\[\[(xingyun|ashui):(stream|spaced|paced|call):(\d+)\]\]")

# Pieces as a tokenizer cuts Chinese: one to four characters, and punctuation by itself.
_TOKENS = (
    "济南", "的", "秋天", "来得", "很", "安静", "，", "湖", "边", "的", "柳树", "还", "绿着", "，",
    "山", "上", "的", "叶子", "已经", "红", "了", "。", "早晨", "有", "薄雾", "，", "泉水", "冒着",
    "热气", "，", "老人", "提着", "水桶", "慢慢", "走过", "石板路", "。", "到了", "中午", "，",
    "阳光", "照在", "屋顶", "上", "，", "孩子们", "在", "院子里", "追逐", "，", "笑声", "一阵",
    "一阵", "传来", "。",
)  # fmt: skip


class Script(NamedTuple):
    """Which answer a question wants.

    Attributes:
        dialect: Whose way of writing it.
        kind: "stream", at once; "spaced", a stream whose events are sent one by one; "paced", a
            stream whose first piece says when it was sent; "call", a whole answer.
        length: How many pieces of text are in it.
    """

    dialect: Dialect
    kind: Kind
    length: int


def question(dialect: Dialect, kind: Kind, count: int) -> str:
    """Return a question that is answered in this way."""
    return f"请写一段文字 [[{dialect}:{kind}:{count}]]"


def script(request: bytes) -> Script:
    """Return what the question in `request` asks for."""
    found = _SCRIPT.search(request)
    if found is None:
        raise ValueError(f"the request says nowhere which answer it wants: {request[:200]!r}")
    dialect, kind, count = (group.decode() for group in found.groups())
    return Script(dialect, kind, int(count))  # type: ignore[arg-type]  # the pattern sees to it


def pieces(count: int) -> list[str]:
    """Return the first `count` pieces of the text; it goes round."""
    return list(islice(cycle(_TOKENS), count))


def text(count: int) -> str:
    """Return the text that `count` pieces make."""
    return "".join(pieces(count))


# Streams


@lru_cache(maxsize=32)
def stream(dialect: Dialect, count: int) -> bytes:
    """Return a response with `count` pieces of text, each an event and an HTTP chunk of its own.

    Before them comes an event with the role, and after them the finish reason, the usage (星芸's
    only) and the end mark, as in OpenAI's streams.
    """
    return b"".join(spaced(dialect, count))


@lru_cache(maxsize=32)
def spaced(dialect: Dialect, count: int) -> list[bytes]:
    """Return the same as `stream`, as it is sent one event at a time."""
    return [_STREAM_HEAD, *map(_http_chunk, events(dialect, count)), _LAST_CHUNK]


def events(dialect: Dialect, count: int) -> list[bytes]:
    """Return the events of a stream, from the role to the end mark."""
    return [
        _event(dialect, _delta(dialect, {"role": "assistant", "content": ""})),
        *(_event(dialect, _delta(dialect, {"content": piece})) for piece in pieces(count)),
        *_ending(dialect, count),
    ]


def stamped(dialect: Dialect, moment: int) -> bytes:
    """Return the head of a response and its first piece: when it was sent.

    Args:
        dialect: Whose way of writing it.
        moment: Nanoseconds of `time.monotonic_ns`, which every process of a machine shares.
    """
    before, after = _stamp_frame(dialect)
    return b"%s%0*d%s" % (before, _STAMP_DIGITS, moment, after)


@lru_cache(maxsize=4)
def finale(dialect: Dialect, count: int) -> bytes:
    """Return what follows a stamped first piece: `count` more, and the end."""
    rest = [
        *(_event(dialect, _delta(dialect, {"content": piece})) for piece in pieces(count)),
        *_ending(dialect, count),
    ]
    return b"".join(map(_http_chunk, rest)) + _LAST_CHUNK


@lru_cache(maxsize=4)
def _stamp_frame(dialect: Dialect) -> tuple[bytes, bytes]:
    blank = "#" * _STAMP_DIGITS
    role = _http_chunk(_event(dialect, _delta(dialect, {"role": "assistant", "content": ""})))
    first = _http_chunk(_event(dialect, _delta(dialect, {"content": blank})))
    before, _, after = (_STREAM_HEAD + role + first).partition(blank.encode())
    return before, after


def _ending(dialect: Dialect, count: int) -> list[bytes]:
    ending = [_event(dialect, _delta(dialect, {}, "stop"))]
    if dialect == "xingyun":
        ending.append(
            _event(dialect, {**_envelope(dialect), "choices": [], "usage": _usage(count)})
        )
    return [*ending, b"data: [DONE]\n\n" if dialect == "xingyun" else b"data:[DONE]\n\n"]


def _event(dialect: Dialect, payload: dict[str, Any]) -> bytes:
    # 阿水 puts no space after the colon [doc].
    return (b"data: " if dialect == "xingyun" else b"data:") + _json(payload) + b"\n\n"


def _delta(
    dialect: Dialect, delta: dict[str, Any], finish_reason: str | None = None
) -> dict[str, Any]:
    choice: dict[str, Any] = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    if dialect == "xingyun":
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return {**_envelope(dialect), "choices": [choice]}


def _envelope(dialect: Dialect) -> dict[str, Any]:
    common = {"object": "chat.completion.chunk", "created": 1724669253}
    if dialect == "xingyun":
        names = {"id": "chatcmpl-9XbqWJ0mB5vRzT3k", "model": "gpt-4-turbo"}
        return {**names, **common, "system_fingerprint": "fp_4691090a87"}
    # 阿水 answers under an internal name [doc].
    return {"id": "chatcmpl-9XbqWJ0mB5vRzT3k", **common, "model": "kfzmxmc"}


# Whole answers


@lru_cache(maxsize=8)
def whole(dialect: Dialect, count: int) -> bytes:
    """Return a response with the whole answer as one JSON document."""
    payload: dict[str, Any] = {
        **_envelope(dialect),
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text(count)},
                "finish_reason": "stop",
            }
        ],
    }
    if dialect == "xingyun":
        payload["usage"] = _usage(count)
    body = _json(payload)
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )


def _usage(count: int) -> dict[str, int]:
    return {"prompt_tokens": 12, "completion_tokens": count, "total_tokens": 12 + count}


def _json(payload: dict[str, Any]) -> bytes:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def _http_chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)

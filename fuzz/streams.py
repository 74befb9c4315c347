"""Streams made by choices: every quirk that is known of gateways, composed with every other."""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Callable
from typing import Any

from fuzz.source import Source

__all__ = ["json_value", "stream"]

_LINE_ENDS = (b"\n", b"\n", b"\r\n", b"\r")
_TEXTS = (
    "你", "好。", "", "a b", "😀", "\ufffd", "\0", "\r\n", "[DONE]", "data: x", "<tool_call>",
    '{"a": 1}', "\ud83d", "\ude00", "\u2028", "[济南](https://a.cn/b)", "x" * 300, "stop", "null",
)  # fmt: skip
_NUMBERS = (0, 1, -1, 2, 10**30, 10**400, 0.5, math.nan, math.inf, -math.inf, 1e308, True)
_NAMES = (
    "choices", "delta", "message", "content", "text", "index", "finish_reason", "tool_calls",
    "function_call", "function", "name", "arguments", "id", "type", "role", "reasoning_content",
    "reasoning", "usage", "prompt_tokens", "completion_tokens", "total_tokens", "error", "code",
    "prompt_tokens_details", "cached_tokens", "Code", "Err", "Data", "model", "created",
    "system_fingerprint", "refusal", "annotations", "message", "param", "\ud83d",
)  # fmt: skip
_NOISE = (
    b": ping\n\n", b"event: error\n", b"\n", b"data: {\n", b"data: [DONE]\n", b"{", b"<html>",
    b"[", b"\xff", b"\xef\xbb\xbf", b'data: {"choices": [', b"]}\n\n", b"data\n", b"\0",
    b"id: 1\n", b"retry: 5\n", b"data:" + b"[" * 2000, b'data: {"a":' * 3, b"event:\n",
)  # fmt: skip


def json_value(source: Source, depth: int = 3) -> Any:
    """Return JSON of any kind, under names that mean something."""
    kind = source.below(8 if depth else 5)
    if kind == 0:
        return None
    if kind <= 2:
        return source.choice(_TEXTS)
    if kind <= 4:
        return source.choice(_NUMBERS)
    if kind <= 6:
        pairs = range(source.below(4))
        return {source.choice(_NAMES): json_value(source, depth - 1) for _ in pairs}
    return [json_value(source, depth - 1) for _ in range(source.below(4))]


def _odd(source: Source, usual: Callable[[Source], Any]) -> Any:
    """Return what is usual in a place, or now and then anything."""
    return json_value(source) if source.one_in(12) else usual(source)


def _text(source: Source) -> str:
    return source.choice(_TEXTS)


def _call(source: Source) -> dict[str, Any]:
    function: dict[str, Any] = {}
    if source.below(4):
        function["name"] = _odd(source, lambda s: s.choice(("f", "g", "", "f")))
    if source.below(4):
        pieces = ('{"a": 1}', '{"a"', ": 1}", "", "{}", '"\\ud83d"', "}")
        function["arguments"] = _odd(source, lambda s: s.choice(pieces))
    call: dict[str, Any] = {"function": _odd(source, lambda s: function)}
    if source.below(3):
        call["index"] = _odd(source, lambda s: s.below(3))
    if source.below(3):
        call["id"] = _odd(source, lambda s: s.choice(("call_1", "call_2", "")))
    return call


def _delta(source: Source) -> dict[str, Any]:
    delta: dict[str, Any] = {}
    if source.below(5):
        delta["content"] = _odd(source, _text)
    if source.one_in(6):
        name = source.choice(("reasoning_content", "reasoning", "refusal", "role", "annotations"))
        delta[name] = _odd(source, _text)
    if source.one_in(6):
        calls = [_odd(source, _call) for _ in range(source.below(3))]
        delta["tool_calls"] = _odd(source, lambda s: calls)
    if source.one_in(20):
        delta["function_call"] = _odd(source, lambda s: _call(s)["function"])
    return delta


def _choice(source: Source) -> dict[str, Any]:
    name = source.choice(("delta", "delta", "delta", "delta", "message", "text"))
    choice: dict[str, Any] = {}
    choice[name] = _odd(source, _text if name == "text" else _delta)
    if source.below(4):
        choice["index"] = _odd(source, lambda s: 0 if s.below(6) else s.below(3))
    if source.one_in(4):
        choice["finish_reason"] = _odd(source, lambda s: s.choice(("stop", None, "null", "error")))
    return choice


def _usage(source: Source) -> dict[str, Any]:
    names = ("prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details")
    return {name: _odd(source, lambda s: s.below(100)) for name in names if source.below(2)}


def _payload(source: Source, depth: int = 2) -> Any:
    kind = source.below(20)
    if kind == 0:
        return json_value(source)
    if kind == 1:
        return {"error": _odd(source, lambda s: {"message": _text(s), "code": json_value(s, 1)})}
    if kind == 2:
        inner = _payload(source, depth - 1) if depth else None
        return {
            "Type": "string",
            "Data": inner,
            "Err": _text(source),
            "Code": json_value(source, 1),
        }
    if kind == 3 and depth:
        return {"Code": 0, "Data": _payload(source, depth - 1)}
    payload: dict[str, Any] = {"id": _odd(source, lambda s: "x"), "model": "m"}
    choices = [_odd(source, _choice) for _ in range(2 if source.one_in(12) else 1)]
    payload["choices"] = _odd(source, lambda s: choices)
    if source.one_in(8):
        payload["usage"] = _odd(source, _usage)
    if source.one_in(16):
        payload["error"] = json_value(source, 1)
    return payload


def _event(source: Source) -> bytes:
    if source.one_in(10):
        return source.choice(_NOISE)
    if source.one_in(8):
        return b"data: [DONE]\n\n"
    text = json.dumps(
        _payload(source),
        ensure_ascii=source.one_in(3),
        indent=source.choice((None, None, None, 1)),
    )
    data = text.encode("utf-8", "surrogatepass" if source.one_in(4) else "replace")
    if source.one_in(30):
        data = data[: source.below(len(data) + 1)]
    colon = source.choice((b"data: ", b"data:"))
    if source.below(2):
        data = data.replace(b"\n", b"\n" + colon)
    end = source.choice((b"\n\n", b"\n\n", b"\n\n", b"\n", b""))
    before = source.choice((b"", b"", b"", b": ping\n\n", b"id: 7\n", b"event: message\n"))
    return before + colon + data + end


# As services write them, over and over with another text: what is made to be read fast.
_FRAMES = (
    '{"id":"c","choices":[{"index":0,"delta":{"content":%s},"finish_reason":null}]}',
    '{"id": "c", "choices": [{"delta": {"content": %s, "role": "assistant"}, "index": 0}]}',
    '{"choices":[{"index":0,"delta":{"reasoning_content":%s,"content":null}}],"usage":null}',
    '{"choices":[{"index":1,"delta":{"content":%s}}],"content":"content","x":"\\"content\\":"}',
    '{"choices":[{"delta":{"content":"a","content":%s}}]}',
    '{"model":"%%s","choices":[{"delta":{"role":"assistant","content":%s}}],"n":1e3}',
)
_INSIDES = (
    "你", "好。", "", '"', "\\", '\\"', '"}}]}', "\n\ndata: ",
    '","', "\x00", "😀", "\ud83d", "\ude00", "%s",
    '"content":"', "\u2028", "}", "[DONE]", "-", " ", "x" * 500, "\\u0041", "\r",
)  # fmt: skip


def _usual(source: Source) -> bytes:
    """Return events that are the same but for their text, most of them."""
    frame = source.choice(_FRAMES)
    events: list[bytes] = []
    for _ in range(source.below(16)):
        text = json.dumps(source.choice(_INSIDES), ensure_ascii=source.one_in(3))
        data = b"data: " + (frame % text).encode("utf-8", "surrogatepass") + b"\n\n"
        if source.one_in(12):
            at = source.below(len(data))
            data = data[:at] + source.take(3) + data[at + source.below(3) :]
        if source.one_in(12):
            data = _event(source)
        events.append(data)
        if source.one_in(16):
            frame = source.choice(_FRAMES)
    end = source.choice((b"data: [DONE]\n\n", b"data:[DONE]", b""))
    return b"".join(events) + end


def stream(source: Source) -> tuple[bytes, str]:
    """Return a body, and how it is packed."""
    if source.one_in(2):
        body = _usual(source)
    elif source.one_in(6):
        documents = [json.dumps(_payload(source)) for _ in range(1 + source.below(2))]
        body = source.choice(("\n", "", " ")).join(documents).encode("utf-8", "replace")
    else:
        body = b"".join(_event(source) for _ in range(source.below(8)))
        line_end = source.choice(_LINE_ENDS)
        if line_end != b"\n":
            body = body.replace(b"\n", line_end)
    if source.one_in(16):
        body = b"\xef\xbb\xbf" + body
    packing = source.below(24)
    if packing == 23:
        return gzip.compress(body, 1, mtime=0), "gzip"
    if packing == 22:
        return zlib.compress(body, 1), "deflate"
    if packing == 21:
        return body, "gzip"
    return body, ""

"""Answers as the services put them on the wire, for scripts and for the sans-IO tests."""

from __future__ import annotations

import json
from typing import Any

DONE = b"data: [DONE]\n\n"


def event(payload: Any) -> bytes:
    """One event; what is no string becomes JSON."""
    text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    return f"data: {text}\n\n".encode()


def piece(text: str | None = None, finish: str | None = None, index: int = 0, **delta: Any) -> Any:
    """One chunk of a streamed completion."""
    if text is not None:
        delta["content"] = text
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1724669253,
        "model": "reported",
        "choices": [{"index": index, "delta": delta, "finish_reason": finish}],
    }


def delta(text: str | None = None, finish: str | None = None, index: int = 0, **more: Any) -> bytes:
    """One chunk of a streamed completion, as an event."""
    return event(piece(text, finish, index, **more))


def completion(text: str = "你好。", **fields: Any) -> dict[str, Any]:
    """A completion in one piece."""
    message = {"role": "assistant", "content": text}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1724669253,
        "model": "reported",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        **fields,
    }


def error(message: str, code: Any = "", type_: str = "new_api_error") -> dict[str, Any]:
    """星芸's form of an error."""
    return {"error": {"message": message, "type": type_, "param": "", "code": code}}


def envelope(code: Any, words: str | None = None, data: Any = None) -> dict[str, Any]:
    """阿水's form of an error, and of success."""
    return {"Type": "string", "Data": data, "Err": words, "Code": code}


STREAM = delta("你") + delta("好。") + delta("", "stop") + DONE
"""A stream as it should be: its text is 你好。"""

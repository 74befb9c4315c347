"""How an answer travels: at what pace, in what pieces, and what goes wrong.

Both services describe their answers as a `Body` or an `EventStream`; this file
alone sends bytes, and is where the faults of the wire are committed.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Receive, Scope, Send

from .faults import Faults, Strike
from .state import Closing, RecordedRequest, State

DONE = "[DONE]"

# Giving way every so often lets other requests, and a client's leaving, be seen
# even when nothing paces the stream.
_FRAMES_PER_TURN = 16

_PIECE = 8192  # bytes of an answer that is sent in pieces


@dataclass(frozen=True)
class Frame:
    """One server-sent event, and how many tokens of the answer it carries."""

    payload: Any
    tokens: int = 0


@dataclass(frozen=True)
class Body:
    """A whole answer; `in_pieces` sends it as one whose length is not known yet."""

    content: bytes
    status: int = 200
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    tokens: int = 0
    in_pieces: bool = False


@dataclass(frozen=True)
class EventStream:
    """An answer in events. `prefix` is `data: ` for 星芸 and `data:` for 阿水."""

    frames: Sequence[Frame]
    prefix: str
    headers: dict[str, str] = field(default_factory=dict)


def json_body(
    value: Any, *, status: int = 200, headers: dict[str, str] | None = None, tokens: int = 0
) -> Body:
    """Make a body of JSON, with Chinese left readable."""
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "replace"
    )
    return Body(content, status, headers=headers or {}, tokens=tokens)


class Delivery:
    """An ASGI response that sends one answer to one request."""

    def __init__(
        self,
        answer: Body | EventStream,
        *,
        state: State,
        record: RecordedRequest,
        strike: Strike | None = None,
    ) -> None:
        self._answer = answer
        self._state = state
        self._faults = state.faults
        self._record = record
        self._strike = strike or Strike()
        self._gone: asyncio.Task[Any] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer; stop quietly when the client leaves or the server closes."""
        self._gone = asyncio.create_task(_until_disconnected(receive))
        try:
            await self._pause(self._faults.latency)
            if isinstance(self._answer, Body):
                await self._send_body(self._answer, send)
            else:
                await self._send_stream(self._answer, send)
        except Closing:
            # Returning with the response unfinished makes uvicorn close the
            # connection, which is what a cut looks like from outside.
            self._record.outcome = "disconnected" if self._gone.done() else "cut"
        finally:
            self._gone.cancel()

    async def _send_body(self, body: Body, send: Send) -> None:
        await self._pause(self._seconds_for(body.tokens))
        headers = {"content-type": body.media_type, **body.headers}
        if not body.in_pieces:
            headers["content-length"] = str(len(body.content))
        await _start(send, body.status, headers)
        half = len(body.content) // 2
        if self._strike.cut:
            await _write(send, body.content[:half])
            raise Closing
        if self._strike.stall:
            await _write(send, body.content[:half])
            await self._pause(self._faults.stall_seconds)
            await _write(send, body.content[half:], more=False)
        else:
            for start in range(0, len(body.content), _PIECE) if body.in_pieces else ():
                await _write(send, body.content[start : start + _PIECE])
                await self._pause(0)
            await _write(send, b"" if body.in_pieces else body.content, more=False)
        self._finish("completed" if body.status < 400 else "refused")

    async def _send_stream(self, stream: EventStream, send: Send) -> None:
        headers = {"content-type": "text/event-stream", "cache-control": "no-cache"}
        await _start(send, 200, headers | stream.headers)
        async for data in self._pieces(stream):
            await _write(send, data)
        await _write(send, b"", more=False)
        self._finish("completed")

    async def _pieces(self, stream: EventStream) -> AsyncIterator[bytes]:
        frames = list(_without(stream.frames, self._faults))
        half = len(frames) // 2
        for index, frame in enumerate(frames):
            if index == half and self._strike.cut:
                raise Closing
            if index == half and self._strike.stall:
                await self._pause(self._faults.stall_seconds)
            if index % _FRAMES_PER_TURN == 0:
                await self._pause(0)
            await self._pause(self._seconds_for(frame.tokens))
            data = _encode(frame, stream.prefix, self._faults)
            size = self._faults.split_bytes or len(data)
            for start in range(0, len(data), size):
                yield data[start : start + size]

    def _finish(self, outcome: Any) -> None:
        if self._record.outcome == "pending":
            self._record.outcome = outcome

    def _seconds_for(self, tokens: int) -> float | None:
        pace = self._state.tokens_per_second
        return tokens / pace if pace and tokens else None

    async def _pause(self, seconds: float | None) -> None:
        """Wait, but no longer than the client does; None does not even give way."""
        if seconds is None:
            return
        if seconds == 0:
            await asyncio.sleep(0)
        else:
            closing = asyncio.create_task(self._state.closing.wait())
            waiting = {closing} | ({self._gone} if self._gone else set())
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            closing.cancel()
        if self._state.closing.is_set() or (self._gone and self._gone.done()):
            raise Closing


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _start(send: Send, status: int, headers: dict[str, str]) -> None:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def _write(send: Send, data: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": more})


def _without(frames: Sequence[Frame], faults: Faults) -> Iterator[Frame]:
    """Leave out what the faults say that a stream should lack."""
    for frame in frames:
        if faults.no_done and frame.payload == DONE:
            continue
        if faults.no_finish_reason and isinstance(frame.payload, dict):
            choices = [
                {**choice, "finish_reason": None} for choice in frame.payload.get("choices") or []
            ]
            payload = {**frame.payload, "choices": choices} if choices else frame.payload
            yield Frame(payload, frame.tokens)
        else:
            yield frame


def _encode(frame: Frame, prefix: str, faults: Faults) -> bytes:
    payload = frame.payload
    if not isinstance(payload, str):
        indent, separators = (2, None) if faults.pretty_json else (None, (",", ":"))
        payload = json.dumps(payload, ensure_ascii=False, indent=indent, separators=separators)
    # Lines after the first have no `data:` on 阿水's page; a standard reader would
    # drop them, so each line gets one here, which reads the same either way.
    lines = [prefix + line for line in payload.split("\n")]
    if faults.heartbeats:
        lines = [": keep-alive", "", *lines]
    end = "\r\n" if faults.crlf else "\n"
    return (end.join(lines) + end * 2).encode("utf-8", "replace")


class QuietCuts(logging.Filter):
    """Keeps uvicorn from reporting, as an error, a response that was cut on purpose."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every other record through."""
        return "without completing response" not in record.getMessage()

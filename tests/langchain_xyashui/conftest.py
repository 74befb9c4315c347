"""Both chat models on the emulator, the four ways to ask them, and a service with a script."""

from __future__ import annotations

import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from functools import reduce
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from operator import add
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from langchain_xyashui import ChatAShui, ChatXingYun
from xyashui.emulator import Emulator

Make = Callable[..., Any]
Ask = Callable[..., Awaitable[AIMessage]]


@pytest.fixture
def xingyun(emulator: Emulator) -> Make:
    def make(**settings: Any) -> ChatXingYun:
        given = {"api_key": "test-key", "base_url": emulator.xingyun_url, "max_retries": 0}
        return ChatXingYun(**{**given, **settings})

    return make


@pytest.fixture
def ashui(emulator: Emulator) -> Make:
    def make(**settings: Any) -> ChatAShui:
        given = {"api_key": "test-key", "base_url": emulator.ashui_url, "max_retries": 0}
        return ChatAShui(**{**given, **settings})

    return make


@pytest.fixture(params=["xingyun", "ashui"])
def either(request: pytest.FixtureRequest) -> Make:
    """Make a model of each provider in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def sent(emulator: Emulator) -> Callable[[], list[Any]]:
    """Return the bodies that were really sent since the test began."""
    start = len(emulator.requests)
    return lambda: [one.body for one in emulator.requests[start:] if one.service != "files"]


async def _invoke(model: Any, asked: Any, /, **options: Any) -> AIMessage:
    return model.invoke(asked, **options)


async def _ainvoke(model: Any, asked: Any, /, **options: Any) -> AIMessage:
    return await model.ainvoke(asked, **options)


async def _stream(model: Any, asked: Any, /, **options: Any) -> AIMessage:
    return reduce(add, list(model.stream(asked, **options)))


async def _astream(model: Any, asked: Any, /, **options: Any) -> AIMessage:
    return reduce(add, [chunk async for chunk in model.astream(asked, **options)])


@pytest.fixture(params=[_invoke, _ainvoke, _stream, _astream], ids=lambda way: way.__name__[1:])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Ask in each of the four ways in turn; a stream's chunks are added up."""
    return request.param


class Service:
    """Answers every request with what `answer` was given last, over a real socket."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.bodies: list[Any] = []
        self.content_type = "text/event-stream"
        self.content = b""

    def answer(self, *deltas: dict[str, Any], finish: str = "stop", **fields: Any) -> None:
        """Stream these deltas of one answer, or, asked for no stream, their sum."""
        events = [{"choices": [{"index": 0, "delta": delta}], **fields} for delta in deltas]
        events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        lines = [f"data: {json.dumps(event)}\n\n" for event in events]
        self.content_type = "text/event-stream"
        self.content = "".join([*lines, "data: [DONE]\n\n"]).encode()

    def answer_whole(self, message: dict[str, Any], finish: str = "stop", **fields: Any) -> None:
        """Answer with one JSON completion, asked for a stream or not."""
        choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
        self.content_type = "application/json"
        self.content = json.dumps({"choices": [choice], **fields}).encode()


@pytest.fixture
def service() -> Iterator[Service]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            scripted.bodies.append(json.loads(self.rfile.read(length)))
            self.send_response(200)
            self.send_header("Content-Type", scripted.content_type)
            self.send_header("Content-Length", str(len(scripted.content)))
            self.end_headers()
            self.wfile.write(scripted.content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    scripted = Service(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield scripted
    server.shutdown()
    server.server_close()

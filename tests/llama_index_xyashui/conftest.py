"""Both LLMs, talking to the emulator, and a server that says exactly what a test wants."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from llama_index_xyashui import AShui, XingYun
from xyashui.emulator import Emulator

Make = Callable[..., XingYun | AShui]


@pytest.fixture
def xingyun(emulator: Emulator) -> Callable[..., XingYun]:
    def make(**settings: Any) -> XingYun:
        return XingYun(**{"api_key": "test-key", "base_url": emulator.xingyun_url, **settings})

    return make


@pytest.fixture
def ashui(emulator: Emulator) -> Callable[..., AShui]:
    def make(**settings: Any) -> AShui:
        return AShui(**{"api_key": "test-key", "base_url": emulator.ashui_url, **settings})

    return make


@pytest.fixture(params=["xingyun", "ashui"])
def make(request: pytest.FixtureRequest) -> Make:
    """Each service in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def sent(emulator: Emulator) -> Callable[[], dict[str, Any]]:
    """The body that was sent last."""
    return lambda: emulator.requests[-1].body


class Script:
    """A server on a raw socket: every connection gets the same bytes.

    Attributes:
        gone: Set once a client has closed its connection.
        hold: Whether to keep a connection open after its bytes, until the client goes.
    """

    def __init__(self) -> None:
        self.reply = b""
        self.hold = False
        self.gone = threading.Event()
        self.bodies: list[dict[str, Any]] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def says(self, *deltas: dict[str, Any], finish: str | None = "stop") -> None:
        """Stream these deltas."""
        events = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
        if finish:
            events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        body = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
        self.streams(body + "data: [DONE]\n\n" if finish else body)

    def streams(self, body: str) -> None:
        self.reply = (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
            + body.encode()
        )

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            data = b""
            while b"\r\n\r\n" not in data:
                data += connection.recv(65536)
            head, _, body = data.partition(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            while len(body) < length:
                body += connection.recv(65536)
            self.bodies.append(json.loads(body))
            connection.sendall(self.reply)
            if self.hold:
                connection.settimeout(10)
                try:
                    while connection.recv(65536):
                        pass
                except ConnectionError:
                    pass
                self.gone.set()


@pytest.fixture
def script() -> Iterator[Script]:
    server = Script()
    yield server
    server.close()

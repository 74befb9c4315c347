"""A service on loopback that embeds as a test wants it to.

    with serve_vectors() as service:
        ...  # each text gets the vector that `vector` makes of it
        assert service.inputs == [["a", "b"], ["c"]]

`service.answer = function` has `function(texts, service)` answer instead: what it returns is the
body, or a body and a status.
"""

from __future__ import annotations

import base64
import json
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[list[str], "VectorService"], Any]


def vector(text: str) -> list[float]:
    """A text's vector: four numbers that a float of four bytes holds exactly."""
    data = text.encode()
    return [float(len(text)), float(sum(data)), float(data[0]), float(data[-1])]


def vectors(*texts: str) -> list[list[float]]:
    return [vector(text) for text in texts]


def encoded(numbers: list[float]) -> str:
    """As they travel under `encoding_format` "base64"."""
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def answered(texts: list[str], **fields: Any) -> dict[str, Any]:
    """A good answer, in OpenAI's shape."""
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": encoded(vector(text))}
            for index, text in enumerate(texts)
        ],
        "model": "reported",
        "usage": {"prompt_tokens": len(texts), "total_tokens": len(texts)},
        **fields,
    }


def refused(message: str = "参数错误", status: int = 400, code: str = "") -> tuple[Any, int]:
    error = {"message": message, "type": "new_api_error", "param": "", "code": code}
    return {"error": error}, status


class VectorService:
    """What the service has seen, and how it answers.

    Attributes:
        bodies: What was sent, request by request, in the order of their coming.
        embedded: How often each text got its vector.
        most_at_once: The most requests that were under way at the same time.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.answer: Answer = lambda texts, service: answered(texts)
        self.headers: dict[str, str] = {}
        self.bodies: list[dict[str, Any]] = []
        self.embedded: Counter[str] = Counter()
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()

    @property
    def inputs(self) -> list[list[str]]:
        return [body["input"] for body in self.bodies]

    def respond(self, body: dict[str, Any]) -> tuple[Any, int]:
        with self._lock:
            self.bodies.append(body)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            said = self.answer(body["input"], self)
            payload, status = said if isinstance(said, tuple) else (said, 200)
        finally:
            with self._lock:
                self._at_once -= 1
        if status == 200:
            self.embedded.update(body["input"])
        return payload, status


@contextmanager
def serve_vectors() -> Iterator[VectorService]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            payload, status = service.respond(json.loads(self.rfile.read(length)))
            data = json.dumps(payload).encode()
            self.send_response(status)
            for name, value in (service.headers if status != 200 else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # a client that leaves early is part of some tests
    service = VectorService(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield service
    server.shutdown()
    server.server_close()


def refuse_any_with(word: str, *, named: bool = False) -> Answer:
    """Refuse each batch that has a text with `word` in it, and say which it is, or do not."""

    def answer(texts: list[str], service: VectorService) -> Any:
        for index, text in enumerate(texts):
            if word in text:
                where = f"Invalid 'input[{index}]': " if named else ""
                return refused(f"{where}no such text, please")
        return answered(texts)

    return answer

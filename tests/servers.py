"""A server that plays scripted bytes on loopback, whatever HTTP says about them.

    with FaultServer([http(b"{}", status=503)], [chunked(DONE)]) as server:
        ...  # the first request gets the first script, the second and all later ones the second
        assert len(server.requests) == 2

A script is a list of steps: bytes are sent, functions are called with the connection. When a
script is through, the connection waits for the next request, unless a step has closed it.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

_PATIENCE = 20.0  # seconds after which nothing may hold a test any longer


@dataclass(frozen=True)
class Request:
    """A request as it arrived; `connection` counts from 1."""

    head: bytes
    body: bytes
    connection: int

    @property
    def target(self) -> str:
        return self.head.split(b" ", 2)[1].decode()

    @property
    def headers(self) -> list[tuple[str, str]]:
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        return [
            (name.lower(), value.strip()) for name, _, value in (x.partition(":") for x in lines)
        ]

    def header(self, name: str) -> str | None:
        """The one value of a header; more than one is a mistake of the client's."""
        values = [value for known, value in self.headers if known == name]
        assert len(values) <= 1, values
        return values[0] if values else None

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """One connection, as the steps of a script see it."""

    def __init__(self, server: FaultServer, sock: socket.socket) -> None:
        self.server = server
        self.sock = sock
        self.open = True
        self.request: Request | None = None  # the last one that it brought

    def send(self, data: bytes) -> None:
        try:
            self.sock.sendall(data)
        except (ConnectionError, ssl.SSLError):
            self._gone()

    def receive(self) -> bytes:
        """Return what the client sends; b"" once it has left."""
        try:
            data = self.sock.recv(65536)
        except (ConnectionError, ssl.SSLError):
            data = b""
        if not data:
            self._gone()
        return data

    def _gone(self) -> None:
        if self.open and not self.server.closing.is_set():
            self.server.left.release()
        self.open = False

    def close(self) -> None:
        self.open = False
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


Step = bytes | Callable[[Connection], None]
Script = Sequence[Step]


def close(connection: Connection) -> None:
    """End the connection in good order, which is also how a response without a length ends."""
    connection.close()


def half_close(connection: Connection) -> None:
    """Say that nothing more will be sent, and go on listening."""
    connection.sock.shutdown(socket.SHUT_WR)


def reset(connection: Connection) -> None:
    """Break the connection off (RST)."""
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.open = False
    connection.sock.close()


def hold(connection: Connection) -> None:
    """Be silent until the client leaves."""
    with suppress(TimeoutError):
        while connection.receive():
            pass


class Ever:
    """A step that sends `data` again and again, for `patience` seconds or until the client leaves.

    Attributes:
        heard_out: Whether a client has stayed to the end of it.
    """

    def __init__(self, data: bytes, pause: float = 0.05, patience: float = _PATIENCE) -> None:
        self.heard_out = False
        self._data = data
        self._pause = pause
        self._times = int(patience / pause)

    def __call__(self, connection: Connection) -> None:
        connection.sock.settimeout(self._pause)
        for _ in range(self._times):
            connection.send(self._data)
            with suppress(TimeoutError):
                connection.receive()
            if not connection.open:
                return
        self.heard_out = True


class Flood:
    """A step that sends `data` again and again without a pause, for as long as `Ever` does.

    Attributes:
        heard_out: Whether a client has stayed to the end of it.
    """

    def __init__(self, data: bytes, patience: float = _PATIENCE) -> None:
        self.heard_out = False
        self._data = data
        self._patience = patience

    def __call__(self, connection: Connection) -> None:
        until = monotonic() + self._patience
        while connection.open and monotonic() < until:
            connection.send(self._data)
        self.heard_out = connection.open


def drip(connection: Connection) -> None:
    """Send byte after byte of something that never ends, until the client leaves."""
    connection.send(b"1;")  # a chunk, with an extension
    Ever(b"x")(connection)


def wait(seconds: float) -> Step:
    """Be silent for a while."""
    return lambda connection: connection.server.closing.wait(seconds)


def taken(connection: Connection) -> None:
    """Wait until the client has read all that was sent: what is sent next comes by itself."""
    here, there = connection.sock.getsockname()[1], connection.sock.getpeername()[1]
    until = monotonic() + _PATIENCE
    while _on_its_way(here, there) and monotonic() < until:
        if connection.server.closing.wait(0.005):
            return


def _on_its_way(here: int, there: int) -> int:
    """Bytes between two ports of this machine that have been sent from one, and not been read."""
    try:
        table = Path("/proc/net/tcp").read_text().splitlines()[1:]
    except OSError:  # this is no Linux
        sleep(0.1)
        return 0
    rows = [row.split() for row in table]  # number, from, to, state, "unsent:unread", ...
    queues = {tuple(int(end[-4:], 16) for end in row[1:3]): row[4].split(":") for row in rows}
    unsent, unread = queues.get((here, there)), queues.get((there, here))
    return int(unsent[0] if unsent else "0", 16) + int(unread[1] if unread else "0", 16)


def trickle(data: bytes, size: int = 1, pause: float = 0.0) -> Step:
    """Send a few bytes at a time, each in a packet of its own."""

    def step(connection: Connection) -> None:
        for start in range(0, len(data), size):
            connection.send(data[start : start + size])
            connection.server.closing.wait(pause)

    return step


class FaultServer:
    """Plays one script for each request; the last script for all that follow.

    Args:
        *scripts: The scripts.
        greeting: A script that is played on each connection before anything is read.
        tls: Speak TLS, with this server's side of it.
        narrow: Take small packets only, and few at once, as at the end of a slow line.
    """

    def __init__(
        self,
        *scripts: Script,
        greeting: Script = (),
        tls: ssl.SSLContext | None = None,
        narrow: bool = False,
    ) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.left = threading.Semaphore(0)  # released whenever a client leaves
        self.closing = threading.Event()
        self._scripts = scripts
        self._greeting = greeting
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        if narrow:  # connections have it from here, and say so when they are made
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"{'http' if self._tls is None else 'https'}://127.0.0.1:{self.port}"

    def __enter__(self) -> FaultServer:
        return self

    def __exit__(self, *exc: object) -> None:
        self.closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            sockets = list(self._open)
        for sock in sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_PATIENCE)

    def play(self, *scripts: Script) -> None:
        """Set the scripts, where they need the server's address."""
        self._scripts = scripts

    def heard(self, requests: int) -> int:
        """Wait until so many requests have been read; return how many there are then."""
        until = monotonic() + _PATIENCE
        while len(self.requests) < requests and monotonic() < until:
            sleep(0.005)
        return len(self.requests)

    def client_left(self) -> bool:
        """Wait until a client closes a connection; False if none does."""
        return self.left.acquire(timeout=_PATIENCE)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                sock.settimeout(_PATIENCE)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                thread = threading.Thread(
                    target=self._serve, args=(sock, self.connections), daemon=True
                )
                self._threads.append(thread)
                with self._lock:
                    self._open.add(sock)
                thread.start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        with suppress(OSError):  # a handshake that fails is one
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
                with self._lock:
                    self._open.add(sock)  # in the place of the one that it has taken over
        connection = Connection(self, sock)
        with suppress(OSError):
            self._play(connection, self._greeting)
            while connection.open and (request := _read(connection, number)) is not None:
                with self._lock:
                    script = self._scripts[min(len(self.requests), len(self._scripts) - 1)]
                    self.requests.append(request)
                connection.request = request
                self._play(connection, script)
        with self._lock:
            self._open.discard(sock)
        connection.close()

    @staticmethod
    def _play(connection: Connection, script: Script) -> None:
        for step in script:
            if not connection.open:
                return
            if isinstance(step, bytes):
                connection.send(step)
            else:
                step(connection)


def _read(connection: Connection, number: int) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.receive()):
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(Request(head, b"", number).header("content-length") or 0)
    while len(body) < length:
        if not (more := connection.receive()):
            return None
        body += more
    return Request(head, body, number)


@contextmanager
def closed_port() -> Iterator[int]:
    """Give a port at which nobody listens, nor can: it is taken."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


# HTTP


def head(
    status: int = 200, content_type: str | None = "text/event-stream", /, **headers: object
) -> bytes:
    """The head of a response; `retry_after=1` becomes `retry-after: 1`."""
    if content_type is not None:
        headers["content_type"] = content_type
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
    return f"HTTP/1.1 {status} Whatever\r\n{''.join(lines)}\r\n".encode()


def http(
    body: bytes | object = b"",
    status: int = 200,
    content_type: str | None = "application/json",
    /,
    **headers: object,
) -> bytes:
    """A whole response with its length; what is no bytes becomes JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return head(status, content_type, **{"content_length": len(data), **headers}) + data


def chunk(data: bytes) -> bytes:
    """One chunk of a response in chunks."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


CHUNKED = head(transfer_encoding="chunked")
LAST_CHUNK = b"0\r\n\r\n"


def chunked(*pieces: bytes) -> bytes:
    """A whole stream, one HTTP chunk for each piece."""
    return CHUNKED + b"".join(chunk(piece) for piece in pieces) + LAST_CHUNK

"""A raw-socket server that sends prebuilt bytes, in a process of its own.

It parses of HTTP what it needs to know where a request ends, and of JSON nothing, so that it is
never what is waited for. `running` starts it; as a program it prints its port and serves until its
standard input closes, that is until whoever started it has ended.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from benchmarks import wire
from benchmarks.machine import PROJECT, pin, raise_open_files

__all__ = ["running"]

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_READ = 256 * 1024
_BACKLOG = 2048
_PAUSE = 0.0005  # seconds between two events of a spaced answer
_THINKING = 0.002  # seconds before a paced answer: whoever asked is waiting at the socket by then


@contextmanager
def running(core: int | None = None) -> Iterator[str]:
    """Run the server, and give its address.

    Args:
        core: The CPU core that it has for itself; `None` lets it run anywhere.
    """
    command = [sys.executable, "-m", "benchmarks.server"]
    if core is not None:
        command += ["--core", str(core)]
    with subprocess.Popen(
        command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            port = process.stdout.readline().strip()
            if not port:
                raise RuntimeError("the server for the benchmarks did not start; see above")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.stdin.close()


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG) as listener:
        listener.setblocking(False)
        print(listener.getsockname()[1], flush=True)
        conversations: set[asyncio.Task[None]] = set()
        while True:
            connection, _ = await loop.sock_accept(listener)
            conversation = asyncio.create_task(_converse(connection))
            conversations.add(conversation)
            conversation.add_done_callback(conversations.discard)


async def _converse(connection: socket.socket) -> None:
    """Answer one request after another on a connection, until the client leaves."""
    loop = asyncio.get_running_loop()
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection, suppress(OSError):
        received = bytearray()
        while request := await _request(connection, received):
            wanted = wire.script(request)
            if wanted.kind == "paced":
                await asyncio.sleep(_THINKING)
                first = wire.stamped(wanted.dialect, time.monotonic_ns())
                await loop.sock_sendall(connection, first)
                await loop.sock_sendall(connection, wire.finale(wanted.dialect, wanted.length))
            elif wanted.kind == "spaced":
                for piece in wire.spaced(wanted.dialect, wanted.length):
                    await loop.sock_sendall(connection, piece)
                    await asyncio.sleep(_PAUSE)
            elif wanted.kind == "stream":
                await loop.sock_sendall(connection, wire.stream(wanted.dialect, wanted.length))
            else:
                await loop.sock_sendall(connection, wire.whole(wanted.dialect, wanted.length))


async def _request(connection: socket.socket, received: bytearray) -> bytes:
    """Return the next request, b"" where none comes; `received` keeps what follows it."""
    loop = asyncio.get_running_loop()
    wanted = 0
    while not wanted or len(received) < wanted:
        if not wanted and (end := received.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(received, 0, end)
            wanted = end + 4 + (int(length[1]) if length else 0)
            continue
        data = await loop.sock_recv(connection, _READ)
        if not data:
            return b""
        received += data
    request = bytes(received[:wanted])
    del received[:wanted]
    return request


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


def _main() -> None:
    parser = argparse.ArgumentParser(description="Send prebuilt answers, for the benchmarks.")
    parser.add_argument("--core", type=int, help="the CPU core to stay on")
    given = parser.parse_args()
    if given.core is not None:
        pin({given.core})
    raise_open_files()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    asyncio.run(_serve())


if __name__ == "__main__":
    _main()

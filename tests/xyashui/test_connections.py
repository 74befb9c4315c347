"""What httpcore writes piece by piece leaves in one, and nothing stays behind."""

from __future__ import annotations

from typing import Any

import pytest

from tests.servers import FaultServer, http
from xyashui import Client, XyashuiError
from xyashui.connections import _AsyncPoolStream, _PoolStream

HEAD = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n"


class Socket:
    """A connection that notes what is written to it, and has nothing to say."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes, timeout: float | None = None) -> None:
        self.written += [data] if data else []

    def read(self, size: int, timeout: float | None = None) -> bytes:
        return b""


class AsyncSocket(Socket):
    async def write(self, data: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        super().write(data)

    async def read(self, size: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        return b""


LARGE = b"x" * 70_000


@pytest.mark.parametrize(
    ("pieces", "written"),
    [
        ([HEAD, b"{}", b""], [HEAD + b"{}"]),
        ([HEAD, b""], [HEAD]),
        ([HEAD, LARGE, LARGE, b""], [HEAD + LARGE, LARGE]),
        ([HEAD, b"2\r\n{}\r\n", b"0\r\n\r\n"], [HEAD + b"2\r\n{}\r\n0\r\n\r\n"]),
    ],
)
class TestARequest:
    def test_leaves_with_its_head(self, pieces: list[bytes], written: list[bytes]) -> None:
        socket = Socket()
        stream = _PoolStream(socket)
        for piece in pieces:
            stream.write(piece)
        stream.read(1)
        assert socket.written == written

    async def test_does_so_where_it_is_awaited(
        self, pieces: list[bytes], written: list[bytes]
    ) -> None:
        socket: Any = AsyncSocket()
        stream = _AsyncPoolStream(socket)
        for piece in pieces:
            await stream.write(piece)
        await stream.read(1)
        assert socket.written == written


def test_one_connection_carries_one_request_after_another() -> None:
    answer = http({"choices": [{"message": {"content": "好"}, "finish_reason": "stop"}]})
    with FaultServer([answer]) as server:
        client = Client("xingyun", api_key="test-key", base_url=server.url)
        questions = ["一", "二", "三" * 10_000]
        assert [client.chat(question).text for question in questions] == ["好"] * 3
        assert server.connections == 1
        asked = [request.json["messages"][0]["content"] for request in server.requests]
        assert asked == questions


def test_the_log_has_a_line_for_each_request(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "xyashui")
    refusal = http({"error": {"message": "no"}}, 400)
    with FaultServer([refusal]) as server, pytest.raises(XyashuiError):
        Client("xingyun", api_key="test-key", base_url=server.url).chat("?")
    told = [one.getMessage() for one in caplog.records if one.name == "xyashui"]
    assert told == ["POST to 127.0.0.1: HTTP 400"]

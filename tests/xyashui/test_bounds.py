"""What is read has an end, and is looked through once: at every place where bytes come in."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from itertools import chain
from typing import Any

import pytest

from tests.servers import Connection, FaultServer, head, http
from tests.wire import delta
from xyashui import XINGYUN, AsyncClient, Client, errors
from xyashui.answers import Chunk
from xyashui.citations import find_citations
from xyashui.documents import Document
from xyashui.emulation.stop import StopStage
from xyashui.emulation.tool_parser import ToolCallStage
from xyashui.sse import SSEDecoder
from xyashui.streaming import AnswerReader

MEGABYTE = 1024 * 1024


def test_an_event_that_looks_as_the_last_one_did_has_the_same_limit():
    reader = AnswerReader(XINGYUN, "m", max_event_bytes=1000)
    for _ in range(20):  # until it is known what the events have in common
        assert [chunk.text for chunk in reader.feed(delta("济南"))] == ["济南"]
    with pytest.raises(errors.ProtocolError, match="max_event_bytes"):
        list(reader.feed(delta("x" * 2000)))


def test_a_stream_without_end_is_over_after_a_gigabyte():
    heartbeat = b"data:null" + b" " * (32 * MEGABYTE - 11) + b"\n\n"
    reader = AnswerReader(XINGYUN, "m")
    for _ in range(32):
        assert list(reader.feed(heartbeat)) == []
    with pytest.raises(errors.ProtocolError, match="more than 1073741824 bytes"):
        list(reader.feed(heartbeat))


PIECES = {
    "one by one": (delta("好"), 1, []),
    "many at once": (delta(None, reasoning_content="好"), 1000, []),
    "with a stage": (delta("好"), 1000, [StopStage(["再见"])]),
}


@pytest.mark.parametrize(("piece", "at_once", "stages"), PIECES.values(), ids=PIECES)
def test_pieces_without_end_are_over_after_a_million(piece, at_once, stages):
    reader = AnswerReader(XINGYUN, "m", stages=stages)
    reads = [piece * at_once] * (1_000_000 // at_once + 3)
    with pytest.raises(errors.ProtocolError, match="more than 1000000 pieces") as caught:
        deque(chain.from_iterable(map(reader.feed, reads)), maxlen=0)
    answer = caught.value.partial
    assert answer is not None
    assert len(answer.text + answer.reasoning) >= 1_000_000


LONG = http({"data": [], "padding": "x" * 5000})


def test_the_result_of_an_endpoint_is_read_up_to_the_limit():
    with FaultServer([LONG]) as server, pytest.raises(errors.ProtocolError, match="more than 1000"):
        Client(api_key="test-key", base_url=server.url, max_event_bytes=1000).models()


async def test_that_of_an_awaited_one_too():
    with FaultServer([LONG]) as server, pytest.raises(errors.ProtocolError, match="more than 1000"):
        await AsyncClient(api_key="test-key", base_url=server.url, max_event_bytes=1000).models()


class Flood:
    """A step that sends megabytes until the client leaves; knows how many there were."""

    def __init__(self) -> None:
        self.sent = 0

    def __call__(self, connection: Connection) -> None:
        with suppress(OSError):
            while self.sent < 400 and connection.open:
                connection.send(b"x" * MEGABYTE)
                self.sent += 1


async def asked(settings: dict[str, Any], *, awaited: bool) -> None:
    if awaited:
        await AsyncClient(**settings).chat("hi")
    else:
        Client(**settings).chat("hi")


@pytest.mark.parametrize("awaited", [False, True])
async def test_the_page_of_a_refusal_is_read_up_to_a_megabyte(awaited: bool):
    flood = Flood()
    with FaultServer([head(500, "text/html"), flood]) as server:
        settings: dict[str, Any] = {"api_key": "test-key", "base_url": server.url, "max_retries": 0}
        with pytest.raises(errors.ServerError):
            await asked(settings, awaited=awaited)
        assert await asyncio.to_thread(server.client_left)
    assert flood.sent < 100, "what the sockets hold besides"


def test_a_long_line_that_trickles_in_is_not_taken_back_with_every_byte():
    decoder = SSEDecoder()
    decoder.feed(b"data: 1\n\ndata: " + b"x" * 1000)
    assert decoder.take_begun() == b"data: " + b"x" * 1000
    decoder.feed(b"data: " + b"x" * 10_000)
    assert decoder.take_begun() is None


def test_a_body_of_brackets_that_trickles_in_is_looked_at_now_and_then():
    document = Document()
    document.add(b'{"a": "' + b"x" * 1000)
    for _ in range(100):
        document.add(b"}")
        assert not document.is_closed()
    document.add(b'"}')
    assert not document.is_closed(), "though it is: it has not grown by a tenth since it was read"
    document.add(b" " * 100 + b"\n" + b'{"b": "' + b"x" * 1000 + b'"}')
    assert document.is_closed()


def test_a_tool_call_that_nests_without_end_is_refused_with_the_reason():
    stage = ToolCallStage({"f": {"type": "object"}})
    nest = "[" * 100_000 + "]" * 100_000
    written = f'<tool_call>{{"name": "f", "arguments": {{"a": {nest}}}}}</tool_call>'
    assert stage.feed(Chunk(written)) == []
    assert stage.close() == []
    assert "the call is no JSON" in str(stage.fault)


@pytest.mark.parametrize(("depth", "links"), [(1, 1), (4, 1), (20, 0)])
def test_an_address_with_more_parentheses_than_anybody_writes_is_none(depth: int, links: int):
    address = "https://a.cn/" + "(" * depth + "x" + ")" * depth
    assert len(find_citations(f"See [a]({address}).")) == links

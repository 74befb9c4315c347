"""h11 reads the same body, or finds the same fault, whether chunks were joined or not."""

from __future__ import annotations

from itertools import pairwise

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xyashui.chunked import ChunkJoiner
from xyashui.errors import ProtocolError

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

Read = tuple[bytes, str]
"""The body as far as h11 read it, and how that ended."""


def chunks(*pieces: bytes, line: bytes = b"%x\r\n") -> bytes:
    return b"".join(line % len(piece) + piece + b"\r\n" for piece in pieces)


def received(reads: list[bytes], *, join: bool) -> tuple[Read, int]:
    """What h11 makes of these reads of a connection, and in how many pieces."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "here")]))
    connection.send(h11.EndOfMessage())
    joiner = ChunkJoiner()
    joiner.begin()
    pieces: list[bytes] = []
    try:
        for read in [*reads, b""]:
            connection.receive_data(joiner.take(read) if join and read else read)
            while (event := connection.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.Data):
                    pieces.append(bytes(event.data))
                elif isinstance(event, h11.EndOfMessage):
                    left, closed = connection.trailing_data
                    return (b"".join(pieces), f"end, and {left!r}, {closed}"), len(pieces)
    except h11.RemoteProtocolError as error:
        return (b"".join(pieces), str(error)), len(pieces)
    return (b"".join(pieces), "open"), len(pieces)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in pairwise(edges) if b > a]


LINES = st.sampled_from(
    [b"%x\r\n", b"%X\r\n", b"00%x\r\n", b"%x;a=b\r\n", b"%x \r\n", b"%x\n", b"+%x\r\n", b"0x%x\r\n"]
)
WRONG = [b"", b"zz\r\n", b"\r\n", b"0\r\n", b"5\r\nabc", b"2\r\nabcd\r\n", b"1_0\r\n", b"f" * 30]
PIECES = st.lists(
    st.binary(min_size=1, max_size=20) | st.sampled_from([b"\r\n", b"a\r\n\r\n", b"3\r\nabc\r\n"]),
    max_size=12,
)
ENDS = st.sampled_from([b"0\r\n\r\n", b"0\r\nA: b\r\n\r\n", b"0\r\n\r\nHTTP/1.1 200", *WRONG])
PARTS = st.lists(st.builds(lambda pieces, line: chunks(*pieces, line=line), PIECES, LINES))
BODIES = st.builds(lambda parts, end: b"".join([*parts, end]), PARTS, ENDS)
HEADS = st.sampled_from(
    [
        HEAD,
        HEAD.replace(b"\r\n", b"\n"),
        b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + HEAD,
        b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD,
        b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n , gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ]
)


@given(HEADS, BODIES, st.lists(st.integers(0, 2000), max_size=8))
@example(HEAD, chunks(b"a" * 20, b"b") + b"0\r\n\r\n", [len(HEAD) + 1, len(HEAD) + 3])
@example(HEAD, chunks(b"\r\n\r\n", b"b") + b"0\r\n\r\n", [len(HEAD) - 1, len(HEAD) + 9])
def test_the_body_is_the_same(head: bytes, body: bytes, places: list[int]) -> None:
    reads = cut(head + body, places)
    assert received(reads, join=True)[0] == received(reads, join=False)[0]


@pytest.mark.parametrize("first", ["", "1e", "1e\r", "1e\r\n", "1e\r\naaa"])
def test_whole_chunks_of_a_read_come_as_one(first: str) -> None:
    body = chunks(b"a" * 30, *([b"data: 1\n\n"] * 100))
    reads = [HEAD + first.encode(), body[len(first) :], b"0\r\n\r\n"]
    (joined, end), pieces = received(reads, join=True)
    assert joined.endswith(b"data: 1\n\n" * 100)
    assert end == "end, and b'', False"
    assert pieces <= 3 < received(reads, join=False)[1]


@pytest.mark.parametrize("cut_at", [5, len(HEAD) - 2, len(HEAD), len(HEAD) + 40])
def test_that_holds_for_what_comes_with_the_head(cut_at: int) -> None:
    response = HEAD + chunks(*([b"data: 1\n\n"] * 100)) + b"0\r\n\r\n"
    (joined, _), pieces = received([response[:cut_at], response[cut_at:]], join=True)
    assert joined == b"data: 1\n\n" * 100
    assert pieces <= 3


def test_a_lone_chunk_is_not_copied() -> None:
    joiner = ChunkJoiner()
    joiner.begin()
    joiner.take(HEAD)
    read = chunks(b"data: 1\n\n")
    assert joiner.take(read) is read


def test_what_follows_on_a_kept_connection_is_left_alone() -> None:
    joiner = ChunkJoiner()
    joiner.begin()
    joiner.take(HEAD)
    joiner.begin()
    read = chunks(b"no body yet", b"and no chunks")
    assert joiner.take(read) is read


LONG_WORD = b"HTTP/1.1 103 Early Hints\r\nLink: " + b"x" * 20_000 + b"\r\n\r\n"


@pytest.mark.parametrize("size", [7, 1000, 10**6])
@pytest.mark.parametrize("word", [b"HTTP/1.1 100 \r\n\r\n", LONG_WORD, b"HTTP/1.0 100\n\n"])
def test_word_that_a_response_is_coming_has_an_end(word: bytes, size: int) -> None:
    joiner = ChunkJoiner()
    joiner.begin()
    data = word * (300_000 // len(word))
    reads = (data[start : start + size] for start in range(0, len(data), size))
    with pytest.raises(ProtocolError, match="262144 bytes"):
        sum(len(joiner.take(read)) for read in reads)


@pytest.mark.parametrize("cut_at", [10, 17_000, len(LONG_WORD) - 2, len(LONG_WORD) + 5])
def test_long_word_is_no_reason_not_to_join(cut_at: int) -> None:
    joiner = ChunkJoiner()
    joiner.begin()
    data = LONG_WORD + HEAD + chunks(b"a", b"b")
    taken = joiner.take(data[:cut_at]) + joiner.take(data[cut_at:])
    assert taken == LONG_WORD + HEAD + chunks(b"ab")


def test_each_request_has_as_much_before_its_answer() -> None:
    joiner = ChunkJoiner()
    for _ in range(20):
        joiner.begin()
        joiner.take(LONG_WORD)
        joiner.take(HEAD)


def test_of_a_long_head_nothing_is_joined() -> None:
    head = HEAD.replace(b"\r\n\r\n", b"\r\nA: " + b"x" * 20_000 + b"\r\n\r\n")
    for cut_at in (17_000, 20_000, len(head) - 1):
        joiner = ChunkJoiner()
        joiner.begin()
        data = head + chunks(b"a", b"b")
        assert joiner.take(data[:cut_at]) + joiner.take(data[cut_at:]) == data

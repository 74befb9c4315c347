"""HTTP's chunks are joined only where they are chunks beyond doubt: each doubt by itself."""

from __future__ import annotations

import pytest

from tests.xyashui.test_chunked import HEAD, chunks, received
from xyashui.chunked import ChunkJoiner

TWO = chunks(b"first", b"second")

# What follows chunks that are fine, in the same read.
ODD = {
    "a chunk that is longer than it says": b"2\r\nabcd\r\n1\r\nx\r\n0\r\n\r\n",
    "a chunk that is shorter than it says": b"9\r\nabcd\r\n1\r\nx\r\n0\r\n\r\n",
    "a size with a sign": b"+3\r\nabc\r\n" * 2 + b"0\r\n\r\n",
    "a size with an underscore": b"1_0\r\n" + b"a" * 16 + b"\r\n" + TWO + b"0\r\n\r\n",
    "a size with a space": b"3 \r\nabc\r\n" * 2 + b"0\r\n\r\n",
    "a size of nothing": b"\r\nabc\r\n",
    "a size as large as the sea": b"f" * 30 + b"\r\nabc\r\n",
    "a size in words": b"three\r\nabc\r\n",
    "extensions": b"3;a=b\r\nabc\r\n" * 2 + b"0;c\r\n\r\n",
    "trailers": b"0\r\nx-late: yes\r\n\r\n",
    "another response": b"0\r\n\r\nHTTP/1.1 500 No\r\n\r\n",
    "more chunks after the end": b"0\r\n\r\n" + TWO,
}
# Bodies that are no chunks, or might not be, whatever they look like.
DOUBTFUL = {
    "a length": b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n",
    "a length beside it": HEAD[:-2] + b"Content-Length: 12\r\n\r\n",
    "two framings": HEAD[:-2] + b"Transfer-Encoding: chunked\r\n\r\n",
    "another coding": HEAD.replace(b"chunked", b"gzip, chunked"),
    "a line that goes on": HEAD[:-2] + b" , gzip\r\n\r\n",
    "no body": HEAD.replace(b"200 OK", b"204 No Content"),
    "HTTP/1.0": HEAD.replace(b"1.1", b"1.0"),
    "neither": b"HTTP/1.1 200 OK\r\n\r\n",
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_what_is_odd_is_left_to_http_itself(odd):
    for reads in ([HEAD + TWO + odd], [HEAD, TWO + odd], [HEAD + TWO, odd]):
        assert received(reads, join=True)[0] == received(reads, join=False)[0]


@pytest.mark.parametrize("head", DOUBTFUL.values(), ids=DOUBTFUL)
def test_where_it_is_in_doubt_what_the_body_is_nothing_is_joined(head):
    joiner = ChunkJoiner()
    joiner.begin()
    assert joiner.take(head) == head
    assert joiner.take(TWO) is TWO


def test_nor_before_a_request_nor_after_the_end():
    joiner = ChunkJoiner()
    assert joiner.take(TWO) is TWO
    joiner.begin()
    joiner.take(HEAD)
    assert joiner.take(TWO) == b"b\r\nfirstsecond\r\n"
    end = b"0\r\n\r\n"
    assert joiner.take(end) is end
    assert joiner.take(TWO) is TWO

"""Bytes -> events: the dialects, and that it does not matter where the bytes are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xyashui.errors import ProtocolError
from xyashui.sse import Event, SSEDecoder

# What is on the wire, and the data of the events in it.
DIALECTS: dict[str, tuple[bytes, list[bytes]]] = {
    "LF": (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
    "CRLF": (b"data: a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
    "CR": (b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
    "line ends mixed": (b"data: a\r\n\ndata: b\n\r\ndata: c\r\r\n", [b"a", b"b", b"c"]),
    "no space after the colon": (b"data:a\n\ndata:b\n\n", [b"a", b"b"]),
    "one space is taken, not two": (b"data:  a\n\n", [b" a"]),
    "space at the end stays": (b"data: a \n\n", [b"a "]),
    "several data lines": (b"data: a\ndata: b\n\n", [b"a\nb"]),
    "an empty data line between": (b"data: a\ndata:\ndata: b\n\n", [b"a\n\nb"]),
    "a data line without a colon": (b"data\ndata: a\n\n", [b"\na"]),
    "comments": (b": ping\n\n:\n\ndata: a\n: ping\n\n:ping\n\n", [b"a"]),
    "a comment inside an event": (b"data: a\n: ping\ndata: b\n\n", [b"a\nb"]),
    "other fields": (b"id: 1\nretry: 10\nfoo: bar\ndata: a\n\n", [b"a"]),
    "fields after the data": (b"data: a\nid: 1\nretry: 10\n\n", [b"a"]),
    "no data": (b"id: 1\n\nevent: x\n\n\n\ndata: \n\ndata\n\n", []),
    "more empty lines than needed": (b"\n\ndata: a\n\n\n\n\ndata: b\n\n\n", [b"a", b"b"]),
    "a colon in the data": (b"data: a: b\n\n", [b"a: b"]),
    "a BOM": (b"\xef\xbb\xbfdata: a\n\ndata: b\n\n", [b"a", b"b"]),
    "a BOM later is no BOM": (b"data: a\n\n\xef\xbb\xbfdata: b\n\n", [b"a"]),
    "no empty line at the end": (b"data: a\n\ndata: b\n", [b"a", b"b"]),
    "no line end at the end": (b"data: a\n\ndata: b", [b"a", b"b"]),
    "UTF-8": ("data: 你好\n\n".encode(), ["你好".encode()]),
    "bytes that are no UTF-8": (b"data: \xff\xfe\n\n", [b"\xff\xfe"]),
    "line ends that are none for SSE": (
        "data: a\u2028b\u0085c\x0bd\x0ce\n\n".encode(),
        ["a\u2028b\u0085c\x0bd\x0ce".encode()],
    ),
    "JSON over lines with data:": (b'data: {\ndata: "a": 1\ndata: }\n\n', [b'{\n"a": 1\n}']),
    "bare JSON lines": (
        b'data: {\n  "a": [\n    1,\n    true\n  ]\n}\n\n',
        [b'{\n  "a": [\n    1,\n    true\n  ]\n}'],
    ),
    "bare JSON, ended by the next data:": (
        b'data:{\n"a": 1,\n"b": null\n}\ndata:[DONE]\n\n',
        [b'{\n"a": 1,\n"b": null\n}', b"[DONE]"],
    ),
    "the same, and no line end at the end": (
        b'data:\n{\n"a": null,\n"b": false\n}\ndata:[DONE]',
        [b'\n{\n"a": null,\n"b": false\n}', b"[DONE]"],
    ),
    "bare JSON in CRLF": (
        b'data:{\r\n"a": 1\r\n}\r\ndata:[DONE]\r\n\r\n',
        [b'{\n"a": 1\n}', b"[DONE]"],
    ),
    "a field among bare JSON": (b'data:{\n"a": 1\nid: 7\n}\n\n', [b'{\n"a": 1\n}']),
    "bare JSON before any data: is dropped": (b'{"a": 1}\n\ndata: b\n\n', [b"b"]),
}


def decode(*pieces: bytes) -> list[Event]:
    decoder = SSEDecoder()
    return [event for piece in pieces for event in decoder.feed(piece)] + decoder.close()


def cut(data: bytes, *places: int) -> list[bytes]:
    return [data[start:end] for start, end in pairwise([0, *sorted(places), len(data)])]


@pytest.mark.parametrize(("data", "expected"), DIALECTS.values(), ids=DIALECTS)
class TestDialects:
    def test_in_one_piece(self, data, expected):
        assert [event.data for event in decode(data)] == expected

    def test_cut_at_every_place(self, data, expected):
        for place in range(len(data) + 1):
            assert [event.data for event in decode(*cut(data, place))] == expected, place

    def test_cut_at_every_two_places(self, data, expected):
        for first in range(len(data) + 1):
            for second in range(first, len(data) + 1):
                pieces = cut(data, first, second)
                assert [event.data for event in decode(*pieces)] == expected, pieces

    def test_byte_by_byte(self, data, expected):
        assert [event.data for event in decode(*cut(data, *range(len(data))))] == expected


def test_an_event_is_given_as_soon_as_its_empty_line_has_come():
    decoder = SSEDecoder()
    assert decoder.feed(b"data: a\n") == []
    assert decoder.feed(b"\n") == [Event(b"a")]
    assert decoder.feed(b"data: b\r\n\r") == [Event(b"b")], "CR ends a line; its LF may follow"
    assert decoder.feed(b"\ndata: c\n\n") == [Event(b"c")]
    assert decoder.close() == []


@pytest.mark.parametrize(
    ("data", "types"),
    [
        (b"event: error\ndata: a\n\ndata: b\n\n", ["error", "message"]),
        (b"data: a\nevent:error\n\n", ["error"]),
        (b"event: error\n\ndata: a\n\n", ["message"]),
        (b"event: ping\nevent: error\ndata: a\n\n", ["error"]),
        (b"event: error\r\ndata: a\r\n\r\n", ["error"]),
        (b"event: error\rdata: a\r\r", ["error"]),
        (b"event:\ndata: a\n\n", ["message"]),
        ("event: 错误\ndata: a\n\n".encode(), ["错误"]),
    ],
)
def test_an_event_has_the_type_that_was_named_for_it(data, types):
    for place in range(len(data) + 1):
        assert [event.type for event in decode(*cut(data, place))] == types, place


PIECES = st.sampled_from(
    [b"data:", b"data: ", b"event: x", b"id: 1", b": ", b"{", b"}", b'"a": 1,', b"null", b"x", b" ",
     b"\n", b"\n", b"\n\n", b"\r", b"\r\n", b"\xef\xbb\xbf", "你".encode(), b"\xff", b"[DONE]"]
)  # fmt: skip
STREAMS = st.lists(PIECES, max_size=30).map(b"".join)


@given(STREAMS | st.binary(max_size=80), st.data())
def test_where_the_bytes_are_cut_makes_no_difference(stream, draw):
    places = draw.draw(st.lists(st.integers(0, len(stream)), max_size=12))
    assert decode(*cut(stream, *places)) == decode(stream)


LINES = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), min_size=1)


@given(
    st.lists(st.lists(LINES, min_size=1, max_size=3), max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.lists(st.sampled_from(["", ": heartbeat", "id: 9", "retry: 5"]), max_size=3),
)
def test_what_was_sent_arrives(events, end, noise):
    lines = []
    for event in events:
        lines += [*noise, *(f"data: {line}" for line in event), ""]
    assert [event.data.decode() for event in decode(end.join([*lines, ""]).encode())] == [
        "\n".join(event) for event in events
    ]


class TestLimit:
    LIMIT = 100

    @pytest.mark.parametrize(
        "data",
        [
            b"data: " + b"x" * 200 + b"\n\n",
            b"data: " + b"x" * 200,
            b"data: x\n" * 200,
            b"data:{\n" + b'"x": 1,\n' * 50,
            b": " + b"x" * 200,
            b"x" * 200,
        ],
        ids=["one line", "one open line", "many lines", "bare JSON", "a comment", "no field"],
    )
    def test_a_longer_event_is_refused(self, data):
        for pieces in ([data], cut(data, *range(len(data)))):
            decoder = SSEDecoder(max_event_bytes=self.LIMIT)
            with pytest.raises(ProtocolError, match="longer than 100 bytes"):
                any(decoder.feed(piece) for piece in pieces)

    def test_it_holds_for_each_event_and_not_for_the_stream(self):
        decoder = SSEDecoder(max_event_bytes=self.LIMIT)
        stream = b": heartbeat\n\ndata: " + b"x" * 90 + b"\nid: 1\n\n"
        for size in (1, 7, len(stream)):
            got = [
                event
                for start in range(0, len(stream) * 20, size)
                for event in decoder.feed((stream * 20)[start : start + size])
            ]
            assert [event.data for event in got] == [b"x" * 90] * 20

    def test_what_is_refused_is_not_kept(self):
        decoder = SSEDecoder(max_event_bytes=self.LIMIT)
        for _ in range(5):
            with pytest.raises(ProtocolError):
                decoder.feed(b"data: " + b"x" * 200)

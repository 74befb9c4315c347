"""JSON documents: how many there are, and whether they have ended."""

from __future__ import annotations

import json

import pytest

from xyashui.documents import DONE, Document, Unreadable, documents


def document(*pieces: bytes) -> Document:
    made = Document()
    for piece in pieces:
        made.add(piece)
    return made


class TestSeveralInOneText:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", []),
            ('{"a": 1}', [{"a": 1}]),
            ('{"a": 1}{"b": 2}', [{"a": 1}, {"b": 2}]),
            ('{"a": 1}\n [2]\n', [{"a": 1}, [2]]),
            ('{"a": 1}\n[DONE]', [{"a": 1}, DONE]),
            ("[DONE][DONE]", [DONE, DONE]),
            ('{"a": "[DONE]"}', [{"a": "[DONE]"}]),
            ('{"a": NaN}', None),
        ],
    )
    def test_each_is_given(self, text, expected):
        given = list(documents(text))
        assert given == expected or (expected is None and given[0]["a"] != given[0]["a"])

    @pytest.mark.parametrize("rest", ["oops", "{", '{"a": ', "]", '{"a": 1'])
    def test_what_cannot_be_read_is_the_last(self, rest):
        given = list(documents('{"a": 1} ' + rest))
        assert given == [{"a": 1}, rest]
        assert isinstance(given[1], Unreadable)

    def test_a_nest_without_end_cannot_be_read(self):
        (given,) = documents("[" * 100_000)
        assert isinstance(given, Unreadable)


class TestDocument:
    def test_a_list_is_its_entries(self):
        assert list(document(b'[{"a": 1}, {"b"', b": 2}]").parts()) == [{"a": 1}, {"b": 2}]

    def test_bytes_that_are_no_utf8_are_replaced(self):
        assert list(document(b'{"a": "\xff"}').parts()) == [{"a": "\ufffd"}]

    @pytest.mark.parametrize("data", [b"{}", b"[]", b'{"a": [1]}', b'{"a": 1}\n{"b": 2}\r\n  '])
    def test_closed(self, data):
        assert document(data).is_closed()

    @pytest.mark.parametrize("data", [b"", b"{", b'{"a": "}', b'{"a": {}', b'{"a": 1} x', b"[1, 2"])
    def test_not_closed(self, data):
        assert not document(data).is_closed()

    def test_its_length_is_that_of_its_bytes(self):
        assert len(document("你".encode(), b"{}")) == 5

    def test_brackets_that_trickle_in_are_not_parsed_each_time(self):
        # A bracket at the end of each of so many reads: minutes, were each to parse all of it.
        made = Document()
        made.add(b'{"a": "')
        for _ in range(60_000):
            made.add(b"x" * 20 + b"}")
            assert not made.is_closed()
        made.add(b'"}' + b" " * 200_000)
        closed = [made.is_closed()]
        for _ in range(3):
            made.add(b'\n{"b": "' + b"x" * 400_000 + b'"}')
            closed.append(made.is_closed())
        assert any(closed), "and yet it is seen to end"

    def test_one_that_comes_in_many_reads_is_closed_with_the_last(self):
        data = json.dumps({"a": [{"b": "}" * 5}] * 40}).encode()
        made = Document()
        for one in data[:-1]:
            made.add(bytes([one]))
            made.is_closed()
        made.add(data[-1:])
        assert list(made.parts()) == [json.loads(data)]

    def test_of_several_it_is_asked_about_each(self):
        made = Document()
        for data, closed in (
            (b'{"a": 1}', True),
            (b' {"b": [', False),
            (b"]}", True),
            (b"\n", True),
        ):
            made.add(data)
            assert made.is_closed() is closed
        assert list(made.parts()) == [{"a": 1}, {"b": []}]

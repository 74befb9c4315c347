"""What begins like text is no sound, whatever it is called; and a sound is not held up."""

from __future__ import annotations

from itertools import islice

import pytest

from tests.recordings import tone
from xyashui.media import Head, is_document

DOCUMENTS = {
    "an error": '{"error": {"message": "余额不足"}}'.encode(),
    "an error after white space": b"\n\n \r\n\t" * 9 + b'{"error": 1}',
    "an error with a BOM": b'\xef\xbb\xbf{"error": 1}',
    "an event": b'data: {"error": {"message": "x"}}\n\n',
    "a list": b"[1]",
    "a page": b"<!DOCTYPE html>\n<html><title>502 Bad Gateway</title>",
    "a page in another encoding": "<html>余额不足</html>".encode("gb18030"),
    "words": b"upstream error",
    "words in Chinese": "余额不足".encode(),
    "many words": "余额不足".encode() * 1000,
    "nothing but white space": b"\n" * 10,
    "very much white space": b"\n" * 20_000,
}
SOUNDS = {form: tone(form) for form in ("mp3", "opus", "flac", "wav", "pcm")} | {
    "samples that begin with a brace": b"{\0}\0" + bytes(100),
    "samples that begin with white space": b" \0\n\0" + bytes(100),
    "loud samples": b"\xd8\x7f\x27\x80" * 30,
    "nothing": b"",
}


def fed(data: bytes, size: int) -> Head:
    head = Head()
    for start in range(0, len(data), size):
        head.feed(data[start : start + size])
        if head.is_document is not None:
            break
    head.end()
    return head


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize("data", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_is_known_wherever_it_is_cut(data: bytes, size: int) -> None:
    assert fed(data, size).is_document is True
    assert is_document(data)


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize("data", SOUNDS.values(), ids=SOUNDS)
def test_so_is_what_is_none(data: bytes, size: int) -> None:
    assert fed(data, size).is_document is False
    assert not is_document(data)


@pytest.mark.parametrize("data", [data for data in SOUNDS.values() if data])
def test_a_sound_is_known_by_its_first_bytes(data: bytes) -> None:
    head = Head()
    for one in islice(data, 24):
        head.feed(bytes([one]))
    assert head.is_document is False


def test_what_has_come_is_kept() -> None:
    head = Head()
    for one in (b"{", b'"a"', b": 1}"):
        head.feed(one)
    assert (head.data, head.is_document) == (b'{"a": 1}', None)


def test_what_is_known_beforehand_is_known() -> None:
    assert Head(is_document=True).is_document

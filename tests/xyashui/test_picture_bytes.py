"""What is a picture by its bytes, and what only stands in the place of one."""

from __future__ import annotations

import pytest

from xyashui.picture_bytes import why_no_picture

PNG = bytes.fromhex("89504e470d0a1a0a") + bytes(range(256))
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"

PICTURES = {
    "PNG": PNG,
    "SVG": SVG,
    "SVG after declarations": b"<?xml version='1.0'?>\n<!DOCTYPE svg>\n<!-- drawn -->\n" + SVG,
    "a format that nobody knows yet": b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(100),
}
NONE = {
    "a page": (b"<!DOCTYPE html><html><title>gone</title>", ""),
    "a page with a drawing": (b"<!DOCTYPE html><html><body>" + SVG, "image/png"),
    "a page in another encoding": ("<html>已过期</html>".encode("gb18030"), "image/png"),
    "an error in XML": (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code>", ""),
    "an error in JSON": (b'{"error": "gone"}', "image/webp"),
    "words": (b"gone", "image/png"),
    "words in another encoding": ("已过期".encode("utf-16"), "text/plain"),
    "a problem": (b"\xff\0", "application/problem+json"),
    "XML by its name": (b"\xff\0", "application/xml"),
}


@pytest.mark.parametrize("called", ["", "image/png", "text/plain", "application/octet-stream"])
@pytest.mark.parametrize("known", ["PNG", "SVG", "SVG after declarations"])
def test_a_picture_is_one_whatever_it_is_called(known: str, called: str) -> None:
    assert why_no_picture(PICTURES[known], called) is None


@pytest.mark.parametrize("data", PICTURES.values(), ids=PICTURES)
def test_what_may_be_one_is_taken(data: bytes) -> None:
    assert why_no_picture(data) is None
    assert why_no_picture(data, "image/svg+xml") is None


@pytest.mark.parametrize(("data", "called"), NONE.values(), ids=NONE)
def test_text_is_none(data: bytes, called: str) -> None:
    assert str(why_no_picture(data, called)).startswith("text where a picture should be")


def test_nothing_is_none() -> None:
    assert why_no_picture(b"", "image/png") == "nothing where a picture should be"

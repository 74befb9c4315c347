"""The size that a picture claims, by its header alone."""

from __future__ import annotations

import io

import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xyashui.dimensions import dimensions

FORMS = {
    "PNG": {},
    "GIF": {},
    "BMP": {},
    "JPEG": {},
    "JPEG, progressive": {"progressive": True},
    "JPEG with metadata": {"exif": b"Exif\0\0" + b"\xff\xc0" * 3000, "comment": b"\xff\xd9"},
    "WEBP": {},
    "WEBP, lossless": {"lossless": True},
    "WEBP with metadata": {"exif": b"Exif\0\0" + bytes(20)},
}


def picture(form: str, size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    PIL.Image.new("RGB", size).save(out, form.split()[0].strip(","), **FORMS[form])
    return out.getvalue()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (300, 517)])
def test_of_each_format(form, size):
    assert dimensions(picture(form, size)) == size


def test_of_bmp_from_the_top_and_of_old():
    assert dimensions(b"BM" + bytes(12) + b"\x28\0\0\0\x03\0\0\0\xfe\xff\xff\xff") == (3, 2)
    assert dimensions(b"BM" + bytes(12) + b"\x0c\0\0\0\x03\0\x02\0") == (3, 2)


@pytest.mark.parametrize("head", [b"", b"II*\0", b"\0\0\0\x18ftypheic", b"text"])
def test_of_what_does_not_tell(head):
    assert dimensions(head) is None


@pytest.mark.parametrize("form", FORMS)
def test_of_what_ends_too_early(form):
    data = picture(form, (3, 2))
    for end in range(40):
        assert dimensions(data[:end]) in (None, (3, 2))


@given(st.sampled_from([b"\x89PNG", b"GIF8", b"BM", b"RIFF", b"\xff\xd8", b""]), st.binary())
def test_nothing_breaks_it(magic, rest):
    found = dimensions(magic + rest)
    assert found is None or min(found) >= 0

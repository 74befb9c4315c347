"""What bytes are: which kind of image, and one that can be taken. Sans-IO.

A format is told by the first bytes and never by a file's name. Nothing is decoded: a small file
that unfolds into a huge picture is known by the size that its header claims, and refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from xyashui.dimensions import MAX_IMAGE_PIXELS, dimensions
from xyashui.errors import ConfigurationError

__all__ = ["HEAD", "MAX_IMAGE_BYTES", "checked_type", "image_type", "refuse_large"]

MAX_IMAGE_BYTES: Final = 20 * 1024 * 1024
"""The largest image that is taken, in bytes of the image itself, not of its base64."""

HEAD: Final = 65535
"""Bytes that tell what a file is; a multiple of 3, as base64 is cut there too."""

_FORMATS: Final = {
    "image/png": rb"\x89PNG\r\n\x1a\n",
    "image/jpeg": rb"\xff\xd8\xff",
    "image/gif": rb"GIF8[79]a",
    "image/webp": rb"RIFF....WEBP",
    # Any text may start with "BM"; the size of the header that follows is 12 to 124.
    "image/bmp": rb"BM.{12}[\x0c-\x7c]\0\0\0",
    "image/tiff": rb"II\*\0|MM\0\*",
    # ISO media files begin with a list of the brands that they are compatible with.
    "image/avif": rb"....ftyp(?:....){0,15}?avi[fs]",
    "image/heic": rb"....ftyp(?:....){0,15}?he[iv][cmsx]",
    "image/heif": rb"....ftyp(?:....){0,15}?m[is]f1",
}
# Each has its size before its pixels. What has none is broken, or hides it from who looks for it.
_SIZED: Final = {
    "image/png": "a PNG that does not begin with its header (IHDR); save it anew as PNG",
    "image/jpeg": "a JPEG without a frame; save it anew as JPEG",
}
_OTHERS: Final = {
    "a PDF; 阿水 takes files by URL: file_list=[...]": rb"%PDF-",
    "an Office document; 阿水 takes files by URL: file_list=[...]": rb"PK\x03\x04|\xd0\xcf\x11\xe0",
    "a video; send a frame of it as PNG or JPEG": rb"....ftyp",
    "HTML; did a download give an error page?": rb"(?i)(?:\xef\xbb\xbf)?\s*<(?:!doctype )?html",
    "SVG; SVG is text: render it to PNG first": rb"(?i)[^\0]*<svg",
    "text; put it into the message itself": rb"[^\0-\x08\x0e-\x1a]+\Z",
    "another binary format; convert it to PNG or JPEG first": rb"",
}


def image_type(head: bytes) -> str | None:
    """Return the MIME type of an image by its first bytes; `None` for what is none."""
    known = (mime for mime, magic in _FORMATS.items() if re.match(magic, head, re.DOTALL))
    return next(known, None)


def checked_type(head: bytes, whole: Callable[[], bytes], what: str) -> str:
    """Return the MIME type of an image by its first bytes; refuse what cannot be taken.

    Args:
        head: The first bytes, `HEAD` of them or all.
        whole: Gives all of them: a JPEG may have metadata of any length before its size.
        what: How to speak of it: "The image file 'cat.png'".

    Raises:
        ConfigurationError: It is no image, or has more than `MAX_IMAGE_PIXELS` by its header.
    """
    if not head:
        raise ConfigurationError(f"{what} is empty")
    mime = image_type(head)
    if mime is None:
        looks = next(looks for looks, magic in _OTHERS.items() if re.match(magic, head, re.DOTALL))
        raise ConfigurationError(f"{what} is no image: it looks like {looks}")
    size = dimensions(head)
    if size is None and mime == "image/jpeg" and len(head) == HEAD:
        size = dimensions(whole())
    if size is None and mime in _SIZED:
        raise ConfigurationError(f"{what} is no image: it looks like {_SIZED[mime]}")
    _refuse_bomb(*(size or (0, 0)), what)
    return mime


def refuse_large(size: int, what: str) -> None:
    """Raise `ConfigurationError` where an image has more bytes than `MAX_IMAGE_BYTES`."""
    if size > MAX_IMAGE_BYTES:
        limit = f"{MAX_IMAGE_BYTES // 1024**2} MB ({MAX_IMAGE_BYTES:,} bytes)"
        raise ConfigurationError(f"{what} is larger than {limit}: make it smaller, or pass a URL")


def _refuse_bomb(width: int, height: int, what: str) -> None:
    if width * height > MAX_IMAGE_PIXELS:
        raise ConfigurationError(
            f"{what} claims {width:,} x {height:,} pixels, more than {MAX_IMAGE_PIXELS:,} in all: "
            "make it smaller"
        )

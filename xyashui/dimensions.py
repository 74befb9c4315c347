"""How large a picture says that it is: width and height, read from its header. Sans-IO.

Nothing is decoded: a file of a few kilobytes may unfold into gigabytes of pixels.
"""

from __future__ import annotations

import re
import struct
from typing import Final

__all__ = ["MAX_IMAGE_PIXELS", "dimensions"]

MAX_IMAGE_PIXELS: Final = 178_956_970
"""The most pixels that a picture may claim: half a gigabyte of them, decoded; above this Pillow
calls it a decompression bomb."""


def dimensions(head: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels; `None` where `head` does not tell.

    Args:
        head: The first bytes of a PNG, GIF, BMP, WebP or JPEG. A JPEG tells after its metadata,
            which may have any length; TIFF and HEIF tell anywhere.

    Example:
        >>> dimensions(b"GIF89a" + bytes([3, 0, 2, 0]))
        (3, 2)
    """
    try:
        if head.startswith(b"\x89PNG") and head[12:16] == b"IHDR":
            return _pair(">II", head, 16)
        if head.startswith(b"GIF8"):
            return _pair("<HH", head, 6)
        if head.startswith(b"BM"):
            return _of_bmp(head)
        if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
            return _of_webp(head)
        if head.startswith(b"\xff\xd8"):
            return _of_jpeg(head)
    except (IndexError, struct.error):
        pass  # it ends too early
    return None


def _pair(form: str, head: bytes, start: int) -> tuple[int, int]:
    width, height = struct.unpack_from(form, head, start)
    return width, height


def _of_bmp(head: bytes) -> tuple[int, int]:
    if head[14] == 12:  # the header of OS/2
        return _pair("<HH", head, 18)
    width, height = _pair("<ii", head, 18)
    return abs(width), abs(height)  # a negative height counts from the top


def _of_webp(head: bytes) -> tuple[int, int] | None:
    kind = head[12:16]
    if kind == b"VP8 ":
        width, height = _pair("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", head, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X" and len(head) >= 30:
        width, height = (int.from_bytes(head[start : start + 3], "little") for start in (24, 27))
        return width + 1, height + 1
    return None


# Two bytes tell of a segment. Those before them that tell of none are skipped, as decoders do.
_MARKER: Final = re.compile(rb"\xff([^\xff\0])")
# A frame's header: 0xC0 to 0xCF, but for tables of other things among them.
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})  # no length follows them
_PIXELS: Final = frozenset({0xD9, 0xDA})  # there, or at the end, it is too late for a frame
_MOST_SEGMENTS: Final = 100_000  # 20 MB in segments as long as they can be are 320


def _of_jpeg(data: bytes) -> tuple[int, int] | None:
    position = 2
    for _ in range(_MOST_SEGMENTS):
        marker = _MARKER.search(data, position)
        if marker is None or (kind := marker[1][0]) in _PIXELS:
            return None
        position = marker.end()
        if kind in _FRAMES:
            height, width = _pair(">HH", data, position + 3)
            return width, height
        if kind not in _ALONE:
            (length,) = struct.unpack_from(">H", data, position)
            position += max(length, 2)
    return None

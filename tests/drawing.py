"""Pictures of one colour, as files have them."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

__all__ = ["drawn"]


def drawn(colour: str = "red", size: tuple[int, int] = (8, 8), form: str = "PNG") -> bytes:
    written = BytesIO()
    Image.new("RGB", size, colour).save(written, form)
    return written.getvalue()

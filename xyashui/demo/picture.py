"""A picture as text: each character is two pixels, one above the other."""

from __future__ import annotations

from pathlib import Path

from rich.color import Color
from rich.style import Style
from rich.text import Text

__all__ = ["half_blocks"]

_SIZE = (24, 18)


def half_blocks(path: Path) -> tuple[Text, str]:
    """Return a small picture, and what kind of file it is in one line."""
    from PIL import Image

    with Image.open(path) as image:
        facts = (
            f"{path.name}: {image.format}, {image.width} × {image.height} pixels, "
            f"{path.stat().st_size} bytes"
        )
        pixels = image.convert("RGB").resize(_SIZE).tobytes()
    width, height = _SIZE
    art = Text()
    for row in range(0, height, 2):
        for column in range(width):
            above, below = (
                Color.from_rgb(*pixels[3 * at : 3 * at + 3])
                for at in (row * width + column, (row + 1) * width + column)
            )
            art.append("▀", Style(color=above, bgcolor=below))
        art.append("\n")
    art.right_crop(1)
    return art, facts

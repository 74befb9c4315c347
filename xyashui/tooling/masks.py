"""A region of a picture -> the mask that Midjourney takes: white where to paint anew. Sans-IO."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from xyashui.errors import ConfigurationError
from xyashui.requests import shorten

__all__ = ["check_region", "region_mask"]


def check_region(region: Sequence[float]) -> None:
    """Raise `ConfigurationError` unless these are left, top, right and bottom in percent."""
    numbers = (
        isinstance(region, list | tuple)
        and len(region) == 4
        and all(isinstance(one, int | float) and 0 <= one <= 100 for one in region)
    )
    if not numbers or not (region[0] < region[2] and region[1] < region[3]):
        raise ConfigurationError(
            "region must be left, top, right and bottom in percent of the picture, like "
            f"[50, 0, 100, 50] for the upper right quarter, not {shorten(region)}"
        )


def region_mask(picture: bytes, region: Sequence[float]) -> bytes:
    """Return a PNG of the picture's size, white in the region and black elsewhere.

    Args:
        picture: The bytes of the picture.
        region: Left, top, right and bottom in percent of it.

    Raises:
        ConfigurationError: Pillow is missing, or the picture is none.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ConfigurationError(
            "A mask is drawn with Pillow: pip install 'xyashui[emulator]', or pillow itself"
        ) from error
    try:
        with Image.open(BytesIO(picture)) as opened:
            width, height = opened.size
    except (OSError, Image.DecompressionBombError) as error:
        raise ConfigurationError(f"There is no picture to mask: {error}") from None
    left, top, right, bottom = region
    box = (
        round(width * left / 100),
        round(height * top / 100),
        max(round(width * right / 100), round(width * left / 100) + 1),
        max(round(height * bottom / 100), round(height * top / 100) + 1),
    )
    mask = Image.new("L", (width, height))
    mask.paste(255, box)
    written = BytesIO()
    mask.save(written, format="PNG")
    return written.getvalue()

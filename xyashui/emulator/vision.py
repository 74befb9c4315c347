"""Looking at images: format, size and main colour, which proves that the bytes came."""

import base64
import binascii
import io
import re
import warnings
from collections import Counter
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from PIL import Image, UnidentifiedImageError

from .rules.language import Language
from .site import Site

_DATA_URI = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w=.+-]+)*?)(;base64)?,(.*)", re.S | re.I)
_SAMPLE = 48

# name in English, name in Chinese, red, green, blue
_COLOURS = (
    ("black", "黑色", (0, 0, 0)),
    ("white", "白色", (255, 255, 255)),
    ("grey", "灰色", (128, 128, 128)),
    ("red", "红色", (255, 0, 0)),
    ("orange", "橙色", (255, 165, 0)),
    ("yellow", "黄色", (255, 255, 0)),
    ("green", "绿色", (0, 128, 0)),
    ("lime", "亮绿色", (0, 255, 0)),
    ("cyan", "青色", (0, 255, 255)),
    ("blue", "蓝色", (0, 0, 255)),
    ("purple", "紫色", (128, 0, 128)),
    ("magenta", "品红色", (255, 0, 255)),
    ("pink", "粉色", (255, 192, 203)),
    ("brown", "棕色", (139, 69, 19)),
)


class UnreadableImage(Exception):  # noqa: N818 - each service raises its own error from it
    """An image whose bytes are not those of an image."""


@dataclass(frozen=True)
class Picture:
    """What was seen of one image; a remote one has only its URL."""

    url: str = ""
    format: str = ""
    width: int = 0
    height: int = 0
    colours: tuple[str, str] = ("", "")

    def describe(self, language: Language) -> str:
        """Say in one clause what it is."""
        if self.url:
            if language == "zh":
                return f"来自 {self.url} 的图片（离线模拟器没有下载它，因此看不到内容）"
            return (
                f"the image at {self.url} (the offline emulator did not fetch it, so it is unseen)"
            )
        if language == "zh":
            return (
                f"一张 {self.format} 图片，尺寸为 {self.width}×{self.height} 像素，"
                f"主色为{self.colours[1]}"
            )
        article = "an" if self.format[0] in "AEFHILMNORSX" else "a"
        return (
            f"{article} {self.format} image of {self.width} × {self.height} pixels, "
            f"mainly {self.colours[0]}"
        )


def look(url: str, site: Site) -> Picture:
    """Look at an image given by a data URI or by a URL of this server.

    Images elsewhere are never fetched: they come back with their URL only.

    Raises:
        UnreadableImage: If the bytes are not an image.
    """
    data = content_of(url)
    if data is not None:
        return see(data)
    if not re.match(r"https?://[^/\s]+", url):
        raise UnreadableImage(f"neither a data URI nor an http(s) URL: {url[:40]!r}")
    found = site.resolve(url)
    return see(found.data) if found else Picture(url=url)


def content_of(uri: str) -> bytes | None:
    """Return the bytes in a data URI; None for what is no data URI.

    Raises:
        UnreadableImage: If its base64 is bad.
    """
    match = _DATA_URI.fullmatch(uri.strip())
    return _decode(match[4], is_base64=bool(match[3])) if match else None


def _decode(data: str, *, is_base64: bool) -> bytes:
    if not is_base64:
        return unquote_to_bytes(data)
    try:
        return base64.b64decode(re.sub(r"\s", "", data), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableImage(f"bad base64: {error}") from None


def see(data: bytes) -> Picture:
    """Look at the bytes of an image.

    Raises:
        UnreadableImage: If they are not an image's.
    """
    image = open_image(data)
    return Picture(
        format=image.format or "?",
        width=image.width,
        height=image.height,
        colours=main_colour(image),
    )


def open_image(data: bytes) -> Image.Image:
    """Decode the bytes of an image.

    Raises:
        UnreadableImage: If they are not an image's.
    """
    try:
        with warnings.catch_warnings():
            # An image that might be a decompression bomb is refused, not opened.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data))
            image.load()
            return image
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise UnreadableImage(f"not a readable image: {type(error).__name__}") from None


def main_colour(image: Image.Image) -> tuple[str, str]:
    """Name the colour that most of the image has, on white where it is transparent."""
    small = image.convert("RGBA").resize((_SAMPLE, _SAMPLE), Image.Resampling.NEAREST)
    flat = Image.new("RGBA", small.size, "white")
    flat.alpha_composite(small)
    raw = flat.convert("RGB").tobytes()
    names = Counter(_name(raw[start : start + 3]) for start in range(0, len(raw), 3))
    return max(names, key=lambda name: (names[name], name))


def _name(pixel: bytes) -> tuple[str, str]:
    def distance(colour: tuple[str, str, tuple[int, int, int]]) -> int:
        return sum((one - other) ** 2 for one, other in zip(pixel, colour[2], strict=True))

    english, chinese, _ = min(_COLOURS, key=distance)
    return english, chinese

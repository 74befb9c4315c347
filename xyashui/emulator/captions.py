"""Writing a picture's prompt into it, in what letters there are.

Pillow brings one font, with the letters of English only. Words that it cannot write
are left out rather than drawn as boxes, so a Chinese prompt leaves its picture bare.
"""

from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_LINES = 2
_MISSING = "\ue000"  # of the private use area: no font has it, so its glyph is the box
_SHARE = 30  # the letters are this part of the shorter side high
_SMALLEST = 10


def write(image: Image.Image, text: str) -> None:
    """Write a text along the lower edge of an RGB picture, as far as the font has it."""
    size = max(_SMALLEST, min(image.size) // _SHARE)
    font = _font(size)
    if font is None:
        return
    lines = _wrap(_writable(text, font), font, image.width - 3 * size)
    if not lines:
        return
    top = image.height - size * 3 // 2 * len(lines) - size
    shade = Image.linear_gradient("L").resize((image.width, image.height - top + size))
    image.paste((0, 0, 0), (0, top - size), shade.point([level * 2 // 3 for level in range(256)]))
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((size * 3 // 2, top + size * 3 // 2 * number), line, (255, 255, 255), font)


@lru_cache
def _font(size: int) -> Font | None:
    try:
        return ImageFont.load_default(size)
    except (ImportError, TypeError):  # built without FreeType, or older than 10.1
        return None


def _writable(text: str, font: Font) -> list[str]:
    """The words of which the font has every letter."""
    return [word for word in text.split() if all(_has(font, character) for character in word)]


@lru_cache(maxsize=4_096)
def _has(font: Font, character: str) -> bool:
    return bytes(font.getmask(character)) != bytes(font.getmask(_MISSING))


def _wrap(words: list[str], font: Font, width: int) -> list[str]:
    """Break words into lines of at most so many pixels; what is too much is left out."""
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        elif font.getlength(word) > width:
            return lines
        elif len(lines) < _LINES:
            lines.append(word)
        else:
            return _shortened(lines, font, width)
    return lines


def _shortened(lines: list[str], font: Font, width: int) -> list[str]:
    last = lines[-1]
    while font.getlength(f"{last} ...") > width and " " in last:
        last = last.rpartition(" ")[0]
    return [*lines[:-1], f"{last} ..."]

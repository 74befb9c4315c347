"""Grids of four, and what is made of their pictures: enlarged, varied, blended."""

import io
import random
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from .. import painting
from .prompts import seed_of

Size = tuple[int, int]

_FAST = 1  # zlib's level: more takes longer and saves little
_TINT = 0.45
_ENLARGED = 2
_FOUR = range(4)

# For variations: how much may be cut off, and by how many of 256 steps hues may turn.
_SUBTLE, _MEDIUM, _STRONG = (0.08, 6), (0.2, 12), (0.34, 28)
_COLOURS_ONLY = (0.0, 8)
STRENGTHS = {"low_variation": _SUBTLE, "variation": _MEDIUM, "high_variation": _STRONG}
"""How far a picture is varied, by the buttons' names."""


def png(image: Image.Image) -> bytes:
    """Write a picture as PNG."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=_FAST)
    return buffer.getvalue()


def paint_four(
    words: str, size: Size, seed: int, tints: Sequence[Image.Image] = ()
) -> list[Image.Image]:
    """Paint four pictures, in the colours of others if there are any."""
    # The painter turns its hues by the variant's remainder of four.
    painted = [painting.paint(words, size, seed * 4 + index) for index in _FOUR]
    return [_tinted(image, tints) for image in painted] if tints else painted


def _tinted(image: Image.Image, tints: Sequence[Image.Image]) -> Image.Image:
    colours = _mean([ImageOps.fit(tint, image.size) for tint in tints])
    soft = colours.filter(ImageFilter.GaussianBlur(min(image.size) / 24))
    return Image.blend(image, soft, _TINT)


def _mean(images: Sequence[Image.Image]) -> Image.Image:
    mean = images[0]
    for count, image in enumerate(images[1:], start=2):
        mean = Image.blend(mean, image, 1 / count)
    return mean


def grid(four: Sequence[Image.Image]) -> Image.Image:
    """Put four pictures into one, from left to right and from the top down."""
    width, height = four[0].size
    whole = Image.new("RGB", (2 * width, 2 * height))
    for index, image in enumerate(four):
        whole.paste(image, (index % 2 * width, index // 2 * height))
    return whole


def quadrant(whole: Image.Image, number: int) -> Image.Image:
    """Take one picture out of a grid; 1 is top left, 4 is bottom right."""
    width, height = whole.width // 2, whole.height // 2
    left, top = (number - 1) % 2 * width, (number - 1) // 2 * height
    return whole.crop((left, top, left + width, top + height))


def enlarge(image: Image.Image) -> Image.Image:
    """Make a picture twice as wide and high, and as sharp."""
    size = (image.width * _ENLARGED, image.height * _ENLARGED)
    return image.resize(size, Image.Resampling.LANCZOS).filter(ImageFilter.UnsharpMask(2, 80))


def reduce(image: Image.Image) -> Image.Image:
    """Undo `enlarge`, so that a single picture's grids are as large as any."""
    return image.reduce(_ENLARGED)


def vary(image: Image.Image, strength: tuple[float, int], seed: int) -> list[Image.Image]:
    """Make four pictures like one: cut otherwise, in neighbouring colours, perhaps mirrored."""
    return [_varied(image, strength, seed_of(seed, index), index) for index in _FOUR]


def _varied(image: Image.Image, strength: tuple[float, int], seed: int, index: int) -> Image.Image:
    most_cut, most_turn = strength
    chance = random.Random(seed)  # noqa: S311 - a picture, not a secret
    cut = chance.uniform(most_cut / 3, most_cut)
    left, top = (chance.uniform(0, cut) * side for side in image.size)
    box = (left, top, left + image.width * (1 - cut), top + image.height * (1 - cut))
    varied = image.resize(image.size, Image.Resampling.LANCZOS, box)
    # Towards either side by turns, so that no two of the four have the same colours.
    turn = (index - 1.5) / 1.5 * most_turn * chance.uniform(0.6, 1)
    hue, saturation, value = varied.convert("HSV").split()
    turned = hue.point([round(level + turn) % 256 for level in range(256)])
    # Grey has no hue to turn, so they differ in their brightness as well.
    value = value.point([min(255, round(level * (1.06 - index / 25))) for level in range(256)])
    varied = Image.merge("HSV", (turned, saturation, value)).convert("RGB")
    mirrored = strength == _STRONG and chance.random() < 0.5
    return ImageOps.mirror(varied) if mirrored else varied


def zoom_out(image: Image.Image, share: float, seed: int) -> list[Image.Image]:
    """Show a picture smaller, with more around it; `share` is the part of a side it keeps."""
    size = (round(image.width * share), round(image.height * share))
    small = image.resize(size, Image.Resampling.LANCZOS)
    corner = ((image.width - size[0]) // 2, (image.height - size[1]) // 2)
    return vary(_extended(small, image.size, corner), _COLOURS_ONLY, seed)


def _extended(small: Image.Image, size: Size, corner: Size) -> Image.Image:
    """Put a picture on a larger canvas, its outermost pixels drawn out to the sides."""
    canvas = Image.new("RGB", size)
    canvas.paste(small, corner)
    (left, top), (width, height) = corner, small.size
    right, bottom = left + width, top + height
    for x, start, end in ((left, 0, left), (right - 1, right, size[0])):
        column = canvas.crop((x, top, x + 1, bottom))
        canvas.paste(column.resize((end - start, height)), (start, top))
    for y, start, end in ((top, 0, top), (bottom - 1, bottom, size[1])):
        row = canvas.crop((0, y, size[0], y + 1))
        canvas.paste(row.resize((size[0], end - start)), (0, start))
    return canvas


def repaint(image: Image.Image, mask: Image.Image, words: str, seed: int) -> list[Image.Image]:
    """Paint the white region of a mask anew, in four ways."""
    soft = mask.resize(image.size).filter(ImageFilter.GaussianBlur(min(image.size) / 128))
    return [Image.composite(new, image, soft) for new in paint_four(words, image.size, seed)]


def read_mask(image: Image.Image) -> Image.Image:
    """Make a mask of any picture: white where it is white and can be seen."""
    layers = image.convert("RGBA")
    return ImageChops.multiply(layers.convert("L"), layers.getchannel("A"))


def blend(images: Sequence[Image.Image], size: Size, seed: int) -> list[Image.Image]:
    """Blend pictures in four ways: one fades into the next from another side each time."""
    fitted = [ImageOps.fit(image, size) for image in images]
    turn = seed % len(fitted)
    return [_faded(fitted[turn:] + fitted[:turn], index) for index in _FOUR]


def _faded(images: Sequence[Image.Image], index: int) -> Image.Image:
    # A share of each stays everywhere, so that none is lost behind another.
    ramp = Image.linear_gradient("L").point([64 + level // 2 for level in range(256)])
    result = images[0]
    for count, image in enumerate(images[1:]):
        mask = ramp.rotate(90 * (index + count)).resize(result.size)
        result = Image.composite(image, result, mask)
    return ImageEnhance.Contrast(result).enhance(1.1)

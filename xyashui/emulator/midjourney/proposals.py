"""Words about pictures and prompts: what `describe` and `shorten` find.

Prompts that describe a picture are in English, as Midjourney writes them, and say only
what was measured: its size and shape, its colours, how light it is.
"""

import re
from collections.abc import Sequence
from fractions import Fraction

from PIL import Image, ImageStat

from .. import vision
from ..painting import shows
from ..rules.glossary import STOP_CHARACTERS, STOP_WORDS
from ..rules.language import CJK
from .buttons import keycap

_DARK, _BRIGHT, _FLAT = 85, 170, 40
_MEDIA = ("photograph", "watercolour", "poster", "oil painting", "woodcut")
_MOST = 5  # shorter prompts

_TOKEN = re.compile(rf"[{CJK}]|(?:(?![{CJK}])\w)+(?:['’-]\w+)*|\s+|.", re.DOTALL)
_FILLERS = {
    "really",
    "quite",
    "nice",
    "beautiful",
    "picture",
    "painting",
    "image",
    "drawing",
    "paint",
    "draw",
    "me",
    "i",
}
# The longer ones first: they are cut out of a Chinese prompt before its characters are judged.
_CHINESE_FILLERS = re.compile(
    "(?:帮我|给我|画出|画|一张|一幅|图片|照片|非常|美丽|漂亮|谢谢|关于|"
    f"[{''.join(sorted(STOP_CHARACTERS))}])+"
)


def numbered(proposals: Sequence[str]) -> str:
    """Number proposals as Midjourney does: `1️⃣ ...`, with an empty line between them."""
    return "\n\n".join(f"{keycap(n)} {words}" for n, words in enumerate(proposals, start=1))


def describe(data: bytes, seed: int) -> list[str]:
    """Describe an image in four prompts; another seed gives other ones.

    Raises:
        UnreadableImage: If the bytes are no image's.
    """
    image = vision.open_image(data)
    seen = vision.see(data)
    top, bottom, middle = (vision.main_colour(part)[0] for part in _parts(image))
    main = seen.colours[0]
    light = _light(image)
    shape = _shape(image.width, image.height)
    ratio = Fraction(image.width, image.height).limit_denominator(16) or Fraction(1, 16)
    tail = f"--ar {ratio.numerator}:{ratio.denominator}"
    size = f"{image.width} × {image.height} pixels"
    media = [_MEDIA[(seed + index) % len(_MEDIA)] for index in range(4)]
    return [
        f"{_a(shape)} {media[0]}, {light}, mainly {main}, {size} {tail}",
        f"{_a(media[1])} with {top} above and {bottom} below, {light} {tail}",
        f"{_a(shape)} {media[2]} with {middle} in the middle, palette of {_palette(main, top)} "
        f"{tail}",
        f"{_a(main)} {media[3]}, {light}, {_palette(bottom, middle)}, {size} {tail}",
    ]


def _parts(image: Image.Image) -> list[Image.Image]:
    """The upper half, the lower half and the middle, each at least a pixel."""
    width, height = image.size
    half = max(1, height // 2)
    return [
        image.crop((0, 0, width, half)),
        image.crop((0, height - half, width, height)),
        image.crop((width // 4, height // 4, width - width // 4, height - height // 4)),
    ]


def _light(image: Image.Image) -> str:
    statistics = ImageStat.Stat(image.convert("L"))
    mean, spread = statistics.mean[0], statistics.stddev[0]
    brightness = "dark" if mean < _DARK else "bright" if mean > _BRIGHT else "evenly lit"
    return f"{brightness}, {'flat' if spread < _FLAT else 'high-contrast'}"


def _shape(width: int, height: int) -> str:
    return "square" if width == height else "wide" if width > height else "tall"


def _palette(first: str, second: str) -> str:
    return first if first == second else f"{first} and {second}"


def _a(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def shorten(text: str) -> tuple[str, list[str]]:
    """Find the words that count, and prompts made of them.

    Returns:
        The prompt with what counts in bold and what does not struck out, and up to five
        prompts, each shorter than the one before.
    """
    tokens = _tokens(text)
    marked = "".join(_mark(token, weight) for token, weight in tokens)
    proposals: list[str] = []
    counting = [(token, weight) for token, weight in tokens if weight]
    while counting and len(proposals) < _MOST:
        proposals.append(_join([token for token, _ in counting]))
        # The lightest goes, of equals the last.
        least = min(range(len(counting)), key=lambda index: (counting[index][1], -index))
        counting = counting[:least] + counting[least + 1 :]
    return marked, proposals or [text.strip()]


def _tokens(text: str) -> list[tuple[str, float]]:
    """Break a prompt up; each piece with its weight, 0 for what does not count."""
    pieces: list[str] = []
    for token in _TOKEN.findall(text):
        joins = pieces and re.fullmatch(f"[{CJK}]+", pieces[-1] + token)
        pieces[-1:] = [pieces[-1] + token] if joins else [*pieces[-1:], token]
    return [
        (part, _weight(part))
        for piece in pieces
        for part in re.split(f"({_CHINESE_FILLERS.pattern})", piece)
        if part
    ]


def _weight(token: str) -> float:
    """Say how much a piece counts: most where it decides what the painter paints."""
    word = token.lower()
    if not re.search(r"\w", word) or word in STOP_WORDS | _FILLERS:
        return 0.0
    if _CHINESE_FILLERS.fullmatch(word):
        return 0.0
    return 1.0 if shows(word) else 0.5


def _mark(token: str, weight: float) -> str:
    if weight:
        return f"**{token}**"
    return f"~~{token}~~" if re.search(r"\w", token) else token


def _join(tokens: Sequence[str]) -> str:
    """Put words side by side, with blanks where their language has them."""
    joined = " ".join(tokens)
    return re.sub(rf"(?<=[{CJK}]) (?=[{CJK}])", "，", joined)

"""Pictures painted from words: a landscape that its prompt decides.

The prompt's own words choose the subject (sea, mountains, a city, a wood, flowers,
a cat) and the colours; where it names none, its digest does. Nothing is random, so
the same prompt, size and variant give the same picture, and nothing is written in
it, so no font is needed.
"""

import colorsys
import hashlib
import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter, ImageOps

Colour = tuple[int, int, int]

# ImageDraw leaves edges jagged: all is drawn twice as large, up to this side, and reduced.
_OVERSAMPLING = 2
_MAX_SIDE = 1_536
_RIDGES = 4
_COLOURLESS = 0.1
_NIGHT_HUE = 222

# Hues in degrees, by the words that ask for them, and by what has a colour of its own.
_HUES = (
    (r"\bred\b|crimson|红|赤", 2),
    (r"orange|sunset|dusk|橙|夕阳|日落|黄昏|晚霞", 24),
    (r"yellow|gold|黄|金色", 44),
    (r"green|绿", 125),
    (r"teal|cyan|turquoise|青|碧", 178),
    (r"blue|蓝", 212),
    (r"purple|violet|lavender|紫|薰衣草", 272),
    (r"pink|\brose|cherry|sakura|粉|樱|玫瑰|桃", 335),
)
_NATURAL_HUES = (
    (r"autumn|\bfall\b|秋", 24),
    (r"desert|沙漠", 44),
    (r"forest|spring|森林|春", 125),
    (r"\bsea\b|ocean|winter|海|冬", 212),
)
_NIGHT = r"night|moon|\bstar(?:s|ry)?\b|space|galaxy|dark|夜|月|星|太空|宇宙|银河|黑"
_GREY = r"gr[ea]y|monochrome|black and white|\bink\b|\bfog|\bmist(?:y|s)?\b|灰|水墨|黑白|雾"


def paint(prompt: str, size: tuple[int, int], variant: int = 0) -> Image.Image:
    """Paint a picture of a prompt.

    Args:
        prompt: What it shows, in any language.
        size: Width and height in pixels, each at least 1.
        variant: Which of its pictures; each has its own light, ridges and places.

    Returns:
        An RGB image of that size, the same for the same arguments.
    """
    scale = _OVERSAMPLING * min(1.0, _MAX_SIDE / max(size))
    canvas = (max(2, round(size[0] * scale)), max(2, round(size[1] * scale)))
    scene = _Scene.of(prompt, canvas, variant)
    _sky(scene)
    _light(scene)
    _stars(scene) if scene.palette.night else _clouds(scene)
    _SUBJECTS[scene.subject].draw(scene)
    return scene.image.resize(size, Image.Resampling.LANCZOS)


def shows(words: str) -> bool:
    """Say whether words decide anything by themselves: a subject, a colour or the light."""
    patterns = [*(each.words for each in _SUBJECTS), *(words for words, _ in _HUES), _NIGHT, _GREY]
    return any(re.search(pattern, words.lower()) for pattern in patterns)


@dataclass(frozen=True)
class _Palette:
    """The colours of one picture, all from one hue and its neighbours."""

    hue: float
    saturation: float
    night: bool

    @property
    def light(self) -> Colour:
        """What the sun or the moon and all that they light have: a warm or a cool white."""
        if self.night or self.saturation < _COLOURLESS:
            return self.shade(0.93, saturation=0.5)
        return 255, 243, 214

    @property
    def lamp(self) -> Colour:
        """What shines by itself: windows, the eyes of a cat."""
        return self.light if self.saturation < _COLOURLESS else (255, 212, 122)

    def shade(self, lightness: float, turn: float = 0.0, saturation: float = 1.0) -> Colour:
        """Make a colour; `turn` leads that many degrees away from the hue."""
        red, green, blue = colorsys.hls_to_rgb(
            (self.hue + turn) % 360 / 360, lightness, min(1.0, self.saturation * saturation)
        )
        return round(red * 255), round(green * 255), round(blue * 255)


@dataclass
class _Scene:
    """A picture under way. Places are fractions of its width and height."""

    image: Image.Image
    draw: ImageDraw.ImageDraw
    palette: _Palette
    subject: int
    chance: random.Random
    sun: tuple[float, float, float]

    @classmethod
    def of(cls, prompt: str, size: tuple[int, int], variant: int) -> "_Scene":
        words = " ".join(prompt.lower().split())
        whole = random.Random(_seed(words))  # noqa: S311 - a picture, not a secret
        chance = random.Random(_seed(f"{words}\0{variant}"))  # noqa: S311
        palette = _palette(words, whole, chance, variant)
        named = [i for i, each in enumerate(_SUBJECTS) if re.search(each.words, words)]
        by_digest = whole.randrange(_CAT)  # a cat only where one is asked for
        image = Image.new("RGB", size)
        sun = (chance.uniform(0.18, 0.82), chance.uniform(0.16, 0.36), chance.uniform(0.05, 0.1))
        subject = named[-1] if named else by_digest
        return cls(image, ImageDraw.Draw(image), palette, subject, chance, sun)

    @property
    def short(self) -> int:
        """The shorter side, by which round things are measured."""
        return min(self.image.size)

    def at(self, x: float, y: float) -> tuple[float, float]:
        return x * self.image.width, y * self.image.height

    def disc(self, x: float, y: float, radius: float, fill: Colour) -> None:
        """Draw a disc; its radius is a fraction of the shorter side."""
        left, top = self.at(x, y)
        reach = radius * self.short
        self.draw.ellipse((left - reach, top - reach, left + reach, top + reach), fill=fill)

    def shape(self, points: list[tuple[float, float]], fill: Colour) -> None:
        self.draw.polygon([self.at(x, y) for x, y in points], fill=fill)


def _seed(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8], "big")


def _palette(words: str, whole: random.Random, chance: random.Random, variant: int) -> _Palette:
    by_digest = whole.uniform(0, 360)
    night = re.search(_NIGHT, words) is not None
    asked = _first_hue(words, _HUES)
    natural = _NIGHT_HUE if night else _first_hue(words, _NATURAL_HUES)
    named = natural if asked is None else asked
    hue = by_digest + 14 * (variant % 4) if named is None else named + chance.uniform(-9, 9)
    # Greens of the same saturation as other hues look like neon.
    saturation = chance.uniform(0.28, 0.36) if 60 < hue % 360 < 165 else chance.uniform(0.5, 0.64)
    if re.search(_GREY, words):
        saturation = _COLOURLESS / 2
    return _Palette(hue, saturation, night)


def _first_hue(words: str, hues: tuple[tuple[str, float], ...]) -> float | None:
    found = [(match.start(), hue) for each, hue in hues if (match := re.search(each, words))]
    return min(found)[1] if found else None


def _sky(scene: _Scene) -> None:
    """Fill the picture from the colour above to the paler, warmer one at the horizon."""
    palette = scene.palette
    above = palette.shade(0.1 if palette.night else 0.58)
    below = palette.shade(0.34 if palette.night else 0.88, turn=-28)
    mask = Image.linear_gradient("L").resize(scene.image.size, Image.Resampling.BILINEAR)
    scene.image.paste(ImageOps.colorize(mask, above, below))


def _light(scene: _Scene) -> None:
    """Set the sun or the moon, and its glow."""
    x, y, radius = scene.sun
    left, top = scene.at(x, y)
    reach = round(radius * scene.short * 5)
    glow = ImageOps.invert(Image.radial_gradient("L")).resize((reach * 2, reach * 2))
    bright = scene.palette.light
    box = (round(left) - reach, round(top) - reach)
    # The gradient is 74 where it meets the middle of its box's sides: nothing must be left there.
    fading = [max(0, level - 74) ** 2 // 210 for level in range(256)]
    scene.image.paste(bright, box, glow.point(fading))
    scene.disc(x, y, radius, bright)


def _stars(scene: _Scene) -> None:
    for _ in range(90):
        x, y = scene.chance.random(), scene.chance.random() * 0.7
        size = scene.chance.choice((0.001, 0.0015, 0.003))
        scene.disc(x, y, size, scene.palette.shade(0.9, turn=-40, saturation=0.4))


def _clouds(scene: _Scene) -> None:
    """Lay a few soft clouds: drawn small, blurred and enlarged."""
    small = Image.new("L", (256, 256))
    draw = ImageDraw.Draw(small)
    for _ in range(scene.chance.randint(2, 4)):
        x, y = scene.chance.uniform(0, 240), scene.chance.uniform(20, 100)
        for puff in range(-3, 4):
            wide = 20 - 3 * abs(puff)
            left, high = x + puff * 11, y - wide * scene.chance.uniform(0.2, 0.35)
            draw.ellipse((left - wide, high, left + wide, y + 5), fill=130)
    mask = small.filter(ImageFilter.GaussianBlur(1.6))
    mask = mask.resize(scene.image.size, Image.Resampling.BICUBIC)
    scene.image.paste(scene.palette.light, (0, 0), mask)


def _ridge(
    scene: _Scene, base: float, height: float, fill: Colour, waves: float = 1.6
) -> list[tuple[float, float]]:
    """Draw hills from side to side, and return their outline."""
    phases = [scene.chance.uniform(0, math.tau) for _ in range(4)]
    outline = []
    for step in range(121):
        x = step / 120
        rise = sum(
            math.sin(x * waves * 2.1**octave * math.tau / 2 + phase) / 1.9**octave
            for octave, phase in enumerate(phases)
        )
        outline.append((x, base - height * rise / 2))
    scene.shape([*outline, (1, 1), (0, 1)], fill)
    return outline


def _depth(scene: _Scene, nearness: float) -> Colour:
    """The colour of what is so near: 0 melts into the sky, 1 is right in front."""
    far, near = (0.27, 0.06) if scene.palette.night else (0.74, 0.2)
    return scene.palette.shade(far + (near - far) * nearness, turn=18 * nearness)


def _mountains(scene: _Scene) -> None:
    for index in range(_RIDGES):
        near = (index + 0.5) / _RIDGES
        _ridge(scene, 0.5 + 0.13 * index, 0.2 - 0.03 * index, _depth(scene, near), 1.4 + index / 3)


def _sea(scene: _Scene) -> None:
    """A horizon with hills behind it, the light's way on the water, and a boat."""
    palette, chance = scene.palette, scene.chance
    _ridge(scene, 0.55, 0.08, _depth(scene, 0.2), 2)
    scene.shape([(0, 0.58), (1, 0.58), (1, 1), (0, 1)], _depth(scene, 0.5))
    for row in range(26):
        y = 0.59 + 0.4 * (row / 26) ** 1.4
        wide = 0.02 + 0.11 * row / 26
        x = scene.sun[0] + chance.uniform(-wide, wide) * 0.5
        thick = 0.0015 + 0.005 * row / 26
        scene.shape(
            _lens(x, y, wide, thick), palette.shade(0.55, -40) if palette.night else palette.light
        )
    for _ in range(14):
        y = chance.uniform(0.64, 0.97)
        scene.shape(_lens(chance.random(), y, 0.08 * y, 0.003), _depth(scene, 0.72))
    x, y, size = chance.uniform(0.2, 0.8), chance.uniform(0.68, 0.78), chance.uniform(0.06, 0.09)
    hull = [(-1, 0), (1, 0), (0.6, 0.42), (-0.6, 0.42)]
    scene.shape([(x + a * size, y + b * size) for a, b in hull], _depth(scene, 1))
    for sail in (
        [(-0.05, -0.1), (-0.05, -1.9), (-0.8, -0.1)],
        [(0.08, -0.1), (0.08, -1.6), (0.7, -0.1)],
    ):
        scene.shape([(x + a * size, y + b * size) for a, b in sail], palette.light)


def _lens(x: float, y: float, wide: float, thick: float) -> list[tuple[float, float]]:
    return [(x - wide, y), (x, y - thick), (x + wide, y), (x, y + thick)]


def _city(scene: _Scene) -> None:
    """Three rows of houses, the nearest with lit windows."""
    _ridge(scene, 0.58, 0.12, _depth(scene, 0.1))
    for row, near in enumerate((0.35, 0.6, 0.92)):
        x = -0.05
        while x < 1:
            wide = scene.chance.uniform(0.05, 0.11)
            top = 0.48 + 0.13 * row + scene.chance.uniform(-0.16, 0.12)
            scene.shape([(x, top), (x + wide, top), (x + wide, 1), (x, 1)], _depth(scene, near))
            if scene.chance.random() < 0.3:
                spire = [(x + wide * 0.46, top), (x + wide / 2, top - 0.06), (x + wide * 0.54, top)]
                scene.shape(spire, _depth(scene, near))
            if row == 2:
                _windows(scene, x, top, wide)
            x += wide + scene.chance.uniform(0, 0.02)


def _windows(scene: _Scene, x: float, top: float, wide: float) -> None:
    lit = scene.palette.lamp
    for column in range(3):
        for floor in range(int((1 - top) / 0.035)):
            if scene.chance.random() < 0.45:
                left = x + wide * (0.16 + 0.26 * column)
                high = top + 0.02 + floor * 0.035
                right = left + wide * 0.14
                scene.shape(
                    [(left, high), (right, high), (right, high + 0.016), (left, high + 0.016)], lit
                )


def _wood(scene: _Scene) -> None:
    """Hills with rows of fir trees, small far away and tall in front."""
    for row, near in enumerate((0.15, 0.4, 0.65, 0.95)):
        outline = _ridge(scene, 0.52 + 0.14 * row, 0.12, _depth(scene, near))
        for _ in range(26 - 5 * row):
            x, y = outline[scene.chance.randrange(len(outline))]
            tall = scene.chance.uniform(0.05, 0.08) * (1 + row * 0.8)
            for tier in range(3):
                top = y - tall * (1 - tier * 0.24)
                half = tall * (0.16 + 0.07 * tier)
                scene.shape(
                    [(x - half, top + tall * 0.5), (x, top), (x + half, top + tall * 0.5)],
                    _depth(scene, near),
                )


def _flowers(scene: _Scene) -> None:
    """A meadow below two hills, its flowers in the neighbouring colours."""
    _ridge(scene, 0.5, 0.14, _depth(scene, 0.15))
    _ridge(scene, 0.6, 0.1, _depth(scene, 0.4))
    meadow = scene.palette.shade(0.12 if scene.palette.night else 0.36, turn=95)
    _ridge(scene, 0.7, 0.06, meadow)
    for index in range(70):
        y = 0.7 + 0.3 * index / 70
        x = scene.chance.random()
        size = 0.006 + 0.028 * index / 70
        turn = scene.chance.choice((-35, 0, 20, 55))
        petal = scene.palette.shade(0.55 if scene.palette.night else 0.74, turn, saturation=1.25)
        stem = scene.palette.shade(0.2, turn=95)
        scene.shape([(x - size * 0.08, y), (x + size * 0.08, y), (x, y + size * 4)], stem)
        _flower(scene, x, y, size, petal)


def _flower(scene: _Scene, x: float, y: float, size: float, petal: Colour) -> None:
    wide, high = scene.short / scene.image.width, scene.short / scene.image.height
    for step in range(6):
        angle = step * math.tau / 6
        place = (x + math.cos(angle) * size * wide, y + math.sin(angle) * size * high)
        scene.disc(*place, size * 0.62, petal)
    scene.disc(x, y, size * 0.5, scene.palette.shade(0.88, turn=-50))


def _cat(scene: _Scene) -> None:
    """A cat that sits on a hill, before the light."""
    _mountains(scene)
    dark = _depth(scene, 1)
    outline = _ridge(scene, 0.88, 0.05, dark)
    x = scene.chance.uniform(0.3, 0.7)
    y = outline[round(x * 120)][1] + 0.02
    wide, high = 0.001 * scene.short / scene.image.width, 0.001 * scene.short / scene.image.height
    side = scene.chance.choice((-1, 1))

    def place(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(x + side * a * wide, y + b * high) for a, b in points]

    body = [
        (90 * math.cos(t / 20 * math.tau), 120 * math.sin(t / 20 * math.tau) - 105)
        for t in range(20)
    ]
    head = [
        (66 * math.cos(t / 20 * math.tau) - 26, 56 * math.sin(t / 20 * math.tau) - 252)
        for t in range(20)
    ]
    scene.shape(place(body), dark)
    scene.shape(place(head), dark)
    for ear in ([(-86, -262), (-80, -342), (-36, -300)], [(-16, -302), (28, -342), (36, -262)]):
        scene.shape(place(ear), dark)
    tail = [(70 + 60 * math.sin(t / 12 * 3.4), -20 - 11 * t) for t in range(17)]
    scene.draw.line(
        [scene.at(*each) for each in place(tail)], dark, max(2, scene.short // 36), "curve"
    )
    for eye in (-50, -4):
        scene.disc(*place([(eye, -256)])[0], 0.009, scene.palette.lamp)


@dataclass(frozen=True)
class _Subject:
    words: str
    draw: Callable[[_Scene], None]


# Where a prompt names several, the last of them is painted. A cat comes only when named.
_SUBJECTS = (
    _Subject(r"mountain|\bhill|valley|山|谷|岭", _mountains),
    _Subject(r"wood\b|woods|forest|\btrees?\b|jungle|林|树", _wood),
    _Subject(r"\bsea\b|ocean|\blake|\briver|boat|\bship|beach|island|海|湖|河|江|船|岛|水", _sea),
    _Subject(r"\bcit(?:y|ies)\b|town|street|building|skyline|tower|城|街|楼|市", _city),
    _Subject(r"flower|garden|meadow|\brose|tulip|blossom|花|草原|园", _flowers),
    _Subject(r"\bcats?\b|kitten|\bdogs?\b|animal|猫|狗|动物", _cat),
)
_CAT = 5

"""What a task makes: pictures or words, and the buttons below them.

A `Work` is finished; a `Make` makes one, and with another seed another one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from .. import vision
from . import pictures
from .buttons import Button, of_description, of_grid, of_picture, of_shortening
from .pictures import grid, png
from .prompts import BadPrompt, read, size_of, words_of
from .proposals import describe, numbered, shorten

_SHAPES = {"PORTRAIT": "2:3", "SQUARE": "1:1", "LANDSCAPE": "3:2"}
DIMENSIONS = tuple(_SHAPES)


@dataclass(frozen=True)
class Kept:
    """A picture that this server serves: its bytes and its path."""

    data: bytes
    path: str

    def open(self) -> Image.Image:
        """Decode it."""
        return vision.open_image(self.data).convert("RGB")


Keep = Callable[[bytes], Kept]
"""Stores a picture where this server serves it."""


@dataclass(frozen=True)
class Work:
    """What a task has made.

    Attributes:
        picture: The picture, if it is one; of `describe`, the one that was described.
        buttons: What can be done with it.
        seed: What decided it besides the prompt.
        text: Numbered proposals with what stands before them, if it is words.
        proposals: Those proposals, each by itself.
        fail_reason: Why there is nothing, in the service's words.
    """

    picture: Kept | None = None
    buttons: tuple[Button, ...] = ()
    seed: int = 0
    text: str = ""
    proposals: tuple[str, ...] = ()
    fail_reason: str = ""


class Studio:
    """Makes the works of one task.

    Args:
        keep: Where its picture goes.
        hash_: What its buttons are named after.
    """

    def __init__(self, keep: Keep, hash_: str) -> None:
        self._keep = keep
        self._hash = hash_

    def imagine(self, text: str, tints: Sequence[Image.Image], seed: int) -> Work:
        """Paint a grid; a parameter that cannot be makes the task fail, as on Midjourney."""
        try:
            prompt = read(text)
        except BadPrompt as bad:
            return Work(fail_reason=str(bad))
        return self._grid(pictures.paint_four(prompt.words, prompt.size, seed, tints), seed)

    def blend(self, images: Sequence[Image.Image], dimensions: str, seed: int) -> Work:
        """Blend pictures into a grid."""
        size = size_of(_SHAPES[dimensions])
        return self._grid(pictures.blend(images, size, seed), seed)

    def enlarge(self, picture: Image.Image, seed: int) -> Work:
        """Make one picture of a grid large."""
        return Work(self._kept(pictures.enlarge(picture)), of_picture(self._hash), seed)

    def vary(self, picture: Image.Image, how: str, seed: int) -> Work:
        """Make a grid of pictures like one; `how` is the name of the button."""
        return self._grid(pictures.vary(picture, pictures.STRENGTHS[how], seed), seed)

    def zoom_out(self, picture: Image.Image, percent: int, seed: int) -> Work:
        """Make a grid in which a picture takes that much of each side, with more around it."""
        return self._grid(pictures.zoom_out(picture, percent / 100, seed), seed)

    def repaint(self, picture: Image.Image, mask: Image.Image, text: str, seed: int) -> Work:
        """Make a grid in which the white region of a mask shows something else."""
        return self._grid(pictures.repaint(picture, mask, words_of(text), seed), seed)

    def describe(self, picture: Kept, seed: int) -> Work:
        """Find prompts that may lead to a picture."""
        found = describe(picture.data, seed)
        return Work(
            picture,
            of_description(len(found)),
            seed,
            text=numbered(found),
            proposals=tuple(found),
        )

    def shorten(self, text: str) -> Work:
        """Find the words of a prompt that count."""
        marked, found = shorten(words_of(text))
        return Work(
            buttons=of_shortening(len(found)),
            text=f"{marked}\n\n{numbered(found)}",
            proposals=tuple(found),
        )

    def _grid(self, four: Sequence[Image.Image], seed: int) -> Work:
        return Work(self._kept(grid(four)), of_grid(self._hash), seed)

    def _kept(self, image: Image.Image) -> Kept:
        return self._keep(png(image))


Make = Callable[[Studio, int], Work]
"""Makes a work from a seed."""

"""A prompt: its words, and the parameters behind them (`a cat --ar 3:2 --seed 7`) [gw]."""

import hashlib
import math
import re
from dataclasses import dataclass

MAX_SEED = 4_294_967_295

_PARAMETER = re.compile(r"\s*(?:--|—)([a-z]+)(?:[ =]+((?!--)\S+))?", re.IGNORECASE)
_RATIO = re.compile(r"(\d{1,4}):(\d{1,4})")
_SEED = re.compile(r"\d{1,10}")
_SIDE = 512
_STEP = 16
_STEEPEST = 14  # Midjourney takes no ratio beyond 14:1


class BadPrompt(Exception):  # noqa: N818 - the task fails with its words
    """A parameter that Midjourney does not take."""


@dataclass(frozen=True)
class Prompt:
    """A prompt, read.

    Attributes:
        words: What is to be painted.
        size: Width and height of one of the four pictures, in pixels.
        seed: What decides them besides the words; from the words, where none is given.
    """

    words: str
    size: tuple[int, int]
    seed: int


def read(text: str) -> Prompt:
    """Read a prompt.

    Raises:
        BadPrompt: If `--ar` or `--seed` has no sensible value.
    """
    parameters = {name.lower(): value for name, value in _PARAMETER.findall(text)}
    words = words_of(text)
    ratio = parameters.get("ar", parameters.get("aspect", "1:1"))
    seed = parameters.get("seed")
    return Prompt(words, size_of(ratio), seed_of(words) if seed is None else _seed(seed))


def seed_in(text: str) -> int:
    """Return the seed of a prompt; 0 for one that cannot be read."""
    try:
        return read(text).seed
    except BadPrompt:
        return 0


def words_of(text: str) -> str:
    """Return a prompt without its parameters."""
    return _PARAMETER.sub("", text).strip()


def size_of(ratio: str) -> tuple[int, int]:
    """Make a size of the usual area from `3:2`.

    Raises:
        BadPrompt: If it is no ratio, or too steep.
    """
    match = _RATIO.fullmatch(ratio)
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    if not width or not height or not 1 / _STEEPEST <= width / height <= _STEEPEST:
        raise BadPrompt(f"参数错误：--ar {ratio}".rstrip())
    root = math.sqrt(width / height)
    return _stepped(_SIDE * root), _stepped(_SIDE / root)


def _stepped(pixels: float) -> int:
    return round(pixels / _STEP) * _STEP


def _seed(value: str) -> int:
    if not _SEED.fullmatch(value) or int(value) > MAX_SEED:
        raise BadPrompt(f"参数错误：--seed {value}".rstrip())
    return int(value)


def seed_of(*parts: object) -> int:
    """Make a seed that only depends on these."""
    text = "\0".join(map(str, parts))
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:4], "big")

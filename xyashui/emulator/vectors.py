"""Texts as vectors: random directions, one for each word or piece of a word.

Texts that share words, Chinese characters or their pairs point the same way, and a
Chinese text shares the English words of the glossary (`rules/relevance.py` says what
counts, and how much). Pieces of three letters bring the forms of a word together.
Every feature's direction follows from its name and the model's, so that vectors are
the same from run to run, and those of two models have nothing in common.
"""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from .rules.relevance import occurrences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIZE = 1536
"""How many dimensions every vector has before it is shortened."""

_WORD = re.compile(r"[a-z]{4,}")
_PIECE_WEIGHT = 0.15
# Keeps a text that has no telling words, or none at all, from pointing nowhere.
_CHARACTER_WEIGHT = 0.02
_COMMONEST = 100_000


def of_text(text: str, model: str, size: int = SIZE) -> "NDArray[np.float32]":
    """Make the vector of a text: of length 1, in `size` dimensions."""
    return _sum(
        {name: weight * _often(count) for name, weight, count in _features(text)}, model, size
    )


def of_tokens(ids: Sequence[int], model: str, size: int = SIZE) -> "NDArray[np.float32]":
    """Make the vector of a text that comes as token ids; common tokens have low ones."""
    weights = {
        f"<{token}>": math.log(2 + token) / math.log(_COMMONEST) * _often(count)
        for token, count in Counter(ids).items()
    }
    return _sum(weights, model, size)


def _features(text: str) -> Iterator[tuple[str, float, int]]:
    """The features of a text: name, weight, and how often each comes."""
    for (name, weight), count in Counter(occurrences(text)).items():
        yield f"word {name}", weight, count
    lower = text.lower()
    pieces: Counter[str] = Counter()
    for word, count in Counter(_WORD.findall(lower)).items():
        for start in range(len(word) - 2):
            pieces[word[start : start + 3]] += count
    for piece, count in pieces.items():
        yield f"piece {piece}", _PIECE_WEIGHT, count
    for character, count in Counter(lower).items():
        yield f"character {character}", _CHARACTER_WEIGHT, count


def _often(count: int) -> float:
    """What repetition adds: said twice is not twice as much on the subject."""
    return 1 + math.log(count)


def _sum(weights: Mapping[str, float], model: str, size: int) -> "NDArray[np.float32]":
    import numpy as np

    names = sorted(weights)
    bits = np.frombuffer(b"".join(_direction(model, name) for name in names), np.uint8)
    signs = np.unpackbits(bits.reshape(len(names), -1), axis=1)[:, :size].astype(np.float32) * 2 - 1
    total = np.array([weights[name] for name in names], np.float32) @ signs
    # In very few dimensions the directions can cancel each other out.
    total = total if total.any() else signs[0]
    return (total / np.linalg.norm(total)).astype(np.float32)


@lru_cache(maxsize=65_536)
def _direction(model: str, name: str) -> bytes:
    """A feature's direction: one bit, plus or minus, for each dimension."""
    return hashlib.shake_128(f"{model}\0{name}".encode("utf-8", "replace")).digest(SIZE // 8)

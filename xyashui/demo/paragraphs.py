"""A few texts for a query engine, and vectors that need neither a network nor a model."""

from __future__ import annotations

from math import sqrt
from typing import Final
from zlib import crc32

__all__ = ["PARAGRAPHS", "embed"]

PARAGRAPHS: Final = {
    "The Grand Canal": "The Grand Canal links Beijing and Hangzhou. It is 1,794 kilometres long, "
    "which makes it the longest canal in the world.",
    "The Great Wall": "The Great Wall was built over two thousand years. Most of what visitors "
    "see today dates from the Ming dynasty.",
    "The terracotta army": "The terracotta army was found near Xi'an in 1974 by farmers who were "
    "digging a well. It has more than 8,000 soldiers.",
    "龙井茶": "龙井茶产于杭州西湖一带，属于绿茶。龙井茶宜用80℃左右的水冲泡，水太烫会使茶汤发苦。",
    "趵突泉": "趵突泉位于济南市中心，居七十二名泉之首。泉水一年四季保持在18℃左右。",
    "都江堰": "都江堰由李冰父子主持修建，至今已有两千多年，仍在灌溉成都平原。",
}
"""Texts by their titles."""

_DIMENSIONS: Final = 1024
_LENGTHS: Final = (2, 3, 4)


def embed(text: str) -> list[float]:
    """Return a vector of length 1: texts that share runs of letters point the same way.

    Each run of two to four characters counts for the dimension that its checksum names, so the
    same text has the same vector everywhere.
    """
    vector = [0.0] * _DIMENSIONS
    letters = " ".join(text.lower().split())
    for length in _LENGTHS:
        for start in range(len(letters) - length + 1):
            vector[crc32(letters[start : start + length].encode()) % _DIMENSIONS] += 1.0
    size = sqrt(sum(one * one for one in vector)) or 1.0
    return [one / size for one in vector]

"""How the emulator counts tokens: a rule that anyone can check by hand.

A CJK character is one token; a run of letters is cut into pieces of four; a run
of digits into pieces of three; any other visible character is one token. Blank
space belongs to the piece that follows it. A message costs four tokens more than
its text, and an image costs `IMAGE_TOKENS`, whatever its size. Real services
count otherwise: only the arithmetic is meant to be realistic.
"""

import re
from collections.abc import Iterable

MESSAGE_TOKENS = 4
IMAGE_TOKENS = 85

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
_PIECE = re.compile(rf"\s*(?:[{_CJK}]|(?:(?![{_CJK}])[^\W\d_]){{1,4}}|\d{{1,3}}|[^\w\s]|_)|\s+$")


def split(text: str) -> list[str]:
    """Cut a text into its tokens; joined, they are the text again."""
    return _PIECE.findall(text)


def count(text: str) -> int:
    """Count the tokens of a text."""
    return sum(1 for _ in _PIECE.finditer(text))


def count_message(text: str, images: int = 0) -> int:
    """Count what one message of a prompt costs."""
    return MESSAGE_TOKENS + count(text) + images * IMAGE_TOKENS


def take(pieces: Iterable[str], limit: int | None) -> tuple[list[str], bool]:
    """Keep the first `limit` pieces; the flag says whether any were left over."""
    kept = list(pieces)
    if limit is None or len(kept) <= limit:
        return kept, False
    return kept[: max(limit, 0)], True

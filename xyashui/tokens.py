"""A guess at how many tokens a text is, for trimming a conversation before it is sent.

Neither service documents its tokenizer, and those of its models differ. Chinese is close to a
token a character in all of them, and the rest close to a token in four characters.
"""

from __future__ import annotations

import re

__all__ = ["estimate_tokens"]

_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


def estimate_tokens(text: str) -> int:
    """Return about how many tokens `text` is: more or less, never an exact count.

    Example:
        >>> estimate_tokens("今天天气怎么样?"), estimate_tokens("What is the weather?")
        (8, 5)
    """
    wide = len(_WIDE.findall(text))
    return wide + -(-(len(text) - wide) // 4)

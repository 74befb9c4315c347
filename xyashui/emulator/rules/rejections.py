"""An answer that could not be used, and the word on it: what was asked before still stands."""

import re
from dataclasses import replace

from ..conversation import Inquiry

_WORD = re.compile(r"That (?:answer )?cannot be used: ")


def forget(inquiry: Inquiry) -> Inquiry:
    """Leave out the last answer where it was rejected, with the word on it, to answer again."""
    turns = inquiry.turns
    if len(turns) > 2 and turns[-2].role == "assistant" and _WORD.match(turns[-1].text):
        return replace(inquiry, turns=turns[:-2])
    return inquiry

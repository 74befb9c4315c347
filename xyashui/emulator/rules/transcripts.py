"""A conversation written out as one text, as frameworks do for completion models.

Each message is a role, a colon and its text (`user: ...`, `Human: ...`, `用户：...`);
the text ends where the assistant's next message would begin.
"""

import re

from ..conversation import Turn

_ROLES = {
    "system": "system",
    "系统": "system",
    "user": "user",
    "human": "user",
    "用户": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "助手": "assistant",
}
_LABEL = re.compile(rf"^[ \t]*({'|'.join(_ROLES)})[ \t]*[:：][ \t]*", re.IGNORECASE | re.MULTILINE)


def read(text: str) -> tuple[Turn, ...]:
    """Take a transcript apart into its messages; none, if the text is no transcript."""
    labels = list(_LABEL.finditer(text))
    if not labels or text[: labels[0].start()].strip():
        return ()
    ends = [label.start() for label in labels[1:]] + [len(text)]
    turns = [
        Turn(_ROLES[label[1].lower()], text[label.end() : end].strip())
        for label, end in zip(labels, ends, strict=True)
    ]
    if turns[-1].role == "assistant" and not turns[-1].text:
        turns.pop()
    if not any(turn.role == "user" for turn in turns) or turns[-1].role == "assistant":
        return ()
    return tuple(turns)

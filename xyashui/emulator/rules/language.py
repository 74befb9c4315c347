"""Which language a text is in, where its sentences end, and what is a question."""

import re
from typing import Literal

Language = Literal["zh", "en"]

CJK = "\u3400-\u4dbf\u4e00-\u9fff"

_HAN = re.compile(f"[{CJK}]")
# A full stop ends a sentence when a blank and something that can start one follow,
# unless it belongs to an abbreviation or an initial.
_END = re.compile(
    r"(?<=[。！？；])[”’」』）)]?\s*|(?<=[!?])[\"')\]]?\s+|"
    r"(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)(?<!\bSt)(?<!\bvs)(?<!\be\.g)(?<!\bi\.e)"
    r"(?<!\b[A-Z])(?<=\.)[\"')\]]?\s+(?=[\"'(\[A-Z0-9\u3400-\u9fff])|\n+"
)
_ASKS_EN = re.compile(
    r"^(?:(?:so|and|but|then|now|please|ok|okay|hi|hello|hey)\b[\s,]*)*"
    r"(?:what|who|whom|whose|which|when|where|why|how|is|are|was|were|do|does|did|can|could|"
    r"will|would|should|has|have|had|tell me|explain|describe|name|list|give|find|show|"
    r"summari[sz]e|compare|calculate|compute)\b",
    re.IGNORECASE,
)
_ASKS_ZH = re.compile(
    r"什么|谁|哪|多少|几(?!乎)|怎么|怎样|如何|为何|为什么|是否|吗\s*$|呢\s*$|"
    r"^(?:请|帮我)?(?:告诉我|介绍|说明|解释|列出|总结|比较|查|计算|描述)"
)


def language_of(text: str) -> Language:
    """Tell Chinese from English: Chinese, if there is a Chinese character in it."""
    return "zh" if _HAN.search(text) else "en"


def sentences(text: str) -> list[str]:
    """Split a text at the ends of its sentences and lines."""
    parts: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if match.end() > match.start() or text[match.start() - 1 : match.start()] in "。！？；":
            parts.append(text[start : match.end()].strip())
            start = match.end()
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def is_question(sentence: str) -> bool:
    """Say whether a sentence asks for something."""
    sentence = sentence.strip().rstrip("\"'”’)）")
    if sentence.endswith(("?", "？")):
        return True
    if sentence.endswith(("!", "！")):
        return False
    if language_of(sentence) == "zh":
        return bool(_ASKS_ZH.search(sentence.rstrip("。.")))
    return bool(_ASKS_EN.match(sentence))


def end(sentence: str) -> str:
    """Close a sentence with a full stop of its language, if nothing closes it yet."""
    sentence = sentence.strip()
    if not sentence or sentence[-1] in '.!?。！？…:：）)]】”"':
        return sentence
    return sentence + ("。" if language_of(sentence) == "zh" else ".")


def join(parts: list[str], language: Language) -> str:
    """Write an enumeration: `a, b and c`, `a、b和c`."""
    if len(parts) < 2:
        return "".join(parts)
    comma, last = ("、", "和") if language == "zh" else (", ", " and ")
    return comma.join(parts[:-1]) + last + parts[-1]

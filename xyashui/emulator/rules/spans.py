"""Finding in a text what can be an argument: numbers, names, places, quotations, dates."""

import re
from dataclasses import dataclass

from .glossary import STOP_WORDS
from .language import CJK

_DATE = r"\d{4}[-/年]\d{1,2}[-/月]\d{1,2}日?"
_TIME = r"\d{1,2}:\d{2}(?::\d{2})?"
PATTERNS = {
    "email": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "uri": re.compile(r"https?://[^\s<>\"'）)，。]+"),
    "date-time": re.compile(rf"{_DATE}[T ]{_TIME}(?:Z|[+-]\d\d:\d\d)?"),
    "date": re.compile(_DATE),
    "time": re.compile(_TIME),
}
_QUOTED = re.compile(
    r"\"([^\"]+)\"|“([^”]+)”|「([^」]+)」|《([^》]+)》|`([^`]+)`|(?<!\w)'([^']+)'(?!\w)"
)
_NUMBER = re.compile(r"(?<![A-Za-z0-9_.])-?\d+(?:,\d{3})*(?:\.\d+)?(?![\w.]*@)")
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=1
    )
}
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(_NUMBER_WORDS)})\b", re.IGNORECASE)
_NUMERALS = {character: number for number, character in enumerate("一二三四五六七八九十", start=1)}
_NUMERAL = re.compile("([一两二三四五六七八九十])(?=[个天次人份张杯本件岁位条年月周小分秒块元斤])")

_CAPITALISED = re.compile(
    r"\b[A-Z][\w'’-]*(?:(?:\s+(?:of|de|the|van|von|da)\s+|[ ]|-)[A-Z][\w'’-]*)*"
    r"(?:,\s[A-Z]{2}\b)?"
)
_VERB_WORDS = """
get show tell please search find book send create calculate compute multiply add compare set
remind translate call use check look schedule write generate extract give list return answer
make let divide subtract convert fetch open start stop play order delete update describe explain
summarize introduce what's how's who's where's when's it's then also finally first next invite
email message ask query run apply parse classify record save log note
"""
_VERBS = frozenset(_VERB_WORDS.split())
_SUBJECT_FOLLOWS = re.compile(r"\s*(?:is|was|are|has|had|and|lives|works|likes|,|'s|’s|\(|:)(?!\w)")
_WORD_LIST = re.compile(r"\b[a-z][\w-]*(?:,\s+[a-z][\w-]*)*,?\s+and\s+[a-z][\w-]*\b")
_COUNTED = re.compile(r"\b\d+\s+(?:x\s+)?([a-z][a-z-]+)")
_AFTER_PREPOSITION = re.compile(
    r"\b(?:in|at|for|near|from|to|of|about|on)\s+(?:the\s+)?"
    r"([a-z][\w-]*(?:\s+(?!today|now|tomorrow|right|please)[a-z][\w-]*)?)(?=\s*(?:[.,?!;]|$|\band\b|\bor\b|\btoday\b|\bnow\b|"
    r"\btomorrow\b|\bright\b|\bin\b|\bto\b|\bon\b))"
)
# What surrounds the content of a Chinese request: cutting here leaves the content.
_CUT = re.compile(
    r"[^\w]+|\d+|[a-zA-Z_]+|怎么样|怎样|如何|什么|多少|哪里|哪儿|哪些|为什么|"
    r"请问|请|帮我|给我|我想|我要|想要|知道|告诉|查询|查一下|查找|搜索|查|看看|一下|今天|明天|后天|昨天|现在|"
    r"个|份|杯|件|目前|当前|天气|气温|温度|时间|预报|情况|新闻|股价|价格|人口|和|与|及|以及|还有|跟|或|的|了|吗|呢|吧|是|"
    r"在|有|把|从|到|去|给|对|用|关于|比较|分别|各|几点|都|翻译成|计算|叫做|名叫|叫|我|你|他|她|住|岁|今年|来自"
)


@dataclass(frozen=True)
class Span:
    """A piece of a text, where it stands, and what it means."""

    start: int
    end: int
    value: str | int | float


def numbers(text: str) -> list[Span]:
    """Find numbers in digits or in words, but none that belong to dates."""
    dated = [
        range(*match.span())
        for name in ("date-time", "date", "time")
        for match in PATTERNS[name].finditer(text)
    ]
    found = [
        Span(*match.span(), _number(match[0]))
        for match in _NUMBER.finditer(text)
        if not any(match.start() in span for span in dated)
    ]
    found += [
        Span(*match.span(), _NUMBER_WORDS[match[0].lower()])
        for match in _NUMBER_WORD.finditer(text)
    ]
    found += [
        Span(*match.span(), _NUMERALS[match[1].replace("两", "二")])
        for match in _NUMERAL.finditer(text)
    ]
    return sorted(found, key=lambda span: span.start)


def quotations(text: str) -> list[Span]:
    """Find what stands in quotation marks."""
    return [
        Span(*match.span(), next(group for group in match.groups() if group is not None))
        for match in _QUOTED.finditer(text)
    ]


def names(text: str) -> list[Span]:
    """Find names: quoted, capitalised, or what is left of Chinese when the rest is cut."""
    found = quotations(text)
    covered = [range(span.start, span.end) for span in found]
    found += [span for span in _capitalised(text) if not any(span.start in c for c in covered)]
    if not found:
        found = [Span(*match.span(1), match[1]) for match in _COUNTED.finditer(text)]
    if not found:
        found = [Span(*match.span(1), match[1]) for match in _AFTER_PREPOSITION.finditer(text)]
        found = [span for span in found if str(span.value).split()[0] not in STOP_WORDS]
    found += [span for span in _chinese(text) if not any(span.start in c for c in covered)]
    return sorted(found, key=lambda span: span.start)


def after(text: str, cues: str) -> list[Span]:
    """Find the name or word that follows one of some cue words."""
    pattern = re.compile(rf"(?:{cues})\s*[:：]?\s*", re.IGNORECASE)
    found = []
    for cue in pattern.finditer(text):
        rest = text[cue.end() :]
        match = _CAPITALISED.match(rest) or re.match(r"[\w-]+", rest)
        if re.match(f"[{CJK}]", rest):
            piece = _CUT.split(rest)[0]
            match = re.match(re.escape(piece), rest) if piece else None
        if match and match[0].lower() not in STOP_WORDS:
            start = cue.end()
            found.append(Span(start, start + match.end(), match[0]))
    return found


def enumeration(text: str) -> list[str]:
    """Find the longest list in a text: `a, b and c`, `a、b和c`, or lines with bullets."""
    bullets = re.findall(r"^\s*(?:[-*•]|\d+[.)、])\s*(.+)$", text, re.MULTILINE)
    if len(bullets) > 1:
        return [bullet.strip() for bullet in bullets]
    after_colon = re.split(r"[:：]\s*", text)[-1].strip().rstrip(".。!?！？")
    parts = re.split(r"\s*(?:,\s*and\s+|,\s*|，|、|\s+and\s+|和|与|以及)\s*", after_colon)
    introduced = ":" in text or "：" in text
    if introduced and len(parts) > 1 and all(part and len(part) <= 30 for part in parts):
        return parts
    lists = [match[0] for match in _WORD_LIST.finditer(text)]
    return re.split(r",?\s+and\s+|,\s*", max(lists, key=len)) if lists else []


def _capitalised(text: str) -> list[Span]:
    spans = []
    for match in _CAPITALISED.finditer(text):
        start, value = match.start(), match[0]
        words = value.split()
        if _opens_sentence(text, start) and len(words) == 1:
            plain = not _SUBJECT_FOLLOWS.match(text[match.end() :]) and len(text.split()) > 2
            if plain:
                continue
        while words and words[0].lower() in STOP_WORDS | _VERBS | {"i", "i'm"}:
            start += len(words[0]) + 1
            words = words[1:]
        value = re.sub(r"['’]s$", "", " ".join(words))
        if value:
            spans.append(Span(start, start + len(value), value))
    return spans


def _opens_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip()
    return not before or before[-1] in '.!?。！？\n:："“'


def _chinese(text: str) -> list[Span]:
    spans, start = [], 0
    for cut in [*_CUT.finditer(text), None]:
        stop = cut.start() if cut else len(text)
        piece = text[start:stop]
        if re.search(f"[{CJK}]", piece) and len(piece.strip()) > 1:
            spans.append(Span(start, stop, piece.strip()))
        start = cut.end() if cut else stop
    return spans


def _number(text: str) -> int | float:
    text = text.replace(",", "")
    return float(text) if "." in text else int(text)

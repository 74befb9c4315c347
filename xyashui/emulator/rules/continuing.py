"""Carrying a text on, as a text-completion model does with what asks for nothing.

It goes on piece by piece as the bundled pages go on after the same pieces, or else
with a clause of its own and the sentence of the pages that fits best. The same text
is carried on in the same way; `variant` tells several choices apart.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from .. import tokens
from ..bundle.pages import PAGES
from . import prompts
from .glossary import STOP_WORDS
from .language import Language, is_question, language_of, sentences
from .relevance import Corpus, features

_LONGEST_MATCH = 6
_SHORTEST_MATCH = 2
_SENTENCES = 2
_MAX_PIECES = 240
_LOOK_BACK = 200  # characters: more than the longest match has
_LEAST_FIT = 0.2

_TELLS = re.compile(
    r"^(?:please\s+)?(?:write|translate|count|calculate|compute|say|repeat|rewrite|rephrase|"
    r"summari[sz]e|classify|extract|generate|create|convert|correct|complete|answer|name|list|"
    r"give|tell|explain|describe|compare|show)\b|^(?:请|帮我|写|翻译|从\d+|数到|计算|总结|概括|列出)",
    re.IGNORECASE,
)
_AWAITS_ANSWER = re.compile(
    r"(?:^|\n)[^\n:：]{0,40}\b(?:answer|response|output|summary|question|a)\s*:\s*$|"
    r"(?:回答|答案|答|输出|摘要)\s*[:：]\s*$",
    re.IGNORECASE,
)
# "When the sun rises" asks nothing, unlike "When is ...".
_SUBORDINATE = re.compile(
    r"^(?:when|while|where|if|as|what|how|why|who)\s+"
    r"(?:i|he|she|it|we|they|you|the|an?|my|his|her|our|their)\b",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"\b(?:the|an?|this|my|your|his|her|our|their)$", re.IGNORECASE)
_CLOSED = tuple(".!?。！？…:：\n")


def asks(text: str) -> bool:
    """Say whether a text is to be answered rather than carried on."""
    lines = sentences(text)
    if not lines:
        return False
    if _AWAITS_ANSWER.search(text) or prompts.read(text).context:
        return True
    first, last = lines[0], lines[-1]
    if _TELLS.match(first) or _TELLS.match(last):
        return True
    asked = last.endswith(("?", "？")) or not _SUBORDINATE.match(last)
    if is_question(last) and asked:
        return True
    return prompts.is_instruction(last) and any(line.endswith(("?", "？")) for line in lines)


def carry_on(prompt: str, suffix: str = "", variant: int = 0) -> str:
    """Write what comes between a prompt and a suffix; without one, after the prompt."""
    written = _carry_on(prompt, variant)
    return _until(written, suffix) if suffix else written


def _until(text: str, suffix: str) -> str:
    """Cut a continuation where the suffix takes over, if it comes to it."""
    wanted = suffix.lstrip()
    blank = len(wanted) < len(suffix)
    least = 2 if language_of(wanted) == "zh" else 4
    for size in range(len(wanted), least - 1, -1):
        start = text.find(wanted[:size])
        if start >= 0:
            return text[:start].rstrip() if blank else text[:start]
    return text


def _carry_on(prompt: str, variant: int) -> str:
    language = language_of(prompt)
    texts = _texts(language)
    choose = _Chooser(prompt, variant)
    written = "".join(_pieces(prompt, texts, choose))
    if not written:
        written = _own_words(prompt, language, choose) + _fitting(prompt, language, variant)
    if prompt.rstrip().endswith((",", "，")):
        written = written.removeprefix(",").removeprefix("，")
    if not prompt or prompt[-1].isspace():
        return written.lstrip()
    return written


class _Chooser:
    """Chooses by the prompt, so that nothing is left to chance."""

    def __init__(self, prompt: str, variant: int) -> None:
        self._seed = f"{variant}\0{prompt}".encode("utf-8", "surrogatepass")
        self._step = 0

    def __call__(self, options: Sequence[str]) -> str:
        self._step += 1
        digest = hashlib.sha256(self._seed + self._step.to_bytes(4, "big")).digest()
        return options[int.from_bytes(digest[:4], "big") % len(options)]


@dataclass(frozen=True)
class _Text:
    """A text in pieces, as they are written and as they are compared."""

    pieces: list[str]
    plain: list[str]


@cache
def _texts(language: Language) -> tuple[_Text, ...]:
    """The bundled pages, in one language."""
    space = "" if language == "zh" else " "
    texts = (
        space.join(line for line in sentences(page.text) if language_of(line) == language)
        for page in PAGES
    )
    split = [tokens.split(text) for text in texts if text]
    return tuple(_Text(pieces, list(map(_plain, pieces))) for pieces in split)


def _pieces(prompt: str, texts: tuple[_Text, ...], choose: _Chooser) -> Iterator[str]:
    """Write piece after piece as the texts go on after the last few; end with a sentence."""
    written = [_plain(piece) for piece in tokens.split(prompt.rstrip()[-_LOOK_BACK:])]
    ended = 0
    for _ in range(_MAX_PIECES):
        options = _followers(written, texts)
        if not options:
            return
        piece = choose(options)
        yield piece
        written.append(_plain(piece))
        ended += _plain(piece) in "。！？" or _ends_sentence(written, texts)
        if ended == _SENTENCES:
            return


def _followers(written: list[str], texts: tuple[_Text, ...]) -> list[str]:
    """What comes in the texts after the last pieces written: the more of them, the better."""
    for size in range(min(_LONGEST_MATCH, len(written)), _SHORTEST_MATCH - 1, -1):
        found = {text.pieces[place]: None for text, place in _places(written[-size:], texts)}
        if found:
            return list(found)
    return []


def _places(last: list[str], texts: tuple[_Text, ...]) -> Iterator[tuple[_Text, int]]:
    """Where the texts go on after these pieces."""
    for text in texts:
        for place in range(len(last), len(text.plain)):
            # The one before is compared first, since most differ in it.
            if text.plain[place - 1] == last[-1] and text.plain[place - len(last) : place] == last:
                yield text, place


def _ends_sentence(written: list[str], texts: tuple[_Text, ...]) -> bool:
    """A full stop ends a sentence unless the text goes on without a blank, as in 3.13."""
    if written[-1] not in (".", "!", "?"):
        return False
    return all(text.pieces[place][0].isspace() for text, place in _places(written[-2:], texts))


def _plain(piece: str) -> str:
    return piece.strip().lower()


def _own_words(prompt: str, language: Language, choose: _Chooser) -> str:
    """Close the sentence that the prompt leaves open."""
    text = prompt.rstrip()
    if not text or text.endswith(_CLOSED):
        return ""
    if language == "zh":
        return choose(
            ["，后面的事情慢慢才有人知道。", "，故事就这样继续下去。", "，这还只是个开头。"]
        )
    subject = _subject(text)
    word = re.sub(r".*[^\w']", "", text).lower()
    if _ARTICLE.search(text):
        return f" first thing that comes to mind about {subject}."
    if word in ("who", "which", "that"):
        return " nobody had heard of before."
    if word in STOP_WORDS:
        return f" what people remember about {subject}."
    return choose(
        [
            f", and that is how the story of {subject} goes on.",
            f", as everyone who has heard of {subject} can tell.",
            f", though there is always more to say about {subject}.",
        ]
    )


def _subject(text: str) -> str:
    words = re.findall(r"[^\W\d_][\w'-]+", text)
    telling = [word for word in words if 1.0 in features(word).values()]
    return telling[-1] if telling else "it"


def _fitting(prompt: str, language: Language, variant: int) -> str:
    """The sentence of the pages that fits the prompt best, or an open end."""
    lines = [
        line
        for page in PAGES
        for line in sentences(page.text)
        if language_of(line) == language and line not in prompt
    ]
    ranked = [match for match in Corpus(lines).rank(prompt) if match.score >= _LEAST_FIT]
    if ranked:
        line = ranked[variant % len(ranked)].text
    elif language == "zh":
        line = "至于后来怎样，还要再等一等才知道。"
    else:
        line = "What came of it is another story."
    return line if language == "zh" else f" {line}"

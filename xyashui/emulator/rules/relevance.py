"""How well a sentence fits a question: shared words, weighted by how rare they are.

English words are compared by their stems, Chinese by its characters and by pairs
of neighbouring characters. A small glossary makes a Chinese question find English
text, and the other way round. The score of a sentence is the share of the
question's weight that it covers, so it lies between 0 and 1.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .glossary import ENGLISH_OF, SEPARATING_CHARACTERS, STOP_CHARACTERS, STOP_WORDS
from .language import CJK

_WORD = re.compile(rf"[{CJK}]+|(?:(?![{CJK}])[^\W_])+(?:['’][a-z]+)?", re.IGNORECASE)
_HAN_RUN = re.compile(f"[{CJK}]")
_SELF = {"i", "i'm", "i've", "i'd", "my", "me", "mine", "myself", "we", "our", "us"}
_SELF_WEIGHT = 0.25
_CHARACTER_WEIGHT = 0.35
_LOOSE_PAIR_WEIGHT = 0.5


def stem(word: str) -> str:
    """Take the commonest endings off an English word."""
    word = word.lower().replace("’", "'").removesuffix("'s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    for ending in ("ing", "ed", "es", "s"):
        if not word.endswith(ending) or word.endswith("ss"):
            continue
        root = word[: -len(ending)]
        if len(root) < 3 or not re.search("[aeiouy]", root):
            continue
        if ending in ("ing", "ed") and root[-1] == root[-2] and root[-1] not in "ls":
            return root[:-1]  # planned, running
        return root.rstrip("e")
    return word.rstrip("e") if len(word) > 4 else word


def features(text: str) -> dict[str, float]:
    """Break a text into what it can share with another, each with a weight."""
    return dict(occurrences(text))


def occurrences(text: str) -> Iterator[tuple[str, float]]:
    """Every feature of a text with its weight, as often as it comes."""
    for word in _WORD.findall(text):
        if _HAN_RUN.match(word):
            yield from _of_chinese(word)
        elif word.lower().replace("’", "'") in _SELF:
            yield "<self>", _SELF_WEIGHT
        elif (root := stem(word)) and word.lower() not in STOP_WORDS:
            yield root, 1.0


def _of_chinese(run: str) -> Iterator[tuple[str, float]]:
    if "我" in run:
        yield "<self>", _SELF_WEIGHT
    for length in (4, 3, 2):
        for start in range(len(run) - length + 1):
            if english := ENGLISH_OF.get(run[start : start + length]):
                yield stem(english), 1.0
    for character in run:
        if character not in STOP_CHARACTERS:
            yield character, _CHARACTER_WEIGHT
    for first, second in pairwise(run):
        if first in SEPARATING_CHARACTERS or second in SEPARATING_CHARACTERS:
            continue
        stops = (first in STOP_CHARACTERS) + (second in STOP_CHARACTERS)
        if stops < 2:
            yield first + second, 1.0 if not stops else _LOOSE_PAIR_WEIGHT


@dataclass(frozen=True)
class Match:
    """One sentence, and how well it fits."""

    text: str
    score: float
    index: int
    covers: frozenset[str]


class Corpus:
    """Sentences among which the best are looked for."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = list(texts)
        self._features = [features(text) for text in texts]
        self._frequency = Counter(name for found in self._features for name in found)

    def weight(self, name: str) -> float:
        """Say how telling a feature is: the rarer among the sentences, the more."""
        return math.log(1 + (len(self._texts) + 1) / (max(self._frequency[name], 1) + 0.5))

    def rank(self, question: str) -> list[Match]:
        """Order the sentences by how well they fit the question, the best first."""
        asked = {name: size * self.weight(name) for name, size in features(question).items()}
        total = sum(asked.values())
        if not total:
            return []
        wants_number = bool(_WANTS_NUMBER.search(question))
        matches = []
        for index, found in enumerate(self._features):
            covers = asked.keys() & found.keys()
            # In a fixed order, so that rounding cannot make two runs differ.
            score = sum(asked[name] for name in sorted(covers)) / total
            score += self._carried_over(index, asked, total, score)
            if wants_number and re.search(r"\d|[一二三四五六七八九十百千万]", self._texts[index]):
                score *= 1.15
            # Between two equally good sentences the one that says less besides wins.
            score /= 1 + 0.004 * len(found)
            matches.append(Match(self._texts[index], min(score, 1.0), index, frozenset(covers)))
        return sorted(matches, key=lambda match: (-match.score, match.index))

    def central(self, size: int) -> list[str]:
        """Pick the sentences that share most with the others, in their order."""

        def shared(index: int) -> float:
            found = self._features[index]
            common = sum(found[name] * (self._frequency[name] - 1) for name in sorted(found))
            return common / math.sqrt(len(found) + 1)

        order = sorted(range(len(self._texts)), key=lambda index: (-shared(index), index))
        return [self._texts[index] for index in sorted(order[:size])]

    def _carried_over(
        self, index: int, asked: dict[str, float], total: float, score: float
    ) -> float:
        """Credit a sentence whose subject is a pronoun with the sentence before it."""
        if not index or not score or not _PRONOUN.match(self._texts[index]):
            return 0.0
        before = asked.keys() & self._features[index - 1].keys() - self._features[index].keys()
        return 0.8 * sum(asked[name] for name in sorted(before)) / total


_WANTS_NUMBER = re.compile(
    r"\bhow (?:many|much|old|long|far|tall|high|big|large)\b|"
    r"\bwhen\b|\bwhat year\b|多少|几|何时|哪年",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"(?:he|she|it|they|his|her|its|their|this|these)\b|[他她它这其]", re.IGNORECASE
)


def best(question: str, texts: Sequence[str], *, least: float = 0.2) -> list[Match]:
    """Pick the sentences that answer a question together, at most three.

    The first is the best one. Others follow only when they cover a telling part of
    the question that is still open, as in a question about two things.
    """
    corpus = Corpus(texts)
    ranked = [match for match in corpus.rank(question) if match.score >= least]
    if not ranked:
        return []
    asked = {name: size * corpus.weight(name) for name, size in features(question).items()}
    total = sum(asked.values())
    chosen, covered = [ranked[0]], set(ranked[0].covers)
    for match in ranked[1:]:
        gain = sum(asked[name] for name in sorted(match.covers - covered)) / total
        if gain >= 0.18 and match.score >= 0.6 * ranked[0].score and len(chosen) < 3:
            chosen.append(match)
            covered |= match.covers
    return sorted(chosen, key=lambda match: match.index)

"""What the numbers should be, as data: who, beside whom, and how far at the most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from benchmarks.bench import Result
from benchmarks.subjects.subject import OWN_PART

__all__ = ["TARGETS", "Target", "Value", "Verdict", "exit_code", "judge"]

Relation = Literal["at most", "times", "times faster", "above"]


@dataclass(frozen=True, slots=True)
class Value:
    """A number of the results: the median of a row.

    Attributes:
        case: The name of the case.
        row: The name of the row in it.
        measure: Which of the row's numbers; by default the one that counts in this case.
    """

    case: str
    row: str
    measure: str = ""

    def of(self, results: Mapping[str, Result]) -> float | None:
        """Return the number, or `None` where it was not measured."""
        result = results.get(self.case)
        row = result.row(self.row) if result is not None else None
        if result is None or row is None:
            return None
        measure = self.measure or result.case.measures[0]
        return row.median(measure) if measure in row.samples else None


@dataclass(frozen=True, slots=True)
class Target:
    """A limit to keep.

    Attributes:
        what: What is judged.
        relation: How: the value itself ("at most"), how many times the base it is ("times"), how
            many times the base is of it ("times faster"), or by how much it is above ("above").
        limit: What may not be exceeded; what must be reached, where the relation is "times faster".
        base: What it is compared with; `None` for "at most".
    """

    what: Value
    relation: Relation
    limit: float
    base: Value | None = None

    def found(self, results: Mapping[str, Result]) -> float | None:
        """Return the number that `limit` is for, or `None` where it was not measured."""
        value = self.what.of(results)
        if self.base is None or value is None:
            return value
        base = self.base.of(results)
        if base is None:
            return None
        if self.relation == "above":
            return value - base
        return base / value if self.relation == "times faster" else value / base

    def met_by(self, found: float) -> bool:
        """Whether that number is good enough, to the two digits that are shown of it."""
        found, limit = round(found, 2), round(self.limit, 2)
        return found >= limit if self.relation == "times faster" else found <= limit

    def words(self, unit: str = "") -> str:
        """Return the limit as people say it."""
        if self.base is None:
            return f"at most {self.limit:g} {unit}".rstrip()
        base = _words_for(self.base, self.what)
        if self.relation == "above":
            return f"at most {self.limit:g} {unit} above {base}"
        if self.relation == "times":
            return f"at most {self.limit:g} times {base}"
        return f"at least {self.limit:g} times as fast as {base}"


def _words_for(base: Value, beside: Value) -> str:
    return f"the same {base.measure}" if base.row == beside.row else base.row


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target, and whether it is met."""

    target: Target
    found: float
    met: bool


def judge(results: Mapping[str, Result]) -> list[Verdict]:
    """Return a verdict for every target of which everything was measured."""
    verdicts = []
    for target in TARGETS:
        found = target.found(results)
        if found is not None:
            verdicts.append(Verdict(target, found, target.met_by(found)))
    return verdicts


def exit_code(verdicts: Sequence[Verdict], *, check: bool) -> int:
    """Return 1 where a target is missed and `check` asks for it, or else 0."""
    return int(check and any(not verdict.met for verdict in verdicts))


_LANGCHAIN = ("ChatXingYun", "ChatAShui")
_LLAMA_INDEX = ("XingYun", "AShui")
_MODELS = (*_LANGCHAIN, *_LLAMA_INDEX)
_FLOORS = {
    **dict.fromkeys(_LANGCHAIN, "LangChain floor"),
    **dict.fromkeys(_LLAMA_INDEX, "LlamaIndex floor"),
}
_OPENAI = {
    **dict.fromkeys(_LANGCHAIN, "ChatOpenAI"),
    **dict.fromkeys(_LLAMA_INDEX, "OpenAILike"),
}
_OWN_PARTS = tuple(f"{one}{OWN_PART}" for one in _LANGCHAIN)
_IMPORTS = {
    "langchain_xyashui.ChatXingYun": "langchain_core.language_models.chat_models",
    "llama_index_xyashui.XingYun": "llama_index.core.llms.function_calling",
}
_ANSWER = "an answer of 阿水"
_TEXTS = (
    "citations: plain text",
    "citations: open brackets",
    "citations: links that do not end",
    "citations: brackets in brackets",
    "citations: backticks",
    "citations: definitions",
    "citations: links",
    "tools: plain text",
    "tools: beginnings of tags",
    "tools: tags that are only spoken of",
    "tools: a call that does not end",
)


def _beside(
    case: str, who: Mapping[str, str], relation: Relation, limit: float, measure: str = ""
) -> list[Target]:
    return [
        Target(Value(case, one, measure), relation, limit, Value(case, other, measure))
        for one, other in who.items()
    ]


def _at_most(case: str, who: tuple[str, ...], limit: float, *measures: str) -> list[Target]:
    return [
        Target(Value(case, one, measure), "at most", limit)
        for one, measure in product(who, measures or ("",))
    ]


def _alike(case: str, who: tuple[str, ...], limit: float, this: str, that: str) -> list[Target]:
    return [Target(Value(case, one, this), "times", limit, Value(case, one, that)) for one in who]


TARGETS: list[Target] = [
    *_beside("stream", _FLOORS, "times", 1.25),
    *_beside("stream", _OPENAI, "times faster", 5),
    *_beside("stream", dict.fromkeys(_LANGCHAIN, "ChatMistralAI"), "times faster", 1.5),
    *_beside("concurrent", _FLOORS, "times", 1.25),
    *_alike("thousand", (*_OWN_PARTS, *_LLAMA_INDEX), 1.2, "at 1,000", "at 200"),
    *_beside("thousand", _FLOORS, "times", 1.25, "at 1,000"),
    *_beside("call", dict.fromkeys(_MODELS, "httpx.post"), "above", 0.5),
    *_beside("call", dict.fromkeys(_MODELS, "ChatOpenAI"), "times", 0.5, "cpu"),
    *_at_most("construction", _MODELS, 0.2),
    *_beside("import", _IMPORTS, "times", 1.1),
    *_at_most("optional", ("langchain_xyashui", "llama_index_xyashui"), 0),
    *_at_most("first-token", _MODELS, 1, "sync", "async"),
    *_alike("steady", (*_OWN_PARTS, *_LLAMA_INDEX, "xyashui.Client"), 1.1, "late", "early"),
    *_at_most("memory", (*_LLAMA_INDEX, "xyashui.Client"), 5),
    *_at_most("memory", _OWN_PARTS, 5),
    *_beside("memory", dict.fromkeys(_LANGCHAIN, "LangChain making chunks"), "above", 5),
    *_at_most("image", (*_MODELS, "xyashui.Client"), 2),
    *_beside("stages", {f"{_ANSWER}, tools by prompt": _ANSWER}, "above", 2),
    *_beside("stages", {f"{_ANSWER}, citations": _ANSWER}, "above", 2),
    # Ten times the text: what is not linear is ten times as dear, and caches explain a half.
    *_alike("linear", _TEXTS, 2, "long", "short"),
]

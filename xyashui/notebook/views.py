"""What is shown of an answer, whichever framework it comes from. No I/O.

    View            the whole: turns, sources, facts, how it ended
      Turn            what one model says at a time, under a heading where there are several
        Passage         text, or the reasoning before it; grows at its end
        ToolUse         a tool, what it is called with, and what it gave back
        Picture         an image

Readers (`reading`) and handlers fill it; `cards` and `plain` draw it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from time import monotonic
from typing import Any, Literal

from xyashui.citations import Citation, Source, sources
from xyashui.tokens import estimate_tokens

__all__ = ["Facts", "Passage", "Picture", "State", "ToolUse", "Turn", "View"]

State = Literal["waiting", "arriving", "whole", "cut"]

_LEAST_SECONDS = 0.02  # in which an answer must come for its speed to mean something
# What stops an answer from outside. Everything else is an error that is worth its words.
_INTERRUPTIONS = (KeyboardInterrupt, asyncio.CancelledError, GeneratorExit)


class Passage:
    """Text that grows at its end.

    Attributes:
        kind: Whether it is the answer or the reasoning before it.
    """

    __slots__ = ("_text", "kind")

    def __init__(self, kind: Literal["answer", "reasoning"]) -> None:
        self.kind = kind
        self._text = StringIO()

    def __len__(self) -> int:
        return self._text.tell()

    @property
    def text(self) -> str:
        """All of it so far."""
        return self._text.getvalue()

    def write(self, text: str) -> None:
        """Add to it."""
        self._text.write(text)


@dataclass(slots=True)
class ToolUse:
    """A tool that is called.

    Attributes:
        name: The tool's name.
        arguments: What it is called with, as text: mostly JSON, maybe not all of it yet.
        result: What it gave back, or `None` where that is not known (yet).
        failed: Whether `result` says what went wrong.
        id: The model's name for the call, by which its result is found.
    """

    name: str = ""
    arguments: str = ""
    result: str | None = None
    failed: bool = False
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """An image: its address, or its bytes as a data URI; both as the model gave them."""

    url: str
    title: str = ""


Part = Passage | ToolUse | Picture


@dataclass(slots=True)
class Facts:
    """What the footer says. `None` is unknown."""

    model: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    finish_reason: str | None = None

    def add(
        self,
        *,
        model: str | None = None,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        finish_reason: str | None = None,
    ) -> None:
        """Add what another call took; of the rest, what is known last counts."""
        self.model = model or self.model
        self.finish_reason = finish_reason or self.finish_reason
        if input_tokens is not None:
            self.input_tokens = (self.input_tokens or 0) + input_tokens
        if output_tokens is not None:
            self.output_tokens = (self.output_tokens or 0) + output_tokens


class Turn:
    """What one model says at a time, in the order in which it came."""

    __slots__ = ("_arrive", "_rows", "heading", "parts")

    def __init__(self, heading: str, arrive: Callable[[], None]) -> None:
        self.heading = heading
        self.parts: list[Part] = []
        self._rows: dict[Hashable, ToolUse] = {}
        self._arrive = arrive

    def say(self, text: str) -> None:
        """Add to the answer."""
        self._write("answer", text)

    def think(self, text: str) -> None:
        """Add to the reasoning."""
        self._write("reasoning", text)

    def call(self, key: Hashable) -> ToolUse:
        """Return the call with this key that the model makes, a new one where there is none yet."""
        self._arrive()
        return self.row(key)

    def row(self, key: Hashable) -> ToolUse:
        """Do what `call` does, for what the model did not ask for itself."""
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = ToolUse()
            self.parts.append(row)
        return row

    def show(self, picture: Picture) -> None:
        """Add an image."""
        self._arrive()
        self.parts.append(picture)

    @property
    def answer(self) -> str:
        """The text so far, without reasoning."""
        return "".join(part.text for part in self._passages() if part.kind == "answer")

    def _passages(self) -> Iterator[Passage]:
        return (part for part in self.parts if isinstance(part, Passage))

    def _write(self, kind: Literal["answer", "reasoning"], text: str) -> None:
        if not text:
            return
        self._arrive()
        last = self.parts[-1] if self.parts else None
        if not isinstance(last, Passage) or last.kind != kind:
            last = Passage(kind)
            self.parts.append(last)
        last.write(text)


@dataclass(slots=True)
class View:
    """All that is shown of an answer.

    Attributes:
        heading: A title for the whole.
        turns: What was said, in order.
        facts: What the footer says.
        state: How far it is; "cut" means that no more will come and that it is not whole.
        error: Why it was cut, where that was not the user's wish.
        streamed: Whether it arrives piece by piece, so that its speed means something.
        clock: Seconds, from whenever.
    """

    heading: str = ""
    clock: Callable[[], float] = monotonic
    turns: list[Turn] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)
    state: State = "waiting"
    error: str = ""
    streamed: bool = True
    _turns: dict[Hashable, Turn] = field(default_factory=dict)
    _sources: dict[Hashable, Source] = field(default_factory=dict)
    _began: float = field(init=False)
    _first: float | None = None  # when the first piece came
    _last: float | None = None  # and the last

    def __post_init__(self) -> None:
        self.start()

    # What readers write

    def start(self) -> None:
        """Count the time from now; what is there already is none of the stream's."""
        self._began = self.clock()
        self._first = self._last = None
        self.state = "waiting"

    def turn(self, key: Hashable, heading: str = "") -> Turn:
        """Return the turn with this key, a new one where there is none yet."""
        turn = self._turns.get(key)
        if turn is None:
            turn = self._turns[key] = Turn(heading, self._arrive)
            self.turns.append(turn)
        return turn

    def find_call(self, id_: str | None) -> ToolUse | None:
        """Return the call of which the model says that it has this id."""
        if not id_:
            return None
        for turn in reversed(self.turns):
            for part in turn.parts:
                if isinstance(part, ToolUse) and part.id == id_:
                    return part
        return None

    def cite(self, citations: Iterable[Any]) -> None:
        """Add the sources that an answer names: `Citation`s, or dicts with the same fields."""
        known = [one for one in map(_citation, citations) if one is not None]
        for source in sources(known):
            self.add_source(source)

    def add_source(self, source: Source) -> None:
        """Add a source, unless it is there already."""
        self._sources.setdefault(source.url or (source.title, source.text), source)

    def end(self) -> None:
        """Note that all has come."""
        self.state = "whole"

    def cut(self, error: BaseException | str | None = None) -> None:
        """Note that no more will come.

        Args:
            error: What stopped it, where that is to be shown.
        """
        self.state = "cut"
        if isinstance(error, str):
            self.error = error
        elif error is not None and not isinstance(error, _INTERRUPTIONS):
            self.error = f"{type(error).__name__}: {error}"

    def _arrive(self) -> None:
        self._last = self.clock()
        if self._first is None:
            self._first = self._last
            self.state = "arriving"

    # What screens read

    @property
    def sources(self) -> list[Source]:
        """The sources, in the order of their first mention."""
        return list(self._sources.values())

    @property
    def ended(self) -> bool:
        """Whether no more will come."""
        return self.state in ("whole", "cut")

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show yet."""
        return not any(turn.parts for turn in self.turns)

    @property
    def seconds_to_first(self) -> float | None:
        """Seconds until the first token; `None` where none came, or nothing was streamed."""
        if self._first is None or not self.streamed:
            return None
        return self._first - self._began

    def output_tokens(self) -> tuple[int, bool]:
        """Return how many tokens were written, and whether the service says so.

        Where it does not, it is a guess by the text.
        """
        if self.facts.output_tokens is not None and self.state == "whole":
            return self.facts.output_tokens, True
        passages = (part for turn in self.turns for part in turn.parts if isinstance(part, Passage))
        return sum(estimate_tokens(passage.text) for passage in passages), False

    def tokens_per_second(self) -> float | None:
        """Return how fast the answer came, from its first token to its last.

        `None` where it came too fast for the answer to mean anything, or all at once.
        """
        if self._first is None or self._last is None or not self.streamed:
            return None
        seconds = self._last - self._first
        return self.output_tokens()[0] / seconds if seconds >= _LEAST_SECONDS else None


def _citation(given: Any) -> Citation | None:
    """Read a citation that has been through a framework; what is none is left out."""
    if isinstance(given, Citation):
        return given
    if not isinstance(given, dict) or not isinstance(given.get("url"), str):
        return None
    return Citation(
        url=given["url"],
        title=str(given.get("title") or given["url"]),
        start=0,
        end=0,
        cited_text=str(given.get("cited_text") or ""),
    )

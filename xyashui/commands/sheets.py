"""Where `xyashui chat` writes: the answer as text, or as one JSON object.

stdout holds the answer and its sources and nothing else, so that it can be piped; reasoning,
the footer and what went wrong go to stderr.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from rich.text import Text

from xyashui.answers import Answer, Chunk
from xyashui.errors import APIError, XyashuiError
from xyashui.terminal.cleaning import Cleaner, one_line
from xyashui.terminal.consoles import make_console, say

if TYPE_CHECKING:
    from xyashui.commands.chat import Question

__all__ = ["JSONSheet", "Sheet", "TextSheet"]

# What JSON allows as it is and a terminal does not: see `cleaning`.
_ESCAPED = {
    code: f"\\u{code:04x}"
    for codes in (range(0x7F, 0xA0), range(0x202A, 0x202F), range(0x2066, 0x206A))
    for code in codes
} | {code: f"\\u{code:04x}" for code in range(0xD800, 0xE000)}


class Sheet(Protocol):
    """Something to write an answer on."""

    def add(self, chunk: Chunk) -> None:
        """Take the next piece of the answer."""

    def finish(self, answer: Answer) -> None:
        """Take the whole answer, now that all of it has come."""

    def break_off(self, partial: Answer | None, error: XyashuiError | None) -> None:
        """Note that no more comes: what had come, and why, where it was not Ctrl-C."""


class TextSheet:
    """Writes the answer as it comes, for people and for pipes."""

    def __init__(self) -> None:
        self._stdout = make_console()
        self._stderr = make_console(stderr=True)
        self._text = Cleaner()
        self._reasoning = Cleaner()
        self._thinking = False  # whether the last that was written is reasoning
        self._written = False  # whether any of the answer is
        self._midline = False
        self._began = monotonic()
        self._first: float | None = None

    def add(self, chunk: Chunk) -> None:
        """Write the next piece of the answer."""
        if self._first is None and (chunk.text or chunk.reasoning):
            self._first = monotonic() - self._began
        if chunk.reasoning:
            self._think(self._reasoning.feed(chunk.reasoning))
        if chunk.text:
            self._answer(self._text.feed(chunk.text))

    def finish(self, answer: Answer) -> None:
        """Write the sources and the footer."""
        self._end_answer()
        self._list_sources(answer)
        facts = [answer.model]
        if answer.usage is not None:
            facts.append(f"{answer.usage.input_tokens} + {answer.usage.output_tokens} tokens")
        if self._first is not None:
            facts.append(f"first word after {self._first:.2f} s")
        if answer.finish_reason == "length":
            facts.append("cut at the limit of tokens")
        say(self._stderr, one_line(" · ".join(facts)), "dim")

    def break_off(self, partial: Answer | None, error: XyashuiError | None) -> None:
        """Say that what was written is not the whole answer."""
        self._end_answer()
        if self._written:
            say(self._stderr, "The answer above is cut short.", "red")

    def _think(self, words: str) -> None:
        self._thinking = True
        self._stderr.print(Text(words, style="dim"), end="", soft_wrap=True)

    def _answer(self, words: str) -> None:
        if not words:
            return
        if self._thinking:
            self._stop_thinking()
        # Noted before it is done: Ctrl-C may come in between.
        self._written = True
        self._midline = not words.endswith("\n")
        sys.stdout.write(words)
        sys.stdout.flush()

    def _stop_thinking(self) -> None:
        self._thinking = False
        self._stderr.print(Text(self._reasoning.finish(), style="dim"), end="\n\n", soft_wrap=True)

    def _end_answer(self) -> None:
        self._answer(self._text.finish())
        if self._thinking:
            self._stop_thinking()
        if self._midline:
            sys.stdout.write("\n")
            sys.stdout.flush()
            self._midline = False

    def _list_sources(self, answer: Answer) -> None:
        sources = {one.url: one.title for one in reversed(answer.citations)}
        if not sources:
            return
        self._stdout.print(Text("\nSources 来源", style="bold"))
        for number, (url, title) in enumerate(reversed(sources.items()), 1):
            line = Text(f"{number}. {one_line(title)}  ").append(one_line(url), style="underline")
            self._stdout.print(line, soft_wrap=True)


class JSONSheet:
    """Writes one JSON object once the answer has ended, well or not."""

    def __init__(self, question: Question) -> None:
        self._provider = question.provider.name
        self._began = monotonic()
        self._first: float | None = None

    def add(self, chunk: Chunk) -> None:
        """Note when the answer began."""
        if self._first is None and (chunk.text or chunk.reasoning):
            self._first = monotonic() - self._began

    def finish(self, answer: Answer) -> None:
        """Write the answer."""
        self._write(answer, None)

    def break_off(self, partial: Answer | None, error: XyashuiError | None) -> None:
        """Write what had come of the answer, and why there is no more."""
        self._write(partial or Answer(), error, broken=True)

    def _write(self, answer: Answer, error: XyashuiError | None, *, broken: bool = False) -> None:
        sheet = {
            "provider": self._provider,
            "model": answer.model,
            "reported_model": answer.reported_model,
            "id": answer.id,
            "complete": not broken,
            "text": answer.text,
            "reasoning": answer.reasoning,
            "citations": [one.to_dict() for one in answer.citations],
            "usage": _usage(answer),
            "finish_reason": answer.finish_reason,
            "seconds_to_first_word": round(self._first, 3) if self._first is not None else None,
            "error": _error(error),
        }
        sys.stdout.write(json.dumps(sheet, ensure_ascii=False, indent=2).translate(_ESCAPED) + "\n")
        sys.stdout.flush()


def _usage(answer: Answer) -> dict[str, Any] | None:
    if answer.usage is None:
        return None
    return {name: value for name, value in asdict(answer.usage).items() if name != "raw"}


def _error(error: XyashuiError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    found: dict[str, Any] = {"type": type(error).__name__, "explanation": str(error)}
    if isinstance(error, APIError):
        found |= {
            "message": error.message,
            "code": error.code,
            "status_code": error.status_code,
            "request_id": error.request_id,
        }
    return found | {"retryable": error.retryable}

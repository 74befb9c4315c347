"""What a case is: what a server does, and what must come of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.servers import CHUNKED, Script, Step, chunk, chunked
from tests.wire import STREAM, delta
from xyashui.errors import XyashuiError

__all__ = [
    *("BOTH", "CALL", "CALLED", "FIRST", "GOOD", "LONGER", "SHORT", "TEXT"),
    *("Case", "fails", "passes", "whole"),
]

BOTH = ("xingyun", "ashui")
TEXT = "你好。"
GOOD: Script = [chunked(STREAM)]
FIRST = CHUNKED + chunk(delta("你"))  # of an answer that goes on
SHORT = {"timeout": 0.6}  # where there is nothing to wait for
LONGER = {"timeout": 1}  # where something must have arrived by then, on a busy machine too
CALL = {"index": 0, "id": "call_1", "function": {"name": "f", "arguments": '{"a": 1}'}}
CALLED = (("f", {"a": 1}),)


@dataclass(frozen=True)
class Case:
    """What a server does, and what must come of it, in whichever way it is asked.

    Attributes:
        scripts: What it does, request by request; from then on it is as good as gold.
        greeting: What it does before it reads anything.
        text: The whole text of the answer, where there is one.
        calls: The tool calls of the answer: names, and arguments.
        error: The error, where there is none.
        received: The text that had arrived by then.
        requests: How many requests must have reached it.
        settings: What the model is made with.
        services: Who may behave so.
        goes_on: Whether the next call can work: not where it is the place that is wrong.
        aiohttp_error: The error where aiohttp carries the call, if that is another: it reads HTTP
            ahead, and what is wrong after a response is wrong with it.
    """

    scripts: Sequence[Script]
    greeting: Script = ()
    text: str | None = TEXT
    calls: tuple[tuple[str, Any], ...] = ()
    error: type[XyashuiError] | None = None
    received: str = ""
    requests: int = 1
    settings: dict[str, Any] = field(default_factory=dict)
    services: tuple[str, ...] = BOTH
    goes_on: bool = True
    aiohttp_error: type[XyashuiError] | None = None


def whole(*steps: Step, **more: Any) -> Case:
    """The answer is whole, whatever is odd about how it comes."""
    return Case([steps], **more)


def fails(error: type[XyashuiError], *steps: Step, received: str = "", **more: Any) -> Case:
    """There is one error, and it holds what had arrived."""
    return Case([steps], text=None, error=error, received=received, **more)


def passes(*steps: Step, **settings: Any) -> Case:
    """What goes wrong passes: the second request gets the answer, and nobody hears of the first."""
    return Case([steps], requests=2, settings={"max_retries": 1, **settings})

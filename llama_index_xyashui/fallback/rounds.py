"""One question's round among several LLMs: who is asked next, and what becomes of it. Sans-IO.

for turn in round:
    with turn:                  # an error that another LLM may not meet ends here
        return turn.signed(ask(turn.llm))
raise round.all_failed()
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from llama_index.core.base.llms.types import ChatResponse, CompletionResponse, TextBlock
from llama_index.core.llms import LLM
from llama_index.core.llms.function_calling import FunctionCallingLLM

from xyashui import AllFailedError, CircuitBreaker, CircuitOpenError
from xyashui.breaker import Passage
from xyashui.verdicts import described, verdict

__all__ = ["ANSWERED_BY", "Member", "OnFallback", "Round", "Turn", "who_answered"]

logger = logging.getLogger("xyashui")

ANSWERED_BY = "answered_by"
"""Where a response says which LLM it is of."""

OnFallback = Callable[[LLM, Exception], object]

_R = TypeVar("_R")


class Member:
    """One of several LLMs.

    Attributes:
        index: Its place among them, from 0.
        llm: The LLM.
        breaker: What keeps calls from it while it is down.
        last_error: What it failed with, unless it has answered since.
    """

    def __init__(self, index: int, llm: LLM, breaker: CircuitBreaker) -> None:
        self.index = index
        self.llm = llm
        self.breaker = breaker
        self.last_error: Exception | None = None

    @property
    def model(self) -> str:
        """The model's name; "" where it has none."""
        try:
            return str(self.llm.metadata.model_name)
        except Exception:  # some libraries know the metadata of their own models only
            return str(getattr(self.llm, "model", ""))

    def __str__(self) -> str:
        name = type(self.llm).__name__
        return f"{name} ({model})" if (model := self.model) else name


class Round:
    """The LLMs in the order of their asking: an iterable of turns.

    Those that are down are passed over. Where all others have failed, the one of them that is to
    be tried again first is asked all the same: better to try than to refuse.

    Args:
        members: The LLMs.
        on_fallback: What is called with each LLM that gives no answer, and with why.
    """

    def __init__(self, members: Sequence[Member], on_fallback: OnFallback | None) -> None:
        self._members = members
        self._on_fallback = on_fallback
        self._errors: dict[int, Exception] = {}

    def __iter__(self) -> Iterator[Turn]:
        resting: list[tuple[float, int, Member]] = []
        for member in self._members:
            try:
                passage = member.breaker.enter(member)
            except CircuitOpenError as error:
                resting.append((error.retry_after, member.index, member))
                self.passed_over(member, error)
            else:
                yield Turn(self, member, passage)
        if resting:
            *_, member = min(resting)
            yield Turn(self, member, member.breaker.enter(member, force=True))

    def passed_over(self, member: Member, error: Exception) -> None:
        """Note that `member` gives no answer, and that it is another's turn."""
        self._errors[member.index] = error
        if self._on_fallback is not None:
            self._on_fallback(member.llm, error)

    def explain(self, error: Exception) -> None:
        """Say in `error`, which ends the round, who else had failed."""
        for member, before in self._failed():
            error.add_note(f"Before, {member} failed with {described(before)}")

    def all_failed(self) -> AllFailedError:
        """Make the error for a round in which nobody has answered."""
        failed = self._failed()
        said = "; ".join(f"{member}: {described(error)}" for member, error in failed)
        error = AllFailedError(
            f"None of {len(failed)} LLMs has answered. {said}",
            errors=[error for _, error in failed],
        )
        error.__cause__ = error.errors[-1]
        return error

    def _failed(self) -> list[tuple[Member, Exception]]:
        return [
            (member, self._errors[member.index])
            for member in self._members
            if member.index in self._errors
        ]


class Turn:
    """One LLM's turn, as a context manager: it ends the errors that others may not meet.

    Attributes:
        llm: The LLM.
    """

    def __init__(self, round_: Round, member: Member, passage: Passage) -> None:
        # One without tools is never asked for any.
        self.llm: FunctionCallingLLM = cast("FunctionCallingLLM", member.llm)
        self._round = round_
        self._member = member
        self._passage = passage
        self._model: str | None = None
        self._begun = False
        self._held: list[Any] = []

    def signed(self, response: _R) -> _R:
        """Have a response say whose it is, and return it."""
        if isinstance(response, ChatResponse | CompletionResponse):
            facts = response.additional_kwargs
            if self._model is None:
                self._model = self._member.model
            facts[ANSWERED_BY] = {
                "index": self._member.index,
                "llm": type(self.llm).__name__,
                "model": facts.get("model_name", self._model),
            }
        return response

    def received(self, response: _R) -> list[_R]:
        """Take a piece of a stream, and return those that can be handed out.

        Pieces without any words are held until one with some comes: up to then, another LLM can
        take over, and nobody will have seen anything.
        """
        empty = not (self._begun or _says_something(response))
        self._held.append(self.signed(response))
        return [] if empty else self.rest()

    def rest(self) -> list[Any]:
        """Return what is held, to be handed out: after that, no other LLM can take over."""
        self._begun = True
        self._passage.answered()
        held, self._held = self._held, []
        return held

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        self._passage.__exit__(kind, error, traceback)
        if not isinstance(error, Exception):
            if error is None:
                self._member.last_error = None
            return False
        self._member.last_error = error
        if self._begun or not verdict(error).elsewhere:
            self._round.explain(error)
            return False
        logger.warning("%s gives no answer: %s", self._member, described(error))
        self._round.passed_over(self._member, error)
        return True


def who_answered(response: ChatResponse) -> int:
    """Return the place of the LLM that a response is of; the first where it does not say."""
    index: int = response.additional_kwargs.get(ANSWERED_BY, {}).get("index", 0)
    return index


def _says_something(response: object) -> bool:
    if isinstance(response, CompletionResponse):
        return bool(response.delta or response.text or response.additional_kwargs)
    if not isinstance(response, ChatResponse):
        return True
    message = response.message
    return bool(response.delta or response.additional_kwargs or message.additional_kwargs) or any(
        not isinstance(block, TextBlock) or block.text for block in message.blocks
    )

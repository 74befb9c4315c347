"""One parsed event of an answer -> chunks, through what is done to them on this side. Sans-IO.

What `AnswerReader` does with an event, whatever it was wrapped in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from xyashui.answers import AnswerBuilder, Chunk
from xyashui.deltas import ChoiceReader, usage_of
from xyashui.errors import APIError, ProtocolError, StreamInterruptedError
from xyashui.failures import Failure, api_error
from xyashui.requests import shorten

if TYPE_CHECKING:
    from xyashui.answers import Answer
    from xyashui.frames import Frame
    from xyashui.providers.provider import Provider

__all__ = ["PayloadReader", "Stage"]


class Stage(Protocol):
    """Something that is done to the chunks on this side.

    Attributes:
        done: Whether nothing more of the answer is wanted.
    """

    done: bool

    def feed(self, chunk: Chunk) -> Iterable[Chunk]:
        """Take a chunk and return what can be handed on by now."""

    def close(self) -> Iterable[Chunk]:
        """Return what was held back, now that the answer is complete."""


class PayloadReader:
    """Reads events that are parsed already; see `AnswerReader` for the arguments."""

    def __init__(
        self,
        provider: Provider,
        model: str,
        choices: int,
        stages: Sequence[Stage],
        headers: Mapping[str, str],
        before: Answer | None,
    ) -> None:
        self._provider = provider
        self._asked = choices
        self._stages = stages
        self._headers = headers
        self._builder = AnswerBuilder(model, before)
        self._choices: dict[int, ChoiceReader] = {}
        self._first: int | None = None  # the number of the choice that came first
        self._may_end = False  # a choice has a reason why it ended, or came as a message
        self._cut = False
        self._head = b""  # how the response began

    def _payload(self, payload: Any) -> list[Chunk]:
        if payload is None:
            return []  # a heartbeat of a kind
        if type(payload) is not dict:
            raise self._unreadable(f"sent {shorten(payload)} where an object belongs")
        choices = payload.get("choices")
        if choices and type(choices) is not list:
            raise self._unreadable(f"sent choices of unknown shape: {shorten(choices)}")
        chunks: list[Chunk] = []
        builder = self._builder
        if not builder.id:  # the first event may be about the prompt, and have no names yet
            self._take_names(payload)
        if choices:
            for choice in choices:
                if choice is not None:
                    self._choice(choice, payload, chunks)
        if not choices or "error" in payload:
            if failure := self._provider.failure(payload, 200):
                raise self._api_error(failure)
            if (inner := self._provider.unwrap(payload)) is not None:
                return self._payload(inner)
        if (counted := payload.get("usage")) and (usage := usage_of(counted)):
            builder.usage = usage  # some gateways send it so far with every event: the last counts
        return self._staged(chunks) if self._stages else chunks

    def _choice(self, choice: Any, payload: dict[str, Any], chunks: list[Chunk]) -> None:
        try:
            index = self._number(int(choice.get("index") or 0))
            reader = self._choices.get(index)
            if reader is None:
                reader = self._choices[index] = ChoiceReader()
            chunk = reader.read(choice, payload)
        except (AttributeError, TypeError, ValueError, OverflowError) as error:
            raise self._unreadable(f"sent a choice of unknown shape: {shorten(choice)}") from error
        if reader.finished or reader.is_message:
            self._may_end = True
        if chunk is not None:
            chunk.index = index
            chunks.append(chunk)
            if not self._stages:
                self._builder.add(chunk)

    def _knows(self, index: Any) -> bool:
        """Whether events of the choice with this `index` have come."""
        try:
            return self._number(int(index or 0)) in self._choices
        except (TypeError, ValueError, OverflowError):
            return False

    def _frame_chunks(self, frame: Frame, texts: Sequence[str]) -> list[Chunk]:
        """Do what `_payload` does with events that were read by their frame."""
        if not self._builder.id:
            self._take_names(frame.sample)
        index = self._number(int(frame.index or 0))
        if not frame.is_reasoning:
            chunks = [Chunk(t, "", (), None, index, None, (frame, t)) for t in texts if t]
        else:
            chunks = [Chunk("", t, (), None, index, None, (frame, t)) for t in texts if t]
        if not self._stages:
            self._builder.writer(index, reasoning=frame.is_reasoning)("".join(texts))
        return chunks

    def _number(self, index: int) -> int:
        """Return which answer this is: where one was asked for, the one that comes first is it."""
        if self._first is None:
            self._first = index if self._asked == 1 else 0
        if index == self._first:
            return 0
        if index < 0:
            raise ValueError("an index below 0")
        return index or abs(self._first)

    def _staged(self, chunks: Iterable[Chunk], first: int = 0) -> list[Chunk]:
        """Send chunks through the stages, from the one numbered `first` on."""
        for stage in self._stages[first:]:
            chunks = [out for chunk in chunks for out in stage.feed(chunk)]
            self._cut = self._cut or stage.done
        chunks = list(chunks)
        for chunk in chunks:
            self._builder.add(chunk)
        return chunks

    def _take_names(self, payload: dict[str, Any]) -> None:
        builder = self._builder
        if isinstance(id_ := payload.get("id"), str):
            builder.id = id_
        if isinstance(model := payload.get("model"), str) and model:
            builder.reported_model = model
        if isinstance(created := payload.get("created"), int):
            builder.created = created
        if isinstance(fingerprint := payload.get("system_fingerprint"), str):
            builder.system_fingerprint = fingerprint

    # Errors

    def _api_error(self, failure: Failure) -> APIError:
        return api_error(
            failure,
            provider=self._provider.name,
            title=self._provider.title,
            model=self._builder.model,
            status=200,
            headers=self._headers,
        )

    def _interrupted(self, how: str) -> StreamInterruptedError:
        received = sum(len(choice.text) for choice in self._builder.build().choices)
        return StreamInterruptedError(
            f"{self._provider.title} cut its answer short: {how}. "
            f"{received} characters had arrived (see .text)",
            provider=self._provider.name,
        )

    def _unreadable(self, what: str) -> ProtocolError:
        quoted = "" if not self._head else f". It begins: {self._head.decode('utf-8', 'replace')!r}"
        return ProtocolError(f"{self._provider.title} {what}{quoted}", provider=self._provider.name)

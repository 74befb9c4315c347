"""One parsed event of an answer -> chunks, through what is done to them on this side. Sans-IO.

What `AnswerReader` does with an event, whatever it was wrapped in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any, Protocol

from xyashui.answers import AnswerBuilder, Chunk
from xyashui.deltas import ChoiceReader, usage_of
from xyashui.errors import APIError, ProtocolError, StreamInterruptedError
from xyashui.failures import Failure, api_error
from xyashui.requests import shorten

if TYPE_CHECKING:
    from xyashui.answers import Answer
    from xyashui.documents import Document
    from xyashui.frames import Frame
    from xyashui.providers.provider import Provider

__all__ = ["MOST_KEPT", "PayloadReader", "Stage"]

# A value of two bytes on the wire takes a hundred here, and a choice a thousand: what never ends
# must end before that fills the machine.
_MOST_CHOICES = 1000
MOST_KEPT = 1_000_000
"""Pieces of one answer, and values in them besides texts. No model writes as many tokens."""


class Stage(Protocol):
    """Something that is done to the chunks on this side.

    Attributes:
        done: Whether nothing more of the answer is wanted.
        held: The text that is held back now, as it came.
    """

    done: bool

    @property
    def held(self) -> str:
        """See above."""

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
        # The text and the reasoning that have come for the stages, whatever they have made of it.
        self._came = StringIO(), StringIO()
        self._choices: dict[int, ChoiceReader] = {}
        self._first: int | None = None  # the number of the choice that came first
        self._document: Document | None = None  # a body that is no event stream
        self._may_end = False  # a choice has a reason why it ended, or came as a message
        self._said_done = False
        self._gave_up = ""  # the reason why, where the service did
        self._cut = False
        self._head = b""  # how the response began

    @property
    def done(self) -> bool:
        """Whether nothing that follows belongs to the answer any more."""
        return self._said_done or self._cut or self._gave_up != ""

    @property
    def cut(self) -> bool:
        """Whether the answer was ended on this side, while the service was still talking."""
        return self._cut

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
        return chunks

    def _choice(self, choice: Any, payload: dict[str, Any], chunks: list[Chunk]) -> None:
        try:
            index = self._number(int(choice.get("index") or 0))
            reader = self._choices.get(index)
            if reader is None:
                reader = self._new_choice(index)
            elif reader.source is not None and self._is_another(index, choice, payload):
                index = max(self._choices) + 1
                reader = self._new_choice(index)
            ended = reader.finished
            chunk = reader.read(choice, payload)
        except (AttributeError, TypeError, ValueError, OverflowError) as error:
            raise self._unreadable(f"sent a choice of unknown shape: {shorten(choice)}") from error
        if self._document is not None:
            reader.source = payload
        if reader.finished or reader.is_message:
            self._may_end = True
        if reader.gave_up:
            self._gave_up = reader.gave_up
        if chunk is not None:
            if reader.repeats:
                self._leave_out_what_has_come(chunk, index)
            elif ended and self._says_more(chunk, payload):
                reader.went_on = True
            chunk.index = index
            if self._stages:
                chunks += self._staged(chunk)
            else:
                self._keep(chunk)
                chunks.append(chunk)

    def _new_choice(self, index: int) -> ChoiceReader:
        if len(self._choices) >= max(_MOST_CHOICES, self._asked):
            raise self._unreadable(f"sent more than {len(self._choices)} choices")
        self._builder.add(Chunk(index=index))  # it is there, also while there is nothing of it
        reader = self._choices[index] = ChoiceReader()
        return reader

    def _is_another(self, index: int, choice: Any, payload: Any) -> bool:
        """Whether a choice is another answer than the one that came by its number.

        Deltas of one answer share a number, and gateways may number all answers 0. But texts of one
        list are answers each, and so is one behind another that was whole. A choice without text
        says more of the one before: why it ended, what it cost, or which tools it calls.
        """
        reader = self._choices[index]
        delta = choice.get("delta")
        said = delta or choice.get("message") or choice
        if not (said.get("content") or choice.get("text")):
            several = self._asked > 1 and not delta
            return several and bool(said.get("tool_calls"))
        if reader.source is payload:
            says_all = self._asked > 1 or self._came_of(index)[0]
            return bool(says_all) and (reader.finished or not delta)
        if delta or not (reader.is_message or self._document is not None):
            return False
        return reader.finished or (self._asked > 1 and reader.is_message)

    @staticmethod
    def _says_more(chunk: Chunk, payload: dict[str, Any]) -> bool:
        # With the usage, some services say once more why the answer ended.
        again = chunk.finish_reason and not payload.get("usage")
        return bool(chunk.text or chunk.reasoning or chunk.tool_calls or again)

    def _check_choices(self) -> None:
        """Raise where the service says that all is whole, and it is no answer."""
        if not self._choices:
            raise self._unreadable("ended the stream without any answer in it")
        went_on = any(one.went_on for one in self._choices.values())
        if went_on and len(self._choices) < self._asked:
            raise self._unreadable("gave several answers one number; n=1 leaves no doubt")

    def _came_of(self, index: int) -> tuple[str, str]:
        """Return the text and the reasoning of a choice so far, whatever became of them."""
        if self._stages and index == 0:
            text, reasoning = self._came
            return text.getvalue(), reasoning.getvalue()
        return self._builder.texts(index)

    def _leave_out_what_has_come(self, chunk: Chunk, index: int) -> None:
        text, reasoning = self._came_of(index)
        chunk.text = chunk.text.removeprefix(text)
        chunk.reasoning = chunk.reasoning.removeprefix(reasoning)

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
            chunks = [Chunk(t, "", (), None, index, None, frame) for t in texts if t]
        else:
            chunks = [Chunk("", t, (), None, index, None, frame) for t in texts if t]
        if not self._stages:
            self._builder.writer(index, reasoning=frame.is_reasoning)("".join(texts))
            self._builder.weight += len(texts)
        return chunks

    def _told(self, frame: Frame, texts: Sequence[str]) -> Iterator[Chunk]:
        """Give the chunks of events that were read by their frame."""
        if not self._stages:
            yield from self._frame_chunks(frame, texts) if texts else ()
            return
        for text in texts:
            for chunk in self._frame_chunks(frame, (text,)):
                yield from self._staged(chunk)
            if self.done:
                return

    def _number(self, index: int) -> int:
        """Return which answer this is: where one was asked for, the one that comes first is it."""
        if self._first is None:
            self._first = index if self._asked == 1 else 0
        if index == self._first:
            return 0
        if index < 0:
            raise ValueError("an index below 0")
        return index or abs(self._first)

    def _staged(self, chunk: Chunk) -> list[Chunk]:
        """Send what has come through the stages, if it is of the answer that was asked for.

        They work on one answer; another that nobody asked for goes past them.
        """
        if chunk.index:
            self._keep(chunk)
            return [chunk]
        text, reasoning = self._came
        text.write(chunk.text)
        if chunk.reasoning:
            reasoning.write(chunk.reasoning)
        return self._through([chunk], self._stages)

    def _through(self, chunks: list[Chunk], stages: Sequence[Stage]) -> list[Chunk]:
        for stage in stages:
            chunks = [out for chunk in chunks for out in stage.feed(chunk)]
            self._cut = self._cut or stage.done
        for chunk in chunks:
            self._keep(chunk)
        return chunks

    def _keep(self, chunk: Chunk) -> None:
        self._builder.add(chunk)
        self._check_weight()

    def _check_weight(self) -> None:
        # Whoever collects chunks, as LangChain does, keeps a kilobyte or two for each.
        most = MOST_KEPT * self._asked
        if self._builder.weight > most:
            raise self._unreadable(f"sent more than {most} pieces of text, tool calls and values")

    def _held(self) -> str:
        """Return the text that the stages hold back, the last of which has the oldest."""
        return "".join(stage.held for stage in reversed(self._stages))

    def _held_back(self) -> Iterator[Chunk]:
        """Give what the stages held back, now that the answer is complete."""
        for number, stage in enumerate(self._stages):
            for chunk in stage.close():
                yield from self._through([chunk], self._stages[number + 1 :])

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
        received += len(self._held())
        return StreamInterruptedError(
            f"{self._provider.title} cut its answer short: {how}. "
            f"{received} characters had arrived (see .text)",
            provider=self._provider.name,
        )

    def _unreadable(self, what: str) -> ProtocolError:
        quoted = "" if not self._head else f". It begins: {self._head.decode('utf-8', 'replace')!r}"
        return ProtocolError(f"{self._provider.title} {what}{quoted}", provider=self._provider.name)

"""What all readers do, and the two that need no framework."""

from __future__ import annotations

from io import StringIO
from typing import Any, Protocol

from xyashui.answers import Answer, AnswerBuilder, Chunk
from xyashui.client import AsyncChatStream, ChatStream
from xyashui.errors import ConfigurationError
from xyashui.notebook.views import View

__all__ = [
    "AnswerReader",
    "ChunkReader",
    "Reader",
    "StreamReader",
    "TextReader",
    "counted",
    "note",
    "unreadable",
]


class Reader(Protocol):
    """Fills a view with what arrives."""

    def feed(self, item: Any) -> None:
        """Take the next item of a stream, or a whole answer."""

    def finish(self) -> Any:
        """Add what is known only at the end, and return the finished message."""


class TextReader:
    """Reads text in pieces; the finished message is the text."""

    def __init__(self, view: View) -> None:
        self._turn = view.turn("text")
        self._text = StringIO()

    def feed(self, item: Any) -> None:
        """Take the next piece."""
        if not isinstance(item, str):
            raise unreadable(item)
        self._turn.say(item)
        self._text.write(item)

    def finish(self) -> str:
        """Return the text."""
        return self._text.getvalue()


class ChunkReader:
    """Reads `Chunk`s; the finished message is an `Answer`."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._builder = AnswerBuilder()

    def feed(self, item: Any) -> None:
        """Take the next chunk; of several choices, each is a turn of its own."""
        if not isinstance(item, Chunk):
            raise unreadable(item)
        self._builder.add(item)
        turn = self._view.turn(item.index, _choice(item.index))
        turn.think(item.reasoning)
        turn.say(item.text)
        for delta in item.tool_calls:
            call = turn.call(delta.index)
            call.id = call.id or delta.id
            call.name += delta.name or ""
            call.arguments += delta.arguments
            if delta.error:
                call.result, call.failed = delta.error, True

    def finish(self) -> Answer:
        """Return the whole answer."""
        answer = self._answer()
        note(self._view, answer)
        return answer

    def _answer(self) -> Answer:
        return self._builder.build()


class StreamReader(ChunkReader):
    """Reads a `ChatStream` or `AsyncChatStream`, which knows more than its chunks say."""

    def __init__(self, view: View, stream: ChatStream | AsyncChatStream) -> None:
        super().__init__(view)
        self._stream = stream
        view.facts.add(model=stream.answer.model)

    def _answer(self) -> Answer:
        return self._stream.answer


class AnswerReader:
    """Reads a whole `Answer`."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._answer = Answer()

    def feed(self, item: Answer) -> None:
        """Take the answer."""
        self._answer = item
        for index, choice in enumerate(item.choices):
            turn = self._view.turn(index, _choice(index))
            turn.think(choice.reasoning)
            turn.say(choice.text)
            for number, made in enumerate(choice.tool_calls):
                call = turn.call(number)
                call.id, call.name, call.arguments = made.id, made.name, made.arguments
                call.result, call.failed = made.error, made.error is not None
        note(self._view, item)

    def finish(self) -> Answer:
        """Return the answer."""
        return self._answer


def _choice(index: int) -> str:
    return f"Choice {index + 1}" if index else ""


def note(view: View, answer: Answer) -> None:
    """Add an answer's sources and facts to a view."""
    for choice in answer.choices:
        view.cite(choice.citations)
    view.facts.add(
        model=answer.model or answer.reported_model,
        input_tokens=answer.usage.input_tokens if answer.usage is not None else None,
        output_tokens=answer.usage.output_tokens if answer.usage is not None else None,
        finish_reason=answer.finish_reason,
    )


def counted(number: int, thing: str) -> str:
    """Return "1 node" or "2 nodes"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def unreadable(item: object) -> ConfigurationError:
    """Return the error that says what `show` takes."""
    return ConfigurationError(
        f"show() cannot read a {type(item).__qualname__} of {type(item).__module__}; it takes "
        "answers, messages and responses of xyashui, LangChain and LlamaIndex, their streams, "
        "and text"
    )

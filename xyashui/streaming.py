"""Bytes of a response -> chunks of an answer; knows when the answer is complete. Sans-IO.

    bytes -> sse -> JSON -> deltas -> stages (what is supplied on this side) -> the caller
                                   -> AnswerBuilder (what has arrived so far)

An answer is complete when the service said so: by a finish reason, by `[DONE]`, or by closing
the JSON of an answer in one piece. A response that ends before that was cut short, whatever the
connection looks like. Services answer a stream request with one JSON document, and the reverse,
so the reader goes by the first byte and by nothing else.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator, Mapping, Sequence
from json import JSONDecoder
from typing import TYPE_CHECKING, Any, Protocol

from pydantic_core import from_json

from xyashui.answers import Answer, AnswerBuilder, Chunk
from xyashui.citations import find_citations
from xyashui.deltas import ChoiceReader, usage_of
from xyashui.errors import APIError, ProtocolError, StreamInterruptedError, XyashuiError
from xyashui.failures import Failure, api_error, plain_failure
from xyashui.requests import shorten
from xyashui.sse import MAX_EVENT_BYTES, Event, SSEDecoder

if TYPE_CHECKING:
    from xyashui.providers.provider import Provider

__all__ = ["AnswerReader", "Stage"]

_HEAD = 400  # bytes of an unreadable response to quote
_BLANK = b" \t\r\n\xef\xbb\xbf"  # white space, and the bytes of a BOM: nothing begins with them
_DONE = "[DONE]"


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


class AnswerReader:
    """Reads one response.

    Feed it the bytes as they come, cut anywhere; then `close` it. Both give chunks, lazily: go
    through them before the next call. `answer` is what has arrived so far.

    Args:
        provider: The service that answers.
        model: The model that was asked.
        cites: Whether links in the answer are sources.
        choices: How many answers were asked for (`n`).
        stages: What is done to the chunks on this side.
        max_event_bytes: The longest event or document that is read.
        headers: The response's headers, by lower-case names.
        before: What an earlier round of the same call has handed on.
    """

    def __init__(
        self,
        provider: Provider,
        model: str,
        *,
        cites: bool = False,
        choices: int = 1,
        stages: Sequence[Stage] = (),
        max_event_bytes: int = MAX_EVENT_BYTES,
        headers: Mapping[str, str] | None = None,
        before: Answer | None = None,
    ) -> None:
        self._provider = provider
        self._cites = cites
        self._asked = choices
        self._stages = stages
        self._limit = max_event_bytes
        self._headers = headers or {}
        self._decoder = SSEDecoder(max_event_bytes)
        self._builder = AnswerBuilder(model, before)
        self._choices: dict[int, ChoiceReader] = {}
        self._document: bytearray | None = None  # a body that is no event stream
        self._head = b""
        self._closed = False  # the document's JSON is
        self._said_done = False
        self._cut = False
        self._answer: Answer | None = None

    @property
    def done(self) -> bool:
        """Whether nothing that follows belongs to the answer any more."""
        return self._said_done or self._cut

    @property
    def cut(self) -> bool:
        """Whether the answer was ended on this side, while the service was still talking."""
        return self._cut

    @property
    def finished(self) -> bool:
        """Whether the service said that the answer is complete."""
        if self.done:
            return True
        if self._document is not None and not self._closed:
            return _is_json(self._document)  # whether it is an answer, `close` will tell
        if not self._choices or (len(self._choices) < self._asked and not self._closed):
            return False
        # A message is whole by the JSON around it, where a delta may be followed by others.
        return all(
            one.finished or (self._closed and one.is_message) for one in self._choices.values()
        )

    @property
    def began(self) -> bool:
        """Whether any of the response's body has come."""
        return bool(self._head)

    @property
    def answer(self) -> Answer:
        """The answer as far as it has arrived; whole once `close` has returned."""
        if self._answer is not None:
            return self._answer
        answer = self._builder.build()
        if self._cites:
            for choice in answer.choices:
                choice.citations = find_citations(choice.text)
        return answer

    def feed(self, data: bytes) -> Iterator[Chunk]:
        """Take bytes of the response and give the chunks that they complete.

        Raises:
            APIError: The service reports an error.
            ProtocolError: What came cannot be read.
        """
        if len(self._head) < _HEAD:
            data = self._sniff(data)
        try:
            if self._document is not None:
                self._collect(data)
                return
            for event in self._decoder.feed(data):
                yield from self._event(event)
                if self._said_done or self._cut:
                    return
        except XyashuiError as error:
            raise self.explained(error) from error.__cause__
        except RecursionError:
            raise self.explained(self._unreadable("nests JSON too deeply")) from None

    def close(self) -> Iterator[Chunk]:
        """Give what is left, now that the response has ended or `done` is set.

        Raises:
            StreamInterruptedError: The answer was cut short.
            APIError: The service reports an error.
            ProtocolError: What came cannot be read.
        """
        try:
            if not self.done:
                yield from self._last()
            if not self.finished:
                raise self._unfinished()
            if not self._choices:
                raise self._unreadable("ended the stream without any answer in it")
            yield from self._held_back()
            self._answer = self.answer
        except XyashuiError as error:
            raise self.explained(error) from error.__cause__
        except RecursionError:
            raise self.explained(self._unreadable("nests JSON too deeply")) from None

    def explained(self, error: XyashuiError) -> XyashuiError:
        """Put what had arrived into an error that ends this response."""
        if self._choices and error.partial is None:
            error.partial = self.answer
        if isinstance(error, ProtocolError) and not error.provider:
            error.provider = self._provider.name
        return error

    # The body as a whole

    def _sniff(self, data: bytes) -> bytes:
        if not self._head:
            data = data.lstrip(_BLANK)
            if data[:1] in (b"{", b"[", b"<"):
                self._document = bytearray()
        self._head += data[: _HEAD - len(self._head)]
        return data

    def _collect(self, data: bytes) -> None:
        assert self._document is not None  # noqa: S101 - for the type checker
        self._document += data
        if len(self._document) > self._limit:
            raise self._unreadable(
                f"sent a body of more than {self._limit} bytes (max_event_bytes sets the limit)"
            )

    def _last(self) -> list[Chunk]:
        chunks: list[Chunk] = []
        if self._document is None:
            for event in self._decoder.close():
                chunks += self._event(event, unterminated=True)
            return chunks
        for part in _parts(self._document):
            if isinstance(part, _Unreadable):
                raise self._broken_document(part)
            if part == _DONE:
                self._said_done = True
            else:
                chunks += self._payload(part)
        if not self._choices:
            raise self._unreadable("sent JSON that is no answer")
        self._closed = True
        return chunks

    def _broken_document(self, rest: str) -> XyashuiError:
        """Save what can be saved of a JSON document that was cut short."""
        try:
            payload = from_json(rest, allow_partial="trailing-strings")
        except ValueError:
            return self._unreadable("sent what is no answer")
        if isinstance(payload, dict):
            self._payload(payload)
        return self._interrupted("the JSON of the answer is not closed")

    def _held_back(self) -> Iterator[Chunk]:
        for number, stage in enumerate(self._stages):
            for chunk in stage.close():
                yield from self._staged([chunk], number + 1)

    # Events

    def _event(self, event: Event, *, unterminated: bool = False) -> list[Chunk]:
        try:
            payload = from_json(event.data)
        except ValueError:
            return self._odd_event(event, unterminated)
        if event.type == "error":
            failure = self._provider.failure(payload, 500) if isinstance(payload, dict) else None
            raise self._api_error(failure or plain_failure(event.data, 200))
        return self._payload(payload)

    def _odd_event(self, event: Event, unterminated: bool) -> list[Chunk]:
        """`[DONE]`; several documents without an empty line between; bytes that are no UTF-8."""
        text = event.data.decode("utf-8", "replace").strip()
        if text == _DONE:
            self._said_done = True
            return []
        if event.type == "error":
            raise self._api_error(plain_failure(event.data, 200))
        chunks: list[Chunk] = []
        for document in _documents(text):
            if isinstance(document, _Unreadable):
                if unterminated:
                    break  # cut short in the middle of an event: `close` says so
                raise self._unreadable(f"sent an event that is no JSON: {text[:_HEAD]!r}")
            if document == _DONE:
                self._said_done = True
                break
            chunks += self._payload(document)
        return chunks

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
            index = int(choice.get("index") or 0)
            reader = self._choices.get(index)
            if reader is None:
                reader = self._choices[index] = ChoiceReader()
            chunk = reader.read(choice, payload)
        except (AttributeError, TypeError, ValueError, OverflowError) as error:
            raise self._unreadable(f"sent a choice of unknown shape: {shorten(choice)}") from error
        if chunk is not None:
            chunk.index = index
            chunks.append(chunk)
            if not self._stages:
                self._builder.add(chunk)

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

    def _unfinished(self) -> XyashuiError:
        if self._head and not self._choices and not _begins_a_stream(self._head):
            return self._unreadable("sent what is no answer")
        return self._interrupted("neither a finish reason nor [DONE] came")

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


def _begins_a_stream(head: bytes) -> bool:
    fields = (b":", b"data", b"event", b"id", b"retry")
    return any(head.startswith(field) or field.startswith(head) for field in fields)


_JSON = JSONDecoder()


class _Unreadable(str):
    """What follows where nothing that can be read does."""

    __slots__ = ()


def _is_json(document: bytes | bytearray) -> bool:
    # Asked after every read: what ends without a bracket need be neither copied nor parsed.
    return document[-_HEAD:].rstrip()[-1:] in (b"}", b"]") and not any(
        isinstance(part, _Unreadable) for part in _parts(document)
    )


def _parts(document: bytes | bytearray) -> Iterator[Any]:
    """Give the objects of a body: usually one, sometimes a list or one on each line."""
    try:
        payload = from_json(document)
    except ValueError:
        # The strict parser is right most of the time. The other one bears bytes that are no
        # UTF-8, halves of surrogate pairs, and several documents one after another.
        yield from _documents(getincrementaldecoder("utf-8")("replace").decode(document).strip())
        return
    yield from payload if isinstance(payload, list) else [payload]


def _documents(text: str) -> Iterator[Any]:
    """Give the JSON documents and `[DONE]` marks in `text`, which stand one after another.

    `_Unreadable` is the last where something else follows.
    """
    position = 0
    while position < len(text):
        if text.startswith(_DONE, position):
            yield _DONE
            position += len(_DONE)
        else:
            try:
                document, end = _JSON.raw_decode(text, position)
            except (ValueError, RecursionError):
                yield _Unreadable(text[position:])
                return
            yield document
            position = end
        while position < len(text) and text[position].isspace():
            position += 1

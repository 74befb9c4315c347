"""Bytes of a response -> chunks of an answer; knows when the answer is complete. Sans-IO.

    bytes -> sse -> JSON -> deltas -> stages (what is supplied on this side) -> the caller
                                   -> AnswerBuilder (what has arrived so far)

An answer is complete when the service said so: by a finish reason, by `[DONE]`, or by closing
the JSON of an answer in one piece. A response that ends before that was cut short, whatever the
connection looks like. Services answer a stream request with one JSON document, and the reverse,
so the reader goes by the first byte and by nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from xyashui.answers import Answer, Chunk
from xyashui.citations import find_citations
from xyashui.documents import DONE, Document, Unreadable, documents, unfinished
from xyashui.errors import APITimeoutError, ProtocolError, StreamInterruptedError, XyashuiError
from xyashui.failures import plain_failure
from xyashui.frames import MOST_CREDIT, Frame, Frames
from xyashui.merging import merged
from xyashui.payloads import MOST_KEPT, PayloadReader, Stage
from xyashui.sse import MAX_EVENT_BYTES, Event, SSEDecoder, begins_a_stream
from xyashui.surrogates import Halves

if TYPE_CHECKING:
    from xyashui.providers.provider import Provider

__all__ = ["AnswerReader", "Stage"]

_HEAD = 400  # bytes of an unreadable response to quote
_BLANK = b" \t\r\n\xef\xbb\xbf"  # white space, and the bytes of a BOM: nothing begins with them
_FIRST_EVENTS = 3  # of which one tells how the others are written
_MANY_EVENTS, _LONG_READ = 2048, 128 * 1024  # bytes of a read for which that is worth knowing
_MOST_BYTES = 1024 * 1024 * 1024  # what never ends must end somewhere


class AnswerReader(PayloadReader):
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
        merge: Whether deltas of text that come with one `feed` are joined into one chunk.
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
        merge: bool = False,
    ) -> None:
        super().__init__(provider, model, choices, stages, headers or {}, before)
        self._cites = cites
        self._limit = max_event_bytes
        self._decoder = SSEDecoder(max_event_bytes)
        self._size = 0  # bytes that have come
        self._read_up_to = 0  # the same, when last an event was read without its frame
        self._halves = Halves()
        self._frames = Frames()
        # Of the choice that the frame is of: its number, and what takes its text.
        self._index = 0
        self._write: Callable[[str], object] = str
        self._merge = merge
        self._trouble: XyashuiError | None = None  # it came behind chunks that go out first
        self._closed = False  # the document's JSON is
        self._ended = False  # what the end of the response left open has been looked at
        self._rest = ""  # what cannot be read of that: it was cut short
        self._answer: Answer | None = None

    @property
    def finished(self) -> bool:
        """Whether the service said that the answer is complete."""
        if self._gave_up:
            return False
        if self._said_done or self._cut:
            return True
        if self._document is not None and not self._closed:
            return self._document.is_closed()  # whether it is an answer, `close` will tell
        if not self._may_end:
            return False  # as after nearly every read
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

    def feed(self, data: bytes) -> Iterable[Chunk]:
        """Take bytes of the response and give the chunks that they complete.

        Raises:
            APIError: The service reports an error.
            ProtocolError: What came cannot be read.
        """
        frame = self._frames.frame
        too_much = self._size > _MOST_BYTES or self._builder.weight > MOST_KEPT
        if frame is None or too_much or self._halves.held or len(data) > self._limit:
            chunks: Iterable[Chunk] = self._fed(data)
        elif (begun := self._decoder.take_begun()) is None:
            chunks = self._fed(data)
        elif not begun and self._builder.id and (text := frame.only(data)):
            # One event that is as the last one was but for its text: so nearly all reads are.
            self._size += len(data)
            if frame.is_reasoning:
                chunk = Chunk("", text, (), None, self._index, None, frame)
            else:
                chunk = Chunk(text, "", (), None, self._index, None, frame)
            if self._stages:
                return self._through_stages(chunk)
            self._builder.weight += 1
            self._write(text)
            return [chunk]
        else:
            chunks = self._framed(frame, begun + data if begun else data, len(begun))
        return merged(chunks) if self._merge else chunks

    def batch(self, data: bytes | None) -> list[Chunk]:
        """Do what `feed` does, or `close` where there is no `data`, but give all chunks at once.

        Where there is trouble behind them, `check` raises it.
        """
        chunks = self.close() if data is None else self.feed(data)
        if type(chunks) is list:
            return chunks
        batch: list[Chunk] = []
        try:
            for chunk in chunks:
                batch.append(chunk)  # noqa: PERF402 - what came before an error is kept
        except XyashuiError as error:
            if not batch:
                raise
            self._trouble = error
        return batch

    def check(self) -> None:
        """Raise what the last batch ran into, once its chunks are handed on."""
        if self._trouble is not None:
            raise self._trouble

    @property
    def answer(self) -> Answer:
        """The answer as far as it has arrived; whole once `close` has returned."""
        return self._arrived() if self._answer is None else self._answer

    def _arrived(self, held: str = "") -> Answer:
        """Make the answer so far, with what is held back at the end of its text."""
        answer = self._builder.build()
        answer.choices[0].text += held
        if self._cites:
            for choice in answer.choices:
                choice.citations = find_citations(choice.text)
        return answer

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
            self._check_choices()
            if self._halves.held:
                yield from self._payload({"choices": self._halves.rest()})
            yield from self._held_back()
            self._answer = self.answer
        except XyashuiError as error:
            raise self.explained(error) from error.__cause__
        except RecursionError:
            raise self.explained(self._unreadable("nests JSON too deeply")) from None

    def explained(self, error: XyashuiError) -> XyashuiError:
        """Put what had arrived into an error that ends this response."""
        if error.partial is None:
            if isinstance(error, StreamInterruptedError | APITimeoutError):
                self._take_rest()
            if self._builder.began:
                error.partial = self._arrived(self._held())
        if isinstance(error, ProtocolError) and not error.provider:
            error.provider = self._provider.name
        return error

    def _framed(self, frame: Frame, data: bytes, counted: int) -> Iterable[Chunk]:
        """Read the events that are as the last one was but for their text; then the others.

        Args:
            frame: What the last one was.
            data: What came.
            counted: How many bytes at its beginning had come before.
        """
        texts, end = frame.read(data)
        if not end:
            return self._fed(data, counted)
        self._size += end - counted
        rest = data[end:]
        if self._stages:
            return self._fed(rest, 0, frame, texts)
        chunks = self._frame_chunks(frame, texts)
        return chain(chunks, self._fed(rest)) if rest else chunks

    def _through_stages(self, chunk: Chunk) -> list[Chunk]:
        try:
            return self._staged(chunk)
        except XyashuiError as error:
            raise self.explained(error) from error.__cause__

    def _fed(
        self, data: bytes, counted: int = 0, frame: Frame | None = None, texts: Sequence[str] = ()
    ) -> Iterator[Chunk]:
        try:
            if frame is not None:
                yield from self._told(frame, texts)
            if not self.done:
                yield from self._events(data, counted)
        except XyashuiError as error:
            raise self.explained(error) from error.__cause__
        except RecursionError:
            raise self.explained(self._unreadable("nests JSON too deeply")) from None

    def _events(self, data: bytes, counted: int) -> Iterator[Chunk]:
        if self._size != self._read_up_to:
            self._frames.credit = MOST_CREDIT  # the frame has been of use
        self._size = self._read_up_to = self._size + len(data) - counted
        if self._size > _MOST_BYTES:
            raise self._unreadable(f"sent an answer of more than {_MOST_BYTES} bytes")
        self._check_weight()
        if len(self._head) < _HEAD:
            data = self._sniff(data)
        if self._document is not None:
            self._collect(data)
            return
        while data:
            part, data = self._first_events(data)
            for event in self._decoder.feed(part):
                yield from self._event(event)
                if self.done:
                    return
            self._decoder.check()
            if len(self._head) == _HEAD and self._frames.credit:
                self._learn(part)
            if data and (frame := self._frames.frame) is not None:
                between = not self._halves.held and self._decoder.take_begun() == b""
                texts, end = frame.read(data) if between else ((), 0)
                yield from self._told(frame, texts)
                if self.done:
                    return
                data = data[end:]

    def _first_events(self, data: bytes) -> tuple[bytes, bytes]:
        """Cut a read of many events in two: what the first have in common helps with the others."""
        if not (self._frames.credit and _MANY_EVENTS < len(data) <= _LONG_READ):
            return data, b""
        end = 0
        for _ in range(_FIRST_EVENTS):
            if (end := data.find(b"\n\n", end) + 2) < 2:
                return data, b""
        return data[:end], data[end:]

    def _learn(self, data: bytes) -> None:
        frame = self._frames.learn(data, self._knows)
        if frame is not None:
            self._index = self._number(int(frame.index or 0))
            if not self._stages:  # which have their own way with it
                self._write = self._builder.writer(self._index, reasoning=frame.is_reasoning)

    # The body as a whole

    def _sniff(self, data: bytes) -> bytes:
        if not self._head:
            data = data.lstrip(_BLANK)
            if data[:1] in (b"{", b"[", b"<"):
                self._document = Document()
        self._head += data[: _HEAD - len(self._head)]
        return data

    def _collect(self, data: bytes) -> None:
        assert self._document is not None  # noqa: S101 - for the type checker
        self._document.add(data)
        if len(self._document) > self._limit:
            raise self._unreadable(
                f"sent a body of more than {self._limit} bytes (max_event_bytes sets the limit)"
            )

    def _last(self) -> list[Chunk]:
        self._ended = True
        chunks: list[Chunk] = []
        if self._document is None:
            for event in self._decoder.close():
                chunks += self._event(event, unterminated=True)
            self._decoder.check()
            return chunks
        mends = self._document.has_escapes()
        for part in self._document.parts():
            if isinstance(part, Unreadable):
                raise self._broken_document(part)
            if part == DONE:
                self._said_done = True
            else:
                chunks += self._payload(self._halves.mend(part) if mends else part)
        if not self._choices:
            raise self._unreadable("sent JSON that is no answer")
        self._closed = True
        return chunks

    def _broken_document(self, rest: str) -> XyashuiError:
        if not unfinished(rest):
            return self._unreadable("sent what is no answer")
        self._rest = rest
        return self._interrupted("the JSON of the answer is not closed")

    def _interrupted(self, how: str) -> StreamInterruptedError:
        self._take_rest()
        return super()._interrupted(how)

    def _take_rest(self) -> None:
        """Save what can be read of what was cut in the middle, for nothing more will come."""
        with suppress(XyashuiError, RecursionError):
            if not (self._ended or self.done):
                self._last()
        rest, self._rest = self._rest, ""
        for payload in unfinished(rest):
            self._save(payload)

    def _save(self, payload: Any) -> None:
        with suppress(XyashuiError, RecursionError):
            self._payload(self._halves.mend(payload))

    # Events

    def _event(self, event: Event, *, unterminated: bool = False) -> list[Chunk]:
        try:
            payload = from_json(event.data)
        except ValueError:
            return self._odd_event(event, unterminated)
        if event.type == "error":
            failure = self._provider.failure(payload, 500) if isinstance(payload, dict) else None
            self._save(payload)
            raise self._api_error(failure or plain_failure(event.data, 200))
        return self._payload(self._halves.mend(payload) if self._halves.held else payload)

    def _odd_event(self, event: Event, unterminated: bool) -> list[Chunk]:
        """`[DONE]`; several documents without an empty line between; bytes that are no UTF-8."""
        text = event.data.decode("utf-8", "replace").strip()
        if text == DONE:
            self._said_done = True
            return []
        if event.type == "error":
            raise self._api_error(plain_failure(event.data, 200))
        chunks: list[Chunk] = []
        for document in documents(text):
            if isinstance(document, Unreadable):
                if unterminated:
                    self._rest = document.rstrip("\ufffd")  # half a character, as it may be
                    break  # cut short in the middle of an event: `close` says so
                raise self._unreadable(f"sent an event that is no JSON: {text[:_HEAD]!r}")
            if document == DONE:
                self._said_done = True
                break
            chunks += self._payload(self._halves.mend(document))
        return chunks

    def _unfinished(self) -> XyashuiError:
        if self._gave_up:
            return self._interrupted(f"it gave up (finish_reason {self._gave_up!r})")
        if self._head and not self._choices and not begins_a_stream(self._head):
            return self._unreadable("sent what is no answer")
        return self._interrupted("neither a finish reason nor [DONE] came")

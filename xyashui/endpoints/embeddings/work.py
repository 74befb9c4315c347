"""What is to be embedded, what has been, and what is sent next. Sans-IO.

A `Work` deals out `Batch`es and is told what became of each, by as many workers as there are.

A service refuses a whole batch for one text that it cannot embed, and seldom says which. So a
batch that is refused for what is in it is sent again in halves, until the one text is alone: what
goes through on the way is kept, and where everything does, the batch had only been too large.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Final, Protocol

from xyashui.answers import Usage
from xyashui.endpoints.embeddings.options import EmbeddingRequest
from xyashui.endpoints.embeddings.results import Embeddings, Vector, locate
from xyashui.endpoints.embeddings.wire import Part, operation
from xyashui.errors import APIError, BadRequestError, ContextOverflowError, ProtocolError
from xyashui.operations import Operation
from xyashui.progress import Advance

__all__ = ["Batch", "Over", "Work"]

logger = logging.getLogger("xyashui")

# "Invalid 'input[3]': maximum context length is 8192 tokens", "$.input[3]", "input.3" [gw]
_NAMED: Final = re.compile(r"\binput(?:\[(\d{1,4})\]|\.(\d{1,4})\b)")
# HTTP 404 and the like speak of the address, and no smaller batch helps.
_OF_THE_CONTENT: Final = frozenset({200, 400, 413, 422})


class Over(Protocol):
    """Says that nothing more is to be sent: an event of `threading`'s or of `asyncio`'s."""

    def set(self) -> None:
        """Say so."""

    def is_set(self) -> bool:
        """Whether it has been said."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts that go in one request.

    Attributes:
        places: Their indexes among all texts.
        later: What was refused together with them, and is sent once they have gone through.
        suspect: The text that was refused alone, and how: this batch is to show whether it is the
            text that is at fault, or the request.
    """

    places: tuple[int, ...]
    later: tuple[tuple[int, ...], ...] = ()
    suspect: tuple[int, APIError] | None = None


class Work:
    """The texts of one call to `embed`. Threads may share it.

    Args:
        request: How they are to be embedded.
        texts: The texts, checked.
        over: Is set when the first failure is final: nothing is sent after it.
        deadline: Seconds that all of it may take.

    Attributes:
        over: See above.
        ends: When the time for all of it is over, by `time.monotonic`.
        advance: Is told how many texts have been embedded.
    """

    def __init__(
        self,
        request: EmbeddingRequest,
        texts: tuple[str, ...],
        over: Over,
        deadline: float | None,
    ) -> None:
        self.over = over
        self.ends = None if deadline is None else monotonic() + deadline
        self.advance: Advance = lambda count: None
        self._request = request
        self._texts = texts
        self._vectors: list[Vector | None] = [None] * len(texts)
        self._length: int | None = None
        self._model: str | None = None
        self._usage: Usage | None = None
        self._failure: Exception | None = None
        self._culprit: int | None = None
        self._anything_came = False
        self._lock = threading.Lock()
        self._go_on_from(request.resume)
        rest = [place for place, vector in enumerate(self._vectors) if vector is None]
        size = request.batch_size
        self._queue = deque(
            Batch(tuple(rest[start : start + size])) for start in range(0, len(rest), size)
        )
        self.workers = min(request.max_concurrency, len(self._queue))

    def _go_on_from(self, resume: Embeddings | None) -> None:
        if resume is None:
            return
        pairs = zip(resume.texts, resume.vectors, strict=True)
        known = {text: vector for text, vector in pairs if vector is not None}
        self._vectors = [known.get(text) for text in self._texts]
        self._length, self._model = resume.dimensions, resume.reported_model
        self._usage = resume.usage

    @property
    def total(self) -> int:
        """How many texts there are."""
        return len(self._texts)

    @property
    def known(self) -> int:
        """How many of them have a vector."""
        return self.total - self._vectors.count(None)

    # What workers do, each in a loop: take, send, and tell

    def take(self) -> Batch | None:
        """Return what is to be sent next; `None` where there is nothing more to send."""
        with self._lock:
            return self._queue.popleft() if self._queue and not self.over.is_set() else None

    def operation(self, batch: Batch) -> Operation[Part]:
        """Return the request for a batch."""
        return operation(self._request, [self._texts[place] for place in batch.places])

    def arrived(self, batch: Batch, part: Part) -> None:
        """Keep what a batch has brought."""
        with self._lock:
            if (problem := self._misfit(part)) is not None:
                self._end(problem, None)
                return
            self._anything_came = True
            for place, vector in zip(batch.places, part.vectors, strict=True):
                self._vectors[place] = vector
            self._model = part.model or self._model
            self._usage = _sum(self._usage, part.usage)
            if batch.suspect is not None:
                place, error = batch.suspect
                self._end(error, place)
            elif batch.later:
                self._queue.appendleft(Batch(batch.later[0], batch.later[1:]))
        self.advance(len(batch.places))

    def failed(self, batch: Batch, error: Exception) -> None:
        """Decide what a batch's failure means: another request, or the end."""
        with self._lock:
            if self.over.is_set():
                return  # for another reason, which came first
            if batch.suspect is not None:
                self._end(batch.suspect[1], None)  # two texts are refused alike: it is the request
                return
            place = _named(batch, error)
            if place is not None or not _is_of_the_content(error):
                self._end(error, place)
                return
            smaller = self._smaller(batch, error)
            if smaller is None:
                self._end(error, batch.places[0])
            else:
                logger.info(
                    "A batch of %d texts was refused and is sent in parts: %s",
                    len(batch.places),
                    error,
                )
                self._queue.appendleft(smaller)

    def _smaller(self, batch: Batch, error: Exception) -> Batch | None:
        """Return what to send to find the text at fault; `None` where it has been found."""
        places, later = batch.places, batch.later
        # Where nothing has gone through yet, the fault may as well be the request's own: one text
        # alone tells, sooner than all the halves.
        certain = self._anything_came or isinstance(error, ContextOverflowError)
        if len(places) > 1:
            cut = len(places) // 2 if certain else 1
            return Batch(places[:cut], (places[cut:], *later))
        if certain or not later or not isinstance(error, APIError):
            return None
        return Batch(later[0][:1], suspect=(places[0], error))

    def _misfit(self, part: Part) -> ProtocolError | None:
        """Return what is wrong with a part that is none of the whole."""
        length = len(part.vectors[0])
        if self._length is None:
            self._length = length
        if length == self._length:
            return None
        return ProtocolError(
            f"{self._request.title} sent vectors of {length} numbers, after others of "
            f"{self._length}: they cannot be compared"
        )

    def _end(self, failure: Exception, culprit: int | None) -> None:
        self._failure, self._culprit = failure, culprit
        self.over.set()

    def check(self) -> None:
        """Raise where nothing more is to be sent, not even what was to be tried again."""
        if self.over.is_set():
            raise _GivenUpError

    # The end

    @contextmanager
    def told(self) -> Iterator[None]:
        """Have whatever leaves the block carry what has been embedded."""
        try:
            yield
        except BaseException as error:
            locate(error, self._embeddings(), self._culprit)
            raise

    def result(self) -> Embeddings:
        """Return the vectors, or raise what has kept some of them from coming."""
        if self._failure is not None:
            raise self._failure
        return self._embeddings()

    def _embeddings(self) -> Embeddings:
        with self._lock:
            return Embeddings(
                self._texts,
                tuple(self._vectors),
                self._request.model,
                self._model,
                self._usage,
            )


class _GivenUpError(Exception):
    """A request is not sent, because another has failed for good."""


def _named(batch: Batch, error: Exception) -> int | None:
    """Return the text that an error names, by its index in the batch."""
    index = getattr(error, "index", None)
    if isinstance(error, APIError) and (found := _NAMED.search(error.message)):
        index = int(found.group(1) or found.group(2))
    return batch.places[index] if index is not None and index < len(batch.places) else None


def _is_of_the_content(error: Exception) -> bool:
    """Whether a batch is refused for what is in it, so that a part of it may go through."""
    return isinstance(error, ContextOverflowError) or (
        isinstance(error, BadRequestError) and error.status_code in _OF_THE_CONTENT
    )


def _sum(before: Usage | None, now: Usage | None) -> Usage | None:
    if before is None or now is None:
        return now or before
    return Usage(
        input_tokens=before.input_tokens + now.input_tokens,
        output_tokens=before.output_tokens + now.output_tokens,
        total_tokens=before.total_tokens + now.total_tokens,
        raw=now.raw,
    )

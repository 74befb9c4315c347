"""When a service is down: leave it alone for a while. Sans-IO.

    closed      calls pass; after several failed ones in a row, it opens
    open        calls are refused, without being sent, until the rest is over
    half-open   one call passes, and decides: closed again, or open again

Which errors count as failures is in the table of `xyashui.verdicts`. One that does not count is as
good as an answer, for the service gave it, unless nothing was sent: then it says nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from types import TracebackType
from typing import Any, Literal, Self

from xyashui.errors import CircuitOpenError
from xyashui.locks import Lock
from xyashui.requests import check_count, check_seconds
from xyashui.verdicts import described, verdict

__all__ = ["CircuitBreaker", "Passage"]

logger = logging.getLogger("xyashui")

State = Literal["closed", "open", "half-open"]


class CircuitBreaker:
    """Refuses calls to a service that is down, until it may be up again.

    Give the same one to all that call the same service with the same key: clients, models,
    embeddings. A call counts once, however often it was tried, and a stream when it is over. Use
    it in any thread and event loop. Copies share it; where a pickle of it is opened it is new, and
    closed.

    Args:
        failures: After how many failed calls in a row it opens (3).
        retry_after: Seconds until one call may pass again (30).
        clock: Seconds, from whenever.

    Raises:
        ConfigurationError: A number cannot be.

    Example:
        >>> breaker = CircuitBreaker(failures=1)
        >>> with breaker.enter("the weather"):
        ...     pass  # call it here
        >>> breaker
        CircuitBreaker(failures=1, retry_after=30, state='closed')
    """

    def __init__(
        self,
        failures: int = 3,
        retry_after: float = 30.0,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        check_count("failures", failures)
        check_seconds("retry_after", retry_after)
        self.failures = failures
        self.retry_after = retry_after
        self._clock = clock
        self._lock = Lock()
        self._known = _Known()

    def __repr__(self) -> str:
        return (
            f"CircuitBreaker(failures={self.failures}, retry_after={self.retry_after:g}, "
            f"state={self.state!r})"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.failures, self.retry_after)

    def __copy__(self) -> Self:
        return self  # it is about the service, of which there is one

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    @property
    def failed(self) -> int:
        """How many calls in a row have failed."""
        return self._known.failed

    @property
    def last_error(self) -> str:
        """What the last one failed with, in words; "" where none has."""
        return self._known.last_error

    @property
    def state(self) -> State:
        """What becomes of a call: "closed" (it passes), "open" (it is refused) or "half-open"."""
        known = self._known
        if known.opened is None:
            return "closed"
        return "half-open" if known.trying or self._clock() >= known.next else "open"

    @property
    def remaining(self) -> float:
        """Seconds until a call may pass; 0 where one may pass now."""
        return self._known.left(self._clock())

    def enter(self, who: object = "the service", *, force: bool = False) -> Passage:
        """Let a call pass, to be made in a `with` statement of what is returned.

        Args:
            who: Who is called, as it is to be named where that is needed.
            force: Whether to let it pass in any case, and have it decide like the one that tries.

        Raises:
            CircuitOpenError: The call must not be made now.
        """
        while True:
            known, now = self._known, self._clock()
            if known.opened is None:
                return Passage(self, who, known.epoch)
            if (left := known.left(now)) > 0 and not force:
                raise CircuitOpenError(_refusal(who, known, now), retry_after=left)
            # One that never ends must not keep out all others.
            trial, again = known.trial + 1, now + self.retry_after
            if self._learn(known, replace(known, trying=True, trial=trial, next=again)):
                return Passage(self, who, known.epoch, trial, resume=known.next)

    def _ended(self, passage: Passage, up: bool | None, words: str = "") -> None:
        """Take in what the end of a call says of the service: up, not up, or nothing."""
        while True:
            known = self._known
            if passage.epoch != known.epoch:
                return
            now = self._after(known, passage, up, words)
            if now is known or self._learn(known, now):
                break
        # While a record is written, the handler's lock is held, and it may want to know our state.
        if now.epoch == known.epoch:
            return
        if now.opened is None:
            logger.info("%s answers again", passage.who)
        else:
            text = "%s is left alone for %g s: %s failed, at last with %s"
            logger.warning(text, passage.who, self.retry_after, now.row, now.last_error)

    def _after(self, known: _Known, passage: Passage, up: bool | None, words: str) -> _Known:
        if up is None:
            # Another may have been let pass since, and is trying now.
            decides = known.trying and passage.trial == known.trial
            return replace(known, trying=False, next=passage.resume) if decides else known
        if up:
            return known if known.fine else known.passed()
        missed = replace(known, failed=known.failed + 1, last_error=words)
        if known.opened is None and missed.failed < self.failures:
            return missed
        return missed.opening(self._clock(), self.retry_after)

    def _learn(self, before: _Known, now: _Known) -> bool:
        """Have `now` be what is known; or return `False`, where that is not `before` any more.

        It has been thought out beforehand, and nothing happens while the lock is held: other
        threads, and the garbage collector in this one, end calls at any moment.
        """
        with self._lock():
            if self._known is not before:
                return False
            self._known = now
        return True


class Passage:
    """A call's way through a breaker, which is told how the call ends.

    Args:
        breaker: The breaker; `None` where there is none to be told.
        who: Who is called.
        epoch: Since when.
        trial: Its number, where it is one of those that try a service which was down.
        resume: When the next call may pass, should this one say nothing.
    """

    __slots__ = ("_answered", "_breaker", "epoch", "resume", "trial", "who")

    def __init__(
        self,
        breaker: CircuitBreaker | None,
        who: object = "the service",
        epoch: int = 0,
        trial: int = 0,
        resume: float = 0.0,
    ) -> None:
        self._breaker = breaker
        self._answered = False
        self.who = who
        self.epoch = epoch
        self.trial = trial
        self.resume = resume

    def answered(self) -> None:
        """Note that something of an answer has come: who leaves now has seen the service at work.

        For generators, before they hand it out; what just ends without an error was answered too.
        """
        self._answered = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._breaker is None:
            return
        if error is None or (isinstance(error, GeneratorExit) and self._answered):
            self._breaker._ended(self, up=True)
        elif isinstance(error, Exception):
            self._breaker._ended(self, verdict(error).up, described(error))
        else:
            self._breaker._ended(self, up=None)  # cancelled, interrupted, or thrown away


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a service at one moment.

    Attributes:
        failed: How many calls in a row have failed.
        last_error: What the last one failed with.
        opened: When it was; `None` while closed.
        next: When the next call may pass, unless closed.
        trying: Whether one is under way that decides.
        trial: The number of the last one of these.
        epoch: Counts openings and closings: who began before one has no say after it.
    """

    failed: int = 0
    last_error: str = ""
    opened: float | None = None
    next: float = 0.0
    trying: bool = False
    trial: int = 0
    epoch: int = 0

    @property
    def fine(self) -> bool:
        return self.opened is None and not self.failed

    @property
    def row(self) -> str:
        return "a call" if self.failed == 1 else f"{self.failed} calls in a row"

    def left(self, now: float) -> float:
        return 0.0 if self.opened is None else max(0.0, self.next - now)

    def passed(self) -> _Known:
        closed = replace(self, failed=0, opened=None, trying=False)
        return closed if self.opened is None else replace(closed, epoch=self.epoch + 1)

    def opening(self, now: float, rest: float) -> _Known:
        return replace(self, opened=now, next=now + rest, trying=False, epoch=self.epoch + 1)


def _refusal(who: object, known: _Known, now: float) -> str:
    assert known.opened is not None  # noqa: S101 - for the type checker: it is open
    until = "while another call tries it" if known.trying else "until it is tried again"
    return (
        f"{who} is not asked for up to {known.left(now):.1f} s more, {until}: {known.row} failed, "
        f"{now - known.opened:.1f} s ago with {known.last_error}"
    )

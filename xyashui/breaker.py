"""When a service is down: leave it alone for a while. Sans-IO.

    closed      calls pass; after several failed ones in a row, it opens
    open        calls are refused, without being sent, until the rest is over
    half-open   one call passes, and decides: closed again, or open again

Which errors count as failures is in the table of `xyashui.verdicts`. One that does not count is as
good as an answer, for the service gave it, unless nothing was sent: then it says nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from math import inf
from time import monotonic
from types import TracebackType
from typing import Any, Literal, Self

from xyashui.errors import CircuitOpenError, ConfigurationError
from xyashui.requests import shorten
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

    Attributes:
        failed: How many calls in a row have failed.
        last_error: What the last one failed with, in words; "" where none has.

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
        if isinstance(failures, bool) or not isinstance(failures, int) or failures < 1:
            raise ConfigurationError(f"failures must be 1 or more, not {shorten(failures)}")
        number = isinstance(retry_after, int | float) and not isinstance(retry_after, bool)
        if not number or not 0 < retry_after < inf:
            raise ConfigurationError(
                f"retry_after must be a positive number of seconds, not {shorten(retry_after)}"
            )
        self.failures = failures
        self.retry_after = retry_after
        self.failed = 0
        self.last_error = ""
        self._clock = clock
        self._lock = threading.RLock()  # a log handler may look at it
        self._opened: float | None = None  # when; `None` while closed
        self._next = 0.0  # when the next call may pass, unless closed
        self._trying = False
        self._epoch = 0  # counts openings and closings: who began before one has no say after it

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
    def state(self) -> State:
        """What becomes of a call: "closed" (it passes), "open" (it is refused) or "half-open"."""
        with self._lock:
            if self._opened is None:
                return "closed"
            return "half-open" if self._trying or self._clock() >= self._next else "open"

    @property
    def remaining(self) -> float:
        """Seconds until a call may pass; 0 where one may pass now."""
        with self._lock:
            return self._remaining()

    def enter(self, who: object = "the service", *, force: bool = False) -> Passage:
        """Let a call pass, to be made in a `with` statement of what is returned.

        Args:
            who: Who is called, as it is to be named where that is needed.
            force: Whether to let it pass in any case, and have it decide like the one that tries.

        Raises:
            CircuitOpenError: The call must not be made now.
        """
        with self._lock:
            passage = Passage(self, self._epoch, who, resume=self._next)
            if self._opened is None:
                return passage
            if (left := self._remaining()) > 0 and not force:
                raise CircuitOpenError(self._refusal(who, left), retry_after=left)
            self._trying = True
            # One that never ends must not keep out all others.
            self._next = self._clock() + self.retry_after
            return passage

    def _remaining(self) -> float:
        return 0.0 if self._opened is None else max(0.0, self._next - self._clock())

    def _refusal(self, who: object, left: float) -> str:
        assert self._opened is not None  # noqa: S101 - for the type checker: it is open
        since = self._clock() - self._opened
        until = "while another call tries it" if self._trying else "until it is tried again"
        return (
            f"{who} is not asked for up to {left:.1f} s more, {until}: {self._row()} failed, "
            f"{since:.1f} s ago with {self.last_error}"
        )

    def _row(self) -> str:
        return "a call" if self.failed == 1 else f"{self.failed} calls in a row"

    def _ended(self, passage: Passage, up: bool | None, error: BaseException | None) -> None:
        with self._lock:
            if passage.epoch != self._epoch:
                return
            if up is None:
                if self._opened is not None:
                    self._trying, self._next = False, passage.resume
            elif up:
                self._passed(passage.who)
            else:
                self._missed(passage.who, described(error) if error is not None else "")

    def _passed(self, who: object) -> None:
        self.failed = 0
        if self._opened is None:
            return
        self._opened = None
        self._trying = False
        self._epoch += 1
        logger.info("%s answers again", who)

    def _missed(self, who: object, words: str) -> None:
        self.failed += 1
        self.last_error = words
        if self._opened is None and self.failed < self.failures:
            return
        self._opened = self._clock()
        self._next = self._opened + self.retry_after
        self._trying = False
        self._epoch += 1
        logger.warning(
            "%s is left alone for %g s: %s failed, at last with %s",
            who,
            self.retry_after,
            self._row(),
            words,
        )


class Passage:
    """A call's way through a breaker, which is told how the call ends.

    Attributes:
        who: Who is called.
        epoch: Since when.
        resume: When the next call may pass, should this one say nothing.
    """

    __slots__ = ("_breaker", "epoch", "resume", "who")

    def __init__(self, breaker: CircuitBreaker, epoch: int, who: object, resume: float) -> None:
        self._breaker = breaker
        self.epoch = epoch
        self.who = who
        self.resume = resume

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None or isinstance(error, GeneratorExit):
            # A generator that is closed early had something to hand out.
            self._breaker._ended(self, up=True, error=None)
        elif isinstance(error, Exception):
            self._breaker._ended(self, verdict(error).up, error)
        else:
            self._breaker._ended(self, up=None, error=None)  # cancelled, or interrupted

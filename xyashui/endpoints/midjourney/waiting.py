"""How long to wait between two looks at a task, and when to give up. Sans-IO."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Final

from xyashui.endpoints.midjourney.records import TaskRecord
from xyashui.errors import (
    APIError,
    APITimeoutError,
    ProtocolError,
    TaskFailedError,
    XyashuiError,
)
from xyashui.providers import Provider
from xyashui.requests import check_seconds
from xyashui.retries import LONGEST_WAIT

__all__ = ["LONGEST_TASK", "POLL_INTERVAL", "Patience", "raise_if_failed"]

POLL_INTERVAL: Final = 1.0
"""Seconds between the first two looks at a task."""

LONGEST_TASK: Final = 1800.0
"""Seconds to wait for a task where nobody says: half an hour, more than it ever takes."""

_GROWTH: Final = 1.5
_LONGEST: Final = 10  # times the first interval
_LAST_LOOK: Final = 2.0  # seconds for a look after the end
_MOST_FAILURES: Final = 5  # in a row, each after the client's own tries
_LONGEST_RIDDLE: Final = 600.0  # seconds that show the same, and nobody knows what it means
_LONGEST_REASON: Final = 2000  # characters to quote


class Patience:
    """The waiting for one task.

    Args:
        task: What is waited for.
        provider: Who works on it.
        timeout: Seconds to wait in all; `None` for as long as it takes.
        poll_interval: Seconds between the first two looks; they grow to ten times as many.
        clock: Seconds, from whenever.

    Raises:
        ConfigurationError: A number of seconds is none.
    """

    def __init__(
        self,
        task: TaskRecord,
        provider: Provider,
        timeout: float | None,
        poll_interval: float,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        if timeout is not None:
            check_seconds("timeout", timeout)
        check_seconds("poll_interval", poll_interval)
        self._task, self._provider, self._timeout, self._clock = task, provider, timeout, clock
        self._ends = None if timeout is None else clock() + timeout
        self._interval = poll_interval
        self._longest = poll_interval * _LONGEST
        self._failures = 0
        self._asked = 0.0
        self._looked_last = False
        self._seen, self._since = ("", 0), clock()

    def deadline(self, usual: float | None) -> float | None:
        """Return the seconds that a look may take.

        Args:
            usual: How many the client allows a call.

        Raises:
            APITimeoutError: There are none left, and the last look was had.
        """
        left = self._left()
        if left is None:
            return usual
        if left <= 0:
            if self._looked_last:
                raise self._given_up()
            # It may have ended since the look before, which can be long ago.
            self._looked_last, left = True, _LAST_LOOK
        return left if usual is None else min(left, usual)

    def seen(self) -> None:
        """Note that a look has succeeded.

        Raises:
            ProtocolError: What it shows has not changed for ten minutes, and means nothing known.
        """
        self._failures = 0
        self._asked = 0.0
        task = self._task
        seen, now = (task.status, task.progress), self._clock()
        if task.understood or seen != self._seen:
            self._seen, self._since = seen, now
        if now - self._since >= _LONGEST_RIDDLE:
            raise ProtocolError(
                f"{self._provider.title} says of Midjourney task {task.id} that it is "
                f"{task.standing!r}, and nobody knows what that means. "
                f"client.midjourney.fetch({task.id!r}).raw is all that it says",
                provider=self._provider.name,
            )

    def bear(self, error: XyashuiError) -> None:
        """Note that a look has failed; raise what need not be borne.

        What may pass is borne a few times in a row: the task goes on whether it is seen or not.
        """
        left = self._left()
        if left is not None and left <= 0:
            raise self._given_up() from error
        self._failures += 1
        if not (error.retryable or isinstance(error, ProtocolError)):
            raise error
        if self._failures >= _MOST_FAILURES:
            raise error
        asked = error.retry_after if isinstance(error, APIError) else None
        self._asked = min(asked or 0.0, LONGEST_WAIT)

    def pause(self) -> float:
        """Return the seconds until the next look, which is no later than the end."""
        pause = max(self._interval, self._asked)
        self._interval = min(self._interval * _GROWTH, self._longest)
        left = self._left()
        return pause if left is None else max(0.0, min(pause, left))

    def _left(self) -> float | None:
        return None if self._ends is None else self._ends - self._clock()

    def _given_up(self) -> APITimeoutError:
        task = self._task
        error = APITimeoutError(
            f"{self._provider.title}: Midjourney task {task.id} was not finished within "
            f"{self._timeout:g} s ({task.standing or 'not seen'}, {task.progress}%). It goes on: "
            f"client.midjourney.task({task.id!r}).wait() takes it up again",
            provider=self._provider.name,
        )
        error.retryable = False
        error.begun = True
        return error


def raise_if_failed(task: TaskRecord, provider: Provider) -> None:
    """Raise `TaskFailedError` where a task has ended without a result."""
    if not task.failed:
        return
    reason = task.fail_reason or task.description or "no reason was given"
    reason = reason[:_LONGEST_REASON]
    ended = "was cancelled" if task.status == "CANCEL" else "failed"
    error = TaskFailedError(
        f"{provider.title}: Midjourney task {task.id} {ended}. The service said: {reason}",
        message=reason,
        provider=provider.name,
        retryable=False,
    )
    error.task_id = task.id
    raise error

"""May this be tried again, and when. Sans-IO: the clients do the waiting, by tenacity.

Tried again is what may pass and has cost nothing: no connection, silence before the answer, an
answer cut short before any of it was handed on, HTTP 408, 425, 429, most 5xx, 阿水's 500. A
refused key, quota, model or request is refused again, so it is not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from tenacity import RetryCallState, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_random_exponential

from xyashui.errors import APIError, APITimeoutError, XyashuiError

__all__ = ["LONGEST_WAIT", "may_retry", "policy"]

logger = logging.getLogger("xyashui")

LONGEST_WAIT = 60.0
"""Seconds: a service that asks for a longer wait gets none; the caller is told at once."""

_BACKOFF = wait_random_exponential(multiplier=0.5, max=8)  # full jitter: 0 to 0.5, 1, 2, 4, 8 s


def may_retry(error: BaseException) -> bool:
    """Whether the call that ended in `error` may be made again."""
    if not isinstance(error, XyashuiError) or not error.retryable:
        return False
    if isinstance(error, APITimeoutError) and error.begun:
        return False  # the service was at work: to ask again would cost as much, and take as long
    wait = error.retry_after if isinstance(error, APIError) else None
    return wait is None or wait <= LONGEST_WAIT


def policy(
    max_retries: int, time_left: Callable[[], float | None] = lambda: None
) -> dict[str, Any]:
    """Return the arguments of `tenacity.Retrying`, or of its async twin.

    Args:
        max_retries: How often a call that may pass is made again.
        time_left: Tells the seconds until the call's deadline, `None` where it has none: nobody
            waits for a moment at which there is none left.
    """
    enough = stop_after_attempt(max_retries + 1)

    def too_late(state: RetryCallState) -> bool:
        left = time_left()
        return left is not None and state.upcoming_sleep >= left

    return {
        "retry": retry_if_exception(may_retry),
        "stop": lambda state: enough(state) or too_late(state),
        "wait": _wait,
        "before_sleep": _log,
        "reraise": True,
    }


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, APIError) else None
    return asked if asked is not None else float(_BACKOFF(state))


def _log(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.info(
        "Trying again in %.1f s after %s: %s", state.upcoming_sleep, type(error).__name__, error
    )

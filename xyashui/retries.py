"""May this be tried again, and when. Sans-IO: the clients do the waiting, by tenacity.

Tried again is what may pass and has cost nothing: no connection, silence before the answer, an
answer cut short before any of it was handed on, HTTP 408, 425, 429, most 5xx, 阿水's 500. A
refused key, quota, model or request is refused again, so it is not.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from xyashui.errors import APIError, APITimeoutError, XyashuiError

if TYPE_CHECKING:
    from tenacity import RetryCallState, wait_random_exponential

__all__ = ["LONGEST_WAIT", "aretried", "may_retry", "policy", "retried"]

T = TypeVar("T")
Policy = dict[str, Any]

logger = logging.getLogger("xyashui")

LONGEST_WAIT = 60.0
"""Seconds: a service that asks for a longer wait gets none; the caller is told at once."""


# Nearly all calls pass at once and do without tenacity, which the first that does not imports.


def retried(policy: Callable[[], Policy], attempt: Callable[..., T], *args: Any) -> T:
    """Call `attempt(*args)`, and again where it fails in a way that may pass.

    Args:
        policy: Gives what `policy` does, if it comes to that.
        attempt: What to do.
        *args: What with.
    """
    try:
        return attempt(*args)
    except Exception as error:
        if not may_retry(error):
            raise
        failures = [error]

    def again() -> T:
        if failures:
            raise failures.pop()  # this try has been made
        return attempt(*args)

    from tenacity import Retrying

    result: T = Retrying(**policy())(again)
    return result


async def aretried(
    policy: Callable[[], Policy], attempt: Callable[..., Awaitable[T]], *args: Any
) -> T:
    """Do what `retried` does, with `await`."""
    try:
        return await attempt(*args)
    except Exception as error:
        if not may_retry(error):
            raise
        failures = [error]

    async def again() -> T:
        if failures:
            raise failures.pop()
        return await attempt(*args)

    from tenacity import AsyncRetrying

    result: T = await AsyncRetrying(**policy())(again)
    return result


def may_retry(error: BaseException) -> bool:
    """Whether the call that ended in `error` may be made again."""
    if not isinstance(error, XyashuiError) or not error.retryable:
        return False
    if isinstance(error, APITimeoutError) and error.begun:
        return False  # the service was at work: to ask again would cost as much, and take as long
    wait = error.retry_after if isinstance(error, APIError) else None
    return wait is None or wait <= LONGEST_WAIT


def policy(max_retries: int, time_left: Callable[[], float | None] = lambda: None) -> Policy:
    """Return the arguments of `tenacity.Retrying`, or of its async twin.

    Args:
        max_retries: How often a call that may pass is made again.
        time_left: Tells the seconds until the call's deadline, `None` where it has none: nobody
            waits for a moment at which there is none left.
    """
    from tenacity import retry_if_exception, stop_after_attempt

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
    return asked if asked is not None else float(_backoff()(state))


@cache
def _backoff() -> wait_random_exponential:
    from tenacity import wait_random_exponential

    return wait_random_exponential(multiplier=0.5, max=8)  # full jitter: 0 to 0.5, 1, 2, 4, 8 s


def _log(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.info(
        "Trying again in %.1f s after %s: %s", state.upcoming_sleep, type(error).__name__, error
    )

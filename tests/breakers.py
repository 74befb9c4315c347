"""What tests of breakers share: a clock that stands still, and calls that fail or do not."""

from __future__ import annotations

import pytest

from xyashui import CircuitBreaker, errors

__all__ = ["DOWN", "Clock", "answer", "fail", "opened"]

DOWN = errors.ServerError("down")


class Clock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def fail(breaker: CircuitBreaker, error: BaseException = DOWN) -> None:
    with pytest.raises(type(error)), breaker.enter():
        raise error


def answer(breaker: CircuitBreaker) -> None:
    with breaker.enter():
        pass


def opened(breaker: CircuitBreaker) -> CircuitBreaker:
    while breaker.state == "closed":
        fail(breaker)
    return breaker

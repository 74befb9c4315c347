"""Those who ask: each takes plans until there are none, and tells what came of them."""

from __future__ import annotations

import asyncio
import itertools
import random
import threading
from collections import Counter
from contextlib import suppress
from typing import Any

import httpx

from soak.plans import Plan, drawn, judged, requests_expected
from tests.reliability.ways import WAYS, Outcome, Way
from xyashui.errors import XyashuiError

__all__ = ["Ledger", "ask_async", "ask_sync", "made"]

_SILENCE = httpx.Timeout(60, read=2)  # where the server falls silent


class Ledger:
    """What has come of all questions so far; threads share it.

    Attributes:
        outcomes: How often what the server did, and how the caller left, ended in what.
        wrong: What should not have been, in words.
    """

    def __init__(self, streams: int, seed: int) -> None:
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.wrong: list[str] = []
        self._stayed: dict[int, tuple[Plan, bool]] = {}
        self._numbers = itertools.count()
        self._limit = streams
        self._chance = random.Random(seed)
        self._lock = threading.Lock()

    @property
    def total(self) -> int:
        """How many questions have been accounted for."""
        return sum(self.outcomes.values())

    def allow(self, streams: int) -> None:
        """Have so many more questions asked."""
        self._limit += streams

    def next(self, ways: list[Way]) -> tuple[Way, Plan] | None:
        """Return who asks next, and how it goes; `None` when enough have asked."""
        with self._lock:
            if self._limit <= 0:
                return None
            self._limit -= 1
            way = self._chance.choice(ways)
            plan = drawn(
                next(self._numbers),
                self._chance,
                streams=way.is_stream,
                cancellable=not way.is_sync,
            )
            return way, plan

    def compare(self, requests: dict[str, int]) -> None:
        """Compare what the server has seen of those who stayed with what it must have seen."""
        for number, (plan, streams) in self._stayed.items():
            seen = requests.get(str(number), 0)
            if seen not in requests_expected(plan, streams=streams):
                self.wrong.append(f"{plan}, streamed: {streams}: {seen} requests")
        self._stayed.clear()

    def note(self, way: Way, plan: Plan, outcome: Outcome | BaseException | None) -> None:
        """Account for a question.

        Args:
            way: Who asked.
            plan: How it was to go.
            outcome: What came of it; `None` where the caller left, an exception that is no error
                of ours where there was one.
        """
        told, fault = _judged(plan, outcome)
        with self._lock:
            self.outcomes[plan.behaviour, told] += 1
            if not plan.leaves:
                self._stayed[plan.number] = plan, way.is_stream
            if fault:
                self.wrong.append(f"{way.name}, {plan}: {fault}")


def _judged(plan: Plan, outcome: Outcome | BaseException | None) -> tuple[str, str]:
    """Return what came of a question in a word, and what is wrong with that, or ""."""
    if isinstance(outcome, BaseException):
        return "something else", repr(outcome)
    if outcome is None:
        return "left", "" if plan.leaves else "nobody left"
    error = outcome.error
    told = "answer" if error is None else type(error).__name__
    return told, judged(plan, error, outcome.text if error is None else error.text)


def made(url: str, style: str, **settings: Any) -> list[Way]:
    """Make a model for each way to ask, sync or async."""
    names = [name for name in WAYS if f" {style} " in name]
    return [Way(name, url, max_retries=1, timeout=60, **settings) for name in names]


def _options(plan: Plan) -> dict[str, Any]:
    return {"timeout": _SILENCE} if plan.behaviour == "falls silent" else {}


def ask_sync(ledger: Ledger, ways: list[Way]) -> None:
    """Ask one question after another, in a thread."""
    while (drawn_now := ledger.next(ways)) is not None:
        way, plan = drawn_now
        outcome: Outcome | BaseException | None
        try:
            outcome = _leave(way, plan) if plan.leaves else _stay(way, plan)
        except BaseException as error:
            outcome = error
        ledger.note(way, plan, outcome)


def _stay(way: Way, plan: Plan) -> Outcome:
    return way.ask_sync(plan.as_question(), **_options(plan))


def _leave(way: Way, plan: Plan) -> Outcome | None:
    """Read as many pieces as there are to be, then close the stream, or leave it lying."""
    stream = way.form.stream(way.model, plan.as_question(), _options(plan))
    taken = 0
    try:
        for _ in stream:
            taken += 1
            if taken >= plan.after:
                break
    except Exception as error:
        return _early(error)
    if plan.leaves == "breaks":
        stream.close()
    return None


async def ask_async(ledger: Ledger, ways: list[Way]) -> None:
    """Ask one question after another, in a task."""
    while (drawn_now := ledger.next(ways)) is not None:
        way, plan = drawn_now
        outcome: Outcome | BaseException | None
        try:
            if plan.leaves == "is cancelled":
                outcome = await _cancelled(way, plan)
            elif plan.leaves:
                outcome = await _aleave(way, plan)
            else:
                outcome = await way.ask(plan.as_question(), **_options(plan))
        except Exception as error:
            outcome = error
        ledger.note(way, plan, outcome)


async def _aleave(way: Way, plan: Plan) -> Outcome | None:
    stream = way.form.astream(way.model, plan.as_question(), _options(plan))
    taken = 0
    try:
        async for _ in stream:
            taken += 1
            if taken >= plan.after:
                break
    except Exception as error:
        return _early(error)
    if plan.leaves == "breaks":
        await stream.aclose()
    return None


async def _cancelled(way: Way, plan: Plan) -> Outcome | None:
    task = asyncio.create_task(way.ask(plan.as_question(), **_options(plan)))
    await asyncio.sleep(plan.after / 1000)
    task.cancel()
    with suppress(asyncio.CancelledError):
        return await task  # it was done already
    return None


def _early(error: Exception) -> Outcome:
    """Return what came of a stream that failed before its reader left it."""
    if not isinstance(error, XyashuiError):
        raise error
    return Outcome(error=error)

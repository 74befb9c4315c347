"""A service that is down is left alone for a while: the breaker itself."""

from __future__ import annotations

import asyncio
import copy
import logging
import pickle
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Thread

import pytest

import xyashui.breaker
from tests.breakers import DOWN, answer, fail, opened
from tests.steps import every_step
from xyashui import CircuitBreaker, errors
from xyashui.breaker import Passage
from xyashui.errors import CircuitOpenError, ConfigurationError

WRONG = errors.BadRequestError("wrong")
SWAP = "_learn"  # compares and stores under a lock: no thread or collection gets in between
UNSENT = errors.ConfigurationError("wrong, and not sent")


def test_it_opens_after_failures_in_a_row(breaker):
    fail(breaker)
    assert (breaker.state, breaker.failed) == ("closed", 1)
    fail(breaker)
    assert (breaker.state, breaker.failed) == ("open", 2)
    assert breaker.last_error == "ServerError: down"


def test_an_answer_between_them_begins_the_row_anew(breaker):
    for _ in range(3):
        fail(breaker)
        answer(breaker)
    assert (breaker.state, breaker.failed) == ("closed", 0)


def test_a_refusal_of_the_request_is_an_answer_too(breaker):
    fail(breaker)
    fail(breaker, WRONG)
    assert breaker.failed == 0


@pytest.mark.parametrize("cause", [UNSENT, KeyboardInterrupt(), asyncio.CancelledError()])
def test_what_says_nothing_of_the_service_changes_nothing(breaker, cause):
    fail(breaker)
    fail(breaker, cause)
    assert breaker.failed == 1


def test_an_open_one_refuses_and_says_why_and_for_how_long(breaker, clock):
    opened(breaker)
    clock.now += 12
    with pytest.raises(CircuitOpenError) as caught:
        breaker.enter("the service")
    assert str(caught.value) == (
        "the service is not asked for up to 18.0 s more, until it is tried again: "
        "2 calls in a row failed, 12.0 s ago with ServerError: down"
    )
    assert caught.value.retry_after == breaker.remaining == 18


def test_after_the_rest_one_call_tries_and_the_others_wait(breaker, clock):
    opened(breaker)
    clock.now += 30
    assert (breaker.state, breaker.remaining) == ("half-open", 0)
    with breaker.enter():
        assert breaker.state == "half-open"
        with pytest.raises(CircuitOpenError, match="while another call tries it"):
            breaker.enter()
    assert (breaker.state, breaker.failed) == ("closed", 0)
    answer(breaker)


def test_a_try_that_fails_opens_it_again_for_as_long(breaker, clock):
    opened(breaker)
    clock.now += 30
    fail(breaker)
    assert (breaker.state, breaker.remaining) == ("open", 30)


def test_a_try_that_the_request_was_at_fault_for_closes_it(breaker, clock):
    opened(breaker)
    clock.now += 30
    fail(breaker, WRONG)
    assert breaker.state == "closed"


@pytest.mark.parametrize("cause", [UNSENT, asyncio.CancelledError()])
def test_a_try_that_says_nothing_leaves_it_to_the_next(breaker, clock, cause):
    opened(breaker)
    clock.now += 30
    fail(breaker, cause)
    assert breaker.state == "half-open"
    answer(breaker)
    assert breaker.state == "closed"


def test_a_try_that_never_ends_does_not_keep_the_others_out_for_ever(breaker, clock):
    opened(breaker)
    clock.now += 30
    breaker.enter()
    clock.now += 30
    answer(breaker)
    assert breaker.state == "closed"


def test_who_set_out_before_it_opened_has_no_say_afterwards(breaker, clock):
    late_answer, late_failure = breaker.enter(), breaker.enter()
    opened(breaker)
    with late_answer:
        pass
    assert breaker.state == "open"
    clock.now += 20
    with pytest.raises(errors.ServerError), late_failure:
        raise DOWN
    assert breaker.remaining == 10


def test_a_forced_call_passes_and_decides(breaker, clock):
    opened(breaker)
    clock.now += 10
    with pytest.raises(errors.ServerError), breaker.enter(force=True):
        raise DOWN
    assert (breaker.state, breaker.remaining) == ("open", 30)
    with breaker.enter(force=True):
        pass
    assert breaker.state == "closed"


def test_a_forced_call_that_says_nothing_does_not_end_the_rest(breaker, clock):
    opened(breaker)
    clock.now += 10
    with pytest.raises(ConfigurationError), breaker.enter(force=True):
        raise UNSENT
    assert (breaker.state, breaker.remaining) == ("open", 20)


def test_a_try_that_was_given_up_on_leaves_the_one_after_it_alone(breaker, clock):
    opened(breaker)
    clock.now += 30
    hung = breaker.enter()
    clock.now += 30
    second = breaker.enter()
    with pytest.raises(asyncio.CancelledError), hung:
        raise asyncio.CancelledError
    assert (breaker.state, breaker.remaining) == ("half-open", 30), "the second is under way"
    with second:
        pass
    assert breaker.state == "closed"


@pytest.mark.parametrize("answered", [True, False])
def test_a_generator_that_is_closed_early_was_answering_if_it_said_so(breaker, answered):
    def stream():
        with breaker.enter() as passage:
            if answered:
                passage.answered()
            yield 1
            yield 2

    fail(breaker)
    pieces = stream()
    next(pieces)
    pieces.close()
    assert breaker.failed == (0 if answered else 1)


def test_a_coroutine_that_is_thrown_away_says_nothing(breaker, clock):
    async def call():
        with breaker.enter():
            await asyncio.sleep(1)

    opened(breaker)
    clock.now += 30
    loop = asyncio.new_event_loop()
    waiting = call()
    task = loop.create_task(waiting)
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    waiting.close()
    assert (task.done(), breaker.state, breaker.failed) == (False, "half-open", 2)
    task._log_destroy_pending = False  # type: ignore[attr-defined]


def test_of_many_threads_one_tries(breaker, clock):
    opened(breaker)
    clock.now += 30

    def ask(_: int) -> bool:
        try:
            breaker.enter()
        except CircuitOpenError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(100))) == 1


def test_opening_and_closing_are_logged(breaker, clock, caplog):
    caplog.set_level(logging.INFO, "xyashui")
    opened(breaker)
    clock.now += 30
    answer(breaker)
    assert [record.getMessage() for record in caplog.records] == [
        "the service is left alone for 30 s: 2 calls in a row failed, at last with "
        "ServerError: down",
        "the service answers again",
    ]


class Watcher(logging.Handler):
    """Has another thread look at a breaker while a record is written, as a handler's lock may."""

    def __init__(self, breaker: CircuitBreaker) -> None:
        super().__init__()
        self.breaker = breaker
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        str(self)

    def __str__(self) -> str:
        thread = Thread(target=self.look, daemon=True)
        thread.start()
        thread.join(15)
        assert not thread.is_alive(), "it waits for whoever is writing"
        return "somebody"

    def look(self) -> None:
        with suppress(asyncio.CancelledError), self.breaker.enter(force=True):
            raise asyncio.CancelledError
        self.seen.append(repr(self.breaker))


def test_whoever_writes_a_record_or_a_refusal_keeps_nobody_waiting(breaker, clock, caplog):
    caplog.set_level(logging.INFO, "xyashui")
    watcher, logger = Watcher(breaker), logging.getLogger("xyashui")
    logger.addHandler(watcher)
    try:
        opened(breaker)
        with pytest.raises(CircuitOpenError, match=r"^somebody is not asked"):
            breaker.enter(watcher)
        clock.now += 30
        answer(breaker)
    finally:
        logger.removeHandler(watcher)
    states = [said.partition("state=")[2] for said in watcher.seen]
    assert states == ["'open')", "'open')", "'closed')"]


def test_a_try_that_fails_while_the_next_one_sets_out_opens_it_again(clock):
    breaker, hung = CircuitBreaker(), None

    def scene():
        nonlocal breaker, hung
        breaker = opened(CircuitBreaker(failures=1, clock=clock))
        clock.now += 30
        hung = breaker.enter()
        clock.now += 30
        return set_out, lambda: fail_in(hung)

    def set_out():
        with suppress(CircuitOpenError):
            breaker.enter()

    for place in every_step(xyashui.breaker, scene, but=SWAP):
        assert (breaker.state, breaker.remaining, breaker.failed) == ("open", 30, 2), place


def test_failures_that_come_at_once_all_count(clock):
    breaker = CircuitBreaker()

    def scene():
        nonlocal breaker
        breaker = CircuitBreaker(failures=3, clock=clock)
        one, other = breaker.enter(), breaker.enter()
        return lambda: fail_in(one), lambda: fail_in(other)

    for place in every_step(xyashui.breaker, scene, but=SWAP):
        assert breaker.failed == 2, place


def fail_in(passage: Passage) -> None:
    with suppress(errors.ServerError), passage:
        raise DOWN


def test_copies_share_it_and_a_pickle_is_a_new_one(breaker):
    opened(breaker)
    assert copy.copy(breaker) is copy.deepcopy(breaker) is breaker
    back = pickle.loads(pickle.dumps(breaker))
    assert (back.failures, back.retry_after, back.state) == (2, 30, "closed")


def test_its_repr_is_plain(breaker):
    assert repr(breaker) == "CircuitBreaker(failures=2, retry_after=30, state='closed')"


@pytest.mark.parametrize("failures", [0, -1, 1.5, True, "3", None])
def test_failures_is_a_whole_number(failures):
    with pytest.raises(ConfigurationError, match="failures must be 1 or more"):
        CircuitBreaker(failures=failures)


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan"), True, "30", None])
def test_retry_after_is_a_number_of_seconds(seconds):
    with pytest.raises(ConfigurationError, match="retry_after must be a positive number"):
        CircuitBreaker(retry_after=seconds)

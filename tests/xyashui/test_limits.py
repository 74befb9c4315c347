"""A key's limits: who waits, for whom, and for how long."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import monotonic, sleep

import pytest

from tests.servers import Connection, FaultServer, chunked, http
from tests.steps import every_step
from tests.wire import STREAM, completion
from xyashui import AsyncClient, Client, errors, limits
from xyashui.errors import APITimeoutError, ConfigurationError
from xyashui.limits import Limits, Traffic

ONE = Limits(max_concurrency=1)
TWO = Limits(max_concurrency=2)
FREE = Limits()


class Gauge:
    """A step of a script that sees how many requests are being answered at once.

    Nobody is answered before `expected` have been there at once, nor right then: more may come.
    """

    def __init__(self, expected: int) -> None:
        self.most = self._now = 0
        self._expected = expected
        self._reached = threading.Event()
        self._lock = threading.Lock()

    def __call__(self, connection: Connection) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            if self._now == self._expected:
                self._reached.set()
        self._reached.wait(15)
        connection.server.closing.wait(0.05)
        with self._lock:
            self._now -= 1


def test_calls_of_one_key_keep_to_the_limit_whoever_makes_them():
    gauge = Gauge(2)
    with FaultServer([gauge, http(completion())]) as server, ThreadPoolExecutor(8) as pool:
        settings = {"api_key": "shared", "base_url": server.url, "max_concurrency": 2}
        clients = [Client(**settings) for _ in range(4)]
        answers = list(pool.map(lambda number: clients[number % 4].chat("你好").text, range(12)))
    assert answers == ["你好。"] * 12
    assert gauge.most == 2


def test_another_key_has_places_of_its_own():
    gauge = Gauge(3)
    with FaultServer([gauge, http(completion())]) as server, ThreadPoolExecutor(4) as pool:

        def ask(key: str) -> str:
            return Client(api_key=key, base_url=server.url, max_concurrency=1).chat("你好").text

        assert list(pool.map(ask, ["one", "two", "three"])) == ["你好。"] * 3
    assert gauge.most == 3


async def test_async_calls_keep_to_it_too():
    gauge = Gauge(3)
    with FaultServer([gauge, http(completion())]) as server:
        client = AsyncClient(api_key="shared", base_url=server.url, max_concurrency=3)
        await asyncio.gather(*(client.chat("你好") for _ in range(12)))
    assert gauge.most == 3


async def test_threads_and_event_loops_share_the_places():
    gauge = Gauge(1)
    with FaultServer([gauge, http(completion())]) as server:
        settings = {"api_key": "shared", "base_url": server.url, "max_concurrency": 1}
        sync, asynchronous = Client(**settings), AsyncClient(**settings)
        calls = [asyncio.to_thread(sync.chat, "你好") for _ in range(4)]
        await asyncio.gather(*calls, *(asynchronous.chat("你好") for _ in range(4)))
    assert gauge.most == 1


def test_a_stream_keeps_its_place_until_it_is_over():
    with FaultServer([chunked(STREAM)]) as server:
        settings = {"api_key": "shared", "base_url": server.url, "max_concurrency": 1}
        client = Client(**settings)
        with client.stream("你好") as stream:
            next(stream)
            with pytest.raises(APITimeoutError, match=r"deadline of 0\.1 s"):
                client.chat("你好", deadline=0.1)
        assert len(server.requests) == 1
        assert next(chunk.text for chunk in client.stream("你好")) == "你"


def test_a_failed_call_gives_its_place_back():
    with FaultServer([http({"error": {"message": "无效的令牌"}}, 401)]) as server:
        client = Client(api_key="shared", base_url=server.url, max_concurrency=1, max_retries=0)
        for _ in range(3):
            with pytest.raises(errors.AuthenticationError):
                client.chat("你好", deadline=15)


async def test_a_cancelled_wait_takes_no_place():
    traffic = Traffic()
    traffic.enter(ONE)
    waiting = asyncio.create_task(traffic.async_enter(ONE))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    traffic.leave()
    await traffic.async_enter(ONE, 15)
    traffic.leave()


def test_who_comes_first_is_served_first():
    traffic, order = Traffic(), []
    traffic.enter(ONE)

    def wait(number: int) -> None:
        traffic.enter(ONE)
        order.append(number)
        traffic.leave()

    threads = []
    for number in range(5):
        threads.append(threading.Thread(target=wait, args=[number]))
        threads[-1].start()
        while len(traffic._waiting) <= number:
            pass
    traffic.leave()
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_requests_are_counted_over_the_window():
    traffic, limits, begun = Traffic(window=0.2), Limits(requests_per_minute=3), []
    start = monotonic()
    for _ in range(9):
        traffic.enter(limits)
        begun.append(monotonic())
        traffic.leave()
    # Counted from the start: when one really began is before its moment here, by who knows what.
    assert all(moment - start >= 0.19 * (place // 3) for place, moment in enumerate(begun))


async def test_requests_are_counted_with_await_too():
    traffic, limits, begun = Traffic(window=0.2), Limits(requests_per_minute=2), []
    start = monotonic()

    async def call() -> None:
        await traffic.async_enter(limits)
        begun.append(monotonic())
        traffic.leave()

    await asyncio.gather(*(call() for _ in range(6)))
    assert all(moment - start >= 0.19 * (place // 2) for place, moment in enumerate(begun))


def test_who_sets_no_limit_never_waits_but_counts():
    traffic = Traffic()
    traffic.enter(ONE)
    traffic.enter(FREE)
    traffic.leave()
    with pytest.raises(TimeoutError):
        traffic.enter(ONE, 0.05)
    traffic.leave()
    assert not traffic.at_rest  # the minute remembers


def test_what_is_past_is_forgotten_also_where_nobody_sets_a_limit():
    traffic = Traffic(window=0.001)
    for _ in range(50):
        traffic.enter(FREE)
        traffic.leave()
        sleep(0.001)
    assert len(traffic._begun) < 10


def test_who_gives_up_leaves_the_queue_to_the_next():
    traffic = Traffic(window=0.1)
    traffic.enter(ONE)
    with pytest.raises(TimeoutError):
        traffic.enter(ONE, 0.02)
    traffic.leave()
    traffic.enter(ONE, 15)
    traffic.leave()


def busy_with(calls: int) -> Traffic:
    traffic = Traffic()
    for _ in range(calls):
        traffic.enter(FREE)
    return traffic


def free(traffic: Traffic) -> int:
    """Take all places that are free where two are allowed, and return how many these were."""
    for places in range(3):
        try:
            traffic.enter(TWO, 0)
        except TimeoutError:
            return places
    raise AssertionError("more than are allowed")


def test_a_stream_that_ends_while_somebody_comes_frees_one_place():
    traffic, came = Traffic(), False

    def scene():
        nonlocal traffic, came
        traffic, came = busy_with(2), False
        return come, traffic.leave

    def come():
        nonlocal came
        with suppress(TimeoutError):
            traffic.enter(TWO, 0)
            came = True

    for place in every_step(limits, scene):
        assert came + free(traffic) == 1, place
        traffic.leave()
        traffic.leave()
        assert free(traffic) == 2, place


def test_streams_that_end_while_one_ends_free_a_place_each():
    traffic = Traffic()

    def scene():
        nonlocal traffic
        traffic = busy_with(2)
        return traffic.leave, traffic.leave

    for place in every_step(limits, scene):
        assert free(traffic) == 2, place


def test_a_stream_that_ends_while_others_wait_lets_one_in():
    loop, traffic = asyncio.new_event_loop(), Traffic()
    waiting: list[asyncio.Task[None]] = []

    def settle() -> None:
        for _ in range(5):
            loop.run_until_complete(asyncio.sleep(0))

    def scene():
        nonlocal traffic, waiting
        traffic = busy_with(3)
        waiting = [loop.create_task(traffic.async_enter(TWO)) for _ in range(3)]
        settle()
        return traffic.leave, traffic.leave

    for place in every_step(limits, scene):
        settle()
        assert [one.done() for one in waiting] == [True, False, False], place
        for _ in range(2):
            traffic.leave()
        settle()
        assert [one.done() for one in waiting] == [True, True, True], place
        traffic.leave()
        assert free(traffic) == 1, place
    loop.close()


def test_who_waits_in_an_event_loop_that_was_closed_takes_no_place():
    traffic, loop = Traffic(), asyncio.new_event_loop()
    traffic.enter(ONE)
    waiting = loop.create_task(traffic.async_enter(ONE))
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    traffic.leave()
    traffic.enter(ONE, 15)
    waiting._log_destroy_pending = False  # type: ignore[attr-defined]
    waiting.get_coro().close()
    with pytest.raises(TimeoutError):
        traffic.enter(ONE, 0)


def test_keys_that_nobody_uses_are_forgotten_once_there_are_too_many(monkeypatch):
    monkeypatch.setattr(limits, "_traffic", {})  # and none that other tests have just used
    monkeypatch.setattr(limits, "_room", limits._MOST_KEYS)
    busy = limits.traffic_of("https://a.example", "busy")
    busy.enter(ONE)
    for number in range(limits._MOST_KEYS):
        limits.traffic_of("https://a.example", f"at rest {number}")
    assert len(limits._traffic) < limits._MOST_KEYS
    assert limits.traffic_of("https://a.example", "busy") is busy


def test_those_in_use_are_not_looked_through_for_each_that_is_new(monkeypatch):
    monkeypatch.setattr(limits, "_traffic", {})
    monkeypatch.setattr(limits, "_room", limits._MOST_KEYS)
    for number in range(limits._MOST_KEYS + 1):
        limits.traffic_of("https://a.example", f"busy {number}").enter(ONE)
    limits.traffic_of("https://a.example", "at rest")
    limits.traffic_of("https://a.example", "new")
    assert len(limits._traffic) == limits._MOST_KEYS + 3
    for number in range(limits._MOST_KEYS):
        limits.traffic_of("https://a.example", f"at rest {number}")
    assert len(limits._traffic) < limits._MOST_KEYS * 2


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("name", ["max_concurrency", "requests_per_minute"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, "3"])
def test_a_limit_is_a_whole_number(kind, name, value):
    with pytest.raises(ConfigurationError, match=f"{name} must be 1 or more"):
        kind(api_key="test-key", **{name: value})

"""Waiting for a task: when to look, what to bear, when to give up."""

from __future__ import annotations

import asyncio
import pickle
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from tests.servers import FaultServer, hold, http, reset
from xyashui import (
    XINGYUN,
    APIConnectionError,
    APITimeoutError,
    AsyncClient,
    AuthenticationError,
    BadRequestError,
    Client,
    ConfigurationError,
    MidjourneyTask,
    ProtocolError,
    RateLimitError,
    ServerError,
    TaskFailedError,
)
from xyashui.endpoints.midjourney.waiting import Patience

FAST = {"poll_interval": 0.001}


def state(status: str, progress: int = 0, **more: Any) -> bytes:
    return http({"id": "12", "status": status, "progress": f"{progress}%", **more})


SUBMITTED = state("SUBMITTED")
HALF = state("IN_PROGRESS", 50)
DONE = state("SUCCESS", 100, buttons=[{"customId": "MJ::JOB::upsample::1::u", "label": "U1"}])


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer([SUBMITTED], [HALF], [DONE]) as running:
        yield running


Wait = Callable[..., Awaitable[Any]]


@pytest.fixture(params=["sync", "async"])
def wait(request: pytest.FixtureRequest, server: FaultServer) -> Wait:
    """Take task 12 up and wait for it, with and without `await`."""

    async def wait(**options: Any) -> Any:
        given = {"api_key": "test-key", "base_url": server.url, "max_retries": 0}
        options = {**FAST, **options}
        if request.param == "sync":
            with Client(**given) as client:
                return client.midjourney.task("12").wait(**options)
        async with AsyncClient(**given) as client:
            return await client.midjourney.task("12").wait(**options)

    return wait


class TestWaiting:
    async def test_looks_until_the_task_is_finished(self, server, wait: Wait) -> None:
        task = await wait()
        assert (task.status, task.progress, len(server.requests)) == ("SUCCESS", 100, 3)
        assert {request.target for request in server.requests} == {"/mj/task/12/fetch"}
        assert [button.name for button in task.buttons] == ["U1"]

    async def test_tells_of_every_change_and_of_nothing_else(self, server, wait: Wait) -> None:
        server.play([SUBMITTED], [HALF], [HALF], [HALF], [DONE])
        told = []
        await wait(on_progress=lambda task: told.append((task.status, task.progress)))
        assert told == [("SUBMITTED", 0), ("IN_PROGRESS", 50), ("SUCCESS", 100)]

    async def test_may_tell_a_coroutine_function(self, server) -> None:
        told = []

        async def tell(task: Any) -> None:
            await asyncio.sleep(0)
            told.append(task.progress)

        async with AsyncClient(api_key="test-key", base_url=server.url) as client:
            await client.midjourney.task("12").wait(on_progress=tell, **FAST)
        assert told == [0, 50, 100]

    @pytest.mark.parametrize(
        ("failure", "reason"),
        [
            ({"status": "FAILURE", "failReason": "可能包含敏感词"}, "可能包含敏感词"),
            ({"status": "FAILURE", "description": "任务超时"}, "任务超时"),
            ({"status": "CANCEL"}, "cancelled"),
        ],
    )
    async def test_raises_why_the_task_failed(self, server, wait: Wait, failure, reason) -> None:
        server.play([http({"id": "12", **failure})])
        with pytest.raises(TaskFailedError, match=reason) as caught:
            await wait()
        assert (caught.value.task_id, caught.value.provider) == ("12", "xingyun")
        assert not caught.value.retryable
        assert caught.value.message in str(caught.value)

    @pytest.mark.parametrize(
        "status", ["FAILED", "error", "TIMEOUT", "IN_PROGRESS", "FAILURE ", "", None, [], 1]
    )
    async def test_ends_however_a_failure_is_spelt(self, server, wait: Wait, status) -> None:
        failed = {"status": status, "failReason": "敏感词", "progress": "100%"}
        server.play([http({"id": "12", **failed})])
        with pytest.raises(TaskFailedError, match="敏感词"):
            await wait(timeout=5)
        assert len(server.requests) == 1

    @pytest.mark.parametrize("status", ["CANCELLED", "canceled", "CANCEL\n"])
    async def test_ends_however_a_cancellation_is_spelt(self, server, wait, status) -> None:
        server.play([http({"id": "12", "status": status})])
        with pytest.raises(TaskFailedError, match="cancelled"):
            await wait(timeout=5)

    @pytest.mark.parametrize("status", ["SUCCESS ", "succeeded", "COMPLETED"])
    async def test_ends_however_success_is_spelt(self, server, wait, status: str) -> None:
        server.play([http({"id": "12", "status": status})])
        assert (await wait()).status == "SUCCESS"

    async def test_bears_a_status_that_nobody_knows_while_it_goes_on(self, server, wait) -> None:
        server.play(*[[state("DREAMING", percent)] for percent in range(1, 16)], [DONE])
        assert (await wait()).status == "SUCCESS"

    async def test_takes_no_other_task_for_it(self, server, wait: Wait) -> None:
        server.play([http({"id": "13", "status": "SUCCESS"})])
        with pytest.raises(ProtocolError, match="about task '13', not '12'"):
            await wait()

    async def test_quotes_no_more_than_somebody_reads(self, server, wait: Wait) -> None:
        server.play([http({"id": "12", "status": "FAILURE", "failReason": "x" * 2_000_000})])
        with pytest.raises(TaskFailedError) as caught:
            await wait()
        assert len(str(caught.value)) < 3000
        server.play([state("X" * 2_000_000)])
        with pytest.raises(APITimeoutError) as late:
            await wait(timeout=0.2, poll_interval=1)
        assert len(str(late.value)) < 1000

    async def test_comes_back_where_a_window_is_open(self, server, wait: Wait) -> None:
        server.play([SUBMITTED], [state("MODAL")])
        task = await wait()
        assert task.waits_for_modal
        assert not task.done

    async def test_bears_what_may_pass(self, server, wait: Wait) -> None:
        passing = [[reset], [http(b"", 502)], [http(b"<html>", 200, "text/html")], [http(b"", 429)]]
        server.play(*passing, [HALF], *passing, [DONE])
        assert (await wait()).status == "SUCCESS"
        assert len(server.requests) == 10

    @pytest.mark.parametrize(
        ("script", "kind"),
        [
            ([reset], APIConnectionError),
            ([http(b"", 500)], ServerError),
            ([http(b"", 429)], RateLimitError),
            ([http(b"<html>", 200, "text/html")], ProtocolError),
        ],
        ids=["no connection", "server fault", "rate limit", "web page"],
    )
    async def test_gives_up_after_five_looks_that_fail(self, server, wait, script, kind) -> None:
        server.play(script)
        with pytest.raises(kind):
            await wait()
        assert len(server.requests) in (5, 10)  # aiohttp itself makes a lost GET again

    @pytest.mark.parametrize(
        ("status", "kind"), [(401, AuthenticationError), (404, BadRequestError)]
    )
    async def test_does_not_bear_what_will_not_pass(self, server, wait, status, kind) -> None:
        server.play([HALF], [http({"description": "x", "code": 4}, status)])
        with pytest.raises(kind):
            await wait()
        assert len(server.requests) == 2

    async def test_ends_in_time_and_says_how_to_go_on(self, server, wait: Wait) -> None:
        server.play([HALF])
        with pytest.raises(APITimeoutError, match=r"task\('12'\)\.wait\(\)") as caught:
            await wait(timeout=0.5)
        assert "IN_PROGRESS, 50%" in str(caught.value)
        assert not caught.value.retryable

    async def test_ends_in_time_where_the_service_is_silent(self, server, wait: Wait) -> None:
        server.play([hold])
        with pytest.raises(APITimeoutError, match=r"12 was not finished within 0\.2 s"):
            await wait(timeout=0.2)

    @pytest.mark.parametrize("deadline", [None, 0.3], ids=["none", "a call's"])
    def test_ends_after_half_an_hour_where_nobody_says(self, deadline) -> None:
        given: Any = {"api_key": "test-key", "base_url": "http://127.0.0.1:9"}
        with Client(**given, deadline=deadline) as client:
            waiting = client.midjourney.task("12")._patience(client, None, 1.0)
        left = waiting.deadline(None)
        assert left is not None
        assert 1700 < left <= 1800

    async def test_looks_once_more_at_the_end(self, server, wait: Wait) -> None:
        server.play([HALF], [DONE])
        assert (await wait(timeout=0.5, poll_interval=5)).done

    @pytest.mark.parametrize(
        "given",
        [{"timeout": 0}, {"timeout": "5"}, {"poll_interval": 0}, {"poll_interval": None},
         {"timeout": 10**400}, {"poll_interval": 1e300}],
        ids=lambda given: repr(given)[:30],
    )  # fmt: skip
    async def test_takes_numbers_of_seconds(self, server, wait: Wait, given: Any) -> None:
        with pytest.raises(ConfigurationError, match="positive number of seconds"):
            await wait(**given)
        assert not server.requests

    async def test_shows_a_bar_where_asked(self, wait: Wait, capsys) -> None:
        await wait(show_progress=True)
        shown = capsys.readouterr().err
        assert "Midjourney 12" in shown
        assert "100%" in shown

    async def test_shows_none_where_nobody_looks_on(self, wait: Wait, capsys) -> None:
        await wait()
        assert capsys.readouterr().err == ""


class TestStopping:
    async def test_leaves_the_task_going_on(self, server) -> None:
        server.play([HALF])
        async with AsyncClient(api_key="test-key", base_url=server.url) as client:
            task = client.midjourney.task("12")
            seen = asyncio.Event()
            waiting = asyncio.create_task(task.wait(on_progress=lambda _: seen.set(), **FAST))
            await seen.wait()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            server.play([DONE])
            assert (await client.midjourney.task("12").wait(**FAST)).status == "SUCCESS"
        assert {request.head.split(b" ")[0] for request in server.requests} == {b"GET"}

    def test_works_by_an_exception_of_the_callback(self, server) -> None:
        def stop(task: MidjourneyTask) -> None:
            raise KeyboardInterrupt

        with Client(api_key="test-key", base_url=server.url) as client:
            task = client.midjourney.task("12")
            with pytest.raises(KeyboardInterrupt):
                task.wait(on_progress=stop, **FAST)
            assert task.wait(**FAST).status == "SUCCESS"

    def test_many_may_wait_for_one_task(self, server) -> None:
        server.play(*[[HALF]] * 20, [DONE])
        ended = []

        def one() -> None:
            with Client(api_key="test-key", base_url=server.url) as client:
                ended.append(client.midjourney.task("12").wait(**FAST).status)

        threads = [threading.Thread(target=one) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert ended == ["SUCCESS"] * 4


class TestTakingUpAgain:
    def test_asks_nothing_before_it_is_asked_for(self, server) -> None:
        with Client(api_key="test-key", base_url=server.url) as client:
            task = client.midjourney.task(12)
            assert (task.id, task.status, task.done) == ("12", "", False)
            with pytest.raises(ConfigurationError, match="not asked for"):
                task.upscale(1)
        assert not server.requests

    def test_works_from_a_pickle_without_the_key(self, server, monkeypatch) -> None:
        with Client(api_key="canary-key", base_url=server.url) as client:
            packed = pickle.dumps(client.midjourney.task("12"))
        assert b"canary" not in packed
        monkeypatch.setenv("XINGYUN_API_KEY", "test-key")
        assert pickle.loads(packed).wait(**FAST).status == "SUCCESS"

    async def test_is_refused_to_a_task_that_knows_no_client(self) -> None:
        with pytest.raises(ConfigurationError, match=r"client\.midjourney\.task\('12'\)"):
            MidjourneyTask("12").wait()


class Clock:
    """Time that stands still until it is told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def patience(timeout: float | None = None, interval: float = 1.0) -> tuple[Patience, Clock]:
    clock = Clock()
    return Patience(MidjourneyTask("12"), XINGYUN, timeout, interval, clock), clock


def looking_at(status: Any) -> tuple[Patience, Clock]:
    clock = Clock()
    task = MidjourneyTask("12", {"id": "12", "status": status, "progress": "0%"})
    return Patience(task, XINGYUN, None, 1.0, clock), clock


class TestPatience:
    @pytest.mark.parametrize("status", ["大功告成", ["SUCCESS"]], ids=str)
    def test_lasts_ten_minutes_where_nobody_knows_what_is_going_on(self, status) -> None:
        waiting, clock = looking_at(status)
        waiting.seen()
        clock.now = 599
        waiting.seen()
        clock.now = 601
        with pytest.raises(ProtocolError, match=r"nobody knows.*fetch\('12'\)\.raw"):
            waiting.seen()

    @pytest.mark.parametrize("status", ["", None, "NOT_START", "QUEUING", "PROCESSING"])
    def test_lasts_longer_where_it_is_under_way(self, status) -> None:
        waiting, clock = looking_at(status)
        waiting.seen()
        clock.now = 1700
        waiting.seen()

    def test_grows_to_ten_times_the_first_interval(self) -> None:
        waiting, _ = patience()
        pauses = [waiting.pause() for _ in range(9)]
        assert pauses[:4] == [1.0, 1.5, 2.25, 3.375]
        assert pauses[-1] == 10.0

    def test_waits_as_long_as_a_service_asks_for(self) -> None:
        waiting, _ = patience()
        waiting.bear(RateLimitError("wait", retry_after=7.0))
        assert waiting.pause() == 7.0
        waiting.seen()
        assert waiting.pause() == 1.5

    def test_never_pauses_beyond_the_end(self) -> None:
        waiting, clock = patience(timeout=5.0, interval=4.0)
        assert waiting.pause() == 4.0
        clock.now = 4.0
        assert waiting.pause() == 1.0

    def test_gives_a_look_no_more_time_than_is_left(self) -> None:
        waiting, clock = patience(timeout=5.0)
        assert waiting.deadline(None) == 5.0
        assert waiting.deadline(2.0) == 2.0
        clock.now = 4.5
        assert waiting.deadline(2.0) == 0.5
        clock.now = 5.0
        assert waiting.deadline(None) == 2.0  # the last look
        with pytest.raises(APITimeoutError):
            waiting.deadline(None)

    def test_takes_all_the_time_it_needs_where_nobody_says(self) -> None:
        waiting, clock = patience()
        clock.now = 1e6
        assert waiting.deadline(None) is None

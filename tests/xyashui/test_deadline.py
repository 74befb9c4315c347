"""`deadline` bounds a whole call, where `timeout` bounds silence alone."""

from __future__ import annotations

import pytest

from tests.servers import CHUNKED, FaultServer, chunk, chunked, drip, http, trickle, wait
from tests.wire import STREAM, delta, error
from xyashui import AsyncClient, Client, errors
from xyashui.errors import APITimeoutError, ConfigurationError

DRIPPING = [CHUNKED, chunk(delta("你")), drip]  # never silent, never done


async def test_an_answer_that_never_ends_is_over_at_the_deadline(ask):
    with FaultServer(DRIPPING) as server, pytest.raises(APITimeoutError) as caught:
        await ask(server.url, deadline=1, max_retries=5)
    assert "not over within its deadline of 1 s" in str(caught.value)
    assert caught.value.text == "你"
    assert caught.value.provider == "xingyun"
    assert len(server.requests) == 1


async def test_a_call_may_have_its_own_deadline(ask):
    with FaultServer([chunked(STREAM)], DRIPPING) as server:
        assert (await ask(server.url, deadline=15)).text == "你好。"
        with pytest.raises(APITimeoutError, match=r"deadline of 0\.4 s"):
            await ask(server.url, deadline=0.4)


async def test_it_counts_from_the_first_try(ask):
    slow_refusal = [wait(0.3), http(error("坏了"), 500, retry_after=0)]
    with FaultServer(slow_refusal) as server, pytest.raises(errors.XyashuiError) as caught:
        await ask(server.url, deadline=0.5, max_retries=100)
    assert isinstance(caught.value, errors.ServerError | APITimeoutError)
    assert len(server.requests) <= 2


async def test_nobody_waits_for_a_try_that_would_come_too_late(ask):
    busy = [http(error("请稍后再试"), 429, retry_after=50)]
    with FaultServer(busy) as server, pytest.raises(errors.RateLimitError, match="请稍后再试"):
        await ask(server.url, deadline=15, max_retries=5)
    assert len(server.requests) == 1


async def test_a_slow_answer_within_it_is_whole(ask):
    body = [CHUNKED, *(step for _ in range(3) for step in (wait(0.05), chunk(delta("好"))))]
    ending = [chunk(delta("", "stop")), chunk(b"data: [DONE]\n\n"), b"0\r\n\r\n"]
    with FaultServer([*body, *ending]) as server:
        assert (await ask(server.url, deadline=15)).text == "好好好"


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("value", [0, -1, "5", True, float("nan"), float("inf")])
def test_it_is_a_number_of_seconds(kind, value):
    with pytest.raises(ConfigurationError, match="deadline must be a positive number of seconds"):
        kind(api_key="test-key", deadline=value)


async def test_a_head_that_trickles_in_is_cut_at_the_deadline(ask):
    slow_head = [trickle(b"HTTP/1.1 200 OK\r\nX-Filler: " + b"x" * 400, pause=0.05)]
    with FaultServer(slow_head) as server:
        with pytest.raises(APITimeoutError, match="its deadline"):
            await ask(server.url, deadline=1, timeout=15)
        assert server.heard(1) == 1

"""What is tried again and what is not, counted where the requests arrive."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from tenacity import RetryCallState, Retrying

from tests.servers import (
    CHUNKED,
    FaultServer,
    chunk,
    chunked,
    close,
    closed_port,
    half_close,
    head,
    hold,
    http,
    reset,
)
from tests.wire import DONE, STREAM, completion, delta, envelope, error, event
from tests.xyashui.conftest import ask_by, patience
from xyashui import ASHUI, XINGYUN, AsyncClient, Client, errors
from xyashui.errors import APIConnectionError, APIError, ServerError, XyashuiError
from xyashui.retries import may_retry, policy

GOOD = [http(completion())]
BUSY = {"retry_after": 0}  # the services' way to say: at once

# What the first request meets; the second gets an answer.
PASSING = {
    "reset at once": [reset],
    "closed at once": [close],
    "half closed": [half_close],
    "closed in the head": [b"HTTP/1.1 200 OK\r\nContent-", close],
    "no HTTP": [b"SSH-2.0-OpenSSH\r\n\r\n", close],
    "silence before the head": [hold],
    "silence before the first byte": [CHUNKED, hold],
    "HTTP 408": [http(b"", 408, None, **BUSY)],
    "HTTP 425": [http(b"", 425, None, **BUSY)],
    "HTTP 429": [http(error("请稍后再试"), 429, **BUSY)],
    "HTTP 500": [http(error("坏了"), 500, **BUSY)],
    "HTTP 502, a page": [http(b"<html></html>", 502, "text/html", **BUSY)],
    "HTTP 503": [http(b"", 503, None, **BUSY)],
    "HTTP 504": [http(b"", 504, None, **BUSY)],
    "HTTP 524": [http(b"", 524, None, **BUSY)],
    "an error under HTTP 200": [http(error("坏了"), 200, **BUSY)],
    "an error as the first event": [chunked(event(error("坏了")))],
    "阿水's 500": [http(envelope(500, "内部错误"), **BUSY)],
    "阿水's 500 as an event": [chunked(event(envelope(500, "内部错误")))],
    "nothing": [http(b"")],
    "heartbeats and then nothing": [chunked(b": ping\n\n")],
    "cut before the first text": [CHUNKED, chunk(delta(role="assistant")), close],
    "a body cut short": [head(200, "application/json", content_length=999), b'{"choices', close],
}


@pytest.mark.parametrize("script", PASSING.values(), ids=PASSING)
async def test_what_may_pass_is_tried_again(script, ask):
    with FaultServer(script, GOOD) as server:
        answer = await ask(server.url, provider=ASHUI, max_retries=1, timeout=patience(script))
    assert answer.text == "你好。"
    assert len(server.requests) == 2
    assert server.requests[0].body == server.requests[1].body


FINAL = {
    "HTTP 400": ([http(error("坏了"), 400)], errors.BadRequestError),
    "HTTP 401": ([http(error("无效的令牌"), 401)], errors.AuthenticationError),
    "HTTP 403": ([http(error("不可以"), 403)], errors.PermissionDeniedError),
    "HTTP 403, quota": ([http(error("额度已用尽"), 403)], errors.QuotaExceededError),
    "HTTP 404": ([http(b"", 404, None)], errors.BadRequestError),
    "HTTP 404, model": ([http(error("x", "model_not_found"), 404)], errors.ModelNotFoundError),
    "HTTP 422": ([http(error("坏了"), 422)], errors.BadRequestError),
    "HTTP 429, quota": ([http(error("x", "insufficient_quota"), 429)], errors.QuotaExceededError),
    "HTTP 501": ([http(b"", 501, None)], errors.ServerError),
    "HTTP 503, model": ([http(error("无可用渠道"), 503)], errors.ModelNotFoundError),
    "HTML under HTTP 200": ([http(b"<html></html>", 200, "text/html")], errors.ProtocolError),
    "a redirect": ([http(b"", 302, None, location="/elsewhere")], errors.ProtocolError),
    "an event that is no JSON": ([chunked(b"data: oops\n\n")], errors.ProtocolError),
}


@pytest.mark.parametrize(("script", "kind"), FINAL.values(), ids=FINAL)
async def test_what_will_not_pass_is_not_tried_again(script, kind, ask):
    with FaultServer(script, GOOD) as server, pytest.raises(XyashuiError) as caught:
        await ask(server.url, max_retries=5)
    assert type(caught.value) is kind
    assert len(server.requests) == 1


@pytest.mark.parametrize("code", [400, 401, 600, 601, 700, 701, 800, 900])
async def test_ashuis_other_codes_are_not_tried_again(code, ask):
    with FaultServer([http(envelope(code))], GOOD) as server, pytest.raises(APIError) as caught:
        await ask(server.url, provider=ASHUI, max_retries=5)
    assert caught.value.code == code
    assert len(server.requests) == 1


@pytest.mark.parametrize("retries", [0, 1, 2])
async def test_as_often_as_was_asked_for_and_no_more(retries, ask):
    with FaultServer([http(error("坏了"), 500, **BUSY)]) as server:
        with pytest.raises(ServerError, match="坏了"):
            await ask(server.url, max_retries=retries)
        assert len(server.requests) == retries + 1


def test_twice_by_default():
    assert Client(XINGYUN, api_key="test-key").max_retries == 2
    assert AsyncClient(XINGYUN, api_key="test-key").max_retries == 2


async def test_a_refused_connection_is_tried_again(ask, caplog):
    caplog.set_level(logging.INFO, "xyashui")
    with closed_port() as port, pytest.raises(APIConnectionError, match="could not be reached"):
        await ask(f"http://127.0.0.1:{port}", max_retries=1)
    assert len([one for one in caplog.records if one.name == "xyashui"]) == 1


@pytest.mark.parametrize("way", ["sync call", "async call"])
async def test_a_call_that_breaks_half_way_is_tried_again_for_it_has_handed_nothing_out(way):
    with FaultServer([CHUNKED, chunk(delta("你")), close], GOOD) as server:
        assert (await ask_by(way)(server.url, max_retries=1)).text == "你好。"
    assert len(server.requests) == 2


INTERRUPTIONS = {
    "closed": [close],
    "reset": [reset],
    "silence": [hold],
    "an error event": [chunk(event(error("坏了"))), close],
    "阿水's error event": [chunk(event(envelope(500, "内部错误"))), close],
}


@pytest.mark.parametrize("steps", INTERRUPTIONS.values(), ids=INTERRUPTIONS)
async def test_nothing_is_tried_again_once_a_chunk_was_handed_out(steps, ask_stream):
    script = [CHUNKED, chunk(delta("你")), *steps]
    with FaultServer(script, GOOD) as server, pytest.raises(XyashuiError) as caught:
        await ask_stream(server.url, provider=ASHUI, max_retries=5, timeout=patience(script))
    assert caught.value.text == "你"
    assert len(server.requests) == 1


class TestRetryAfter:
    async def test_a_short_wait_is_borne(self, ask):
        with FaultServer([http(b"", 429, None, retry_after="0.05")], GOOD) as server:
            await ask(server.url, max_retries=1)
        assert len(server.requests) == 2

    async def test_a_date_in_the_past_means_now(self, ask):
        past = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)
        with FaultServer([http(b"", 503, None, retry_after=past)], GOOD) as server:
            await ask(server.url, max_retries=1)
        assert len(server.requests) == 2

    @pytest.mark.parametrize(
        "value",
        ["61", "86400", format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)],
        ids=["seconds", "a day", "a date"],
    )
    async def test_more_than_a_minute_is_told_to_the_caller_at_once(self, value, ask):
        with (
            FaultServer([http(b"", 429, None, retry_after=value)], GOOD) as server,
            pytest.raises(errors.RateLimitError) as caught,
        ):
            await ask(server.url, max_retries=5)
        assert caught.value.retry_after > 60
        assert len(server.requests) == 1

    @pytest.mark.parametrize(
        ("seconds", "again"), [(None, True), (0, True), (60, True), (60.1, False)]
    )
    def test_the_limit_is_sixty_seconds(self, seconds, again):
        assert may_retry(errors.RateLimitError("x", retry_after=seconds)) is again


def test_the_wait_is_what_was_asked_for_or_else_random_and_growing():
    def state(error: Exception, attempt: int) -> RetryCallState:
        made = RetryCallState(Retrying(), None, (), {})
        made.attempt_number = attempt
        made.set_exception((type(error), error, None))
        return made

    wait = policy(2)["wait"]
    assert wait(state(errors.RateLimitError("x", retry_after=7.5), 1)) == 7.5
    for attempt, most in enumerate([0.5, 1, 2, 4, 8, 8, 8], start=1):
        waits = [wait(state(ServerError("x"), attempt)) for _ in range(200)]
        assert 0 <= min(waits) < most / 4, "full jitter: from nothing"
        assert most / 2 < max(waits) <= most, "up to twice as much each time"


@pytest.mark.parametrize(
    "other", [ValueError("x"), KeyboardInterrupt(), errors.ConfigurationError("x")]
)
def test_what_is_not_the_services_doing_is_not_tried_again(other):
    assert not may_retry(other)


async def test_the_log_says_so_without_the_key(ask, caplog):
    caplog.set_level(logging.DEBUG, "xyashui")
    said = error("无效的 test-key")
    with FaultServer([http(said, 500, **BUSY)], [chunked(STREAM)]) as server:
        await ask(server.url, max_retries=1)
    (record,) = [one for one in caplog.records if "Trying again" in one.getMessage()]
    assert "ServerError" in record.getMessage()
    assert "Trying again in 0.0 s" in record.getMessage()
    assert "test-key" not in caplog.text


async def test_an_answer_of_a_stop_reason_and_no_text_is_not_tried_again(ask):
    with FaultServer([chunked(delta("", "stop"), DONE)]) as server:
        assert (await ask(server.url, max_retries=5)).text == ""
    assert len(server.requests) == 1

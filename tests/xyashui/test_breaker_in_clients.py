"""A service that is down is left alone for a while: clients with a breaker."""

from __future__ import annotations

import pickle

import pytest

from tests.breakers import fail, opened
from tests.servers import CHUNKED, FaultServer, chunk, chunked, close, http, wait
from tests.wire import STREAM, completion, delta, error, event
from xyashui import AsyncClient, Client, errors
from xyashui.errors import CircuitOpenError, ConfigurationError

REFUSAL = http(error("overloaded"), 503, retry_after=0)


async def test_a_client_asks_no_more_once_it_is_open(ask, breaker):
    with FaultServer([REFUSAL]) as server:
        for _ in range(2):
            with pytest.raises(errors.ServerError):
                await ask(server.url, breaker=breaker)
        with pytest.raises(CircuitOpenError, match=r"^星芸AI .* is not asked") as caught:
            await ask(server.url, breaker=breaker)
        assert len(server.requests) == 2
    assert caught.value.provider == "xingyun"
    assert not caught.value.sent


async def test_a_client_asks_again_after_the_rest(ask, breaker, clock):
    opened(breaker)
    clock.now += 30
    with FaultServer([chunked(STREAM)]) as server:
        assert (await ask(server.url, breaker=breaker)).text == "你好。"
    assert breaker.state == "closed"


async def test_a_call_counts_once_however_often_it_is_tried(ask, breaker):
    with FaultServer([REFUSAL]) as server:
        with pytest.raises(errors.ServerError):
            await ask(server.url, breaker=breaker, max_retries=2)
        assert len(server.requests) == 3
    assert breaker.failed == 1


async def test_a_call_that_another_try_has_saved_is_no_failure(ask, breaker):
    with FaultServer([REFUSAL], [chunked(STREAM)]) as server:
        assert (await ask(server.url, breaker=breaker, max_retries=1)).text == "你好。"
    assert breaker.failed == 0


async def test_an_answer_cut_short_counts_though_words_of_it_came(ask_stream, breaker):
    fail(breaker)
    with FaultServer([CHUNKED, chunk(delta("你")), close]) as server:
        with pytest.raises(errors.StreamInterruptedError) as caught:
            await ask_stream(server.url, breaker=breaker)
        assert len(server.requests) == 1
    assert caught.value.text == "你"
    assert breaker.state == "open"


async def test_an_error_inside_a_stream_counts(ask, breaker):
    fail(breaker)
    with (
        FaultServer([chunked(delta("你") + event(error("overloaded", 503)))]) as server,
        pytest.raises(errors.ServerError),
    ):
        await ask(server.url, breaker=breaker)
    assert breaker.state == "open"


def test_a_stream_that_is_left_early_was_an_answer(breaker):
    fail(breaker)
    with FaultServer([chunked(STREAM)]) as server:
        client = Client(api_key="test-key", base_url=server.url, breaker=breaker)
        with client.stream("你好") as stream:
            next(stream)
    assert breaker.failed == 0


async def test_an_async_stream_that_is_left_early_was_an_answer(breaker):
    fail(breaker)
    with FaultServer([chunked(STREAM)]) as server:
        client = AsyncClient(api_key="test-key", base_url=server.url, breaker=breaker)
        async with client.stream("你好") as stream:
            await anext(stream)
    assert breaker.failed == 0


async def test_a_sound_that_is_left_early_was_an_answer(breaker):
    sound = [http(b"ID3" + bytes(100_000), 200, "audio/mpeg")]
    with FaultServer(sound) as server:
        settings = {"api_key": "test-key", "base_url": server.url, "breaker": breaker}
        fail(breaker)
        with Client(**settings).speak("你好") as speech:
            next(iter(speech))
        assert breaker.failed == 0
        fail(breaker)
        async with AsyncClient(**settings).speak("你好") as speech:
            await anext(aiter(speech))
        assert breaker.failed == 0


async def test_clients_share_one_sync_and_async(breaker):
    with FaultServer([REFUSAL]) as server:
        settings = {"api_key": "test-key", "base_url": server.url, "max_retries": 0}
        sync = Client(**settings, breaker=breaker)
        asynchronous = AsyncClient(**settings, breaker=breaker)
        with pytest.raises(errors.ServerError):
            sync.chat("你好")
        with pytest.raises(errors.ServerError):
            await asynchronous.chat("你好")
        with pytest.raises(CircuitOpenError):
            sync.chat("你好")


async def test_every_endpoint_heeds_it(breaker):
    opened(breaker)
    settings = {"api_key": "test-key", "base_url": "http://127.0.0.1:9", "breaker": breaker}
    sync, asynchronous = Client(**settings), AsyncClient(**settings)
    for call in (
        lambda: sync.chat("你好"),
        lambda: list(sync.stream("你好")),
        sync.models,
        lambda: sync.embed("你好"),
        lambda: sync.midjourney.imagine("一只猫"),
    ):
        with pytest.raises(CircuitOpenError):
            call()
    for call in (
        lambda: asynchronous.chat("你好"),
        lambda: anext(asynchronous.stream("你好")),
        asynchronous.models,
        lambda: asynchronous.embed("你好"),
        lambda: asynchronous.midjourney.imagine("一只猫"),
    ):
        with pytest.raises(CircuitOpenError):
            await call()


def test_texts_that_go_in_several_batches_are_one_call(breaker, clock, emulator):
    opened(breaker)
    clock.now += 30
    client = Client(api_key="test-key", base_url=emulator.xingyun_url, breaker=breaker)
    vectors = client.embed([f"文本 {n}" for n in range(12)], batch_size=2, max_concurrency=4)
    assert len(vectors) == 12
    assert breaker.state == "closed"


def test_a_refused_embedding_gives_back_what_it_was_given(breaker, emulator):
    settings = {"api_key": "test-key", "base_url": emulator.xingyun_url}
    known = Client(**settings).embed(["济南"])
    opened(breaker)
    with pytest.raises(CircuitOpenError) as caught:
        Client(**settings, breaker=breaker).embed(["济南", "青岛"], resume=known)
    assert caught.value.embedded is not None
    Client(**settings).embed(["济南", "青岛"], resume=caught.value.embedded)
    assert emulator.requests[-1].body["input"] == ["青岛"]


def test_to_wait_in_vain_for_ones_own_turn_is_not_the_services_fault(breaker):
    with FaultServer([chunked(STREAM)]) as server:
        settings = {"api_key": "busy", "base_url": server.url, "max_concurrency": 1}
        with Client(**settings).stream("你好") as stream:
            next(stream)
            with pytest.raises(errors.APITimeoutError) as caught:
                Client(**settings, breaker=breaker).chat("你好", deadline=0.05)
    assert not caught.value.sent
    assert breaker.failed == 0


def test_a_deadline_that_passes_in_silence_is(breaker):
    with FaultServer([wait(15), http(completion())]) as server:
        client = Client(api_key="test-key", base_url=server.url, breaker=breaker)
        with pytest.raises(errors.APITimeoutError) as caught:
            client.chat("你好", deadline=1)
    assert caught.value.sent
    assert breaker.failed == 1


def test_what_is_wrong_with_a_request_does_not_count(breaker):
    client = Client(api_key="test-key", breaker=breaker)
    for _ in range(3):
        with pytest.raises(ConfigurationError):
            client.chat("你好", temprature=0)
    assert breaker.state == "closed"


def test_no_key_gets_into_its_words(breaker):
    with FaultServer([http(error("no: very-secret-key-0001"), 500)]) as server:
        client = Client(api_key="very-secret-key-0001", base_url=server.url, breaker=breaker)
        client.max_retries = 0
        for kind in (errors.ServerError, errors.ServerError, CircuitOpenError):
            with pytest.raises(kind) as caught:
                client.chat("你好")
    assert "very-secret" not in f"{caught.value} {breaker.last_error}"
    assert "no: ***" in breaker.last_error


def test_a_pickled_client_keeps_its_breakers_numbers(breaker, monkeypatch):
    opened(breaker)
    monkeypatch.setenv("XINGYUN_API_KEY", "test-key")
    back = pickle.loads(pickle.dumps(Client(api_key="test-key", breaker=breaker)))
    assert (back.breaker.failures, back.breaker.state) == (2, "closed")


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_breaker_is_one(kind):
    with pytest.raises(ConfigurationError, match="breaker must be a CircuitBreaker, not 3"):
        kind(api_key="test-key", breaker=3)

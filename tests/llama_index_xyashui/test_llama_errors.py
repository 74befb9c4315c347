"""Every documented error is raised as its own class: whole and streamed, sync and async."""

from __future__ import annotations

import pytest
from llama_index.core.llms import ChatMessage

from llama_index_xyashui import AShui, XingYun
from xyashui import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ContextOverflowError,
    ModelNotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    UnsupportedFeatureError,
)
from xyashui.emulator import TRIGGERS, Trigger

EXPECTED: dict[tuple[str, str], type[APIError]] = {
    ("xingyun", "invalid"): AuthenticationError,
    ("xingyun", "expired"): AuthenticationError,
    ("xingyun", "no-quota"): QuotaExceededError,
    ("xingyun", "no-key-quota"): QuotaExceededError,
    ("xingyun", "used-up"): QuotaExceededError,
    ("xingyun", "not-for-model"): PermissionDeniedError,
    ("xingyun", "wrong-network"): PermissionDeniedError,
    ("xingyun", "rate-limited"): RateLimitError,
    ("xingyun", "bad-request"): BadRequestError,
    ("xingyun", "too-long"): ContextOverflowError,
    ("xingyun", "no-such-model"): ModelNotFoundError,
    ("xingyun", "no-channel"): ModelNotFoundError,
    ("xingyun", "overloaded"): RateLimitError,
    ("xingyun", "broken"): ServerError,
    ("xingyun", "bad-gateway"): ServerError,
    ("xingyun", "unavailable"): ServerError,
    ("xingyun", "gateway-timeout"): ServerError,
    ("xingyun", "origin-timeout"): ServerError,
    ("xingyun", "error-in-body"): ServerError,
    ("xingyun", "error-mid-stream"): ServerError,
    ("ashui", "invalid"): AuthenticationError,
    ("ashui", "banned"): PermissionDeniedError,
    ("ashui", "no-quota"): QuotaExceededError,
    ("ashui", "bad-request"): BadRequestError,
    ("ashui", "bad-messages"): BadRequestError,
    ("ashui", "broken"): ServerError,
    ("ashui", "no-such-model"): ModelNotFoundError,
    ("ashui", "misnamed-model"): ModelNotFoundError,
    ("ashui", "no-features"): UnsupportedFeatureError,
    ("ashui", "bad-file"): UnsupportedFeatureError,
    ("ashui", "error-mid-stream"): ServerError,
}
MESSAGES = [ChatMessage("What is the meaning of life, and how many springs has Jinan?")]

every_trigger = pytest.mark.parametrize(
    "trigger", TRIGGERS, ids=lambda trigger: f"{trigger.service}-{trigger.kind}-{trigger.name}"
)


@pytest.fixture
def llm(trigger: Trigger, xingyun, ashui) -> XingYun | AShui:
    make = {"xingyun": xingyun, "ashui": ashui}[trigger.service]
    name = {"key": "api_key", "model": "model"}[trigger.kind]
    return make(**{name: trigger.name}, max_retries=0)


def _check(error: APIError, trigger: Trigger) -> None:
    assert type(error) is EXPECTED[trigger.service, trigger.name]
    assert error.provider == trigger.service
    assert error.status_code == trigger.status
    if trigger.arrives != "page":  # a proxy's page is not the service's words
        assert trigger.message.split("{")[0].split("，")[0] in error.message
    assert "test-key" not in f"{error!r} {error}"


@every_trigger
def test_chat(llm, trigger: Trigger) -> None:
    with pytest.raises(APIError) as caught:
        llm.chat(MESSAGES)
    _check(caught.value, trigger)


@every_trigger
def test_stream_chat(llm, trigger: Trigger) -> None:
    received = []
    with pytest.raises(APIError) as caught:
        received.extend(llm.stream_chat(MESSAGES))
    _check(caught.value, trigger)
    assert caught.value.text == "".join(response.delta for response in received)
    assert bool(received) == (trigger.arrives == "stream")


@every_trigger
async def test_achat(llm, trigger: Trigger) -> None:
    with pytest.raises(APIError) as caught:
        await llm.achat(MESSAGES)
    _check(caught.value, trigger)


@every_trigger
async def test_astream_chat(llm, trigger: Trigger) -> None:
    stream = await llm.astream_chat(MESSAGES)
    with pytest.raises(APIError) as caught:
        [response async for response in stream]
    _check(caught.value, trigger)
    assert bool(caught.value.text) == (trigger.arrives == "stream")


@every_trigger
def test_complete_and_stream_complete(llm, trigger: Trigger) -> None:
    with pytest.raises(APIError) as caught:
        llm.complete("Hello?")
    _check(caught.value, trigger)
    with pytest.raises(APIError) as caught:
        list(llm.stream_complete("Hello?"))
    _check(caught.value, trigger)


@every_trigger
async def test_acomplete_and_astream_complete(llm, trigger: Trigger) -> None:
    with pytest.raises(APIError) as caught:
        await llm.acomplete("Hello?")
    _check(caught.value, trigger)
    stream = await llm.astream_complete("Hello?")
    with pytest.raises(APIError) as caught:
        [response async for response in stream]
    _check(caught.value, trigger)

"""Every documented error: our class, LangChain's class, and the provider's words."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from langchain_core import exceptions as langchain
from langchain_core.runnables import RunnableLambda

import xyashui as core
from langchain_xyashui import errors
from tests.servers import FaultServer, hold
from xyashui.emulator import TRIGGERS, Trigger

EXPECTED: dict[tuple[str, str, str], tuple[type[Exception], type[Exception], bool]] = {
    (service, kind, name): (ours, theirs, retryable)
    for ours, theirs, retryable, rows in (
        (
            errors.AuthenticationError,
            langchain.ModelAuthenticationError,
            False,
            "xingyun.key.invalid xingyun.key.expired ashui.key.invalid",
        ),
        (
            errors.QuotaExceededError,
            langchain.ModelPermissionDeniedError,
            False,
            "xingyun.key.no-quota xingyun.key.no-key-quota xingyun.key.used-up ashui.key.no-quota",
        ),
        (
            errors.PermissionDeniedError,
            langchain.ModelPermissionDeniedError,
            False,
            "xingyun.key.not-for-model xingyun.key.wrong-network ashui.key.banned",
        ),
        (
            errors.RateLimitError,
            langchain.ModelRateLimitError,
            True,
            "xingyun.key.rate-limited xingyun.model.overloaded",
        ),
        (
            errors.BadRequestError,
            langchain.ModelInvalidRequestError,
            False,
            "xingyun.model.bad-request ashui.model.bad-request ashui.model.bad-messages",
        ),
        (
            errors.ContextOverflowError,
            langchain.ContextOverflowError,
            False,
            "xingyun.model.too-long",
        ),
        (
            errors.ModelNotFoundError,
            langchain.ModelNotFoundError,
            False,
            "xingyun.model.no-such-model xingyun.model.no-channel "
            "ashui.model.no-such-model ashui.model.misnamed-model",
        ),
        (
            errors.ServerError,
            langchain.ModelAPIError,
            True,
            "xingyun.model.broken xingyun.model.bad-gateway xingyun.model.unavailable "
            "xingyun.model.gateway-timeout xingyun.model.origin-timeout "
            "xingyun.model.error-in-body xingyun.model.error-mid-stream "
            "ashui.model.broken ashui.model.error-mid-stream",
        ),
        (
            errors.UnsupportedFeatureError,
            langchain.ModelInvalidRequestError,
            False,
            "ashui.model.no-features ashui.model.bad-file",
        ),
    )
    for service, kind, name in (row.split(".") for row in rows.split())
}


def refused(trigger: Trigger, request: pytest.FixtureRequest) -> Any:
    make = request.getfixturevalue(trigger.service)
    settings = {"api_key" if trigger.kind == "key" else "model": trigger.name}
    return make(**settings)


def test_every_row_of_the_tables_is_here():
    assert {(one.service, one.kind, one.name) for one in TRIGGERS} == EXPECTED.keys()


@pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda t: f"{t.service}-{t.kind}-{t.name}")
async def test_each_error_is_its_own_class_in_both_trees(trigger, request, ask):
    ours, theirs, retryable = EXPECTED[trigger.service, trigger.kind, trigger.name]
    with pytest.raises(core.APIError) as caught:
        await ask(refused(trigger, request), "What is 2+3?")
    error = caught.value
    assert type(error) is ours
    assert isinstance(error, theirs)
    assert isinstance(error, langchain.ModelError)
    assert isinstance(error, getattr(core, ours.__name__))
    assert error.retryable is error.is_retryable is retryable
    assert error.provider == trigger.service
    if trigger.arrives != "page":
        words = trigger.message.format(model=trigger.name if trigger.kind == "model" else "gpt-4")
        assert words[:6] in str(error)
        assert words[:6] in error.message
    assert "test-key" not in str(error) + repr(error)


@pytest.mark.parametrize("ours", [getattr(errors, name) for name in errors.__all__ if "E" in name])
def test_each_class_is_of_both_trees(ours):
    assert issubclass(ours, getattr(core, ours.__name__))
    assert issubclass(ours, langchain.LangChainException)
    assert ours.__doc__


async def test_no_connection_is_langchains_connection_error(either, ask):
    with pytest.raises(langchain.ModelConnectionError) as caught:
        await ask(either(base_url="http://127.0.0.1:9"), "hi")
    assert type(caught.value) is errors.APIConnectionError
    assert caught.value.is_retryable


async def test_silence_is_langchains_timeout(either, ask):
    with FaultServer([hold]) as server, pytest.raises(langchain.ModelTimeoutError) as caught:
        await ask(either(base_url=server.url, timeout=0.05), "hi")
    assert type(caught.value) is errors.APITimeoutError


async def test_an_answer_cut_short_is_langchains_connection_error(either, ask, emulator):
    emulator.faults = type(emulator.faults)(cut=1)
    try:
        with pytest.raises(langchain.ModelConnectionError):
            await ask(either(), "What is 2+3?")
    finally:
        emulator.faults = type(emulator.faults)()


async def test_nonsense_is_a_protocol_error(service, xingyun, ask):
    service.stream(b'data: {"choices": 5}\n\n')
    with pytest.raises(langchain.ModelAPIError) as caught:
        await ask(xingyun(base_url=service.url), "hi")
    assert type(caught.value) is errors.ProtocolError
    assert not caught.value.is_retryable


def test_an_error_can_be_pickled(either):
    with pytest.raises(errors.AuthenticationError) as caught:
        either(api_key="invalid").invoke("hi")
    copied = pickle.loads(pickle.dumps(caught.value))
    assert type(copied) is errors.AuthenticationError
    assert (str(copied), copied.code) == (str(caught.value), caught.value.code)
    assert copied.is_retryable is False


def test_an_error_shows_no_inner_machinery(either):
    with pytest.raises(errors.AuthenticationError) as caught:
        either(api_key="invalid").invoke("hi")
    assert caught.value.__suppress_context__


async def test_fallbacks_take_over_by_langchains_class_and_by_ours(xingyun, ashui, ask):
    for kind in (langchain.ModelAuthenticationError, core.AuthenticationError):
        chain = xingyun(api_key="invalid").with_fallbacks([ashui()], exceptions_to_handle=(kind,))
        answer = await ask(chain, "What is 2+3?")
        assert answer.response_metadata["model_provider"] == "ashui"


async def test_fallbacks_leave_other_errors_alone(xingyun, ashui, ask):
    chain = xingyun(model="bad-request").with_fallbacks(
        [ashui()], exceptions_to_handle=(langchain.ModelRateLimitError,)
    )
    with pytest.raises(errors.BadRequestError):
        await ask(chain, "hi")


async def test_with_retry_tries_again_by_class(either, sent):
    retried = (langchain.ModelAPIError,)
    model = either(model="broken").with_retry(
        retry_if_exception_type=retried, wait_exponential_jitter=False, stop_after_attempt=3
    )
    with pytest.raises(errors.ServerError):
        model.invoke("hi")
    with pytest.raises(errors.ServerError):
        await model.ainvoke("hi")
    assert len(sent()) == 6
    refused = either(api_key="invalid").with_retry(
        retry_if_exception_type=retried, wait_exponential_jitter=False
    )
    with pytest.raises(errors.AuthenticationError):
        refused.invoke("hi")
    assert len(sent()) == 7


async def test_errors_pass_through_a_chain(either, ask):
    with pytest.raises(errors.ModelNotFoundError):
        await ask(RunnableLambda(lambda text: text) | either(model="no-such-model"), "hi")

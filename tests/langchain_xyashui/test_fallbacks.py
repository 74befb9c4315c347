"""Staying up when a service is down: `with_fallbacks`, and a breaker for each service."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import ModelFallbackMiddleware
from langchain_core import exceptions as langchain
from langchain_core.load import dumps
from langchain_core.tools import tool
from pydantic import BaseModel, Field

from langchain_xyashui import XingYunEmbeddings, XingYunLLM
from langchain_xyashui.errors import (
    CircuitOpenError,
    ConfigurationError,
    ServerError,
    StreamInterruptedError,
)
from tests.servers import CHUNKED, FaultServer, chunk, chunked, close, http, reset
from tests.wire import STREAM, delta, error, event
from xyashui import CircuitBreaker

Make = Callable[..., Any]

QUESTION, ANSWER = "What is 17 * 3?", "17 * 3 = 51."
REFUSAL = http(error("overloaded"), 503)


class Person(BaseModel):
    """A person who is mentioned."""

    name: str
    age: int = Field(ge=0)


@tool
def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A service that is down, as long as it is told nothing else."""
    with FaultServer([REFUSAL]) as running:
        yield running


@pytest.fixture
def down(xingyun: Make, server: FaultServer) -> Make:
    """Make a model of the service that is down."""
    return lambda **settings: xingyun(base_url=server.url, **settings)


@pytest.fixture(params=["closed", "open"])
def breaker(request: pytest.FixtureRequest) -> CircuitBreaker:
    """A breaker, before and after it has opened."""
    found = CircuitBreaker(failures=1)
    if request.param == "open":
        _open(found)
    return found


def _open(breaker: CircuitBreaker) -> None:
    with pytest.raises(ConnectionError), breaker.enter():
        raise ConnectionError("nobody there")


# Without a breaker: LangChain's own


async def test_another_service_answers(down, ashui, ask):
    message = await ask(down().with_fallbacks([ashui()]), QUESTION)
    assert message.content == ANSWER
    assert message.response_metadata["model_name"] == "ashuiai-4.0"


@pytest.mark.parametrize(
    "script",
    [
        [reset],
        [http(b"<html>Bad gateway</html>", 502, "text/html")],
        [http(error("无效的令牌"), 401)],
        [http(error("该令牌额度已用尽"), 403)],
        [chunked(event(error("overloaded")))],
        [CHUNKED, close],
        # A piece that says whose turn it is has no words: it does not begin an answer.
        [CHUNKED, chunk(delta("", role="assistant")), close],
        [chunked(delta("", role="assistant") + event(error("overloaded")))],
    ],
    ids=["reset", "bad gateway", "key", "quota", "error in the stream", "cut at once",
         "cut before words", "error before words"],
)  # fmt: skip
async def test_it_answers_whatever_went_wrong_before_the_first_words(
    down, server, ashui, ask, script
):
    server.play(script)
    assert (await ask(down().with_fallbacks([ashui()]), QUESTION)).content == ANSWER


@pytest.mark.parametrize("way", ["stream", "astream"])
async def test_a_stream_that_has_begun_is_not_begun_again_elsewhere(
    down, server, ashui, way, emulator
):
    server.play([CHUNKED, chunk(delta("你好")), close])
    before = len(emulator.requests)
    model = down().with_fallbacks([ashui()])
    received = []

    async def read() -> None:
        if way == "stream":
            received.extend(part.content for part in model.stream(QUESTION))
        else:
            async for part in model.astream(QUESTION):
                received.append(part.content)  # noqa: PERF401 - what came stays, when it breaks

    with pytest.raises(StreamInterruptedError) as caught:
        await read()
    assert "".join(received) == caught.value.text == "你好"
    assert len(emulator.requests) == before


async def test_tools_are_bound_to_each(down, ashui, ask):
    tools = [multiply]
    model = down().bind_tools(tools).with_fallbacks([ashui().bind_tools(tools)])
    (call,) = (await ask(model, "Multiply 6 and 7 with the tool.")).tool_calls
    assert (call["name"], call["args"]) == ("multiply", {"a": 6, "b": 7})


async def test_tools_bound_to_all_at_once_are_bound_to_each(down, ashui, ask):
    model = down().with_fallbacks([ashui()]).bind_tools([multiply])
    (call,) = (await ask(model, "Multiply 6 and 7 with the tool.")).tool_calls
    assert (call["name"], call["args"]) == ("multiply", {"a": 6, "b": 7})


@pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream", "astream"])
@pytest.mark.parametrize("each", [True, False], ids=["each", "all at once"])
async def test_structured_output_is_asked_of_each(down, ashui, way, each):
    if each:
        model = (
            down()
            .with_structured_output(Person)
            .with_fallbacks([ashui().with_structured_output(Person)])
        )
    else:
        model = down().with_fallbacks([ashui()]).with_structured_output(Person)
    question = "Bob is 42 years old"
    if way == "stream":
        found = list(model.stream(question))[-1]
    elif way == "astream":
        found = [part async for part in model.astream(question)][-1]
    else:
        found = model.invoke(question) if way == "invoke" else await model.ainvoke(question)
    assert found == Person(name="Bob", age=42)


def test_a_batch_falls_back_one_by_one(down, server, ashui):
    server.play([chunked(STREAM)], [REFUSAL])
    answers = down().with_fallbacks([ashui()]).batch([QUESTION] * 3, {"max_concurrency": 1})
    assert [one.content for one in answers] == ["你好。", ANSWER, ANSWER]


def test_where_all_fail_the_first_error_is_raised(down, ashui):
    with pytest.raises(ServerError) as caught:
        down().with_fallbacks([ashui(api_key="invalid")]).invoke(QUESTION)
    assert caught.value.provider == "xingyun"


# With a breaker


async def test_a_service_that_is_down_is_asked_no_more(down, server, ashui, ask):
    breaker = CircuitBreaker(failures=2)
    model = down(breaker=breaker).with_fallbacks([ashui()])
    for _ in range(4):
        assert (await ask(model, QUESTION)).content == ANSWER
    assert len(server.requests) == 2
    assert breaker.state == "open"


async def test_it_is_asked_again_after_a_while(down, server, ashui, ask):
    now = [0.0]
    breaker = CircuitBreaker(failures=1, retry_after=30, clock=lambda: now[0])
    model = down(breaker=breaker).with_fallbacks([ashui()])
    assert (await ask(model, QUESTION)).content == ANSWER
    server.play([chunked(STREAM)])
    assert (await ask(model, QUESTION)).content == ANSWER
    now[0] += 30
    assert (await ask(model, QUESTION)).content == "你好。"
    assert breaker.state == "closed"


async def test_its_refusal_is_langchains_connection_error_too(down, server, ask):
    breaker = CircuitBreaker(failures=1)
    _open(breaker)
    with pytest.raises(langchain.ModelConnectionError, match="is not asked") as caught:
        await ask(down(breaker=breaker), QUESTION)
    assert type(caught.value) is CircuitOpenError
    assert not caught.value.is_retryable
    assert 0 < caught.value.retry_after <= 30
    assert server.requests == []


async def test_tools_and_structured_output_have_it_too(down, ashui, breaker):
    question = "Multiply 6 and 7 with the tool."
    first, second = down(breaker=breaker), ashui()
    tools = first.bind_tools([multiply]).with_fallbacks([second.bind_tools([multiply])])
    assert tools.invoke(question).tool_calls[0]["args"] == {"a": 6, "b": 7}
    form = first.with_structured_output(Person)
    bob = form.with_fallbacks([second.with_structured_output(Person)])
    assert await bob.ainvoke("Bob is 42 years old") == Person(name="Bob", age=42)


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_agents_go_on_with_the_other_service(down, ashui, breaker, asynchronous):
    agent = create_agent(
        down(breaker=breaker), [multiply], middleware=[ModelFallbackMiddleware(ashui())]
    )
    state = {"messages": [("user", "Multiply 6 and 7 with the tool.")]}
    result = await agent.ainvoke(state) if asynchronous else agent.invoke(state)
    assert "42" in result["messages"][-1].text


def test_models_of_one_service_may_share_one(down, server, ashui):
    breaker = CircuitBreaker(failures=2)
    models = [down(breaker=breaker), down(breaker=breaker, model="qwen-turbo")]
    for model in models:
        with pytest.raises(ServerError):
            model.invoke(QUESTION)
    for model in models:
        with pytest.raises(CircuitOpenError):
            model.invoke(QUESTION)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "ask",
    [
        lambda settings: XingYunLLM(**settings).invoke("Once"),
        lambda settings: XingYunEmbeddings(**settings).embed_query("济南"),
    ],
    ids=["text completion", "embeddings"],
)
def test_everything_else_that_calls_a_service_has_it(server, ask):
    breaker = CircuitBreaker(failures=1)
    _open(breaker)
    with pytest.raises(CircuitOpenError):
        ask({"api_key": "test-key", "base_url": server.url, "breaker": breaker})


def test_copies_share_it_and_what_is_written_out_has_none(down, monkeypatch):
    breaker = CircuitBreaker(failures=1)
    model = down(breaker=breaker)
    for twin in (copy.copy(model), copy.deepcopy(model), model.model_copy()):
        assert twin.breaker is breaker
    assert "breaker" not in dumps(model)
    assert "breaker" not in repr(model)
    _open(breaker)
    back = pickle.loads(pickle.dumps(model))
    assert (back.breaker.failures, back.breaker.state) == (1, "closed")


def test_a_breaker_is_one(down):
    with pytest.raises(ConfigurationError, match="breaker must be a CircuitBreaker, not 3"):
        down(breaker=3)

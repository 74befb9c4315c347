"""Several LLMs as one: who is asked, who answers, and what is known of it afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from llama_index.core.llms import ChatMessage

from llama_index_xyashui import Fallback
from tests.llama_index_xyashui.asking import ANSWER, QUESTION, ask, every_stream, every_way, text_of
from tests.llama_index_xyashui.fallback.falling_back import SECOND
from tests.servers import CHUNKED, Script, chunk, chunked, close, http, reset
from tests.wire import STREAM, completion, delta, error, event
from xyashui import (
    AllFailedError,
    BadRequestError,
    CircuitOpenError,
    ConfigurationError,
    ServerError,
    StreamInterruptedError,
)


@every_way
async def test_the_next_answers_and_every_response_says_so(pair, way: str) -> None:
    responses = await ask(pair(), way)
    assert text_of(responses[-1]) == ANSWER
    assert [one.additional_kwargs["answered_by"] for one in responses] == [SECOND] * len(responses)


@every_way
async def test_the_first_answers_where_it_can(pair, server, way: str, emulator) -> None:
    server.play([chunked(STREAM)])
    before = len(emulator.requests)
    (*_, last) = await ask(pair(), way)
    assert text_of(last) == "你好。"
    assert last.additional_kwargs["answered_by"] == {
        "index": 0,
        "llm": "XingYun",
        "model": "gpt-4-turbo",
    }
    assert len(emulator.requests) == before


async def test_the_model_of_one_call_is_the_one_that_is_named(pair, server) -> None:
    server.play([http(completion())])
    (response,) = await ask(pair(), "chat", model="qwen-turbo")
    assert response.additional_kwargs["answered_by"]["model"] == "qwen-turbo"


@pytest.mark.parametrize(
    "script",
    [
        [reset],
        [http(b"<html>Bad gateway</html>", 502, "text/html")],
        [http(error("无效的令牌"), 401)],
        [http(error("该令牌额度已用尽"), 403)],
        [http(error("maximum context length"), 400)],
        [http(error("无可用渠道"), 503)],
        [chunked(delta("", role="assistant") + event(error("overloaded")))],
        [CHUNKED, chunk(delta("", role="assistant")), close],
    ],
    ids=["reset", "bad gateway", "key", "quota", "too long", "no such model", "error before words",
         "cut before words"],
)  # fmt: skip
@pytest.mark.parametrize("way", ["chat", "stream_chat", "achat", "astream_complete"])
async def test_it_answers_whatever_went_wrong_before_the_first_words(
    pair, server, way: str, script: Script
) -> None:
    server.play(script)
    assert text_of((await ask(pair(), way))[-1]) == ANSWER


@every_stream
async def test_a_stream_that_has_begun_is_not_begun_again_elsewhere(
    pair, server, way: str, emulator
) -> None:
    server.play([CHUNKED, chunk(delta("你好")), close])
    llm, before = pair(), len(emulator.requests)
    with pytest.raises(StreamInterruptedError) as caught:
        await ask(llm, way)
    assert caught.value.text == "你好"
    assert len(emulator.requests) == before
    assert llm.breakers[0].failed == 1


@every_way
async def test_a_request_that_is_at_fault_is_asked_nowhere_else(
    pair, server, way: str, emulator
) -> None:
    server.play([http(error("no such field", "invalid_request_error"), 400)])
    llm, before = pair(), len(emulator.requests)
    with pytest.raises(BadRequestError, match="no such field"):
        await ask(llm, way)
    assert len(emulator.requests) == before
    assert llm.breakers[0].failed == 0


async def test_a_misspelt_option_is_an_error(pair, server) -> None:
    with pytest.raises(ConfigurationError, match="temperature"):
        await ask(pair(), "chat", temprature=0)
    assert server.requests == []


async def test_an_error_that_ends_it_says_who_failed_before(down, ashui) -> None:
    llm = Fallback([down(), ashui(model="bad-request")])
    with pytest.raises(BadRequestError) as caught:
        await ask(llm, "chat")
    (note,) = caught.value.__notes__
    assert note.startswith("Before, XingYun (gpt-4-turbo) failed with ServerError: ")


@every_way
async def test_where_all_fail_one_error_names_them_all(down, ashui, way: str) -> None:
    first, last = down(), ashui(model="broken", max_retries=0)
    with pytest.raises(AllFailedError, match=r"^None of 2 LLMs has answered") as caught:
        await ask(Fallback([first, last]), way)
    assert "XingYun (gpt-4-turbo): ServerError: " in str(caught.value)
    assert "AShui (broken): ServerError: " in str(caught.value)
    assert [error.provider for error in caught.value.errors] == ["xingyun", "ashui"]
    assert caught.value.__cause__ is caught.value.errors[-1]
    assert caught.value.retryable


async def test_a_fallback_may_be_one_of_them(pair, down, ashui) -> None:
    inner = Fallback([down(), down()])
    response = await Fallback([inner, ashui()]).achat([ChatMessage(QUESTION)])
    assert response.additional_kwargs["answered_by"] == SECOND


def test_who_is_passed_over_is_told(pair, down, caplog) -> None:
    told: list[Any] = []
    llm = pair(failures=1, on_fallback=lambda *what: told.append(what))
    llm.complete(QUESTION)
    llm.complete(QUESTION)
    assert [one for one, _ in told] == [llm.llms[0]] * 2
    assert [type(why) for _, why in told] == [ServerError, CircuitOpenError]
    lines = [record.getMessage() for record in caplog.records if record.name == "xyashui"]
    assert [line.split(":")[0] for line in lines] == [
        "XingYun (gpt-4-turbo) is left alone for 30 s",
        "XingYun (gpt-4-turbo) gives no answer",
    ]


def test_the_last_errors_are_there_until_the_llm_answers(pair, server) -> None:
    llm = pair()
    assert llm.last_errors == (None, None)
    llm.complete(QUESTION)
    first, second = llm.last_errors
    assert isinstance(first, ServerError)
    assert second is None
    server.play([http(completion())])
    llm.complete(QUESTION)
    assert llm.last_errors == (None, None)

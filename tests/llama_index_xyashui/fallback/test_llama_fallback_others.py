"""LLMs of other libraries in a `Fallback`, before ours and after them."""

from __future__ import annotations

from typing import Any

import pytest
from llama_index.llms.openai_like import OpenAILike

from llama_index_xyashui import Fallback
from tests.llama_index_xyashui.asking import (
    ANSWER,
    JINAN,
    SUM,
    TEXT,
    TOOL_WAYS,
    ask,
    every_form,
    every_stream,
    every_way,
    predict,
    text_of,
)
from tests.llama_index_xyashui.fallback.falling_back import SECOND
from tests.servers import CHUNKED, chunk, chunked, close, http, reset
from tests.wire import STREAM, delta, error
from xyashui import AllFailedError


def openai_like(url: str, **settings: Any) -> OpenAILike:
    return OpenAILike(
        **{
            "model": "theirs",
            "api_base": f"{url}/v1",
            "api_key": "test-key",
            "is_chat_model": True,
            "is_function_calling_model": True,
            "max_retries": 0,
            **settings,
        }
    )


@every_way
async def test_another_librarys_llm_may_fail(server, ashui, way: str) -> None:
    llm = Fallback([openai_like(server.url), ashui()], failures=2)
    for _ in range(3):
        responses = await ask(llm, way)
        assert text_of(responses[-1]) == ANSWER
        assert responses[-1].additional_kwargs["answered_by"] == SECOND
    assert len(server.requests) == 2
    assert "InternalServerError" in llm.breakers[0].last_error


@every_way
async def test_another_librarys_llm_may_answer(down, emulator, way: str) -> None:
    theirs = openai_like(emulator.xingyun_url, model="gpt-4-turbo")
    responses = await ask(Fallback([down(), theirs]), way)
    assert text_of(responses[-1]) == ANSWER
    answered_by = {"index": 1, "llm": "OpenAILike", "model": "gpt-4-turbo"}
    assert responses[-1].additional_kwargs["answered_by"] == answered_by


@every_stream
async def test_its_stream_falls_back_as_long_as_it_has_no_words(server, ashui, way: str) -> None:
    server.play([CHUNKED, chunk(delta("", role="assistant")), close])
    (*_, last) = await ask(Fallback([openai_like(server.url), ashui()]), way)
    assert text_of(last) == ANSWER


@every_stream
async def test_pieces_without_words_come_with_the_first_that_has_some(
    server, ashui, way: str
) -> None:
    server.play([chunked(delta("", role="assistant") * 3, STREAM)])
    theirs = openai_like(server.url)
    alone, first = [
        [piece.delta for piece in await ask(llm, way)]
        for llm in (theirs, Fallback([theirs, ashui()]))
    ]
    assert alone == first
    assert len(first) > 4


@every_stream
async def test_its_stream_is_not_begun_again_once_it_has(server, ashui, way: str, emulator) -> None:
    server.play([CHUNKED, chunk(delta("", role="assistant")), chunk(delta("你好")), reset])
    llm, before = Fallback([openai_like(server.url), ashui()]), len(emulator.requests)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which it is, is theirs to say
        await ask(llm, way)
    assert not isinstance(caught.value, AllFailedError)
    assert len(emulator.requests) == before
    assert llm.breakers[0].failed == 1


@pytest.mark.parametrize("way", TOOL_WAYS)
@pytest.mark.parametrize("first", ["ours", "theirs"])
async def test_each_reads_its_own_tool_calls(
    down, server, emulator, ashui, way: str, first: str
) -> None:
    if first == "ours":
        llm = Fallback([down(), openai_like(emulator.xingyun_url, model="gpt-4-turbo")])
    else:
        llm = Fallback([openai_like(server.url), ashui()])
    (*_, last) = await ask(llm, way, SUM)
    (call,) = llm.get_tool_calls_from_response(last)
    assert (call.tool_name, call.tool_kwargs) == ("add", {"a": 17, "b": 25})


@every_form
async def test_each_makes_its_own_objects(server, ashui, way: str) -> None:
    llm = Fallback([openai_like(server.url), ashui()])
    assert await predict(llm, way, text=TEXT) == JINAN


async def test_a_request_that_they_refuse_is_asked_nowhere_else(server, ashui, emulator) -> None:
    server.play([http(error("no such field"), 400)])
    before = len(emulator.requests)
    with pytest.raises(Exception, match="no such field"):
        await ask(Fallback([openai_like(server.url), ashui()]), "chat")
    assert len(emulator.requests) == before

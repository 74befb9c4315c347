"""LLMs that are left alone for a while, and streams that are left."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest
from llama_index.core.llms import ChatMessage

from llama_index_xyashui import Fallback
from tests.llama_index_xyashui.asking import ANSWER, QUESTION, ask, every_stream, every_way, text_of
from tests.llama_index_xyashui.fallback.falling_back import SECOND
from tests.servers import CHUNKED, chunk, hold, http
from tests.wire import completion, delta, error
from xyashui import AllFailedError, CircuitBreaker


@every_way
async def test_an_llm_that_is_down_is_asked_no_more(pair, server, way: str) -> None:
    llm = pair(failures=2)
    for _ in range(4):
        assert text_of((await ask(llm, way))[-1]) == ANSWER
    assert len(server.requests) == 2
    assert [breaker.state for breaker in llm.breakers] == ["open", "closed"]


async def test_it_is_tried_again_after_a_while(pair, server) -> None:
    llm = pair(failures=1, retry_after=0.05)
    llm.complete(QUESTION)
    server.play([http(completion())])
    await asyncio.sleep(0.06)
    assert llm.complete(QUESTION).text == "你好。"
    assert llm.breakers[0].state == "closed"


async def test_where_all_rest_the_one_that_ends_first_is_asked_all_the_same(down, server) -> None:
    llm = Fallback([down(), down(model="qwen-turbo"), down()], failures=1)
    for breaker, seconds in zip(llm.breakers, (60, 20, 40), strict=True):
        breaker.retry_after = seconds
    with pytest.raises(AllFailedError):
        llm.complete(QUESTION)
    assert [breaker.state for breaker in llm.breakers] == ["open", "open", "open"]
    server.play([http(completion())])
    response = await llm.acomplete(QUESTION)
    assert response.additional_kwargs["answered_by"]["index"] == 1
    assert [breaker.state for breaker in llm.breakers] == ["open", "closed", "open"]


async def test_who_rests_is_asked_all_the_same_where_the_others_fail(pair, server) -> None:
    llm = pair(failures=1)
    llm.complete(QUESTION)
    llm.llms[1].model = "broken"
    server.play([http(completion())])
    assert (await llm.acomplete(QUESTION)).text == "你好。"


async def test_what_is_too_long_for_one_does_not_count_against_it(pair, server) -> None:
    server.play([http(error("maximum context length"), 400)])
    llm = pair(failures=1)
    for _ in range(2):
        assert (await ask(llm, "chat"))[0].additional_kwargs["answered_by"] == SECOND
    assert len(server.requests) == 2


async def test_a_breaker_of_an_llms_own_is_heeded(down, server, ashui) -> None:
    breaker = CircuitBreaker(failures=1)
    llm = Fallback([down(breaker=breaker), ashui()])
    for _ in range(3):
        assert (await ask(llm, "achat"))[0].additional_kwargs["answered_by"] == SECOND
    assert len(server.requests) == 1
    assert (breaker.state, llm.breakers[0].failed) == ("open", 1)


async def test_a_question_that_is_cancelled_says_nothing_of_an_llm(pair, server) -> None:
    arrived = threading.Event()
    server.play([lambda _: arrived.set(), hold])
    llm = pair()
    task = asyncio.create_task(llm.achat([ChatMessage(QUESTION)]))
    assert await asyncio.to_thread(arrived.wait, 15)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert llm.breakers[0].failed == 0
    assert llm.last_errors == (None, None)


@every_stream
async def test_a_stream_that_is_left_early_closes_its_connection(pair, server, way: str) -> None:
    server.play([CHUNKED, chunk(delta("你")), chunk(delta("好")), hold])
    llm = pair()
    given = QUESTION if "complete" in way else [ChatMessage(QUESTION)]
    stream = getattr(llm, way)(given)
    if way.startswith("a"):
        stream = await stream
        assert (await anext(stream)).delta == "你"
        await stream.aclose()
    else:
        assert next(stream).delta == "你"
        stream.close()
    assert await asyncio.to_thread(server.client_left)
    assert llm.breakers[0].failed == 0


def test_streams_that_are_left_open_close_in_order_with_their_loop(pair, server, caplog) -> None:
    server.play([CHUNKED, chunk(delta("你")), chunk(delta("好")), hold])
    gc.collect()  # what other tests have left says what it has to say now
    llm, kept = pair(), []

    async def leave() -> None:
        kept.append(await llm.astream_chat([ChatMessage(QUESTION)]))
        assert (await anext(kept[-1])).delta == "你"

    for _ in range(5):
        asyncio.run(leave())
    assert [one for one in caplog.records if one.thread == threading.get_ident()] == []
    assert llm.breakers[0].failed == 0

"""Streams: they end when they are closed, and their text so far costs nothing until it is read."""

from __future__ import annotations

import asyncio
import copy
import gc
import json
import pickle
import time
from io import StringIO

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    TextBlock,
    ThinkingBlock,
)
from llama_index.core.callbacks import CallbackManager, LlamaDebugHandler

from llama_index_xyashui.so_far import CompletionSoFar, TextSoFar, ThinkingSoFar
from tests.servers import CHUNKED, chunk, hold
from tests.wire import DONE, delta

MESSAGES = [ChatMessage("?")]


def _text(text: str = "so far") -> TextSoFar:
    buffer = StringIO()
    buffer.write(text)
    block = TextSoFar.of(buffer, block_type="text")
    buffer.write(", and later")
    return block


# The text so far


@pytest.mark.parametrize(
    "look",
    [
        lambda block: block.text,
        lambda block: block.model_dump()["text"],
        lambda block: json.loads(block.model_dump_json())["text"],
        lambda block: dict(block)["text"],
        lambda block: vars(block)["text"],
        lambda block: copy.copy(block).text,
        lambda block: copy.deepcopy(block).text,
        lambda block: block.model_copy().text,
        lambda block: pickle.loads(pickle.dumps(block)).text,
        lambda block: ChatMessage(blocks=[block]).content,
        lambda block: ChatMessage(blocks=[block]).model_dump()["blocks"][0]["text"],
        lambda block: json.loads(ChatMessage(blocks=[block]).model_dump_json())["blocks"][0][
            "text"
        ],
        lambda block: copy.deepcopy(ChatMessage(blocks=[block])).content,
        lambda block: pickle.loads(pickle.dumps(ChatMessage(blocks=[block]))).content,
        lambda block: ChatResponse(message=ChatMessage(blocks=[block])).model_dump()["message"][
            "blocks"
        ][0]["text"],
        lambda block: TextBlock.model_validate(block).text,
        lambda block: TextBlock(**block.model_dump()).text,
    ],
)
def test_however_one_looks_the_text_is_there(look) -> None:
    assert look(_text()) == "so far"


def test_once_looked_at_it_is_a_plain_block() -> None:
    block = _text()
    assert isinstance(block, TextBlock)
    assert block.text == "so far"
    assert type(block) is TextBlock
    assert type(pickle.loads(pickle.dumps(_text()))) is TextBlock


def test_it_equals_and_reads_like_a_plain_block() -> None:
    assert _text() == TextBlock(text="so far")
    assert TextBlock(text="so far") == _text()
    assert _text() != TextBlock(text="so far, and later")
    assert _text() == _text()
    assert repr(_text()) == repr(TextBlock(text="so far"))
    assert str(_text()) == str(TextBlock(text="so far"))


def test_it_can_be_changed() -> None:
    block = _text()
    block.text = "new"
    assert block.model_dump() == {"block_type": "text", "text": "new"}


def test_a_missing_attribute_is_missing() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = _text().nonsense


def test_thinking_and_completions_do_the_same() -> None:
    buffer = StringIO()
    buffer.write("hmm")
    thinking = ThinkingSoFar.of(
        buffer, block_type="thinking", num_tokens=None, additional_information={}
    )
    completion = CompletionSoFar.of(
        buffer, delta="hmm", raw=None, logprobs=None, additional_kwargs={}
    )
    buffer.write("!")
    assert thinking == ThinkingBlock(content="hmm")
    assert completion == CompletionResponse(text="hmm", delta="hmm")
    assert str(completion) == "hmm"


def test_streamed_responses_can_be_kept_pickled_and_dumped(make) -> None:
    kept = list(make().stream_chat([ChatMessage("What is 17 * 3?")]))
    texts = [response.message.content for response in pickle.loads(pickle.dumps(kept))]
    assert texts == sorted(texts, key=len)
    assert texts[-1] == "17 * 3 = 51."
    assert [response.model_dump()["message"]["blocks"][-1]["text"] for response in kept] == texts


def _events(count: int) -> bytes:
    return delta("济南 has springs. ") * count + DONE


def _seconds_per_chunk(llm, service, count: int) -> float:
    service.stream(_events(count))
    best = float("inf")
    for _ in range(3):
        start = time.thread_time()  # of this thread alone: others may be busy
        for response in llm.stream_chat(MESSAGES):  # noqa: B007
            pass
        assert len(response.message.content) == count * len("济南 has springs. ")
        best = min(best, time.thread_time() - start)
    return best / count


def test_a_chunk_late_in_a_long_stream_costs_what_an_early_one_does(xingyun, service) -> None:
    llm = xingyun(base_url=service.url)
    gc.collect()
    short, long = _seconds_per_chunk(llm, service, 2000), _seconds_per_chunk(llm, service, 20_000)
    assert long / short < 1.5


# Closing


def _endless(service) -> None:
    service.play([CHUNKED, chunk(delta("one")), chunk(delta(" two")), hold])


def test_a_stream_that_is_left_early_closes_its_connection(xingyun, service) -> None:
    _endless(service)
    for response in xingyun(base_url=service.url).stream_chat(MESSAGES):
        assert response.delta == "one"
        break
    assert service.client_left()


@pytest.mark.parametrize("way", ["stream_chat", "stream_complete"])
def test_closing_a_stream_closes_its_connection_whoever_still_holds_it(
    xingyun, service, way: str
) -> None:
    _endless(service)
    # The handler keeps the exception of a closed stream, and so all that stood around it.
    llm = xingyun(
        base_url=service.url,
        callback_manager=CallbackManager([LlamaDebugHandler(print_trace_on_end=False)]),
    )
    stream = getattr(llm, way)(MESSAGES if way == "stream_chat" else "?")
    assert next(stream).delta == "one"
    stream.close()
    assert service.client_left()
    assert list(stream) == []


@pytest.mark.parametrize("way", ["astream_chat", "astream_complete"])
async def test_closing_an_async_stream_closes_its_connection(xingyun, service, way: str) -> None:
    _endless(service)
    llm = xingyun(
        base_url=service.url,
        callback_manager=CallbackManager([LlamaDebugHandler(print_trace_on_end=False)]),
    )
    stream = await getattr(llm, way)(MESSAGES if way == "astream_chat" else "?")
    assert (await anext(stream)).delta == "one"
    await stream.aclose()
    assert await asyncio.to_thread(service.client_left)
    assert [response async for response in stream] == []


async def test_a_cancelled_task_closes_its_connection(xingyun, service) -> None:
    _endless(service)
    llm = xingyun(base_url=service.url)
    received = asyncio.Event()

    async def listen() -> None:
        async for _ in await llm.astream_chat(MESSAGES):
            received.set()

    task = asyncio.create_task(listen())
    await asyncio.wait_for(received.wait(), 15)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(service.client_left)


def test_nothing_is_sent_before_the_first_piece_is_asked_for(make, emulator) -> None:
    llm, before = make(), len(emulator.requests)
    stream = llm.stream_chat(MESSAGES)
    assert len(emulator.requests) == before
    stream.close()
    assert len(emulator.requests) == before


async def test_streams_run_side_by_side(make) -> None:
    llm = make()

    async def ask(number: int) -> str:
        stream = await llm.astream_complete(f"What is {number} + 1?")
        return "".join([response.delta async for response in stream])

    answers = await asyncio.gather(*(ask(number) for number in range(20)))
    assert answers == [f"{number} + 1 = {number + 1}." for number in range(20)]

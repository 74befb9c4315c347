"""Callbacks and events: every chunk once, one end or one error."""

from __future__ import annotations

import asyncio
import warnings
from functools import reduce
from operator import add

import pytest
from langchain_core._api import LangChainBetaWarning
from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tracers._streaming import _V2StreamingCallbackHandler

from langchain_xyashui.errors import ServerError, StreamInterruptedError

ANSWER = "2 + 3 = 5."


class Record:
    """What was called, in order."""

    def __init__(self):
        self.started = 0
        self.tokens, self.chunks, self.ends, self.errors, self.events = [], [], [], [], []

    def start(self, *_, **__):
        self.started += 1

    def token(self, token, *, chunk=None, **_):
        self.tokens.append(token)
        self.chunks.append(chunk)

    def end(self, result, **_):
        self.ends.append(result)

    def error(self, error, *, response=None, **_):
        self.errors.append((error, response))


class Sync(Record, BaseCallbackHandler):
    on_chat_model_start = Record.start
    on_llm_new_token = Record.token
    on_llm_end = Record.end
    on_llm_error = Record.error


class Async(Record, AsyncCallbackHandler):
    async def on_chat_model_start(self, *args, **given):
        self.start()

    async def on_llm_new_token(self, token, **given):
        self.token(token, **given)

    async def on_llm_end(self, result, **given):
        self.end(result)

    async def on_llm_error(self, error, **given):
        self.error(error, **given)


class Protocol(Sync, _V2StreamingCallbackHandler):
    def on_stream_event(self, event, **_):
        self.events.append(event)


def check(record: Record, text: str = ANSWER) -> None:
    """Every chunk was told once, and they make up the answer."""
    assert record.started == 1
    assert "".join(record.tokens) == text
    assert None not in record.chunks
    merged = reduce(add, (chunk.message for chunk in record.chunks))
    assert merged.content == text
    assert merged.chunk_position == "last"
    assert [chunk.message.chunk_position for chunk in record.chunks].count("last") == 1
    assert len(record.ends) == 1
    assert record.errors == []


async def test_stream_tells_each_chunk_once(either):
    record = Sync()
    chunks = list(either().stream("2+3?", config={"callbacks": [record]}))
    assert len(record.tokens) == len(chunks)
    check(record)
    record = Async()
    chunks = [one async for one in either().astream("2+3?", config={"callbacks": [record]})]
    assert len(record.tokens) == len(chunks)
    check(record)


async def test_invoke_with_streaming_tells_each_chunk_once(either):
    record = Sync()
    either(streaming=True).invoke("2+3?", config={"callbacks": [record]})
    check(record)
    record = Async()
    await either(streaming=True).ainvoke("2+3?", config={"callbacks": [record]})
    check(record)


async def test_invoke_without_streaming_tells_no_tokens(either):
    record = Sync()
    either(callbacks=[record]).invoke("2+3?")
    assert (record.tokens, len(record.ends)) == ([], 1)
    record = Async()
    await either(callbacks=[record]).ainvoke("2+3?")
    assert (record.tokens, len(record.ends)) == ([], 1)


async def test_the_end_brings_the_whole_message(xingyun):
    record = Sync()
    list(xingyun().stream("2+3?", config={"callbacks": [record]}))
    message = record.ends[0].generations[0][0].message
    assert message.content == ANSWER
    assert message.usage_metadata["total_tokens"] > 0
    assert message.response_metadata["model_name"] == "gpt-4-turbo"


async def test_an_error_is_told_once_with_what_had_come(either):
    model = either(model="error-mid-stream")
    record = Sync()
    with pytest.raises(ServerError):
        list(model.stream("2+3?", config={"callbacks": [record]}))
    check_error(record)
    record = Async()
    with pytest.raises(ServerError):
        [one async for one in model.astream("2+3?", config={"callbacks": [record]})]
    check_error(record)


def check_error(record: Record) -> None:
    assert record.ends == []
    ((error, response),) = record.errors
    partial = response.generations[0][0].message.content
    assert partial
    assert ANSWER.startswith(partial)
    assert "".join(record.tokens) == partial == error.text


async def test_an_error_of_invoke_is_told_once(service, xingyun):
    service.stream(b'data: {"choices":[{"index":0,"delta":{"content":"half"}}]}\n\n')
    record = Sync()
    with pytest.raises(StreamInterruptedError):
        xingyun(base_url=service.url).invoke("hi", config={"callbacks": [record]})
    assert [type(error).__name__ for error, _ in record.errors] == ["StreamInterruptedError"]
    assert record.ends == []


async def test_events_v2_of_a_model_and_of_a_chain(either):
    prompt = ChatPromptTemplate.from_messages([("human", "{sum}?")])
    for runnable, asked, events in (
        (either(), "2+3?", "on_chat_model"),
        (prompt | either() | StrOutputParser(), {"sum": "2+3"}, "on_chat_model"),
    ):
        found = [one async for one in runnable.astream_events(asked, version="v2")]
        chunks = [one["data"]["chunk"] for one in found if one["event"] == f"{events}_stream"]
        assert "".join(chunk.content for chunk in chunks) == ANSWER
        ends = [one for one in found if one["event"] == f"{events}_end"]
        assert [one["data"]["output"].content for one in ends] == [ANSWER]
        assert ends[0]["metadata"]["ls_model_name"]


async def test_events_v2_stream_inside_a_chain_that_only_invokes(either, sent):
    model = either()
    events = [one async for one in (model | StrOutputParser()).astream_events("2+3?", version="v2")]
    assert [one["event"] for one in events].count("on_chat_model_stream") > 1
    assert sent()[-1]["stream"] is True


@pytest.fixture
def _beta():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LangChainBetaWarning)
        yield


@pytest.mark.usefixtures("_beta")
async def test_events_v3_of_a_model(either):
    record = Sync()
    stream = either().stream_events("2+3?", version="v3", config={"callbacks": [record]})
    assert "".join(stream.text) == ANSWER
    assert stream.output.text == ANSWER
    check(record)
    record = Async()
    stream = await either().astream_events("2+3?", version="v3", config={"callbacks": [record]})
    assert "".join([piece async for piece in stream.text]) == ANSWER
    output = await stream.output
    assert output.response_metadata["finish_reason"] == "stop"
    for _ in range(100):  # LangChain tells the end after it gives the output
        await asyncio.sleep(0 if record.ends else 0.01)
    check(record)


@pytest.mark.usefixtures("_beta")
async def test_events_v3_of_a_bound_model(xingyun):
    bound = xingyun(model="deepseek-r1").bind(temperature=0.5)
    stream = bound.stream_events("2+3?", version="v3")
    assert "".join(stream.text) == ANSWER
    assert [block["type"] for block in stream.output.content] == ["reasoning", "text"]
    assert stream.output.usage_metadata["total_tokens"] > 0
    assert stream.output.response_metadata["model_name"] == "deepseek-r1"


@pytest.mark.usefixtures("_beta")
async def test_events_v3_carry_sources(either):
    stream = either().stream_events("济南天气怎么样?", version="v3", web_search=True)
    (block,) = stream.output.content
    assert block["annotations"]
    assert stream.output.additional_kwargs["citations"]


@pytest.mark.usefixtures("_beta")
async def test_events_v3_tell_an_error_once(either):
    record = Sync()
    stream = either(model="error-mid-stream").stream_events(
        "2+3?", version="v3", config={"callbacks": [record]}
    )
    with pytest.raises(ServerError):
        list(stream)
    assert (len(record.errors), len(record.ends)) == (1, 0)


def test_a_protocol_handler_gets_the_events_of_an_invoke(either):
    record = Protocol()
    assert either().invoke("2+3?", config={"callbacks": [record]}).text == ANSWER
    kinds = [event["event"] for event in record.events]
    assert (kinds[0], kinds[-1]) == ("message-start", "message-finish")
    assert len(record.ends) == 1

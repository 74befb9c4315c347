"""Callbacks, events and spans: each fires once a call, and says what happened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from llama_index.core.callbacks import (
    CallbackManager,
    CBEventType,
    LlamaDebugHandler,
    TokenCountingHandler,
)
from llama_index.core.callbacks.schema import EventPayload
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.events.llm import LLMChatEndEvent
from llama_index.core.instrumentation.span_handlers import SimpleSpanHandler
from llama_index.core.llms import ChatMessage

from tests.llama_index_xyashui.asking import ANSWER, QUESTION, ask, every_way, text_of
from xyashui import AuthenticationError

KEY = "very-secret"


@pytest.fixture
def spans() -> Iterator[SimpleSpanHandler]:
    handler, dispatcher = SimpleSpanHandler(), get_dispatcher()
    dispatcher.add_span_handler(handler)
    yield handler
    dispatcher.span_handlers.remove(handler)


@every_way
async def test_events_fire_once(make, recorder, way: str) -> None:
    await ask(make(), way)
    kind = "Completion" if "complete" in way else "Chat"
    counts = recorder.counts()
    pieces = counts.pop(f"LLM{kind}InProgressEvent", 0)
    assert (pieces > 3) == ("stream" in way)
    counts.pop("SpanDropEvent", None)
    assert counts == {f"LLM{kind}StartEvent": 1, f"LLM{kind}EndEvent": 1}
    assert text_of(recorder.events[-1].response) == ANSWER


@every_way
async def test_spans_open_and_close_once(make, spans: SimpleSpanHandler, way: str) -> None:
    await ask(make(), way)
    assert [span.id_.split("-")[0].split(".")[1] for span in spans.completed_spans] == [way]
    assert not spans.open_spans


@every_way
async def test_callbacks_start_and_end_once(make, way: str) -> None:
    debug = LlamaDebugHandler(print_trace_on_end=False)
    await ask(make(callback_manager=CallbackManager([debug])), way)
    ((start, end),) = debug.get_event_pairs(CBEventType.LLM)
    asked = EventPayload.PROMPT if "complete" in way else EventPayload.MESSAGES
    assert asked in start.payload
    answered = EventPayload.COMPLETION if "complete" in way else EventPayload.RESPONSE
    response = end.payload[answered]
    assert text_of(response) == ANSWER


@every_way
async def test_errors_end_a_call_too(make, way: str) -> None:
    debug = LlamaDebugHandler(print_trace_on_end=False)
    llm = make(callback_manager=CallbackManager([debug]), api_key="invalid")
    with pytest.raises(AuthenticationError):
        await ask(llm, way)
    ((_, end),) = debug.get_event_pairs(CBEventType.LLM)
    assert isinstance(end.payload[EventPayload.EXCEPTION], AuthenticationError)


@every_way
async def test_no_event_has_the_key(make, recorder, way: str) -> None:
    debug = LlamaDebugHandler(print_trace_on_end=False)
    manager = CallbackManager([debug])
    await ask(make(callback_manager=manager, api_key=KEY, default_headers={"X-Token": KEY}), way)
    assert KEY not in str([event.model_dump() for event in recorder.events])
    assert KEY not in str([event.payload for event in debug.get_llm_inputs_outputs()[0]])


@every_way
async def test_the_services_own_token_count_is_the_one_counted(xingyun, way: str) -> None:
    counter = TokenCountingHandler(tokenizer=lambda text: [0] * 1_000_000)
    (*_, last) = await ask(xingyun(callback_manager=CallbackManager([counter])), way)
    assert counter.total_llm_token_count == last.additional_kwargs["total_tokens"]
    assert counter.prompt_llm_token_count == last.additional_kwargs["prompt_tokens"]


async def test_tokens_are_estimated_where_the_service_does_not_count(ashui) -> None:
    counter = TokenCountingHandler(tokenizer=str.split)
    await ask(ashui(callback_manager=CallbackManager([counter])), "complete")
    assert counter.prompt_llm_token_count == len(QUESTION.split())
    assert counter.completion_llm_token_count == len(ANSWER.split())


def test_the_last_event_of_a_stream_has_the_citations(make, recorder) -> None:
    # A query engine returns text alone; who wants its sources listens here.
    list(make(web_search=True).stream_chat([ChatMessage("济南今天天气怎么样?")]))
    (end,) = [event for event in recorder.events if isinstance(event, LLMChatEndEvent)]
    (citation,) = end.response.additional_kwargs["citations"]
    assert citation["url"] == "https://www.tianqi.com/jinan/"

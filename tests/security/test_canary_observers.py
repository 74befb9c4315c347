"""Who looks on sees no key: traces, caches, events, the command line."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.tracers import LangChainTracer
from langchain_core.tracers.context import collect_runs
from langsmith import Client as LangSmith
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.callbacks import CallbackManager, LlamaDebugHandler
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler

from tests.commands import run_alone
from tests.security.canary import KEY, OBJECTS, seen, settings
from tests.security.test_canary_errors import echo
from tests.servers import FaultServer, http
from tests.wire import completion
from xyashui import XyashuiError

RUNNABLES = {
    "ChatXingYun": "hi",
    "ChatAShui": "hi",
    "XingYunLLM": "hi",
    "XingYunWebRetriever of LangChain": "hi",
    "XingYunWebSearch": "hi",
}
ANSWERS = {"answered": [http(completion())], "refused": [echo]}


def text_completion() -> dict[str, Any]:
    return {"id": "1", "choices": [{"index": 0, "text": "你好。", "finish_reason": "stop"}]}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("name", RUNNABLES)
def test_langsmith_is_told_none(name, answer):
    script = ANSWERS[answer]
    if (name, answer) == ("XingYunLLM", "answered"):
        script = [http(text_completion())]
    with FaultServer([http({})]) as langsmith, FaultServer(script) as server:
        tracer = LangChainTracer(
            client=LangSmith(api_url=langsmith.url, api_key="another", auto_batch_tracing=False)
        )
        asked = OBJECTS[name](**settings(server.url))
        with collect_runs() as collected:
            try:
                asked.invoke(RUNNABLES[name], {"callbacks": [tracer, collected]})
            except XyashuiError:
                assert answer == "refused"
        tracer.wait_for_futures()
        tracer.client.flush()
        sent = [request.head + request.body for request in langsmith.requests]
        assert any(b'"inputs"' in one for one in sent), "there was a trace"
        for one in sent:
            assert not seen(one)
        for run in collected.traced_runs:
            assert not seen(f"{run!r} {run.extra} {run.serialized} {run.error} {run.metadata}")


def test_the_key_of_a_cache_is_no_key():
    for name, answer in (("ChatXingYun", completion()), ("XingYunLLM", text_completion())):
        cache = InMemoryCache()
        with FaultServer([http(answer)]) as server:
            OBJECTS[name](**settings(server.url), cache=cache).invoke("hi")
        assert cache._cache
        assert not seen(repr(cache._cache))


@pytest.mark.parametrize("script", ANSWERS.values(), ids=ANSWERS)
def test_llama_index_tells_its_observers_none(script):
    events: list[Any] = []

    class Handler(BaseEventHandler):
        def handle(self, event: Any, **kwargs: Any) -> None:
            events.append(event)

    handler, debug = Handler(), LlamaDebugHandler(print_trace_on_end=False)
    get_dispatcher().add_event_handler(handler)
    try:
        with FaultServer(script) as server:
            manager = CallbackManager([debug])
            llm = OBJECTS["XingYun"](**settings(server.url), callback_manager=manager)
            try:
                llm.chat([ChatMessage("hi")])
            except XyashuiError:
                assert script == ANSWERS["refused"]
    finally:
        get_dispatcher().event_handlers.remove(handler)
    assert events
    for event in events:
        assert not seen(f"{event!r} {event.model_dump()}")
    assert not seen(repr([one.payload for one in debug.get_events()]))


@pytest.mark.parametrize("arguments", [("chat", "hi"), ("check",), ("models",)])
def test_the_command_line_says_none(arguments):
    with FaultServer([echo]) as server:
        done = run_alone(*arguments, XINGYUN_API_KEY=KEY, XINGYUN_BASE_URL=server.url)
        assert KEY.encode() in server.requests[0].head
    assert done.returncode
    assert not seen(done.stdout + done.stderr)

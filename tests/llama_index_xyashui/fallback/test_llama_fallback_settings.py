"""What LlamaIndex asks about a `Fallback`, who looks on, and its copies and settings."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from llama_index.core.callbacks import CallbackManager, CBEventType, LlamaDebugHandler
from llama_index.core.llms import ChatMessage, MockLLM

from llama_index_xyashui import Fallback
from tests.llama_index_xyashui.asking import ANSWER, QUESTION, SUM, TOOL_WAYS, WAYS, ask
from tests.llama_index_xyashui.fallback.falling_back import SECOND
from tests.servers import chunked
from tests.wire import DONE, delta
from xyashui import AllFailedError, APIConnectionError, ConfigurationError


def test_what_all_can_read_and_do(down) -> None:
    small, large = down(context_window=1000), down(context_window=5000, model="gpt-4")
    metadata = Fallback([large, small]).metadata
    assert (metadata.model_name, metadata.context_window) == ("gpt-4", 1000)
    assert metadata.is_chat_model
    assert metadata.is_function_calling_model
    texts = Fallback([large, down(is_chat_model=False)]).metadata
    assert not texts.is_chat_model
    assert not texts.is_function_calling_model


@pytest.mark.parametrize("way", [*WAYS, *TOOL_WAYS])
async def test_events_fire_for_each_call_inside_and_once_outside(pair, recorder, way: str) -> None:
    await ask(pair(), way, SUM)
    kind = "Completion" if "complete" in way else "Chat"
    seen = recorder.counts()
    assert seen[f"LLM{kind}StartEvent"] == 3, "its own, the one that failed, the one that answered"
    assert seen[f"LLM{kind}EndEvent"] == 2


@pytest.mark.parametrize("way", [*WAYS, *TOOL_WAYS])
async def test_its_callbacks_start_and_end_once(pair, way: str) -> None:
    debug = LlamaDebugHandler(print_trace_on_end=False)
    await ask(pair(callback_manager=CallbackManager([debug])), way, SUM)
    assert len(debug.get_event_pairs(CBEventType.LLM)) == 1


# Copies and settings


def test_it_is_pickled_without_a_key(pair, monkeypatch) -> None:
    llm = pair(failures=2, system_prompt="Be brief.", on_fallback=lambda *_: None)
    llm.complete(QUESTION)
    data = pickle.dumps(llm)
    assert b"test-key" not in data
    assert llm.on_fallback is not None, "the model itself is as before"
    monkeypatch.setenv("XINGYUN_API_KEY", "test-key")
    monkeypatch.setenv("ASHUI_API_KEY", "test-key")
    back = pickle.loads(data)
    assert (back.failures, back.system_prompt, back.last_errors) == (2, "Be brief.", (None, None))
    assert back.complete(QUESTION).text == ANSWER


class Telling(MockLLM):
    """One whose errors hold what was sent, as many a library's do."""

    def complete(self, *args: Any, **kwargs: Any) -> Any:
        error = RuntimeError("no")
        error.request = {"Authorization": "Bearer a-key-of-others"}  # type: ignore[attr-defined]
        raise error


def test_a_pickle_holds_no_errors_of_others() -> None:
    llm = Fallback([Telling(), MockLLM()])
    llm.complete(QUESTION)
    assert "a-key-of-others" in str(vars(llm.last_errors[0]))
    data = pickle.dumps(llm)
    assert b"a-key-of-others" not in data
    assert pickle.loads(data).last_errors == (None, None)
    assert llm.last_errors[0] is not None, "the model itself is as before"


def test_a_deep_copy_begins_anew_and_shares_who_looks_on(pair) -> None:
    manager = CallbackManager([LlamaDebugHandler(print_trace_on_end=False)])
    llm = pair(failures=1, callback_manager=manager)
    llm.complete(QUESTION)
    for twin in (copy.deepcopy(llm), llm.model_copy(deep=True)):
        assert twin.callback_manager is manager
        assert [breaker.state for breaker in twin.breakers] == ["closed", "closed"]
        assert twin.complete(QUESTION).text == ANSWER
    assert llm.breakers[0].state == "open"


def test_a_copy_with_other_llms_keeps_what_is_known_of_the_same(pair, ashui) -> None:
    llm = pair(failures=1)
    llm.complete(QUESTION)
    other = ashui(model="ashuiai-3.5")
    twin = llm.model_copy(update={"llms": [other, llm.llms[0]]})
    assert twin.breakers[1] is llm.breakers[0]
    assert [breaker.state for breaker in twin.breakers] == ["closed", "open"]
    assert twin.complete(QUESTION).additional_kwargs["answered_by"]["model"] == "ashuiai-3.5"
    assert llm.complete(QUESTION).additional_kwargs["answered_by"] == SECOND


def test_what_is_written_out_has_no_key(pair) -> None:
    llm = pair()
    assert llm.class_name() == "fallback_llm"
    assert [one["class_name"] for one in llm.to_dict()["llms"]] == ["xingyun_llm", "ashui_llm"]
    seen = llm.to_payload() if hasattr(llm, "to_payload") else llm.to_dict()
    assert "test-key" not in f"{llm.to_json()} {llm!r} {seen}"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"llms": []}, "at least one LLM"),
        ({"llms": ["gpt-4"]}, "llms must be LlamaIndex LLMs, not 'gpt-4'"),
        ({"llms": None}, "llms must be LlamaIndex LLMs, not None"),
        ({"failures": 0}, "failures must be 1 or more, not 0"),
        ({"retry_after": -1}, "retry_after must be a positive number of seconds, not -1"),
        ({"retry_afer": 1}, "no option 'retry_afer'.*retry_after"),
        ({"on_fallback": 3}, "on_fallback"),
    ],
)
def test_what_cannot_be_is_said_at_once(ashui, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Fallback(**{"llms": [ashui()], **settings})


def test_one_llm_needs_no_list(ashui) -> None:
    assert Fallback(ashui()).complete(QUESTION).text == ANSWER


def test_nobody_there_is_a_connection_error_of_each(ashui) -> None:
    nobody = ashui(base_url="http://127.0.0.1:9", max_retries=0)
    with pytest.raises(AllFailedError) as caught:
        Fallback([nobody, nobody]).complete(QUESTION)
    assert [type(one) for one in caught.value.errors] == [APIConnectionError] * 2


def test_an_answer_without_words_is_one(server, ashui, down) -> None:
    server.play([chunked(delta("", "stop") + DONE)])
    responses = list(Fallback([down(), ashui()]).stream_chat([ChatMessage(QUESTION)]))
    assert responses[-1].additional_kwargs["answered_by"]["index"] == 0

"""Several LLMs as one: who is asked, who answers, and what is known of it afterwards."""

from __future__ import annotations

import asyncio
import copy
import pickle
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from llama_index.core import PromptTemplate
from llama_index.core.agent.workflow import FunctionAgent, ReActAgent
from llama_index.core.callbacks import CallbackManager, CBEventType, LlamaDebugHandler
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events import BaseEvent
from llama_index.core.llms import ChatMessage, MockLLM
from llama_index.core.tools import FunctionTool
from llama_index.core.types import PydanticProgramMode
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel

from llama_index_xyashui import AShui, Fallback, XingYun
from tests.servers import CHUNKED, FaultServer, Script, chunk, chunked, close, hold, http, reset
from tests.wire import DONE, STREAM, completion, delta, error, event
from xyashui import (
    AllFailedError,
    APIConnectionError,
    BadRequestError,
    CircuitBreaker,
    CircuitOpenError,
    ConfigurationError,
    ServerError,
    StreamInterruptedError,
)

QUESTION, ANSWER = "What is 17 * 3?", "17 * 3 = 51."
REFUSAL = http(error("overloaded"), 503)
SECOND = {"index": 1, "llm": "AShui", "model": "ashuiai-4.0"}
WAYS = [
    f"{await_}{stream}{kind}"
    for kind in ("chat", "complete")
    for await_ in ("", "a")
    for stream in ("", "stream_")
]
TOOL_WAYS = [f"{way}_with_tools" for way in WAYS if way.endswith("chat")]

every_way = pytest.mark.parametrize("way", WAYS)
every_stream = pytest.mark.parametrize("way", [way for way in WAYS if "stream" in way])


class City(BaseModel):
    """A city."""

    name: str
    population: int


PROMPT = PromptTemplate("Which city is this about? {text}")
TEXT = "Jinan has a population of 9000000"
JINAN = City(name="Jinan", population=9_000_000)


def add(a: int, b: int) -> int:
    """Add two integers."""
    return a + b


TOOLS = [FunctionTool.from_defaults(add)]
SUM = "Add 17 and 25."


async def ask(llm: Any, way: str, question: str = QUESTION, **options: Any) -> list[Any]:
    """Ask in the way of the method `way`; return the responses: of a call, the one."""
    given: tuple[Any, ...] = (question,) if "complete" in way else ([ChatMessage(question)],)
    if "tools" in way:
        given = (TOOLS, question)
    result = getattr(llm, way)(*given, **options)
    if way.startswith("a"):
        result = await result
        return [one async for one in result] if "stream" in way else [result]
    return list(result) if "stream" in way else [result]


def text_of(response: Any) -> str:
    return response.message.content if hasattr(response, "message") else response.text


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A service that is down, as long as it is told nothing else."""
    with FaultServer([REFUSAL]) as running:
        yield running


@pytest.fixture
def down(server: FaultServer) -> Callable[..., XingYun]:
    """An LLM of that service."""

    def make(**settings: Any) -> XingYun:
        given = {"api_key": "test-key", "base_url": server.url, "max_retries": 0}
        return XingYun(**given | settings)

    return make


@pytest.fixture
def pair(down: Callable[..., XingYun], ashui: Callable[..., AShui]) -> Callable[..., Fallback]:
    """An LLM of the service that is down, and one that answers, as one."""
    return lambda **settings: Fallback([down(), ashui(max_retries=0)], **settings)


# Who answers


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


# The breakers


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
    llm = Fallback([down(), down(model="qwen-turbo")], failures=1)
    with pytest.raises(AllFailedError):
        llm.complete(QUESTION)
    assert [breaker.state for breaker in llm.breakers] == ["open", "open"]
    server.play([http(completion())])
    response = await llm.acomplete(QUESTION)
    assert response.additional_kwargs["answered_by"]["index"] == 0
    assert [breaker.state for breaker in llm.breakers] == ["closed", "open"]


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
    llm, kept = pair(), []

    async def leave() -> None:
        kept.append(await llm.astream_chat([ChatMessage(QUESTION)]))
        assert (await anext(kept[-1])).delta == "你"

    for _ in range(5):
        asyncio.run(leave())
    assert caplog.records == []
    assert llm.breakers[0].failed == 0


# Tools


@pytest.mark.parametrize("way", TOOL_WAYS)
async def test_the_next_calls_tools(pair, way: str) -> None:
    llm = pair()
    responses = await ask(llm, way, SUM)
    for response in responses:  # agents look at every piece
        llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
    (call,) = llm.get_tool_calls_from_response(responses[-1])
    assert (call.tool_name, call.tool_kwargs) == ("add", {"a": 17, "b": 25})
    assert responses[-1].additional_kwargs["answered_by"] == SECOND


@pytest.mark.parametrize("way", TOOL_WAYS)
async def test_what_is_said_of_tools_reaches_the_one_that_is_asked(
    pair, server, sent, way: str
) -> None:
    await ask(pair(), way, SUM, tool_required=True, allow_parallel_tool_calls=False)
    body = server.requests[0].json
    assert (body["tool_choice"], body["parallel_tool_calls"]) == ("required", False)
    assert body["tools"][0]["function"]["name"] == "add"
    assert "add" in str(sent()["messages"]), "阿水 is told of tools by prompt"


def test_what_went_before_reaches_it_too(pair, server) -> None:
    history = [ChatMessage("My name is Bob."), ChatMessage("Hello Bob!", role="assistant")]
    pair().chat_with_tools(TOOLS, ChatMessage(SUM), chat_history=history)
    contents = [message["content"] for message in server.requests[0].json["messages"]]
    assert contents == ["My name is Bob.", "Hello Bob!", SUM]
    assert len(history) == 2


async def test_tools_are_called_once(pair) -> None:
    assert str(pair().predict_and_call(TOOLS, SUM)) == "42"
    assert str(await pair().apredict_and_call(TOOLS, SUM)) == "42"


@pytest.mark.parametrize("kind", [FunctionAgent, ReActAgent])
@pytest.mark.parametrize("streaming", [True, False])
async def test_agents_go_on_with_the_next(pair, kind: Any, streaming: bool) -> None:
    agent = kind(llm=pair(failures=1), tools=TOOLS, streaming=streaming)
    assert "42" in str(await agent.run("Add 17 and 25 with the tool."))


@pytest.mark.parametrize("way", TOOL_WAYS)
async def test_tools_are_there_only_where_all_have_them(pair, way: str) -> None:
    llm = Fallback([MockLLM(), *pair().llms])
    assert not llm.metadata.is_function_calling_model
    with pytest.raises(ConfigurationError, match=r"MockLLM .* calls no tools"):
        await ask(llm, way, SUM)


async def test_where_they_are_not_an_agent_can_call_them_in_text(ashui) -> None:
    llm = Fallback([ashui(), MockLLM()])
    assert "42" in str(await ReActAgent(llm=llm, tools=TOOLS).run("Add 17 and 25 with the tool."))
    with pytest.raises(ConfigurationError, match=r"MockLLM .* calls no tools"):
        llm.predict_and_call(TOOLS, SUM)


# Structured output


async def _predict(llm: Any, way: str, prompt: Any = PROMPT, **args: Any) -> Any:
    result = getattr(llm, way)(City, prompt, **args)
    if way.startswith("a"):
        result = await result
        return [one async for one in result][-1] if "stream" in way else result
    return list(result)[-1] if "stream" in way else result


FORMS = [f"{way}structured_predict" for way in ("", "a", "stream_", "astream_")]


@pytest.mark.parametrize("way", FORMS)
async def test_the_next_answers_with_an_object(pair, way: str) -> None:
    llm = pair(failures=1)
    for _ in range(2):
        assert await _predict(llm, way, text=TEXT) == JINAN
    assert llm.breakers[0].state == "open"


@pytest.mark.parametrize("way", FORMS)
async def test_an_answer_in_no_form_is_asked_of_the_next(pair, server, way: str) -> None:
    server.play([http(completion("I would rather not."))])
    llm = pair(failures=1)
    assert await _predict(llm, way, text=TEXT) == JINAN
    assert llm.breakers[0].state == "closed", "the service is not down"


@pytest.mark.parametrize("way", FORMS)
async def test_other_ways_to_a_form_are_llama_indexs(pair, way: str) -> None:
    llm = pair(pydantic_program_mode=PydanticProgramMode.FUNCTION)
    assert await _predict(llm, way, text=TEXT) == JINAN


async def test_an_object_may_be_all_that_it_answers_with(pair) -> None:
    llm = pair().as_structured_llm(City)
    messages = [ChatMessage(f"Which city is this about? {TEXT}")]
    assert llm.chat(messages).raw == JINAN
    assert (await llm.achat(messages)).raw == JINAN
    assert list(llm.stream_chat(messages))[-1].raw == JINAN


@pytest.mark.parametrize("way", FORMS)
async def test_its_system_prompt_goes_before_a_prompt_for_an_object(
    pair, sent, server, way: str
) -> None:
    prompt = PromptTemplate('Which city is this about? {text} {"not": "a variable"} {{}} {other}')
    await _predict(pair(system_prompt="Think of Shandong."), way, prompt, text=TEXT)
    system, user = server.requests[0].json["messages"]
    assert (system["role"], system["content"]) == ("system", "Think of Shandong.")
    assert user["content"] == prompt.format(text=TEXT)


async def test_its_system_prompt_goes_before_a_prompt(pair, server) -> None:
    llm = pair(system_prompt="Be brief.")
    assert llm.predict(PromptTemplate(QUESTION)) == ANSWER
    assert "".join(llm.stream(PromptTemplate(QUESTION))) == ANSWER
    assert await llm.apredict(PromptTemplate(QUESTION)) == ANSWER
    for request in server.requests:
        assert request.json["messages"][0]["content"] == "Be brief."


# LLMs of other libraries


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


@pytest.mark.parametrize("way", FORMS)
async def test_each_makes_its_own_objects(server, ashui, way: str) -> None:
    llm = Fallback([openai_like(server.url), ashui()])
    assert await _predict(llm, way, text=TEXT) == JINAN


async def test_a_request_that_they_refuse_is_asked_nowhere_else(server, ashui, emulator) -> None:
    server.play([http(error("no such field"), 400)])
    before = len(emulator.requests)
    with pytest.raises(Exception, match="no such field"):
        await ask(Fallback([openai_like(server.url), ashui()]), "chat")
    assert len(emulator.requests) == before


# What LlamaIndex asks about it, and who looks on


def test_what_all_can_read_and_do(down) -> None:
    small, large = down(context_window=1000), down(context_window=5000, model="gpt-4")
    metadata = Fallback([large, small]).metadata
    assert (metadata.model_name, metadata.context_window) == ("gpt-4", 1000)
    assert metadata.is_chat_model
    assert metadata.is_function_calling_model
    texts = Fallback([large, down(is_chat_model=False)]).metadata
    assert not texts.is_chat_model
    assert not texts.is_function_calling_model


class Recorder(BaseEventHandler):
    """Counts the LLM events that it sees."""

    seen: Counter[str] = Counter()  # noqa: RUF012 - a Pydantic field

    @classmethod
    def class_name(cls) -> str:
        return "Recorder"

    def handle(self, event: BaseEvent, **kwargs: Any) -> None:
        self.seen[type(event).__name__] += 1


@pytest.fixture
def seen() -> Iterator[Counter[str]]:
    recorder, dispatcher = Recorder(seen=Counter()), get_dispatcher()
    dispatcher.add_event_handler(recorder)
    yield recorder.seen
    dispatcher.event_handlers.remove(recorder)


@pytest.mark.parametrize("way", [*WAYS, *TOOL_WAYS])
async def test_events_fire_for_each_call_inside_and_once_outside(pair, seen, way: str) -> None:
    await ask(pair(), way, SUM)
    kind = "Completion" if "complete" in way else "Chat"
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

"""`XingYun(is_chat_model=False)`: a text-completion model, wherever LlamaIndex uses an LLM."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core import Document, PromptTemplate, SummaryIndex
from llama_index.core.agent.workflow import FunctionAgent, ReActAgent
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    DocumentBlock,
    ImageBlock,
    TextBlock,
)
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.prompts import ChatPromptTemplate

from llama_index_xyashui import AShui, XingYun
from tests.llama_index_xyashui.asking import ADD, JINAN, PROMPT, TEXT, City
from tests.servers import CHUNKED, FaultServer, chunk, close, http
from tests.wire import event
from xyashui import (
    AuthenticationError,
    ConfigurationError,
    MalformedOutputError,
    StreamInterruptedError,
)
from xyashui.emulator import Emulator

Make = Callable[..., XingYun]
SUM = "Q: What is 2+3?\nA:"


@pytest.fixture
def llm(xyashui_settings: dict[str, Any]) -> Make:
    return lambda **settings: XingYun(**xyashui_settings | settings)


@pytest.fixture
def xyashui_settings(emulator: Emulator) -> dict[str, Any]:
    return {
        "api_key": "test-key",
        "base_url": emulator.xingyun_url,
        "max_retries": 0,
        "is_chat_model": False,
    }


async def _complete(llm: XingYun, prompt: str, **options: Any) -> Any:
    return llm.complete(prompt, **options)


async def _acomplete(llm: XingYun, prompt: str, **options: Any) -> Any:
    return await llm.acomplete(prompt, **options)


async def _stream_complete(llm: XingYun, prompt: str, **options: Any) -> Any:
    responses = list(llm.stream_complete(prompt, **options))
    assert "".join(one.delta or "" for one in responses) == responses[-1].text
    return responses[-1]


async def _astream_complete(llm: XingYun, prompt: str, **options: Any) -> Any:
    responses = [one async for one in await llm.astream_complete(prompt, **options)]
    assert "".join(one.delta or "" for one in responses) == responses[-1].text
    return responses[-1]


@pytest.fixture(
    params=[_complete, _acomplete, _stream_complete, _astream_complete],
    ids=lambda way: way.__name__[1:],
)
def complete(request: pytest.FixtureRequest) -> Any:
    return request.param


async def _chat(llm: XingYun, messages: Any, **options: Any) -> Any:
    return llm.chat(messages, **options)


async def _achat(llm: XingYun, messages: Any, **options: Any) -> Any:
    return await llm.achat(messages, **options)


async def _stream_chat(llm: XingYun, messages: Any, **options: Any) -> Any:
    return list(llm.stream_chat(messages, **options))[-1]


async def _astream_chat(llm: XingYun, messages: Any, **options: Any) -> Any:
    return [one async for one in await llm.astream_chat(messages, **options)][-1]


@pytest.fixture(
    params=[_chat, _achat, _stream_chat, _astream_chat], ids=lambda way: way.__name__[1:]
)
def chat(request: pytest.FixtureRequest) -> Any:
    return request.param


class TestCompleting:
    async def test_a_prompt_goes_as_it_is(self, llm: Make, complete: Any, sent: Any) -> None:
        response = await complete(llm(), SUM)
        assert response.text == " 2 + 3 = 5."
        assert response.additional_kwargs["finish_reason"] == "stop"
        assert response.additional_kwargs["completion_tokens"] > 0
        assert response.raw["model"] == "gpt-3.5-turbo-instruct"
        assert (sent()["prompt"], sent()["max_tokens"]) == (SUM, 256)
        assert "messages" not in sent()

    async def test_options_of_the_model_and_of_the_call(
        self, llm: Make, complete: Any, sent: Any
    ) -> None:
        model = llm(temperature=0.5, top_p=0.5, model="gpt-3.5-turbo-instruct")
        response = await complete(model, SUM, temperature=0.1, stop=["="], max_tokens=99)
        assert response.text == " 2 + 3 "
        expected = {"temperature": 0.1, "top_p": 0.5, "stop": ["="], "max_tokens": 99}
        assert sent().items() >= expected.items()

    async def test_completion_to_prompt_is_applied_once(
        self, llm: Make, complete: Any, sent: Any
    ) -> None:
        model = llm(completion_to_prompt=lambda prompt: f"Q: {prompt}\nA:")
        assert (await complete(model, "What is 2+3?")).text == " 2 + 3 = 5."
        await complete(model, SUM, formatted=True)
        assert sent()["prompt"] == SUM

    async def test_what_the_service_refuses_is_raised(self, llm: Make, complete: Any) -> None:
        with pytest.raises(AuthenticationError, match="无效的令牌"):
            await complete(llm(api_key="invalid"), SUM)

    async def test_what_is_cut_short_is_raised(self, llm: Make, complete: Any) -> None:
        piece = {"choices": [{"index": 0, "text": " three,", "finish_reason": None}]}
        script = [CHUNKED + chunk(event(piece)), close]
        with FaultServer(script) as server, pytest.raises(StreamInterruptedError) as caught:
            await complete(llm(base_url=server.url), "One, two,")
        assert caught.value.text == " three,"


class TestChatting:
    async def test_a_conversation_is_written_down(self, llm: Make, chat: Any, sent: Any) -> None:
        messages = [ChatMessage("Be exact.", role="system"), ChatMessage("What is 2+3?")]
        response = await chat(llm(), messages)
        assert response.message.content == "2 + 3 = 5."
        assert response.message.role == "assistant"
        assert response.additional_kwargs["finish_reason"] == "stop"
        assert sent()["prompt"] == "system: Be exact.\nuser: What is 2+3?\nassistant: "

    async def test_in_the_models_own_way(self, llm: Make, chat: Any, sent: Any) -> None:
        model = llm(messages_to_prompt=lambda messages: f"Q: {messages[-1].content}\nA:")
        assert (await chat(model, [ChatMessage("What is 2+3?")])).message.content == " 2 + 3 = 5."
        assert sent()["prompt"] == SUM

    async def test_what_is_no_text_is_refused(self, llm: Make, chat: Any, emulator: Any) -> None:
        before = len(emulator.requests)
        picture = ChatMessage(blocks=[TextBlock(text="?"), ImageBlock(url="https://a.cn/b.png")])
        with pytest.raises(ConfigurationError, match="nothing but text: take the pictures out"):
            await chat(llm(), [picture])
        file = ChatMessage(blocks=[TextBlock(text="?"), DocumentBlock(url="https://a.cn/b.xlsx")])
        with pytest.raises(ConfigurationError, match="nothing but text: take the files out"):
            await chat(llm(), [file])
        assert len(emulator.requests) == before

    async def test_what_only_chat_has_is_refused(self, llm: Make, chat: Any) -> None:
        with pytest.raises(ConfigurationError, match="'tools' is an option of chat"):
            await chat(llm(), [ChatMessage("hi")], tools=[])
        with pytest.raises(ConfigurationError, match="Did you mean 'temperature'"):
            await chat(llm(), [ChatMessage("hi")], temprature=1)


class TestWhatItSaysOfItself:
    def test_it_is_neither_a_chat_model_nor_calls_functions(self, llm: Make) -> None:
        about = llm(max_tokens=99).metadata
        assert not about.is_chat_model
        assert not about.is_function_calling_model
        assert about.model_name == "gpt-3.5-turbo-instruct"
        assert (about.context_window, about.num_output) == (4096, 99)

    def test_a_chat_model_is_the_default(self) -> None:
        about = XingYun(api_key="test-key").metadata
        assert (about.is_chat_model, about.model_name) == (True, "gpt-4-turbo")

    def test_a_model_that_is_named_is_asked(self, llm: Make) -> None:
        assert llm(model="babbage-002").metadata.model_name == "babbage-002"

    @pytest.mark.parametrize("given", [{"web_search": True}, {"images": ["https://a.cn/b.png"]}])
    def test_what_only_chat_has_is_refused_when_it_is_made(
        self, llm: Make, given: dict[str, Any]
    ) -> None:
        with pytest.raises(ConfigurationError, match="is an option of chat"):
            llm(**given)

    def test_a_service_that_completes_no_text_says_so(self) -> None:
        with pytest.raises(ConfigurationError, match="documents no completions: it offers chat"):
            AShui(api_key="test-key", is_chat_model=False)

    def test_it_is_written_out_and_pickled(
        self, llm: Make, monkeypatch: pytest.MonkeyPatch, emulator: Emulator
    ) -> None:
        model = llm(temperature=0)
        monkeypatch.setenv("XINGYUN_API_KEY", "another-key")
        for back in (XingYun.from_dict(model.to_dict()), pickle.loads(pickle.dumps(model))):
            assert back.complete(SUM).text == " 2 + 3 = 5."
            assert emulator.requests[-1].path.endswith("/v1/completions")


# Where LlamaIndex uses it


def test_prompts_are_predicted(llm: Make, sent: Any) -> None:
    prompt = PromptTemplate("Q: What is {sum}?\nA:")
    model = llm(system_prompt="Be exact.")
    assert model.predict(prompt, sum="2+3") == " 2 + 3 = 5."
    assert sent()["prompt"] == f"Be exact.\n\n{SUM}"
    assert "".join(model.stream(prompt, sum="2+3")) == " 2 + 3 = 5."
    assert asyncio.run(model.apredict(prompt, sum="2+3")) == " 2 + 3 = 5."


def test_a_query_engine_answers_from_documents(llm: Make, sent: Any) -> None:
    index = SummaryIndex.from_documents([Document(text="The lake froze over on 3 January.")])
    question = "When did the lake freeze over?"
    assert "3 January" in str(index.as_query_engine(llm=llm()).query(question))
    assert "The lake froze" in sent()["prompt"]
    engine = index.as_query_engine(llm=llm(), streaming=True)
    assert "3 January" in "".join(engine.query(question).response_gen)


async def test_a_query_engine_answers_async(llm: Make) -> None:
    index = SummaryIndex.from_documents([Document(text="The lake froze over on 3 January.")])
    engine = index.as_query_engine(llm=llm())
    assert "3 January" in str(await engine.aquery("When did the lake freeze over?"))


def test_a_chat_engine_remembers(llm: Make, sent: Any) -> None:
    engine = SimpleChatEngine.from_defaults(llm=llm())
    engine.chat("What is 2+3?")
    engine.chat("What is 4+5?")
    assert "user: What is 2+3?\nassistant: 2 + 3 = 5." in sent()["prompt"]


class TestStructuredOutput:
    async def test_a_prompt_is_answered_with_an_object(self, llm: Make, sent: Any) -> None:
        model = llm(system_prompt="Be exact.")
        assert model.structured_predict(City, PROMPT, text=TEXT) == JINAN
        assert sent()["prompt"].startswith("system: Be exact.\nuser: Which city")
        assert '"population"' in sent()["prompt"]
        assert await model.astructured_predict(City, PROMPT, text=TEXT) == JINAN
        assert list(model.stream_structured_predict(City, PROMPT, text=TEXT))[-1] == JINAN
        stream = await model.astream_structured_predict(City, PROMPT, text=TEXT)
        assert [one async for one in stream][-1] == JINAN

    def test_options_of_the_call_are_sent(self, llm: Make, sent: Any) -> None:
        llm().structured_predict(City, PROMPT, llm_kwargs={"temperature": 0.3}, text=TEXT)
        assert sent()["temperature"] == 0.3

    async def test_as_structured_llm(self, llm: Make) -> None:
        model = llm().as_structured_llm(City)
        assert model.complete(TEXT).raw == JINAN
        assert model.chat([ChatMessage(TEXT)]).raw == JINAN
        assert (await model.achat([ChatMessage(TEXT)])).raw == JINAN
        assert list(model.stream_chat([ChatMessage(TEXT)]))[-1].raw == JINAN

    def test_a_whole_conversation(self, llm: Make) -> None:
        prompt = ChatPromptTemplate([ChatMessage("Be exact.", role="system"), ChatMessage(TEXT)])
        assert llm().structured_predict(City, prompt) == JINAN

    async def test_prose_is_no_object(self, llm: Make) -> None:
        prose = http({"choices": [{"index": 0, "text": "It is Jinan.", "finish_reason": "stop"}]})
        with FaultServer([prose]) as server:
            model = llm(base_url=server.url)
            with pytest.raises(MalformedOutputError) as caught:
                model.structured_predict(City, PROMPT, text=TEXT)
            assert caught.value.text == "It is Jinan."
            with pytest.raises(MalformedOutputError):
                list(model.stream_structured_predict(City, PROMPT, text=TEXT))


class TestTools:
    TOOLS = (ADD,)

    async def test_are_called_in_text(self, llm: Make, sent: Any) -> None:
        response = llm().predict_and_call(self.TOOLS, "What is 17 + 25?")
        assert str(response) == "42"
        assert response.sources[0].tool_name == "add"
        assert "tools" not in sent()
        assert sent()["stop"] == ["\nObservation:"]
        again = await llm().apredict_and_call(self.TOOLS, "What is 17 + 25?")
        assert str(again) == "42"

    def test_not_calling_any_is_told(self, llm: Make) -> None:
        with pytest.raises(ValueError, match="called no tool, but answered"):
            llm().predict_and_call(self.TOOLS, "Hello!")
        lenient = llm().predict_and_call(self.TOOLS, "Hello!", error_on_no_tool_call=False)
        assert lenient.sources == []

    def test_a_tool_that_is_not_there_is_an_error_to_show(self, llm: Make) -> None:
        text = 'Thought: hm\nAction: subtract\nAction Input: {"a": 1, "b": 2}'
        script = http({"choices": [{"index": 0, "text": text, "finish_reason": "stop"}]})
        with FaultServer([script]) as server:
            response = llm(base_url=server.url).predict_and_call(self.TOOLS, "What is 1 - 2?")
        assert response.sources[0].is_error
        assert "There is no tool 'subtract'" in str(response)

    @pytest.mark.parametrize(
        "text",
        [
            "Action: add",
            "Action: add\nAction Input: none",
            "{}\nAction: add\nAction Input: none",
            "Answer: 3\nAction: add\nAction Input: {}",
            '{"a": 1}\nAction: add\nAction: {"a": 1}',
        ],
    )
    def test_what_is_no_call_calls_none(self, llm: Make, text: str) -> None:
        response = ChatResponse(message=ChatMessage(text, role="assistant"))
        calls = llm().get_tool_calls_from_response(response, error_on_no_tool_call=False)
        assert calls == []

    def test_errors_of_the_service_are_raised_and_no_answer(self, llm: Make) -> None:
        with pytest.raises(AuthenticationError):
            llm(api_key="invalid").predict_and_call(self.TOOLS, "What is 17 + 25?")

    def test_a_call_cannot_be_demanded(self, llm: Make) -> None:
        with pytest.raises(ConfigurationError, match="cannot be made to call a tool"):
            llm().chat_with_tools(self.TOOLS, "What is 17 + 25?", tool_required=True)

    async def test_a_react_agent_works_with_it(self, llm: Make) -> None:
        agent = ReActAgent(tools=list(self.TOOLS), llm=llm())
        assert "42" in str(await agent.run("What is 17 + 25?"))

    async def test_a_function_agent_says_that_it_does_not(self, llm: Make) -> None:
        agent = FunctionAgent(tools=list(self.TOOLS), llm=llm())
        with pytest.raises(ValueError, match="must be a FunctionCallingLLM"):
            await agent.run("What is 17 + 25?")

"""`XingYunLLM`: text completion, asked in each of the ways that LangChain has."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseLLM
from langchain_core.load import dumpd, dumps, loads
from langchain_core.messages import HumanMessage
from langchain_core.outputs import GenerationChunk, LLMResult
from langchain_core.prompts import PromptTemplate

from langchain_xyashui import XingYunLLM
from langchain_xyashui.errors import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    StreamInterruptedError,
)
from tests.servers import CHUNKED, FaultServer, chunk, close, hold, http
from tests.wire import error, event
from xyashui.emulator import Emulator

Make = Callable[..., XingYunLLM]
SUM = "Q: What is 2+3?\nA:"


@pytest.fixture
def llm(emulator: Emulator) -> Make:
    def make(**settings: Any) -> XingYunLLM:
        given = {"api_key": "test-key", "base_url": emulator.xingyun_url, "max_retries": 0}
        return XingYunLLM(**{**given, **settings})

    return make


async def _invoke(llm: BaseLLM, prompt: Any, **options: Any) -> str:
    return llm.invoke(prompt, **options)


async def _ainvoke(llm: BaseLLM, prompt: Any, **options: Any) -> str:
    return await llm.ainvoke(prompt, **options)


async def _stream(llm: BaseLLM, prompt: Any, **options: Any) -> str:
    return "".join(llm.stream(prompt, **options))


async def _astream(llm: BaseLLM, prompt: Any, **options: Any) -> str:
    return "".join([piece async for piece in llm.astream(prompt, **options)])


async def _batch(llm: BaseLLM, prompt: Any, **options: Any) -> str:
    (text,) = llm.batch([prompt], **options)
    return text


async def _abatch(llm: BaseLLM, prompt: Any, **options: Any) -> str:
    (text,) = await llm.abatch([prompt], **options)
    return text


WAYS = [_invoke, _ainvoke, _stream, _astream, _batch, _abatch]


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__[1:])
def ask(request: pytest.FixtureRequest) -> Callable[..., Awaitable[str]]:
    return request.param


def piece(text: str, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "text": text, "finish_reason": finish}]}


class TestAsking:
    async def test_a_text_is_gone_on_with(self, llm: Make, ask: Any, emulator: Emulator) -> None:
        assert await ask(llm(), SUM) == " 2 + 3 = 5."
        body = emulator.requests[-1].body
        assert (body["prompt"], body["model"]) == (SUM, "gpt-3.5-turbo-instruct")

    async def test_a_conversation_is_written_out(self, llm: Make, emulator: Emulator) -> None:
        llm().invoke([HumanMessage("What is 2+3?")])
        assert emulator.requests[-1].body["prompt"] == "Human: What is 2+3?"

    async def test_options_of_the_model_and_of_the_call(
        self, llm: Make, ask: Any, emulator: Emulator
    ) -> None:
        model = llm(temperature=0.5, top_p=0.5, stop=["zzz"], extra_body={"best_of": 1})
        await ask(model, SUM, temperature=0.1, max_tokens=99, suffix="!")
        body = emulator.requests[-1].body
        expected = {
            "temperature": 0.1, "top_p": 0.5, "stop": ["zzz"], "best_of": 1, "max_tokens": 99,
            "suffix": "!",
        }  # fmt: skip
        assert body.items() >= expected.items()
        assert model.temperature == 0.5

    async def test_stop_of_the_call_wins(self, llm: Make, ask: Any) -> None:
        assert await ask(llm(stop=["zzz"]), SUM, stop=["="]) == " 2 + 3 "

    async def test_bound_options(self, llm: Make, ask: Any, emulator: Emulator) -> None:
        await ask(llm().bind(max_tokens=7), SUM)
        assert emulator.requests[-1].body["max_tokens"] == 7

    async def test_in_a_chain(self, llm: Make, ask: Any) -> None:
        chain = PromptTemplate.from_template("Q: What is {sum}?\nA:") | llm()
        assert await ask(chain, {"sum": "2+3"}) == " 2 + 3 = 5."

    @pytest.mark.parametrize("way", WAYS)
    async def test_what_the_service_refuses_is_raised(self, llm: Make, way: Any) -> None:
        with pytest.raises(AuthenticationError, match="无效的令牌"):
            await way(llm(api_key="invalid"), SUM)


class TestSeveralPrompts:
    PROMPTS = ("Q: What is 2+3?\nA:", "Q: What is 4+5?\nA:", "Q: What is 6+7?\nA:")
    ANSWERS = (" 2 + 3 = 5.", " 4 + 5 = 9.", " 6 + 7 = 13.")

    async def _generate(self, way: str, model: XingYunLLM, **options: Any) -> LLMResult:
        prompts = list(self.PROMPTS)
        if way == "generate":
            return model.generate(prompts, **options)
        return await model.agenerate(prompts, **options)

    @pytest.mark.parametrize("way", ["generate", "agenerate"])
    async def test_come_back_in_order_with_what_each_took(self, llm: Make, way: str) -> None:
        result = await self._generate(way, llm())
        assert tuple(one[0].text for one in result.generations) == self.ANSWERS
        infos = [one[0].generation_info for one in result.generations]
        assert [info["finish_reason"] for info in infos] == ["stop"] * 3
        assert result.llm_output is not None
        assert result.llm_output["model_name"] == "gpt-3.5-turbo-instruct"
        for name in ("prompt_tokens", "completion_tokens", "total_tokens"):
            each = [info["token_usage"][name] for info in infos]
            assert result.llm_output["token_usage"][name] == sum(each) > 0

    @pytest.mark.parametrize("way", ["generate", "agenerate"])
    async def test_may_have_several_completions_each(self, llm: Make, way: str) -> None:
        result = await self._generate(way, llm(), n=2)
        assert [len(one) for one in result.generations] == [2, 2, 2]
        assert "token_usage" not in result.generations[0][1].generation_info

    @pytest.mark.parametrize("way", ["generate", "agenerate"])
    async def test_are_asked_at_the_same_time(self, way: str) -> None:
        """No answer comes before all have been asked."""
        asked: list[object] = []

        def wait_for_all(connection: Any) -> None:
            asked.append(connection)
            while len(asked) < 3 and not connection.server.closing.wait(0.01):
                pass

        with FaultServer([wait_for_all, http(piece(" yes", "stop"))]) as server:
            model = XingYunLLM(api_key="test-key", base_url=server.url, timeout=15)
            result = await self._generate(way, model)
            assert [one[0].text for one in result.generations] == [" yes"] * 3

    @pytest.mark.parametrize("way", ["generate", "agenerate"])
    async def test_fail_together(self, way: str) -> None:
        with FaultServer([http(error("no"), 400)], [http(piece(" yes", "stop"))]) as server:
            model = XingYunLLM(api_key="test-key", base_url=server.url, max_retries=0)
            with pytest.raises(BadRequestError, match="no"):
                await self._generate(way, model)

    async def test_let_go_of_their_connections_where_one_fails(self) -> None:
        def wait_for_both(connection: Any) -> None:
            while len(connection.server.requests) < 2 and not connection.server.closing.wait(0.01):
                pass

        with FaultServer([wait_for_both, http(error("no"), 400)], [hold]) as server:
            model = XingYunLLM(api_key="test-key", base_url=server.url, max_retries=0, timeout=15)
            with pytest.raises(BadRequestError, match="no"):
                await model.agenerate(["2+3", "4+5"])
            assert await asyncio.to_thread(server.client_left)

    def test_none_are_no_calls(self, llm: Make, emulator: Emulator) -> None:
        before = len(emulator.requests)
        assert llm().batch([]) == []
        assert llm().generate([]).generations == []
        assert len(emulator.requests) == before


class Listener(BaseCallbackHandler):
    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.chunks: list[GenerationChunk] = []
        self.ends: list[LLMResult] = []
        self.errors: list[tuple[BaseException, LLMResult]] = []
        self.params: list[dict[str, Any]] = []

    def on_llm_start(self, *_: Any, **kwargs: Any) -> None:
        self.params.append(kwargs["invocation_params"])

    def on_llm_new_token(self, token: str, *, chunk: Any = None, **_: Any) -> None:
        self.tokens.append(token)
        self.chunks.append(chunk)

    def on_llm_end(self, response: LLMResult, **_: Any) -> None:
        self.ends.append(response)

    def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
        self.errors.append((error, kwargs["response"]))


class TestStreams:
    @pytest.mark.parametrize("way", [_stream, _astream])
    async def test_tell_every_token_and_at_last_what_is_known_then(
        self, llm: Make, way: Any
    ) -> None:
        seen = Listener()
        text = await way(llm(), SUM, config={"callbacks": [seen]})
        assert "".join(seen.tokens) == text == " 2 + 3 = 5."
        assert len(seen.tokens) > 3
        ((generation,),) = seen.ends[0].generations
        assert generation.text == text
        info = generation.generation_info
        assert info["finish_reason"] == "stop"
        assert info["model_name"] == info["reported_model"] == "gpt-3.5-turbo-instruct"
        assert info["token_usage"]["completion_tokens"] > 0
        assert seen.chunks[-1].generation_info == info

    @pytest.mark.parametrize("way", [_stream, _astream])
    async def test_that_are_cut_short_raise_and_tell_what_had_come(self, way: Any) -> None:
        script = [CHUNKED + chunk(event(piece(" three,"))), close]
        seen = Listener()
        with FaultServer(script) as server:
            model = XingYunLLM(api_key="test-key", base_url=server.url, max_retries=0)
            with pytest.raises(StreamInterruptedError) as caught:
                await way(model, SUM, config={"callbacks": [seen]})
        assert caught.value.text == " three,"
        assert seen.errors[0][1].generations[0][0].text == " three,"

    @pytest.mark.parametrize("way", [_stream, _astream])
    async def test_carry_one_completion(self, llm: Make, way: Any) -> None:
        with pytest.raises(ConfigurationError, match="n=2: a stream carries one completion"):
            await way(llm(n=2), SUM)

    @pytest.mark.parametrize("way", [_stream, _astream])
    async def test_keep_reasoning_that_a_model_sends(self, way: Any) -> None:
        delta = {"choices": [{"index": 0, "delta": {"reasoning_content": "Hm."}}]}
        body = event(delta) + event(piece(" three", "stop"))
        seen = Listener()
        with FaultServer([http(body, 200, "text/event-stream")]) as server:
            model = XingYunLLM(api_key="test-key", base_url=server.url)
            assert await way(model, SUM, config={"callbacks": [seen]}) == " three"
        ((generation,),) = seen.ends[0].generations
        assert generation.generation_info["reasoning_content"] == "Hm."


class TestCaching:
    def test_the_same_call_is_made_once(self, llm: Make, emulator: Emulator) -> None:
        model = llm(cache=InMemoryCache())
        before = len(emulator.requests)
        assert model.invoke(SUM) == model.invoke(SUM)
        assert len(emulator.requests) == before + 1

    @pytest.mark.parametrize("way", [_invoke, _ainvoke])
    async def test_other_options_of_the_call_are_another_call(
        self, llm: Make, emulator: Emulator, way: Any
    ) -> None:
        """LangChain's own key leaves them out."""
        model = llm(cache=InMemoryCache())
        before = len(emulator.requests)
        texts = [await way(model, SUM, max_tokens=tokens) for tokens in (1, 5, 1)]
        assert texts[0] == texts[2] != texts[1]
        assert len(emulator.requests) == before + 2

    def test_options_of_the_call_are_what_a_trace_shows(self, llm: Make) -> None:
        seen = Listener()
        llm(temperature=1).invoke(SUM, temperature=0, config={"callbacks": [seen]})
        assert seen.params[0]["temperature"] == 0


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"tools": []}, "'tools' is an option of chat"),
        ({"web_search": True}, "'web_search' is an option of chat"),
        ({"images": ["a.png"]}, "'images' is an option of chat"),
        ({"temprature": 1}, "Did you mean 'temperature'"),
        ({"temperature": 9}, "outside what"),
        ({"suffix": 5}, "suffix"),
        ({"stop": ["a"] * 5}, "at most 4"),
    ],
)
class TestWhatCannotBe:
    def test_is_refused_when_the_model_is_made(
        self, llm: Make, given: dict[str, Any], reason: str
    ) -> None:
        with pytest.raises(ConfigurationError, match=reason):
            llm(**given)

    @pytest.mark.parametrize("way", WAYS)
    async def test_is_refused_when_it_is_asked(
        self, llm: Make, emulator: Emulator, way: Any, given: dict[str, Any], reason: str
    ) -> None:
        before = len(emulator.requests)
        with pytest.raises(ConfigurationError, match=reason):
            await way(llm(), SUM, **given)
        assert len(emulator.requests) == before


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
class TestCopies:
    def test_it_is_written_out_without_the_key_and_read_back(
        self, llm: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        model = llm(temperature=0, max_tokens=99)
        written = dumps(model)
        assert "test-key" not in written
        assert dumpd(model)["kwargs"]["api_key"]["type"] == "secret"
        monkeypatch.setenv("XINGYUN_API_KEY", "another-key")
        settings = {"allowed_objects": "all", "valid_namespaces": ["langchain_xyashui"]}
        back = loads(written, secrets_from_env=True, **settings)
        assert (type(back), back.temperature, back.max_tokens) == (XingYunLLM, 0, 99)
        assert back.invoke(SUM) == " 2 + 3 = 5."

    async def test_it_is_pickled_without_the_key(
        self, llm: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        model = llm(temperature=0)
        model.invoke(SUM)
        packed = pickle.dumps(model)
        assert b"test-key" not in packed
        monkeypatch.setenv("XINGYUN_API_KEY", "another-key")
        back = pickle.loads(packed)
        assert back.temperature == 0
        assert await back.ainvoke(SUM) == " 2 + 3 = 5."

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: one.model_copy()])
    def test_a_copy_works(self, llm: Make, copied: Any) -> None:
        assert copied(llm(temperature=0)).invoke(SUM) == " 2 + 3 = 5."

    def test_it_is_printed_with_its_model_and_without_the_key(self, llm: Make) -> None:
        for shown in (repr(llm()), str(llm()), str(llm()._identifying_params)):
            assert "gpt-3.5-turbo-instruct" in shown
            assert "test-key" not in shown


def test_what_langchain_asks_about_a_model(llm: Make) -> None:
    model = llm(temperature=0.5, stop="x")
    assert model._llm_type == "xingyun-llm"
    assert model._get_ls_params() == {
        "ls_provider": "xingyun",
        "ls_model_type": "llm",
        "ls_model_name": "gpt-3.5-turbo-instruct",
        "ls_temperature": 0.5,
        "ls_stop": ["x"],
    }
    assert model._identifying_params["model"] == "gpt-3.5-turbo-instruct"
    assert model.get_num_tokens("Hello there") in range(1, 6)
    assert XingYunLLM.lc_id() == ["langchain_xyashui", "llms", "XingYunLLM"]


def test_it_needs_a_key() -> None:
    with pytest.raises(ConfigurationError, match="XINGYUN_API_KEY"):
        XingYunLLM()

"""What the READMEs say of other clients, and of this one beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from llama_index.core.llms import ChatMessage

from langchain_xyashui import ChatAShui, ChatXingYun
from llama_index_xyashui import AShui, XingYun
from xyashui import errors
from xyashui.emulator import Emulator, Faults, serve

END_MISSING = Faults(no_done=True, no_finish_reason=True)


def _ashui_refuses(settings: dict[str, str]) -> dict[str, Callable[[], Any]]:
    return {
        "LangChain, whole": lambda: ChatAShui(**settings).invoke("Hi"),
        "LangChain, streamed": lambda: list(ChatAShui(**settings).stream("Hi")),
        "LlamaIndex, whole": lambda: AShui(**settings).complete("Hi"),
        "LlamaIndex, streamed": lambda: list(AShui(**settings).stream_complete("Hi")),
    }


def test_this_package_on_a_stream_without_an_end() -> None:
    with serve(faults=END_MISSING) as endless:
        there = {"api_key": "any", "base_url": endless.xingyun_url, "max_retries": 0}
        with pytest.raises(errors.StreamInterruptedError) as cut:
            list(ChatXingYun(**there).stream("1 + 1 = ?"))
        assert cut.value.text == "1 + 1 = 2."
        with pytest.raises(errors.StreamInterruptedError) as cut:
            list(XingYun(**there).stream_complete("1 + 1 = ?"))
        assert cut.value.text == "1 + 1 = 2."


@pytest.mark.parametrize("way", _ashui_refuses({}))
def test_this_package_on_errors_under_http_200(way: str, emulator: Emulator) -> None:
    settings = {"api_key": "no-quota", "base_url": emulator.ashui_url}
    with pytest.raises(errors.QuotaExceededError) as refusal:
        _ashui_refuses(settings)[way]()
    assert refusal.value.code == 800
    assert refusal.value.message == "您的账户已欠费，请充值后重试。"


def test_this_package_on_reasoning_and_sources(emulator: Emulator) -> None:
    there = {"api_key": "any", "base_url": emulator.xingyun_url}
    thought = ChatXingYun(model="deepseek-r1", **there).invoke("1 + 1 = ?")
    assert thought.additional_kwargs["reasoning_content"]
    blocks = XingYun(model="deepseek-r1", **there).chat([ChatMessage("1 + 1 = ?")]).message.blocks
    assert [block.block_type for block in blocks] == ["thinking", "text"]
    found = ChatXingYun(web_search=True, **there).invoke("How far is the Moon?")
    [source] = found.additional_kwargs["citations"]
    assert found.content[source["start"] : source["end"]].endswith(f"({source['url']})")
    answer = XingYun(web_search=True, **there).complete("How far is the Moon?")
    assert answer.additional_kwargs["citations"] == [source]


@pytest.mark.parametrize("model", [ChatXingYun, ChatAShui, XingYun, AShui])
def test_this_package_on_a_misspelt_option(model: type[Any]) -> None:
    with pytest.raises(errors.ConfigurationError, match="'temperature'"):
        model(api_key="any", temprature=0.5)


def test_chat_openai_does_as_the_comparison_says(emulator: Emulator) -> None:
    openai = pytest.importorskip("langchain_openai", reason="the extra `bench` has it")

    def chat(url: str, model: str, key: str = "any", **settings: Any) -> Any:
        return openai.ChatOpenAI(
            model=model, base_url=f"{url}/v1", api_key=key, max_retries=0, **settings
        )

    with serve(faults=END_MISSING) as endless:
        pieces = list(chat(endless.xingyun_url, "gpt-4-turbo").stream("1 + 1 = ?"))
    assert "".join(piece.content for piece in pieces) == "1 + 1 = 2."
    pieces = list(chat(emulator.ashui_url, "ashuiai-4.0", "no-quota").stream("Hi"))
    assert "".join(piece.content for piece in pieces) == ""
    whole = {"extra_body": {"stream": False}}  # which 阿水 requires
    with pytest.raises(TypeError):
        chat(emulator.ashui_url, "ashuiai-4.0", "no-quota", **whole).invoke("Hi")
    thought = chat(emulator.xingyun_url, "deepseek-r1").invoke("1 + 1 = ?")
    assert isinstance(thought, AIMessage)
    assert "reasoning_content" not in thought.additional_kwargs
    assert [block["type"] for block in thought.content_blocks] == ["text"]
    with pytest.warns(UserWarning, match="model_kwargs"):
        misspelt = chat(emulator.xingyun_url, "gpt-4-turbo", temprature=0.5)
    assert misspelt.model_kwargs == {"temprature": 0.5}
    found = chat(emulator.xingyun_url, "gpt-4-web").invoke("How far is the Moon?")
    assert "https://" in found.content
    assert "annotations" not in found.content_blocks[0]


def test_openai_like_does_as_the_comparison_says(emulator: Emulator) -> None:
    like = pytest.importorskip("llama_index.llms.openai_like", reason="the extra `bench` has it")

    def llm(url: str, model: str, key: str = "any", **settings: Any) -> Any:
        fixed = {"is_chat_model": True, "max_retries": 0}
        return like.OpenAILike(model=model, api_base=f"{url}/v1", api_key=key, **fixed, **settings)

    with serve(faults=END_MISSING) as endless:
        pieces = list(llm(endless.xingyun_url, "gpt-4-turbo").stream_complete("1 + 1 = ?"))
    assert pieces[-1].text == "1 + 1 = 2."
    with pytest.raises(TypeError):
        list(llm(emulator.ashui_url, "ashuiai-4.0", "no-quota").stream_complete("Hi"))
    whole = {"additional_kwargs": {"extra_body": {"stream": False}}}
    with pytest.raises(TypeError):
        llm(emulator.ashui_url, "ashuiai-4.0", "no-quota", **whole).complete("Hi")
    message = llm(emulator.xingyun_url, "deepseek-r1").chat([ChatMessage("1 + 1 = ?")]).message
    assert [block.block_type for block in message.blocks] == ["thinking", "text"]
    misspelt = llm(emulator.xingyun_url, "gpt-4-turbo", temprature=0.5)
    assert "temprature" not in {**vars(misspelt), **misspelt.additional_kwargs}
    found = llm(emulator.xingyun_url, "gpt-4-web").complete("How far is the Moon?")
    assert "https://" in found.text
    assert "citations" not in found.additional_kwargs

"""A setting has a name, and where it has another one in other packages, ours is told."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import pytest
from llama_index.core.llms import ChatMessage

from llama_index_xyashui import AShui, Fallback, XingYun, XingYunEmbedding
from tests.llama_index_xyashui.asking import ask
from xyashui import ConfigurationError

KINDS = [XingYun, AShui, XingYunEmbedding]


@pytest.mark.parametrize("kind", KINDS)
def test_one_without_a_name_is_refused_with_the_name_of_the_class(kind: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind("canary-of-a-key")
    assert str(caught.value).startswith(
        f"{kind.__name__} takes its settings by name: write {kind.__name__}("
    )
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_class_of_ones_own_may_take_settings_without_a_name(kind: Any) -> None:
    class Own(kind):  # type: ignore[misc]
        def __init__(self, api_key: str, **settings: Any) -> None:
            super().__init__(api_key=api_key, **settings)

    assert Own("test-key", timeout=5).timeout == 5


def test_a_fallback_of_ones_own_may_take_its_llms_one_by_one(make) -> None:
    class Own(Fallback):
        def __init__(self, first: Any, *others: Any) -> None:
            super().__init__([first, *others])

    assert len(Own(make(), make(), make()).llms) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_copies_and_shown_signatures_are_as_ever(kind: Any) -> None:
    assert "given" not in inspect.signature(kind).parameters
    assert {"api_key", "base_url", "model"} <= inspect.signature(kind).parameters.keys()
    made = kind(api_key="test-key")
    for copy in (made.model_copy(deep=True), pickle.loads(pickle.dumps(made))):
        assert type(copy) is kind


@pytest.mark.parametrize(
    ("theirs", "words"),
    [
        ("api_base", "Did you mean 'base_url'"),
        ("request_timeout", "Did you mean 'timeout'"),
        ("additional_kwargs", "Did you mean 'extra_body'"),
        ("async_http_client", "Did you mean 'http_async_client'"),
        ("is_function_calling_model", "Did you mean 'tool_calling'"),
        ("openai_api_key", "Did you mean 'api_key'"),
        ("proxy", r"http_client=httpx.Client\(proxy=...\)"),
    ],
)
@pytest.mark.parametrize("kind", [XingYun, AShui])
def test_the_names_of_openailike_lead_to_ours(kind: Any, theirs: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        kind(**{theirs: "x"})
    assert "extra_body={" not in str(caught.value)


def test_a_setting_in_a_call_is_said_to_be_one(make) -> None:
    for name in ("api_key", "max_retries"):
        with pytest.raises(ConfigurationError, match=f"'{name}' is a setting and not an option"):
            make().complete("Hi", **{name: 1})
    with pytest.raises(ConfigurationError, match=r"mean 'default_headers'\? It is a setting"):
        make().complete("Hi", extra_headers={"X-Team": "blue"})


def test_the_llms_of_a_fallback_are_one_list(make) -> None:
    with pytest.raises(ConfigurationError, match=r"^Fallback takes .*Fallback\(\[first, second\]"):
        Fallback(make(), make())
    with pytest.raises(ConfigurationError, match="'timeout' is a setting of each LLM"):
        Fallback([make()], timeout=3)
    assert next(iter(inspect.signature(Fallback).parameters)) == "llms"
    assert type(Fallback([make(), make()]).model_copy()) is Fallback


@pytest.mark.parametrize(
    ("way", "stream", "other"),
    [
        ("complete", True, "stream_chat or stream_complete"),
        ("chat", True, "stream_chat or stream_complete"),
        ("acomplete", True, "stream_chat or stream_complete"),
        ("stream_complete", False, "chat or complete"),
        ("stream_chat", False, "chat or complete"),
        ("astream_chat", False, "chat or complete"),
    ],
)
async def test_a_method_is_not_talked_into_the_contrary(
    make, emulator, way: str, stream: bool, other: str
) -> None:
    before = len(emulator.requests)
    with pytest.raises(ConfigurationError, match=f"^stream={stream}: .*use {other}"):
        await ask(make(), way, stream=stream)
    assert len(emulator.requests) == before


def test_of_several_answers_the_first_is_the_text_and_all_are_in_raw(xingyun) -> None:
    for whole in (xingyun(n=2).complete("Hi"), xingyun(n=2).chat([ChatMessage("Hi")])):
        texts = [choice["message"]["content"] for choice in whole.raw["choices"]]
        assert len(texts) == 2
        assert texts[0] == (getattr(whole, "text", None) or whole.message.content)

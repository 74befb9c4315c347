"""A setting has a name, and where it has another one in other packages, ours is told."""

from __future__ import annotations

import inspect
import pickle
import traceback
from typing import Any

import pytest

import langchain_xyashui as adapter
from langchain_xyashui import ChatAShui, ChatXingYun, XingYunEmbeddings, XingYunLLM
from langchain_xyashui.errors import ConfigurationError
from xyashui.emulator import Emulator

MODELS = [ChatXingYun, ChatAShui, XingYunLLM, XingYunEmbeddings]
OTHERS = [adapter.XingYunWebSearch, adapter.XingYunImageGeneration, adapter.XingYunWebRetriever]


@pytest.mark.parametrize("kind", [*MODELS, *OTHERS])
def test_one_without_a_name_is_refused_with_the_name_of_the_class(kind: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind("canary-of-a-key")
    name = kind.__name__
    said = str(caught.value)
    assert said.startswith(f"{name} takes its settings by name: write {name}(")
    assert ("(model=...)" in said) == ("model" in kind.model_fields)
    # Neither the words nor the variables of our own places show what may be a key.
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert not any("canary" in repr(frame.locals) for frame in list(shown.stack)[1:])
    assert "canary" not in said


@pytest.mark.parametrize("kind", [*MODELS, *OTHERS])
def test_tools_that_show_a_signature_see_settings_and_nothing_that_has_no_name(kind: Any) -> None:
    assert "given" not in inspect.signature(kind).parameters
    made = kind(api_key="test-key")
    assert {"api_key", "base_url", "timeout"} <= inspect.signature(kind).parameters.keys()
    for copy in (made.model_copy(), pickle.loads(pickle.dumps(made)), kind.model_construct()):
        assert type(copy) is kind


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("openai_api_key", "api_key"), ("openai_api_base", "base_url"), ("request_timeout", "timeout"),
     ("apikey", "api_key"), ("headers", "default_headers")],
)  # fmt: skip
def test_chatopenais_names_lead_to_ours(kind: Any, theirs: str, ours: str) -> None:
    with pytest.raises(ConfigurationError, match=f"Did you mean '{ours}'") as caught:
        kind(**{theirs: "x"})
    assert "extra_body" not in str(caught.value)


@pytest.mark.parametrize("kind", [*MODELS, *OTHERS])
def test_a_class_of_ones_own_may_take_settings_without_a_name(kind: Any) -> None:
    class Own(kind):  # type: ignore[misc]
        def __init__(self, api_key: str, **settings: Any) -> None:
            super().__init__(api_key=api_key, **settings)

    assert Own("test-key", timeout=5).timeout == 5
    with pytest.raises(ConfigurationError, match=r"^Own takes its settings by name"):
        Own("test-key", "https://example.com")


async def test_a_setting_in_a_call_is_said_to_be_one(either: Any, ask: Any, sent: Any) -> None:
    for name in ("api_key", "max_retries"):
        with pytest.raises(ConfigurationError, match=f"'{name}' is a setting and not an option"):
            await ask(either(), "hi", **{name: 1})
    assert sent() == []


def test_the_first_of_several_wrong_names_is_told() -> None:
    for first, second in (("wrong", "worse"), ("worse", "wrong")):
        for kind in MODELS:
            with pytest.raises(ConfigurationError, match=f"no option '{first}'"):
                kind(api_key="test-key", **{first: 1, second: 1})


async def test_a_text_model_that_is_to_write_the_whole_does_not_stream(emulator: Emulator) -> None:
    model = XingYunLLM(api_key="test-key", base_url=emulator.xingyun_url)
    with pytest.raises(ConfigurationError, match=r"stream=True: .*use stream\(...\)"):
        model.invoke("One, two,", stream=True)
    with pytest.raises(ConfigurationError, match=r"stream=True: .*use stream\(...\)"):
        await model.ainvoke("One, two,", stream=True)
    assert "".join(model.stream("One, two,", stream=True)) == model.invoke("One, two,")

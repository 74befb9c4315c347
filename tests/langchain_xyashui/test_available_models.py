"""The models that a key may ask, by a model or by its class."""

from __future__ import annotations

from typing import Any

import pytest

from langchain_xyashui import ChatAShui, ChatXingYun, XingYunLLM
from langchain_xyashui.errors import AuthenticationError, ConfigurationError
from xyashui.emulator import XINGYUN_MODELS, Emulator


@pytest.fixture(params=[ChatXingYun, XingYunLLM])
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


async def test_by_the_class_with_its_settings(kind: Any, emulator: Emulator) -> None:
    given = {"api_key": "test-key", "base_url": emulator.xingyun_url}
    assert kind.available_models(**given) == list(XINGYUN_MODELS)
    assert await kind.aavailable_models(**given) == list(XINGYUN_MODELS)


async def test_by_the_class_with_the_environments_settings(
    kind: Any, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XINGYUN_API_KEY", "test-key")
    monkeypatch.setenv("XINGYUN_BASE_URL", emulator.xingyun_url)
    assert "gpt-4-turbo" in kind.available_models()
    assert "gpt-4-turbo" in await kind.aavailable_models()


async def test_by_a_model_with_its_own(kind: Any, emulator: Emulator) -> None:
    model = kind(api_key="test-key", base_url=emulator.xingyun_url)
    assert model.available_models() == list(XINGYUN_MODELS)
    assert await model.aavailable_models() == list(XINGYUN_MODELS)


async def test_a_wrong_key_is_told(kind: Any, emulator: Emulator) -> None:
    given = {"api_key": "invalid", "base_url": emulator.xingyun_url}
    with pytest.raises(AuthenticationError):
        kind.available_models(**given)
    with pytest.raises(AuthenticationError):
        await kind(**given).aavailable_models()


def test_a_missing_key_and_an_unknown_setting_are_told(kind: Any) -> None:
    with pytest.raises(ConfigurationError, match="XINGYUN_API_KEY"):
        kind.available_models()
    with pytest.raises(ConfigurationError, match="Did you mean 'base_url'"):
        kind.available_models(api_key="test-key", base_ur="http://127.0.0.1")


async def test_a_service_without_a_list_says_so() -> None:
    model = ChatAShui(api_key="test-key", base_url="http://127.0.0.1:9")
    with pytest.raises(ConfigurationError, match="documents no models: it offers chat"):
        model.available_models()
    with pytest.raises(ConfigurationError, match="documents no models: it offers chat"):
        await ChatAShui.aavailable_models(api_key="test-key")

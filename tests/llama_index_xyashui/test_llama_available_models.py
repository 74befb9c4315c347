"""The models that a key may ask, by an LLM or by its class."""

from __future__ import annotations

import pytest

from llama_index_xyashui import AShui, XingYun
from xyashui import AuthenticationError, ConfigurationError
from xyashui.emulator import XINGYUN_MODELS, Emulator


async def test_by_the_class_with_its_settings(emulator: Emulator) -> None:
    given = {"api_key": "test-key", "base_url": emulator.xingyun_url}
    assert XingYun.available_models(**given) == list(XINGYUN_MODELS)
    assert await XingYun.aavailable_models(**given) == list(XINGYUN_MODELS)


async def test_by_the_class_with_the_environments_settings(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XINGYUN_API_KEY", "test-key")
    monkeypatch.setenv("XINGYUN_BASE_URL", emulator.xingyun_url)
    assert "gpt-4-turbo" in XingYun.available_models()
    assert "gpt-4-turbo" in await XingYun.aavailable_models()


async def test_by_an_llm_with_its_own(emulator: Emulator) -> None:
    llm = XingYun(api_key="test-key", base_url=emulator.xingyun_url)
    assert llm.available_models() == list(XINGYUN_MODELS)
    assert await llm.aavailable_models() == list(XINGYUN_MODELS)


async def test_a_wrong_key_is_told(emulator: Emulator) -> None:
    given = {"api_key": "invalid", "base_url": emulator.xingyun_url}
    with pytest.raises(AuthenticationError):
        XingYun.available_models(**given)
    with pytest.raises(AuthenticationError):
        await XingYun(**given).aavailable_models()


async def test_a_service_without_a_list_says_so() -> None:
    with pytest.raises(ConfigurationError, match="documents no models: it offers chat"):
        AShui.available_models(api_key="test-key")
    with pytest.raises(ConfigurationError, match="documents no models: it offers chat"):
        await AShui(api_key="test-key").aavailable_models()

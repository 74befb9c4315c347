"""LangChain's own standard tests for chat models, against the emulator over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_tests.integration_tests import ChatModelIntegrationTests

from langchain_xyashui import ChatAShui, ChatXingYun
from xyashui.emulator import Emulator


class Standard(ChatModelIntegrationTests):
    """What both services can do, natively or by what is supplied on this side."""

    @pytest.fixture(autouse=True)
    def _serve(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have the emulator at hand, and give the picture that some tests download from it."""
        self.emulator = emulator
        download, picture = httpx.get, f"{emulator.files_url}/cat.png"
        monkeypatch.setattr(httpx, "get", lambda url, **options: download(picture, **options))

    @pytest.fixture(scope="session")
    def vcr_config(self) -> dict[str, Any]:
        """Nothing is recorded or played back: the requests go to the emulator, as in all tests."""
        return {"ignore_localhost": True}

    @pytest.fixture
    def model(self, request: Any) -> BaseChatModel:
        parameters = self.standard_chat_model_params | self.chat_model_params
        return self.chat_model_class(**parameters | getattr(request, "param", {}))

    supports_image_inputs = True
    supports_image_urls = True
    supports_image_tool_message = True
    supports_anthropic_inputs = True
    enable_vcr_tests = True
    supports_json_mode = True
    has_tool_calling = True
    has_tool_choice = True
    has_structured_output = True


class TestChatXingYun(Standard):
    chat_model_class = ChatXingYun

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"api_key": "test-key", "base_url": self.emulator.xingyun_url}

    supports_model_override = True
    model_override_value = "gpt-4o"
    returns_usage_metadata = True


class TestChatAShui(Standard):
    chat_model_class = ChatAShui

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"api_key": "test-key", "base_url": self.emulator.ashui_url}

    supports_model_override = True
    model_override_value = "ashuiai-3.5"
    returns_usage_metadata = False  # the service does not count tokens

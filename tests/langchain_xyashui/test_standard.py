"""LangChain's own standard tests for chat models, the part that needs no service."""

from __future__ import annotations

from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_tests.unit_tests import ChatModelUnitTests

from langchain_xyashui import ChatAShui, ChatXingYun


class TestChatXingYun(ChatModelUnitTests):
    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatXingYun

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"api_key": "test-key"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return (
            {"XINGYUN_API_KEY": "test-key", "XINGYUN_BASE_URL": "http://127.0.0.1:9/xingyun"},
            {},
            {"api_key": "test-key", "base_url": "http://127.0.0.1:9/xingyun/v1"},
        )


class TestChatAShui(ChatModelUnitTests):
    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatAShui

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"api_key": "test-key"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return (
            {"ASHUI_API_KEY": "test-key", "ASHUI_BASE_URL": "http://127.0.0.1:9/ashui"},
            {},
            {"api_key": "test-key", "base_url": "http://127.0.0.1:9/ashui/v1"},
        )

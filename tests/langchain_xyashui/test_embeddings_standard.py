"""LangChain's own standard tests for embedding models; those that call go to the emulator."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.embeddings import Embeddings
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from langchain_xyashui import XingYunEmbeddings
from xyashui.emulator import Emulator


class TestUnit(EmbeddingsUnitTests):
    @property
    def embeddings_class(self) -> type[Embeddings]:
        return XingYunEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"api_key": "test-key"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return (
            {"XINGYUN_API_KEY": "test-key", "XINGYUN_BASE_URL": "http://127.0.0.1:9/xingyun"},
            {},
            {"api_key": "test-key", "base_url": "http://127.0.0.1:9/xingyun/v1"},
        )


class TestIntegration(EmbeddingsIntegrationTests):
    @pytest.fixture(autouse=True)
    def _serve(self, emulator: Emulator) -> None:
        self.emulator = emulator

    @property
    def embeddings_class(self) -> type[Embeddings]:
        return XingYunEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"api_key": "test-key", "base_url": self.emulator.xingyun_url}

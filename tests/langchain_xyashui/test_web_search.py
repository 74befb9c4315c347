"""The services' web search as a tool and as a retriever."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.tools import BaseTool
from langchain_tests.integration_tests import RetrieversIntegrationTests, ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

from langchain_xyashui import XingYunWebRetriever, XingYunWebSearch
from langchain_xyashui.errors import AuthenticationError, ConfigurationError
from xyashui import ASHUI
from xyashui.emulator import Emulator

WEATHER = "今天济南天气怎么样?"
TIANQI = "https://www.tianqi.com/jinan/"


def settings(emulator: Emulator, provider: str) -> dict[str, Any]:
    url = {"xingyun": emulator.xingyun_url, "ashui": emulator.ashui_url}[provider]
    return {"provider": provider, "api_key": "test-key", "base_url": url}


@pytest.fixture(params=["xingyun", "ashui"])
def searcher(request: pytest.FixtureRequest, emulator: Emulator) -> dict[str, Any]:
    return settings(emulator, request.param)


class TestTheTool:
    def test_gives_the_answer_as_content_and_its_sources_as_artifact(
        self, searcher: dict[str, Any]
    ) -> None:
        call = {"type": "tool_call", "id": "1", "name": "web_search", "args": {"query": WEATHER}}
        message = XingYunWebSearch(**searcher).invoke(call)

        assert "25℃" in message.content
        (citation,) = message.artifact
        assert citation["url"] == TIANQI
        assert message.content[citation["start"] : citation["end"]].startswith("[济南天气预报](")

    async def test_does_the_same_async(self, searcher: dict[str, Any]) -> None:
        assert "25℃" in await XingYunWebSearch(**searcher).ainvoke(WEATHER)

    def test_may_ask_another_model(self, emulator: Emulator) -> None:
        search = XingYunWebSearch(**settings(emulator, "ashui"), model="ashuiai-4.0")
        search.invoke(WEATHER)
        assert emulator.requests[-1].body["model"] == "ashuiai-4.0"

        with pytest.raises(Exception, match="gpt-9-web"):
            XingYunWebSearch(**settings(emulator, "xingyun"), model="gpt-9-web").invoke(WEATHER)

    def test_raises_what_the_models_raise(self, emulator: Emulator) -> None:
        wrong = settings(emulator, "ashui") | {"api_key": "invalid"}
        with pytest.raises(AuthenticationError):
            XingYunWebSearch(**wrong).invoke(WEATHER)

    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ({"provider": "bing"}, "no provider 'bing'"),
            ({"provider": "ashuj"}, "Did you mean 'ashui'"),
            ({"api_key": ""}, "needs a key"),
            ({"max_retry": 1}, "Did you mean 'max_retries'"),
            ({"timeout": -1}, "timeout must be"),
            ({"provider": 5}, "provider must be"),
        ],
    )
    def test_is_refused_at_once_where_it_cannot_be(
        self, given: dict[str, Any], reason: str
    ) -> None:
        with pytest.raises(ConfigurationError, match=reason):
            XingYunWebSearch(**{"api_key": "test-key", **given})

    @pytest.mark.parametrize("query", ["", "  \n"])
    async def test_searches_only_where_there_is_something_to_search_for(
        self, emulator: Emulator, query: str
    ) -> None:
        before = len(emulator.requests)
        search = XingYunWebSearch(**settings(emulator, "ashui"))
        with pytest.raises(ConfigurationError, match="nothing to search for"):
            search.invoke({"query": query})
        with pytest.raises(ConfigurationError, match="nothing to search for"):
            await search.ainvoke({"query": query})
        assert len(emulator.requests) == before

    def test_takes_a_service_or_its_name(self, emulator: Emulator) -> None:
        search = XingYunWebSearch(**settings(emulator, "ashui") | {"provider": ASHUI})
        assert (search.provider, search.service) == ("ashui", ASHUI)
        assert "25℃" in search.invoke(WEATHER)
        another = replace(ASHUI, name="another")
        assert XingYunWebSearch(provider=another, api_key="test-key").service is another

    def test_keeps_its_key_to_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        search = XingYunWebSearch(provider="ashui", api_key="canary-key")
        packed = pickle.dumps(search)
        assert "canary" not in repr(search)
        assert b"canary" not in packed
        monkeypatch.setenv("ASHUI_API_KEY", "test-key")
        assert pickle.loads(packed).provider == "ashui"


class TestTheRetriever:
    def test_gives_a_document_for_each_source(self, searcher: dict[str, Any]) -> None:
        (document,) = XingYunWebRetriever(**searcher).invoke(WEATHER)

        assert document.metadata == {"source": TIANQI, "url": TIANQI, "title": "济南天气预报"}
        assert document.page_content == "您可以参考济南天气预报获取更多详细信息。"

    async def test_does_the_same_async(self, searcher: dict[str, Any]) -> None:
        (document,) = await XingYunWebRetriever(**searcher).ainvoke(WEATHER)
        assert document.metadata["source"] == TIANQI

    def test_gives_nothing_for_an_answer_without_sources(self, searcher: dict[str, Any]) -> None:
        assert XingYunWebRetriever(**searcher).invoke("3加4等于几?") == []

    def test_gives_no_more_than_k(self, emulator: Emulator) -> None:
        several = "What are LangChain, LlamaIndex and pandas? Search the web."
        retriever = XingYunWebRetriever(**settings(emulator, "ashui"), k=2)
        assert len(retriever.invoke(several)) == 2
        assert len(retriever.invoke(several, k=1)) == 1

    @pytest.mark.parametrize("k", [0, -1, 1.5, "3", True])
    async def test_gives_one_at_least(self, emulator: Emulator, k: Any) -> None:
        given = settings(emulator, "ashui")
        with pytest.raises(ConfigurationError, match=r"\bk\b"):
            XingYunWebRetriever(**given, k=k)
        before = len(emulator.requests)
        with pytest.raises(ConfigurationError, match="k must be"):
            XingYunWebRetriever(**given).invoke(WEATHER, k=k)
        with pytest.raises(ConfigurationError, match="k must be"):
            await XingYunWebRetriever(**given).ainvoke(WEATHER, k=k)
        assert len(emulator.requests) == before


class TestToolUnit(ToolsUnitTests):
    tool_constructor = XingYunWebSearch
    tool_constructor_params = {"api_key": "test-key"}  # noqa: RUF012 - LangChain's way
    tool_invoke_params_example = {"query": WEATHER}  # noqa: RUF012

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return {"XINGYUN_API_KEY": "test-key"}, {}, {"api_key": "test-key"}


class OnEmulator:
    @pytest.fixture(autouse=True)
    def _serve(self, emulator: Emulator) -> None:
        self.params = settings(emulator, "ashui")


class TestToolIntegration(OnEmulator, ToolsIntegrationTests):
    tool_constructor = XingYunWebSearch
    tool_invoke_params_example = {"query": WEATHER}  # noqa: RUF012

    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        return self.params

    @pytest.fixture
    def tool(self, _serve: None) -> BaseTool:
        return XingYunWebSearch(**self.params)


class TestRetrieverIntegration(OnEmulator, RetrieversIntegrationTests):
    retriever_constructor = XingYunWebRetriever
    retriever_query_example = "What are LangChain, LlamaIndex and pandas? Search the web."

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return self.params

    @pytest.fixture
    def retriever(self, _serve: None) -> XingYunWebRetriever:
        return XingYunWebRetriever(**self.params)

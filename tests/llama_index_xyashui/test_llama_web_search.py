"""The services' web search as a tool spec and as a retriever, for any LLM."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.tools import FunctionTool

from llama_index_xyashui import XingYunToolSpec, XingYunWebRetriever
from xyashui import AuthenticationError, ConfigurationError
from xyashui.emulator import Emulator

WEATHER = "今天济南天气怎么样?"
TIANQI = "https://www.tianqi.com/jinan/"
PACKAGES = "What are LangChain, LlamaIndex and pandas? Search the web."


def settings(emulator: Emulator, provider: str) -> dict[str, Any]:
    url = {"xingyun": emulator.xingyun_url, "ashui": emulator.ashui_url}[provider]
    return {"provider": provider, "api_key": "test-key", "base_url": url}


@pytest.fixture(params=["xingyun", "ashui"])
def searcher(request: pytest.FixtureRequest, emulator: Emulator) -> dict[str, Any]:
    return settings(emulator, request.param)


def the_tool(searcher: dict[str, Any]) -> FunctionTool:
    (tool,) = XingYunToolSpec(**searcher, tools=["web_search"]).to_tool_list()
    return tool


class TestTheTool:
    def test_gives_models_the_answer_and_keeps_the_sources(self, searcher) -> None:
        output = the_tool(searcher)(query=WEATHER)

        assert "25℃" in output.content
        (citation,) = output.raw_output.citations
        assert citation["url"] == TIANQI
        text = output.content[citation["start"] : citation["end"]]
        assert text.startswith("[济南天气预报](")

    async def test_does_the_same_async(self, searcher) -> None:
        output = await the_tool(searcher).acall(query=WEATHER)
        assert "25℃" in output.content
        assert output.raw_output.citations[0]["url"] == TIANQI

    async def test_is_a_function_of_the_spec_as_well(self, searcher) -> None:
        spec = XingYunToolSpec(**searcher)
        answer = spec.web_search(WEATHER)
        assert str(answer) == answer.text
        assert (await spec.aweb_search(WEATHER)).citations == answer.citations

    def test_tells_models_what_it_is_for(self) -> None:
        (tool,) = XingYunToolSpec(api_key="test-key", tools=["web_search"]).to_tool_list()
        told = tool.metadata.to_openai_tool()["function"]

        assert told["name"] == "web_search"
        assert "Use it for news" in told["description"]
        assert told["parameters"]["required"] == ["query"]
        assert "whole sentence" in told["parameters"]["properties"]["query"]["description"]

    def test_may_ask_another_model(self, emulator: Emulator) -> None:
        XingYunToolSpec(**settings(emulator, "ashui"), model="ashuiai-4.0").web_search(WEATHER)
        assert emulator.requests[-1].body["model"] == "ashuiai-4.0"

        with pytest.raises(Exception, match="gpt-9-web"):
            XingYunToolSpec(**settings(emulator, "xingyun"), model="gpt-9-web").web_search(WEATHER)

    def test_raises_what_the_llms_raise(self, emulator: Emulator) -> None:
        wrong = settings(emulator, "ashui") | {"api_key": "invalid"}
        with pytest.raises(AuthenticationError):
            the_tool(wrong)(query=WEATHER)

    @pytest.mark.parametrize("streaming", [False, True])
    async def test_lets_another_model_search(self, make, searcher, streaming: bool) -> None:
        agent = FunctionAgent(tools=[the_tool(searcher)], llm=make(), streaming=streaming)
        result = await agent.run(f"Search the web: {WEATHER}")

        (call,) = result.tool_calls
        assert call.tool_output.raw_output.citations[0]["url"] == TIANQI
        assert "25℃" in str(result)
        saved = call.tool_output.model_dump(mode="json")
        assert saved["raw_output"]["citations"][0]["url"] == TIANQI


class TestTheRetriever:
    def test_gives_a_node_for_each_source(self, searcher) -> None:
        (found,) = XingYunWebRetriever(**searcher).retrieve(WEATHER)

        assert found.node.metadata == {"url": TIANQI, "title": "济南天气预报"}
        assert found.text == "您可以参考济南天气预报获取更多详细信息。"
        assert found.score is None

    async def test_does_the_same_async(self, searcher) -> None:
        (found,) = await XingYunWebRetriever(**searcher).aretrieve(WEATHER)
        assert found.node.metadata["url"] == TIANQI

    def test_gives_no_more_than_it_is_asked_for(self, searcher) -> None:
        everything = XingYunWebRetriever(**searcher).retrieve(PACKAGES)
        assert len(everything) == 3
        two = XingYunWebRetriever(similarity_top_k=2, **searcher).retrieve(PACKAGES)
        assert [one.text for one in two] == [one.text for one in everything[:2]]

    def test_gives_nothing_for_an_answer_without_sources(self, searcher) -> None:
        assert XingYunWebRetriever(**searcher).retrieve("3加4等于几?") == []

    def test_feeds_a_query_engine(self, make, searcher, sent) -> None:
        engine = RetrieverQueryEngine.from_args(XingYunWebRetriever(**searcher), llm=make())
        response = engine.query(WEATHER)

        assert response.source_nodes[0].node.metadata["url"] == TIANQI
        prompt = str(sent()["messages"])
        assert TIANQI in prompt  # the model can name its source
        assert "获取更多详细信息" in prompt
        assert "济南天气预报" in str(response)

    async def test_feeds_a_query_engine_async(self, make, searcher) -> None:
        engine = RetrieverQueryEngine.from_args(XingYunWebRetriever(**searcher), llm=make())
        response = await engine.aquery(PACKAGES)
        assert len(response.source_nodes) == 3
        assert str(response)


@pytest.mark.parametrize("kind", [XingYunToolSpec, XingYunWebRetriever])
class TestBoth:
    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ({"provider": "bing"}, "no provider 'bing'"),
            ({"provider": "ashuj"}, "Did you mean 'ashui'"),
            ({"api_key": ""}, "needs a key"),
            ({"max_retry": 1}, "Did you mean 'max_retries'"),
            ({"timeout": -1}, "timeout must be"),
        ],
    )
    def test_are_refused_at_once_where_they_cannot_be(
        self, kind: Any, given: dict[str, Any], reason: str
    ) -> None:
        with pytest.raises(ConfigurationError, match=reason):
            kind(**{"api_key": "test-key", **given})

    def test_take_the_key_of_the_environment(
        self, kind: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ASHUI_API_KEY", "test-key")
        kind(provider="ashui")
        with pytest.raises(ConfigurationError, match="XINGYUN_API_KEY"):
            kind()

    def test_keep_their_key_to_themselves(self, kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        made = kind(provider="ashui", api_key="canary-key")
        packed = pickle.dumps(made)
        assert "canary" not in repr(made) + str(vars(made))
        assert b"canary" not in packed
        monkeypatch.setenv("ASHUI_API_KEY", "test-key")
        assert isinstance(pickle.loads(packed), kind)

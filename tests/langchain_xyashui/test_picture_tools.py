"""Image generation as a tool."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, ToolException
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests
from langgraph.checkpoint.memory import InMemorySaver

from langchain_xyashui import XingYunImageGeneration
from langchain_xyashui.errors import AuthenticationError, ConfigurationError
from xyashui import BadRequestError, Picture
from xyashui.emulator import Emulator

CALL = {"type": "tool_call", "id": "1", "name": "generate_image"}


def settings(emulator: Emulator) -> dict[str, Any]:
    return {"api_key": "test-key", "base_url": emulator.xingyun_url}


class TestTheTool:
    def test_gives_the_address_as_content_and_the_picture_as_artifact(
        self, emulator: Emulator
    ) -> None:
        tool = XingYunImageGeneration(**settings(emulator))
        message = tool.invoke({**CALL, "args": {"prompt": "一只猫", "size": "1024x1792"}})

        assert isinstance(message.artifact, Picture)
        assert f"Picture made: {message.artifact.url}, 1024x1792" in message.content
        assert "It shows: 一只猫" in message.content
        assert message.artifact.bytes().startswith(b"\x89PNG")

    async def test_does_the_same_async(self, emulator: Emulator, tmp_path: Path) -> None:
        tool = XingYunImageGeneration(directory=tmp_path, **settings(emulator))
        message = await tool.ainvoke({**CALL, "args": {"prompt": "一只猫"}})
        assert message.content.startswith(f"Picture made: {tmp_path / '一只猫.png'}, 1024x1024")
        assert (tmp_path / "一只猫.png").read_bytes() == message.artifact.data

    def test_saves_under_names_that_never_clash(self, emulator: Emulator, tmp_path: Path) -> None:
        tool = XingYunImageGeneration(directory=str(tmp_path), **settings(emulator))
        told = [tool.invoke({"prompt": "a cat"}) for _ in range(2)]
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a-cat-2.png", "a-cat.png"]
        assert "a-cat-2.png" in told[1]

    def test_asks_as_the_program_says_where_the_model_names_nothing(
        self, emulator: Emulator
    ) -> None:
        usual = {"model": "dall-e-3", "size": "1792x1024", "quality": "hd", "style": "natural"}
        tool = XingYunImageGeneration(**usual, **settings(emulator))
        tool.invoke({"prompt": "a cat", "style": "vivid", "size": ""})
        assert emulator.requests[-1].body == {**usual, "style": "vivid", "prompt": "a cat"}

    def test_tells_the_address_even_where_the_picture_cannot_be_saved(
        self, emulator: Emulator, tmp_path: Path
    ) -> None:
        (tmp_path / "x").write_text("in the way")
        tool = XingYunImageGeneration(directory=tmp_path / "x" / "y", **settings(emulator))
        message = tool.invoke({**CALL, "args": {"prompt": "a cat"}})
        assert message.artifact.url in message.content
        assert "cannot be saved" in message.content

    async def test_tells_the_model_what_it_can_mend(self, emulator: Emulator) -> None:
        tool = XingYunImageGeneration(**settings(emulator))
        for message in (
            tool.invoke({**CALL, "args": {"prompt": "a cat", "size": "5x5"}}),
            await tool.ainvoke({**CALL, "args": {"prompt": "a cat", "size": "5x5"}}),
        ):
            assert message.status == "error"
            assert "5x5" in message.content

    def test_raises_it_where_that_is_wished(self, emulator: Emulator) -> None:
        tool = XingYunImageGeneration(handle_tool_error=False, **settings(emulator))
        with pytest.raises(ToolException, match="5x5") as caught:
            tool.invoke({"prompt": "a cat", "size": "5x5"})
        assert isinstance(caught.value.__cause__, BadRequestError)

    def test_raises_what_only_the_program_can_mend(self, emulator: Emulator) -> None:
        with pytest.raises(AuthenticationError):
            XingYunImageGeneration(**settings(emulator) | {"api_key": "invalid"}).invoke("a cat")

    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ({"provider": "ashui"}, "documents no images"),
            ({"provider": "bing"}, "no provider 'bing'"),
            ({"api_key": ""}, "needs a key"),
            ({"directry": "x"}, "Did you mean 'directory'"),
            ({"directory": 5}, "directory"),
        ],
    )
    def test_is_refused_at_once_where_it_cannot_be(
        self, given: dict[str, Any], reason: str
    ) -> None:
        with pytest.raises(ConfigurationError, match=reason):
            XingYunImageGeneration(**{"api_key": "test-key", **given})

    def test_tells_models_what_it_takes(self) -> None:
        schema = XingYunImageGeneration(api_key="test-key").args
        assert set(schema) == {"prompt", "size", "quality", "style"}
        assert all(field["description"] for field in schema.values())

    def test_keeps_its_key_to_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tool = XingYunImageGeneration(api_key="canary-key", directory="x")
        packed = pickle.dumps(tool)
        assert "canary" not in repr(tool)
        assert b"canary" not in packed
        monkeypatch.setenv("XINGYUN_API_KEY", "test-key")
        assert pickle.loads(packed).directory == "x"


class TestInAnAgent:
    async def test_serves_any_model_and_survives_a_checkpoint(self, either, emulator) -> None:
        tool = XingYunImageGeneration(**settings(emulator))
        agent = create_agent(either(), tools=[tool], checkpointer=InMemorySaver())
        config = {"configurable": {"thread_id": "1"}}
        asked = {"messages": [("user", "Use generate_image to paint a red cat.")]}
        await agent.ainvoke(asked, config)

        kept = (await agent.aget_state(config)).values["messages"]
        (told,) = [message for message in kept if isinstance(message, ToolMessage)]
        assert told.content.startswith("Picture made: http://127.0.0.1")
        fields = told.artifact if isinstance(told.artifact, dict) else vars(told.artifact)
        assert Picture(**fields).bytes().startswith(b"\x89PNG")

    def test_is_written_out_as_json(self, emulator: Emulator) -> None:
        tool = XingYunImageGeneration(**settings(emulator))
        message = tool.invoke({**CALL, "args": {"prompt": "a cat"}})
        message.artifact.bytes()
        again = ToolMessage.model_validate_json(message.model_dump_json())
        assert Picture(**again.artifact).data == message.artifact.data


class TestToolUnit(ToolsUnitTests):
    tool_constructor = XingYunImageGeneration
    tool_constructor_params = {"api_key": "test-key"}  # noqa: RUF012 - LangChain's way
    tool_invoke_params_example = {"prompt": "a cat"}  # noqa: RUF012

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return {"XINGYUN_API_KEY": "test-key"}, {}, {"api_key": "test-key"}


class TestToolIntegration(ToolsIntegrationTests):
    tool_constructor = XingYunImageGeneration
    tool_invoke_params_example = {"prompt": "a cat"}  # noqa: RUF012

    @pytest.fixture
    def tool(self, emulator: Emulator) -> BaseTool:
        return XingYunImageGeneration(**settings(emulator))

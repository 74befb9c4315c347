"""Image generation as a tool of the spec, and the spec's choice of tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.tools import FunctionTool

from llama_index_xyashui import XingYunToolSpec
from llama_index_xyashui.tools import PictureAnswer
from xyashui import BadRequestError, ConfigurationError, Picture
from xyashui.emulator import Emulator


def settings(emulator: Emulator, **more: Any) -> dict[str, Any]:
    return {"api_key": "test-key", "base_url": emulator.xingyun_url, **more}


def painter(emulator: Emulator, **more: Any) -> FunctionTool:
    spec = XingYunToolSpec(tools=["generate_image"], **settings(emulator, **more))
    (tool,) = spec.to_tool_list()
    return tool


class TestThePainter:
    def test_gives_models_the_address_and_keeps_the_picture(self, emulator: Emulator) -> None:
        output = painter(emulator)(prompt="一只猫", size="1792x1024")

        answer = output.raw_output
        assert isinstance(answer, PictureAnswer)
        assert output.content == answer.text
        assert f"Picture made: {answer.picture.url}, 1792x1024" in output.content
        assert answer.picture.bytes().startswith(b"\x89PNG")

    async def test_does_the_same_async(self, emulator: Emulator, tmp_path: Path) -> None:
        output = await painter(emulator, directory=tmp_path).acall(prompt="一只猫")
        assert output.raw_output.path == tmp_path / "一只猫.png"
        assert str(tmp_path / "一只猫.png") in output.content
        assert (tmp_path / "一只猫.png").read_bytes() == output.raw_output.picture.data

    async def test_is_a_function_of_the_spec_as_well(self, emulator: Emulator) -> None:
        spec = XingYunToolSpec(**settings(emulator, image_model="dall-e-2"))
        assert str(spec.generate_image("a cat", size="256x256")).startswith("Picture made")
        assert emulator.requests[-1].body["model"] == "dall-e-2"
        assert (await spec.agenerate_image("a cat")).picture.url

    def test_tells_models_what_it_is_for(self, emulator: Emulator) -> None:
        told = painter(emulator).metadata.to_openai_tool()["function"]
        assert told["name"] == "generate_image"
        assert "Use it when a picture" in told["description"]
        assert told["parameters"]["required"] == ["prompt"]
        assert set(told["parameters"]["properties"]) == {"prompt", "size", "quality", "style"}

    def test_raises_what_the_client_raises(self, emulator: Emulator) -> None:
        with pytest.raises(BadRequestError, match="5x5"):
            painter(emulator)(prompt="a cat", size="5x5")

    async def test_raises_it_async_as_well(self, emulator: Emulator) -> None:
        with pytest.raises(BadRequestError, match="5x5"):
            await painter(emulator).acall(prompt="a cat", size="5x5")

    @pytest.mark.parametrize(
        "wish", ["Use generate_image to paint a red cat.", "画一只戴帽子的猫", "画一张雪山的图片"]
    )
    async def test_serves_any_model(self, make, emulator: Emulator, wish: str) -> None:
        agent = FunctionAgent(tools=[painter(emulator)], llm=make())
        result = await agent.run(wish)

        (call,) = result.tool_calls
        assert not call.tool_output.is_error
        saved = call.tool_output.model_dump(mode="json")["raw_output"]
        assert Picture(**saved["picture"]).bytes().startswith(b"\x89PNG")


class TestTheSpec:
    def test_gives_all_that_the_service_offers(self) -> None:
        def names(**given: Any) -> set[str]:
            tools = XingYunToolSpec(api_key="test-key", **given).to_tool_list()
            return {str(tool.metadata.name) for tool in tools}

        assert names(provider="ashui") == {"web_search"}
        assert {"web_search", "generate_image", "imagine", "upscale", "describe"} <= names()
        assert names(tools=["imagine", "vary"]) == {"imagine", "vary"}

    def test_gives_every_tool_with_and_without_await(self) -> None:
        for tool in XingYunToolSpec(api_key="test-key").to_tool_list():
            told = tool.metadata.to_openai_tool()["function"]
            assert tool.real_fn.__name__ == told["name"]
            assert "await" not in told["description"]
            assert all(
                "description" in field for field in told["parameters"]["properties"].values()
            ), told["name"]

    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ({"tools": ["web_serch"]}, "Did you mean 'web_search'"),
            ({"tools": "web_search"}, "list of names"),
            ({"tools": []}, "list of names"),
            ({"tools": [5]}, "no tool 5"),
            ({"tools": ["imagine"], "provider": "ashui"}, "documents no midjourney"),
            ({"directory": 5}, "directory must be"),
            ({"wait": -1}, "wait must be"),
            ({"poll_interval": 0}, "poll_interval must be"),
        ],
    )
    def test_is_refused_at_once_where_it_cannot_be(
        self, given: dict[str, Any], reason: str
    ) -> None:
        with pytest.raises(ConfigurationError, match=reason):
            XingYunToolSpec(**{"api_key": "test-key", **given})

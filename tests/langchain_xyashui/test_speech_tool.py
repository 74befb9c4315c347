"""Speech as a tool."""

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

from langchain_xyashui import XingYunSpeech
from langchain_xyashui.errors import (
    AuthenticationError,
    ConfigurationError,
    StreamInterruptedError,
)
from tests.recordings import tone
from tests.servers import FaultServer, close, head, http
from xyashui import Sound
from xyashui.emulator import Emulator

CALL = {"type": "tool_call", "id": "1", "name": "speak"}


def settings(emulator: Emulator) -> dict[str, Any]:
    return {"api_key": "test-key", "base_url": emulator.xingyun_url}


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


class TestTheTool:
    async def test_gives_the_sound_as_artifact_and_tells_of_it(self, emulator: Emulator) -> None:
        tool = XingYunSpeech(**settings(emulator))
        args = {"text": "你好，济南", "voice": "nova", "speed": 2.0}
        for message in (
            tool.invoke({**CALL, "args": args}),
            await tool.ainvoke({**CALL, "args": args}),
        ):
            assert isinstance(message.artifact, Sound)
            assert message.artifact.format == "mp3"
            assert message.content == (
                f"Spoken: {message.artifact.duration:.1f} s, mp3; "
                "the sound has been handed to the program"
            )
            body = emulator.requests[-1].body
            assert body == {
                "model": "tts-1", "input": "你好，济南", "voice": "nova", "speed": 2.0,
                "response_format": "mp3",
            }  # fmt: skip

    async def test_saves_under_names_that_never_clash(
        self, emulator: Emulator, tmp_path: Path
    ) -> None:
        folder = tmp_path / "new"
        tool = XingYunSpeech(directory=str(folder), audio_format="wav", **settings(emulator))
        told = [
            tool.invoke({"text": "../你好, world!"}),
            await tool.ainvoke({"text": "你好 world"}),
            tool.invoke({"text": "!?"}),
        ]
        assert names(folder) == ["speech.wav", "你好-world-2.wav", "你好-world.wav"]
        assert told[1].endswith(f"wav; saved as {str(folder / '你好-world-2.wav')!r}")
        message = tool.invoke({**CALL, "args": {"text": "one"}})
        assert (folder / "one.wav").read_bytes() == message.artifact.data

    def test_speaks_as_the_program_says_where_the_model_names_nothing(
        self, emulator: Emulator
    ) -> None:
        usual = {"model": "tts-1-hd", "voice": "onyx", "speed": 0.5}
        tool = XingYunSpeech(**usual, audio_format="flac", **settings(emulator))
        tool.invoke({"text": "hello", "voice": ""})
        expected = {**usual, "response_format": "flac", "input": "hello"}
        assert emulator.requests[-1].body == expected
        tool.invoke({"text": "hello", "voice": "nova"})
        assert emulator.requests[-1].body == {**expected, "voice": "nova"}

    def test_hands_the_sound_on_even_where_it_cannot_be_saved(
        self, emulator: Emulator, tmp_path: Path
    ) -> None:
        (tmp_path / "x").write_text("in the way")
        tool = XingYunSpeech(directory=tmp_path / "x" / "y", **settings(emulator))
        message = tool.invoke({**CALL, "args": {"text": "hello"}})
        assert message.artifact.data
        assert "cannot be saved" in message.content

    async def test_tells_the_model_what_it_can_mend(self, emulator: Emulator) -> None:
        tool = XingYunSpeech(**settings(emulator))
        before = len(emulator.requests)
        for args, reason in (
            ({"text": "x" * 4097}, "4,096 at most"),
            ({"text": " "}, "nothing to say"),
            ({"text": "hello", "speed": 9}, "speed=9.0 is outside"),
        ):
            for message in (
                tool.invoke({**CALL, "args": args}),
                await tool.ainvoke({**CALL, "args": args}),
            ):
                assert message.status == "error"
                assert reason in message.content
        assert len(emulator.requests) == before

    def test_raises_it_where_that_is_wished(self) -> None:
        tool = XingYunSpeech(handle_tool_error=False, api_key="test-key")
        with pytest.raises(ToolException, match="nothing to say"):
            tool.invoke({"text": ""})

    async def test_raises_what_only_the_program_can_mend(self, emulator: Emulator) -> None:
        tool = XingYunSpeech(**settings(emulator) | {"api_key": "invalid"})
        with pytest.raises(AuthenticationError):
            tool.invoke("hello")
        with pytest.raises(AuthenticationError):
            await tool.ainvoke("hello")

    async def test_saves_nothing_of_what_is_cut_short(self, tmp_path: Path) -> None:
        cut = [head(200, "audio/mpeg", content_length=len(tone("mp3"))), tone("mp3")[:500], close]
        with FaultServer(cut) as server:
            tool = XingYunSpeech(directory=tmp_path, api_key="test-key", base_url=server.url)
            with pytest.raises(StreamInterruptedError):
                tool.invoke("hello")
            with pytest.raises(StreamInterruptedError):
                await tool.ainvoke("hello")
        assert names(tmp_path) == []

    def test_a_file_is_named_by_what_it_is(self, tmp_path: Path) -> None:
        """The service may send another format than the one that was asked for."""
        with FaultServer([http(tone("wav"), 200, "audio/mpeg")]) as server:
            tool = XingYunSpeech(directory=tmp_path, api_key="test-key", base_url=server.url)
            tool.invoke("hello")
        assert names(tmp_path) == ["hello.wav"]

    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ({"provider": "ashui"}, "documents no speech"),
            ({"api_key": ""}, "needs a key"),
            ({"directry": "x"}, "Did you mean 'directory'"),
            ({"directory": __file__}, "is no directory"),
            ({"speed": 9}, "speed=9.0 is outside"),
            ({"voice": " "}, "voice must be"),
            ({"audio_format": "m4a"}, "audio_format"),
        ],
    )
    def test_is_refused_at_once_where_it_cannot_be(
        self, given: dict[str, Any], reason: str
    ) -> None:
        with pytest.raises(ConfigurationError, match=reason):
            XingYunSpeech(**{"api_key": "test-key", **given})

    def test_tells_models_what_it_takes(self) -> None:
        schema = XingYunSpeech(api_key="test-key").args
        assert set(schema) == {"text", "voice", "speed"}
        assert all(field["description"] for field in schema.values())

    def test_keeps_its_key_to_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tool = XingYunSpeech(api_key="canary-key", voice="nova")
        packed = pickle.dumps(tool)
        assert "canary" not in repr(tool)
        assert b"canary" not in packed
        monkeypatch.setenv("XINGYUN_API_KEY", "test-key")
        assert pickle.loads(packed).voice == "nova"


async def test_serves_an_agent_and_survives_a_checkpoint(either: Any, emulator: Emulator) -> None:
    tool = XingYunSpeech(**settings(emulator))
    agent = create_agent(either(), tools=[tool], checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}
    asked = {"messages": [("user", 'Say "good morning" aloud with the speak tool.')]}
    await agent.ainvoke(asked, config)
    state = await agent.aget_state(config)
    (message,) = [one for one in state.values["messages"] if isinstance(one, ToolMessage)]
    assert message.content.startswith("Spoken: ")
    kept = message.artifact  # LangGraph keeps the fields of what it does not know
    assert Sound(**kept if isinstance(kept, dict) else vars(kept)).duration


def test_what_it_gives_is_written_out_as_json(emulator: Emulator) -> None:
    tool = XingYunSpeech(**settings(emulator))
    message = tool.invoke({**CALL, "args": {"text": "hello"}})
    again = ToolMessage.model_validate_json(message.model_dump_json())
    assert Sound(**again.artifact) == message.artifact


class TestToolUnit(ToolsUnitTests):
    tool_constructor = XingYunSpeech
    tool_constructor_params = {"api_key": "test-key"}  # noqa: RUF012 - LangChain's way
    tool_invoke_params_example = {"text": "hello"}  # noqa: RUF012

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return {"XINGYUN_API_KEY": "test-key"}, {}, {"api_key": "test-key"}


class TestToolIntegration(ToolsIntegrationTests):
    tool_constructor = XingYunSpeech
    tool_invoke_params_example = {"text": "hello"}  # noqa: RUF012

    @pytest.fixture(autouse=True)
    def _serve(self, emulator: Emulator) -> None:
        self.params = settings(emulator)

    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        return self.params

    @pytest.fixture
    def tool(self, _serve: None) -> BaseTool:
        return XingYunSpeech(**self.params)

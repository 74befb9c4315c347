"""Speech as a tool of `XingYunToolSpec`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent

from llama_index_xyashui import XingYunToolSpec
from tests.recordings import tone
from tests.servers import FaultServer, close, head
from xyashui import AuthenticationError, ConfigurationError, Sound, StreamInterruptedError
from xyashui.emulator import Emulator


@pytest.fixture
def spec(emulator: Emulator) -> Any:
    given = {"api_key": "test-key", "base_url": emulator.xingyun_url}
    return lambda **settings: XingYunToolSpec(**given | settings)


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


async def test_it_gives_the_sound_and_tells_of_it(spec: Any, emulator: Emulator) -> None:
    for answer in (
        spec().speak("你好，济南", voice="nova", speed=2.0),
        await spec().aspeak("你好，济南", voice="nova", speed=2.0),
    ):
        assert isinstance(answer.sound, Sound)
        assert answer.path is None
        assert str(answer) == answer.text
        seconds = f"{answer.sound.duration:.1f}"
        assert answer.text == f"Spoken: {seconds} s, mp3; the sound has been handed to the program"
        body = emulator.requests[-1].body
        assert (body["input"], body["voice"], body["speed"]) == ("你好，济南", "nova", 2.0)


async def test_it_saves_under_names_that_never_clash(spec: Any, tmp_path: Path) -> None:
    tools = spec(directory=tmp_path)
    first, second = tools.speak("Good morning!"), await tools.aspeak("Good morning!")
    assert names(tmp_path) == ["Good-morning-2.mp3", "Good-morning.mp3"]
    assert first.path == tmp_path / "Good-morning.mp3"
    assert second.path.read_bytes() == second.sound.data
    assert f"saved as {str(second.path)!r}" in second.text


def test_it_speaks_as_the_program_says_where_the_agent_names_nothing(
    spec: Any, emulator: Emulator
) -> None:
    tools = spec(speech_model="tts-1-hd", voice="onyx")
    tools.speak("hello")
    body = emulator.requests[-1].body
    assert (body["model"], body["voice"]) == ("tts-1-hd", "onyx")
    tools.speak("hello", voice="nova")
    assert emulator.requests[-1].body["voice"] == "nova"


async def test_what_cannot_be_said_is_refused(spec: Any, emulator: Emulator) -> None:
    before = len(emulator.requests)
    for text, more, reason in (
        ("", {}, "nothing to say"),
        ("x" * 4097, {}, "4,096 at most"),
        ("hello", {"speed": 9}, "speed=9 is outside"),
    ):
        with pytest.raises(ConfigurationError, match=reason):
            spec().speak(text, **more)
        with pytest.raises(ConfigurationError, match=reason):
            await spec().aspeak(text, **more)
    assert len(emulator.requests) == before


async def test_what_the_service_refuses_is_raised(spec: Any) -> None:
    with pytest.raises(AuthenticationError):
        spec(api_key="invalid").speak("hello")
    with pytest.raises(AuthenticationError):
        await spec(api_key="invalid").aspeak("hello")


async def test_nothing_is_saved_of_what_is_cut_short(spec: Any, tmp_path: Path) -> None:
    cut = [head(200, "audio/mpeg", content_length=len(tone("mp3"))), tone("mp3")[:500], close]
    with FaultServer(cut) as server:
        tools = spec(directory=tmp_path, base_url=server.url)
        with pytest.raises(StreamInterruptedError):
            tools.speak("hello")
        with pytest.raises(StreamInterruptedError):
            await tools.aspeak("hello")
    assert names(tmp_path) == []


def test_agents_are_told_of_it_where_the_service_speaks(spec: Any, emulator: Emulator) -> None:
    (tool,) = spec(tools=["speak"]).to_tool_list()
    assert tool.metadata.name == "speak"
    assert "aloud" in tool.metadata.description
    schema = tool.metadata.get_parameters_dict()
    assert set(schema["properties"]) == {"text", "voice", "speed"}
    ashui = {"provider": "ashui", "base_url": emulator.ashui_url}
    assert "speak" not in [one.metadata.name for one in spec(**ashui).to_tool_list()]
    with pytest.raises(ConfigurationError, match="documents no speech"):
        spec(tools=["speak"], **ashui)


async def test_an_agent_speaks_with_it(make: Any, spec: Any) -> None:
    agent = FunctionAgent(tools=spec(tools=["speak"]).to_tool_list(), llm=make())
    result = await agent.run('Say "good morning" aloud with the speak tool.')
    (call,) = result.tool_calls
    assert call.tool_output.raw_output.sound.format == "mp3"
    assert call.tool_output.model_dump_json()

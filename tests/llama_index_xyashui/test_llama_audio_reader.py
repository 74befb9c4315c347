"""Recordings as LlamaIndex documents."""

from __future__ import annotations

import pickle
from io import BytesIO
from pathlib import Path
from typing import Any

import fsspec
import pytest
from llama_index.core import Document, SimpleDirectoryReader, SummaryIndex

from llama_index_xyashui import XingYunAudioReader, XingYunToolSpec
from tests.recordings import tone
from tests.servers import FaultServer, http
from tests.wire import error
from xyashui import AuthenticationError, ConfigurationError, ProtocolError, Sound
from xyashui.emulator import Emulator

MP3 = tone("mp3")
VERBOSE = {
    "language": "chinese",
    "duration": 5.5,
    "text": "大家好。我们开始吧。",
    "segments": [
        {"start": 0.0, "end": 2.5, "text": " 大家好。"},
        {"start": 2.5, "end": 5.5, "text": "我们开始吧。"},
    ],
}


async def _load(reader: XingYunAudioReader, *given: Any, **more: Any) -> list[Document]:
    return reader.load_data(*given, **more)


async def _aload(reader: XingYunAudioReader, *given: Any, **more: Any) -> list[Document]:
    return await reader.aload_data(*given, **more)


async def _lazy(reader: XingYunAudioReader, *given: Any, **more: Any) -> list[Document]:
    return list(reader.lazy_load_data(*given, **more))


async def _alazy(reader: XingYunAudioReader, *given: Any, **more: Any) -> list[Document]:
    return list(await reader.alazy_load_data(*given, **more))


@pytest.fixture(params=[_load, _aload, _lazy, _alazy], ids=lambda way: way.__name__[1:])
def load(request: pytest.FixtureRequest) -> Any:
    return request.param


def reader(url: str = "http://127.0.0.1:9", **given: Any) -> XingYunAudioReader:
    return XingYunAudioReader(**{"api_key": "test-key", "base_url": url, "max_retries": 0, **given})


async def test_a_recording_is_a_document(load: Any, tmp_path: Path) -> None:
    path = tmp_path / "talk.mp3"
    path.write_bytes(MP3)
    with FaultServer([http(VERBOSE)]) as server:
        given = reader(server.url, language="zh")
        (document,) = await load(given, path, extra_info={"speaker": "Li"})
        assert MP3 in server.requests[0].body
        assert b'name="language"\r\n\r\nzh' in server.requests[0].body
    assert document.text == "大家好。我们开始吧。"
    assert document.metadata == {
        "source": str(path), "speaker": "Li", "duration": 5.5, "language": "chinese",
    }  # fmt: skip


async def test_or_each_of_its_segments_is_one(load: Any) -> None:
    with FaultServer([http(VERBOSE)]) as server:
        found = await load(reader(server.url, per="segment"), BytesIO(MP3))
    assert [one.text for one in found] == ["大家好。", "我们开始吧。"]
    assert found[1].metadata == {"duration": 5.5, "language": "chinese", "start": 2.5, "end": 5.5}


async def test_it_takes_whatever_can_be_transcribed(load: Any) -> None:
    with FaultServer([http(VERBOSE)]) as server:
        for source in (MP3, BytesIO(MP3), Sound.of(MP3, "mp3")):
            assert await load(reader(server.url), source)


async def test_a_file_may_lie_in_another_file_system(load: Any) -> None:
    memory = fsspec.filesystem("memory")
    with memory.open("/talk.mp3", "wb") as file:
        file.write(MP3)
    with FaultServer([http(VERBOSE)]) as server:
        (document,) = await load(reader(server.url), "/talk.mp3", fs=memory)
        assert MP3 in server.requests[0].body
    assert document.metadata["source"] == "/talk.mp3"


async def test_a_directory_is_read_with_it(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(MP3)
    (tmp_path / "b.txt").write_text("Only text.")
    with FaultServer([http(VERBOSE)]) as server:
        directory = SimpleDirectoryReader(
            str(tmp_path), file_extractor={".mp3": reader(server.url)}, raise_on_error=True
        )
        found = directory.load_data()
        again = await directory.aload_data()
    assert [one.text for one in found] == ["大家好。我们开始吧。", "Only text."]
    assert [one.text for one in again] == [one.text for one in found]
    assert found[0].metadata["file_name"] == "a.mp3"
    assert found[0].metadata["duration"] == 5.5


def test_what_was_said_can_be_asked_about(xingyun: Any) -> None:
    said = {"text": "The lake froze over on 3 January."}
    with FaultServer([http(said)]) as server:
        index = SummaryIndex.from_documents(reader(server.url).load_data(MP3))
    answer = index.as_query_engine(llm=xingyun()).query("When did the lake freeze over?")
    assert "3 January" in str(answer)


async def test_what_was_spoken_is_written_down(load: Any, emulator: Emulator) -> None:
    given = {"api_key": "test-key", "base_url": emulator.xingyun_url}
    sound = XingYunToolSpec(**given).speak("Hello there. How are you?").sound
    first, second = await load(reader(emulator.xingyun_url, per="segment"), sound)
    assert (first.text, second.text) == ("Hello there.", "How are you?")
    assert 0 < first.metadata["end"] <= second.metadata["start"]


async def test_what_the_service_refuses_is_raised(load: Any) -> None:
    refusal = http(error("无效的令牌"), 401)
    with FaultServer([refusal]) as server, pytest.raises(AuthenticationError, match="无效的令牌"):
        await load(reader(server.url), MP3)
    with FaultServer([http({"words": []})]) as server, pytest.raises(ProtocolError):
        await load(reader(server.url), MP3)


async def test_what_is_no_recording_is_refused_before_anything_is_sent(
    load: Any, tmp_path: Path
) -> None:
    with FaultServer([http(VERBOSE)]) as server:
        for source, reason in (
            (b"hello", "looks like text"),
            (tmp_path / "nowhere.mp3", "does not exist"),
            (str(tmp_path), "is a directory"),
            (5, "cannot be transcribed"),
        ):
            with pytest.raises(ConfigurationError, match=reason):
                await load(reader(server.url), source)
        assert not server.requests


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"per": "word"}, "per"),
        ({"per": "segment", "response_format": "text"}, "per='segment' needs times"),
        ({"response_format": "xml"}, "response_format must be one of"),
        ({"temperature": 2}, "temperature=2.0 is outside"),
        ({"langauge": "zh"}, "Did you mean 'language'"),
        ({"provider": "ashui"}, "documents no transcriptions"),
        ({"api_key": ""}, "needs a key"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_made(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        reader(**given)


def test_it_keeps_its_key_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pickle.dumps(reader(api_key="canary-key", language="zh"))
    assert b"canary" not in packed
    assert "canary" not in repr(reader(api_key="canary-key"))
    monkeypatch.setenv("XINGYUN_API_KEY", "test-key")
    assert pickle.loads(packed).language == "zh"

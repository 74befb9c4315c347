"""Recordings as LangChain documents."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from langchain_core.document_loaders import BlobLoader
from langchain_core.documents import Document
from langchain_core.documents.base import Blob

from langchain_xyashui import XingYunSpeech, XingYunTranscriptionParser
from langchain_xyashui.errors import (
    AuthenticationError,
    ConfigurationError,
    ProtocolError,
)
from tests.recordings import tone
from tests.servers import FaultServer, http
from tests.wire import error
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
SRT = "1\n00:00:00,000 --> 00:00:02,500\n大家好。\n\n"


async def _parse(parser: XingYunTranscriptionParser, blob: Blob) -> list[Document]:
    return parser.parse(blob)


async def _aparse(parser: XingYunTranscriptionParser, blob: Blob) -> list[Document]:
    return await parser.aparse(blob)


@pytest.fixture(params=[_parse, _aparse], ids=["sync", "async"])
def parse(request: pytest.FixtureRequest) -> Any:
    return request.param


def parser(url: str = "http://127.0.0.1:9", **given: Any) -> XingYunTranscriptionParser:
    return XingYunTranscriptionParser(
        **{"api_key": "test-key", "base_url": url, "max_retries": 0, **given}
    )


async def test_a_recording_is_a_document(parse: Any, tmp_path: Path) -> None:
    path = tmp_path / "talk.mp3"
    path.write_bytes(MP3)
    with FaultServer([http(VERBOSE)]) as server:
        blob = Blob.from_path(path, metadata={"speaker": "Li"})
        (document,) = await parse(parser(server.url, language="zh"), blob)
        assert MP3 in server.requests[0].body
        assert b'name="language"\r\n\r\nzh' in server.requests[0].body
    assert document.page_content == "大家好。我们开始吧。"
    assert document.metadata == {
        "source": str(path), "speaker": "Li", "duration": 5.5, "language": "chinese",
    }  # fmt: skip


async def test_or_each_of_its_segments_is_one(parse: Any) -> None:
    with FaultServer([http(VERBOSE)]) as server:
        found = await parse(parser(server.url, per="segment"), Blob.from_data(MP3))
    assert [one.page_content for one in found] == ["大家好。", "我们开始吧。"]
    assert found[1].metadata == {"duration": 5.5, "language": "chinese", "start": 2.5, "end": 5.5}


async def test_a_recording_whose_segments_are_not_told_is_not_lost(parse: Any) -> None:
    with FaultServer([http({"text": "大家好。"})]) as server:
        (document,) = await parse(parser(server.url, per="segment"), Blob.from_data(MP3))
    assert (document.page_content, document.metadata) == ("大家好。", {})


async def test_a_document_may_hold_subtitles(parse: Any) -> None:
    with FaultServer([http(SRT.encode(), 200, "text/plain")]) as server:
        asked = parser(server.url, response_format="srt")
        (document,) = await parse(asked, Blob.from_data(MP3))
    assert document.page_content == SRT


def test_documents_come_one_by_one_from_any_loader(tmp_path: Path) -> None:
    class Loader(BlobLoader):
        def yield_blobs(self) -> Any:
            for name in ("a.mp3", "b.mp3"):
                (tmp_path / name).write_bytes(MP3)
                yield Blob.from_path(tmp_path / name)

    with FaultServer([http(VERBOSE)]) as server:
        listener = parser(server.url)
        found = [one for blob in Loader().yield_blobs() for one in listener.lazy_parse(blob)]
    assert [Path(one.metadata["source"]).name for one in found] == ["a.mp3", "b.mp3"]


async def test_what_was_spoken_is_written_down(parse: Any, emulator: Emulator) -> None:
    given = {"api_key": "test-key", "base_url": emulator.xingyun_url}
    sound = XingYunSpeech(**given)._run("Hello there. How are you?")[1]
    first, second = await parse(
        parser(emulator.xingyun_url, per="segment"), Blob.from_data(sound.data)
    )
    assert (first.page_content, second.page_content) == ("Hello there.", "How are you?")
    assert 0 < first.metadata["end"] <= second.metadata["start"]


async def test_what_the_service_refuses_is_raised(parse: Any) -> None:
    refusal = http(error("无效的令牌"), 401)
    with FaultServer([refusal]) as server, pytest.raises(AuthenticationError, match="无效的令牌"):
        await parse(parser(server.url), Blob.from_data(MP3))
    with FaultServer([http({"words": []})]) as server, pytest.raises(ProtocolError):
        await parse(parser(server.url), Blob.from_data(MP3))


async def test_what_is_no_recording_is_refused_before_anything_is_sent(
    parse: Any, tmp_path: Path
) -> None:
    with FaultServer([http(VERBOSE)]) as server:
        for blob, reason in (
            (Blob.from_data("hello"), "holds text"),
            (Blob.from_data(b"hello"), "looks like text"),
            (Blob.from_data(b""), "is empty"),
            (Blob.from_path(tmp_path / "nowhere.mp3"), "does not exist"),
            (Blob.from_path(tmp_path), "is a directory"),
        ):
            with pytest.raises(ConfigurationError, match=reason):
                await parse(parser(server.url), blob)
        assert not server.requests


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"per": "word"}, "per"),
        ({"per": "segment", "response_format": "srt"}, "per='segment' needs times"),
        ({"response_format": "xml"}, "response_format must be one of"),
        ({"temperature": 2}, "temperature=2.0 is outside"),
        ({"langauge": "zh"}, "Did you mean 'language'"),
        ({"provider": "ashui"}, "documents no transcriptions"),
        ({"api_key": ""}, "needs a key"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_made(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        parser(**given)


def test_it_keeps_its_key_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pickle.dumps(parser(api_key="canary-key", language="zh"))
    assert b"canary" not in packed
    assert "canary" not in repr(parser(api_key="canary-key"))
    monkeypatch.setenv("XINGYUN_API_KEY", "test-key")
    assert pickle.loads(packed).language == "zh"

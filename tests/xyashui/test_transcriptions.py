"""Transcription: the form that is sent, and the transcript that comes back."""

from __future__ import annotations

import email
import socket
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests.recordings import long_wav, tone
from tests.servers import FaultServer, Request, http
from tests.wire import error
from xyashui import ASHUI, AsyncClient, Client, Segment, Sound, Transcript
from xyashui.emulator import Emulator
from xyashui.errors import (
    AuthenticationError,
    ConfigurationError,
    ModelNotFoundError,
    ProtocolError,
    ServerError,
)

from .conftest import async_client, split, sync_client

MP3 = tone("mp3")
VERBOSE = {
    "task": "transcribe",
    "language": "chinese",
    "duration": 5.5,
    "text": " 大家好。我们开始吧。",
    "segments": [
        {"id": 0, "start": 0.0, "end": 2.5, "text": " 大家好。"},
        {"id": 1, "start": 2.5, "end": 5.5, "text": "我们开始吧。"},
    ],
}
SRT = (
    "1\n00:00:00,000 --> 00:00:02,500\n大家好。\n\n"
    "2\n00:00:02,500 --> 00:00:05,500\n我们开始吧。\n\n"
)
VTT = "WEBVTT\n\n00:00.000 --> 00:02.500\n大家好。\n"


class Way:
    def __init__(self, kind: str) -> None:
        self.kind = kind

    async def __call__(self, url: str, audio: Any = MP3, **given: Any) -> Transcript:
        settings, options = split(url, given)
        if self.kind == "sync":
            with sync_client("xingyun", settings) as client:
                return client.transcribe(audio, **options)
        async with async_client("xingyun", settings, plain=self.kind == "httpx") as client:
            return await client.transcribe(audio, **options)


@pytest.fixture(params=["sync", "aiohttp", "httpx"])
def transcribe(request: pytest.FixtureRequest) -> Way:
    return Way(request.param)


def parts(request: Request) -> list[tuple[str, str | None, str, bytes]]:
    """The parts of a form: name, file name, media type, content."""
    head = f"Content-Type: {request.header('content-type')}\r\n\r\n".encode()
    message = email.message_from_bytes(head + request.body)
    assert message.is_multipart()
    found = []
    for part in message.get_payload():
        name = part.get_param("name", header="content-disposition")
        found.append(
            (name, part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
        )
    return found


def fields(request: Request) -> dict[str, str]:
    return {name: content.decode() for name, file, _, content in parts(request) if file is None}


class TestWhatIsSent:
    async def test_is_a_form_with_the_file(self, transcribe: Way, tmp_path: Path) -> None:
        path = tmp_path / "秘密.bin"
        path.write_bytes(MP3)
        with FaultServer([http(VERBOSE)]) as server:
            await transcribe(server.url, path)
            (request,) = server.requests
        assert request.target == "/v1/audio/transcriptions"
        assert fields(request) == {"model": "whisper-1", "response_format": "verbose_json"}
        assert parts(request)[-1] == ("file", "audio.mp3", "audio/mpeg", MP3)
        assert int(request.header("content-length") or 0) == len(request.body)
        assert request.header("authorization") == "Bearer test-key"
        assert "秘密".encode() not in request.body

    @pytest.mark.parametrize(
        "source",
        [lambda: MP3, lambda: BytesIO(MP3), lambda: Sound.of(MP3, "mp3"), lambda: bytearray(MP3)],
        ids=["bytes", "file", "Sound", "bytearray"],
    )
    async def test_is_the_same_whatever_the_source(
        self, transcribe: Way, source: Callable[[], Any]
    ) -> None:
        with FaultServer([http(VERBOSE)]) as server:
            await transcribe(server.url, source())
            assert parts(server.requests[0])[-1][3] == MP3

    async def test_has_the_options(self, transcribe: Way) -> None:
        with FaultServer([http({"text": ""})]) as server:
            await transcribe(
                server.url, model="whisper-2", language="zh", prompt="济南", temperature=0.5,
                response_format="json", extra_body={"hot": True, "seed": 7},
            )  # fmt: skip
            assert fields(server.requests[0]) == {
                "model": "whisper-2", "language": "zh", "prompt": "济南", "temperature": "0.5",
                "response_format": "json", "hot": "true", "seed": "7",
            }  # fmt: skip

    async def test_may_have_a_field_several_times(self, transcribe: Way) -> None:
        several = {"timestamp_granularities[]": ["word", "segment"]}
        with FaultServer([http(VERBOSE)]) as server:
            await transcribe(server.url, extra_body=several)
            sent = [(name, content) for name, _, _, content in parts(server.requests[0])]
        assert ("timestamp_granularities[]", b"word") in sent
        assert ("timestamp_granularities[]", b"segment") in sent


class TestWhatComesBack:
    async def test_with_times(self, transcribe: Way) -> None:
        with FaultServer([http(VERBOSE)]) as server:
            transcript = await transcribe(server.url)
        assert transcript.text == "大家好。我们开始吧。"
        assert (transcript.language, transcript.duration) == ("chinese", 5.5)
        assert transcript.segments == (
            Segment(0.0, 2.5, "大家好。"),
            Segment(2.5, 5.5, "我们开始吧。"),
        )
        assert transcript.raw == VERBOSE
        assert transcript.to_srt() == SRT

    async def test_as_json(self, transcribe: Way) -> None:
        with FaultServer([http({"text": "大家好。"})]) as server:
            transcript = await transcribe(server.url, response_format="json")
        assert (transcript.text, transcript.segments) == ("大家好。", ())
        assert (transcript.language, transcript.duration) == (None, None)

    async def test_as_text(self, transcribe: Way) -> None:
        with FaultServer([http("大家好。\n".encode(), 200, "text/plain")]) as server:
            transcript = await transcribe(server.url, response_format="text")
        assert transcript.text == "大家好。"

    @pytest.mark.parametrize(("form", "subtitles"), [("srt", SRT), ("vtt", VTT)])
    async def test_as_subtitles(self, transcribe: Way, form: Any, subtitles: str) -> None:
        with FaultServer([http(subtitles.encode(), 200, "text/plain")]) as server:
            transcript = await transcribe(server.url, response_format=form)
        assert transcript.text == subtitles
        assert getattr(transcript, f"to_{form}")() == subtitles

    async def test_as_json_though_subtitles_were_asked_for(self, transcribe: Way) -> None:
        with FaultServer([http(VERBOSE)]) as server:
            assert (await transcribe(server.url, response_format="srt")).text == SRT
            assert (await transcribe(server.url, response_format="text")).text == (
                "大家好。我们开始吧。"
            )

    async def test_silence(self, transcribe: Way) -> None:
        with FaultServer([http({"text": "", "segments": [], "duration": 3})]) as server:
            transcript = await transcribe(server.url)
        assert (transcript.text, transcript.segments, transcript.duration) == ("", (), 3.0)

    @pytest.mark.parametrize(
        "body",
        [{}, [], {"text": None}, {"text": 5}, b"", b"<html>", {"text": "", "segments": 5},
         {"text": "", "segments": [{"start": 0}]}, {"text": "", "segments": ["x"]},
         {"text": "", "duration": "long"}, {"text": "", "duration": -1},
         {"text": "", "segments": [{"start": "NaN", "end": 1, "text": ""}]},
         {"text": "", "segments": [{"start": 1e306, "end": 1e307, "text": ""}]},
         {"text": "", "segments": {}}, {"text": "", "duration": 1e306}],
        ids=str,
    )  # fmt: skip
    async def test_what_is_no_transcript(self, transcribe: Way, body: Any) -> None:
        with FaultServer([http(body)]) as server, pytest.raises(ProtocolError, match="cannot be"):
            await transcribe(server.url)

    @pytest.mark.parametrize("form", ["text", "srt", "vtt"])
    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (b"<html><title>502 Bad Gateway</title></html>", "text/plain"),
            (b"\n<?xml version='1.0'?><Error/>", None),
        ],
        ids=["a page", "XML"],
    )
    async def test_nor_is_a_page(self, transcribe: Way, form: Any, body: bytes, kind: Any) -> None:
        page = http(body, 200, kind)
        with FaultServer([page]) as server, pytest.raises(ProtocolError, match="cannot be read"):
            await transcribe(server.url, response_format=form)

    @pytest.mark.parametrize("form", ["text", "srt"])
    async def test_silence_is_one(self, transcribe: Way, form: Any) -> None:
        with FaultServer([http(b"\n", 200, "text/plain")]) as server:
            assert (await transcribe(server.url, response_format=form)).text.strip() == ""

    async def test_so_are_words_that_are_called_a_page(self, transcribe: Way) -> None:
        words = http("大家好。".encode(), 200, "text/html; charset=utf-8")
        with FaultServer([words]) as server:
            assert (await transcribe(server.url, response_format="text")).text == "大家好。"

    @pytest.mark.parametrize("form", ["srt", "vtt"])
    async def test_nor_are_words_without_times(self, transcribe: Way, form: Any) -> None:
        words = http("大家好。".encode(), 200, "text/plain")
        with FaultServer([words]) as server, pytest.raises(ProtocolError, match="it is no"):
            await transcribe(server.url, response_format=form)

    async def test_silence_as_text_is_an_empty_line(self, transcribe: Way) -> None:
        with FaultServer([http(b"\n", 200, "text/plain")]) as server:
            assert (await transcribe(server.url, response_format="text")).text == ""

    @pytest.mark.parametrize("form", ["json", "text", "srt"])
    async def test_an_error_under_http_200_is_one(self, transcribe: Way, form: Any) -> None:
        refusal = http(error("无效的令牌"))
        with FaultServer([refusal]) as server, pytest.raises(AuthenticationError):
            await transcribe(server.url, response_format=form)


class TestOnTheEmulator:
    TEXT = "你好，济南。How are you?"

    @pytest.fixture
    def talk(self, emulator: Emulator, tmp_path: Path) -> Path:
        with Client(api_key="test-key", base_url=emulator.xingyun_url) as client:
            return client.speak(self.TEXT).save(tmp_path / "talk.mp3")

    async def test_what_was_said_comes_back_with_times(
        self, transcribe: Way, emulator: Emulator, talk: Path
    ) -> None:
        transcript = await transcribe(emulator.xingyun_url, talk)
        assert transcript.text == self.TEXT
        assert [one.text for one in transcript.segments] == ["你好，济南。", "How are you?"]
        assert transcript.language == "chinese"
        first, second = transcript.segments
        assert transcript.duration is not None
        assert 0 < first.start < first.end <= second.start < second.end < transcript.duration

    @pytest.mark.parametrize("form", ["json", "text", "srt", "vtt"])
    async def test_in_every_form(
        self, transcribe: Way, emulator: Emulator, talk: Path, form: Any
    ) -> None:
        transcript = await transcribe(emulator.xingyun_url, talk, response_format=form)
        if form in ("json", "text"):
            assert transcript.text == self.TEXT
        else:
            timed = await transcribe(emulator.xingyun_url, talk)
            ours = getattr(timed, f"to_{form}")()
            assert transcript.text.split() == ours.split()

    async def test_what_the_service_refuses_is_told(
        self, transcribe: Way, emulator: Emulator, talk: Path
    ) -> None:
        with pytest.raises(AuthenticationError):
            await transcribe(emulator.xingyun_url, talk, api_key="invalid")
        with pytest.raises(ModelNotFoundError):
            await transcribe(emulator.xingyun_url, talk, model="gpt-9")


class TestTryingAgain:
    @pytest.mark.parametrize("kind", ["path", "file", "stream"])
    async def test_the_whole_file_is_sent_each_time(
        self, transcribe: Way, kind: str, tmp_path: Path
    ) -> None:
        (tmp_path / "talk.mp3").write_bytes(MP3)
        stream = BytesIO(MP3)
        stream.seekable = lambda: False  # type: ignore[method-assign]
        source = {"path": tmp_path / "talk.mp3", "file": BytesIO(MP3), "stream": stream}[kind]
        broken = http(error("bad response status code 502"), 502)
        with FaultServer([broken], [broken], [http(VERBOSE)]) as server:
            transcript = await transcribe(server.url, source, max_retries=2)
            assert [parts(one)[-1][3] for one in server.requests] == [MP3] * 3
        assert transcript.text

    async def test_has_an_end(self, transcribe: Way) -> None:
        broken = http(error("bad response status code 502"), 502)
        with FaultServer([broken]) as server:
            with pytest.raises(ServerError):
                await transcribe(server.url, max_retries=1)
            assert len(server.requests) == 2

    async def test_a_redirect_has_the_whole_file_too(self, transcribe: Way) -> None:
        moved = http(b"", 307, None, location="/elsewhere")
        with FaultServer([moved], [http(VERBOSE)]) as server:
            await transcribe(server.url)
            assert server.requests[1].target == "/elsewhere"
            assert [parts(one)[-1][3] for one in server.requests] == [MP3] * 2


class TestWhatIsRefusedBeforeAnythingIsSent:
    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ({"audio": b"hello"}, "looks like text"),
            ({"audio": "/nowhere.mp3"}, "does not exist"),
            ({"temperature": 2}, "temperature=2 is outside"),
            ({"language": 5}, "language must be str"),
            ({"response_format": "xml"}, "response_format must be one of 'verbose_json'"),
            ({"langauge": "zh"}, "Did you mean 'language'"),
            ({"extra_body": {"a": {"b": 1}}}, "a is a field of a form"),
            ({"model": " "}, "model must be the name"),
        ],
    )
    async def test_what_cannot_be(
        self, transcribe: Way, given: dict[str, Any], reason: str
    ) -> None:
        with FaultServer([http(VERBOSE)]) as server:
            with pytest.raises(ConfigurationError, match=reason):
                await transcribe(server.url, **given)
            assert not server.requests

    async def test_a_service_that_does_not_listen(self) -> None:
        with pytest.raises(ConfigurationError, match="documents no transcriptions"):
            Client(ASHUI, api_key="test-key").transcribe(MP3)
        with pytest.raises(ConfigurationError, match="documents no transcriptions"):
            await AsyncClient(ASHUI, api_key="test-key").transcribe(MP3)


@contextmanager
def forgetful_server(answer: bytes) -> Iterator[tuple[str, list[int]]]:
    """A server that counts what it is sent and keeps none of it."""
    listener = socket.create_server(("127.0.0.1", 0))
    counted: list[int] = []

    def serve() -> None:
        connection, _ = listener.accept()
        buffer = bytearray(65536)
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(1024)
            head, _, rest = head.partition(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            received = len(rest)
            while received < length:
                received += connection.recv_into(buffer)
            counted.append(received)
            connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", counted
    thread.join(15)
    listener.close()


async def test_a_large_file_is_never_held_whole(transcribe: Way, tmp_path: Path) -> None:
    megabytes = 20 * 1024 * 1024
    path = tmp_path / "talk.wav"
    path.write_bytes(long_wav(megabytes))
    with FaultServer([http(VERBOSE)]) as server:
        await transcribe(server.url)  # what is made once is made
    with forgetful_server(http(VERBOSE)) as (url, counted):
        tracemalloc.start()
        await transcribe(url, path)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert counted[0] > megabytes
    assert peak < megabytes / 4

"""Speech: sent when it is used, handed on as it comes, saved whole or not at all."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests import servers
from tests.recordings import tone
from tests.servers import CHUNKED, LAST_CHUNK, FaultServer, chunk, close, head, hold, http, reset
from tests.wire import error
from xyashui import ASHUI, AsyncClient, Client, Sound
from xyashui.emulator import Emulator
from xyashui.errors import (
    APIConnectionError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ModelNotFoundError,
    ProtocolError,
    QuotaExceededError,
    RateLimitError,
    StreamInterruptedError,
)

from .conftest import async_client, split, sync_client

MP3 = tone("mp3")


def audio(data: bytes = MP3, media_type: str = "audio/mpeg") -> bytes:
    return http(data, 200, media_type)


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


class Way:
    """One way to use a client: what it gives is the same."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    async def iterate(self, url: str, text: str = "你好", **given: Any) -> list[bytes]:
        settings, options = split(url, given)
        if self.kind == "sync":
            with sync_client("xingyun", settings) as client:
                return list(client.speak(text, **options))
        async with async_client("xingyun", settings, plain=self.kind == "httpx") as client:
            return [piece async for piece in client.speak(text, **options)]

    async def read(self, url: str, text: str = "你好", **given: Any) -> Sound:
        settings, options = split(url, given)
        if self.kind == "sync":
            with sync_client("xingyun", settings) as client:
                return client.speak(text, **options).read()
        async with async_client("xingyun", settings, plain=self.kind == "httpx") as client:
            return await client.speak(text, **options).read()

    async def save(
        self, url: str, path: Any, *, overwrite: bool = False, text: str = "你好", **given: Any
    ) -> Path:
        settings, options = split(url, given)
        if self.kind == "sync":
            with sync_client("xingyun", settings) as client:
                return client.speak(text, **options).save(path, overwrite=overwrite)
        async with async_client("xingyun", settings, plain=self.kind == "httpx") as client:
            return await client.speak(text, **options).save(path, overwrite=overwrite)


@pytest.fixture(params=["sync", "aiohttp", "httpx"])
def way(request: pytest.FixtureRequest) -> Way:
    return Way(request.param)


USES: list[Callable[[Way, str, Path], Awaitable[Any]]] = [
    lambda way, url, folder: way.iterate(url),
    lambda way, url, folder: way.read(url),
    lambda way, url, folder: way.save(url, folder / "a.mp3"),
]
EACH_USE = pytest.mark.parametrize("use", USES, ids=["iterate", "read", "save"])


class TestUse:
    async def test_what_is_sent(self, way: Way) -> None:
        with FaultServer([audio()]) as server:
            await way.read(server.url)
            (request,) = server.requests
        assert request.target == "/v1/audio/speech"
        assert request.header("accept") == "audio/mpeg"
        assert request.json == {
            "model": "tts-1",
            "input": "你好",
            "voice": "alloy",
            "response_format": "mp3",
        }

    async def test_options(self, way: Way) -> None:
        given = {
            "model": "tts-1-hd",
            "voice": "会说话的人",
            "response_format": "wav",
            "speed": 0.25,
        }
        with FaultServer([audio(tone("wav"), "audio/wav")]) as server:
            sound = await way.read(server.url, **given, extra_body={"instructions": "calmly"})
            assert server.requests[0].json == {
                **given, "input": "你好", "instructions": "calmly"
            }  # fmt: skip
        assert (sound.format, sound.duration) == ("wav", 1.0)

    async def test_read_gives_the_sound(self, way: Way) -> None:
        with FaultServer([audio()]) as server:
            sound = await way.read(server.url)
        assert (sound.data, sound.format, sound.media_type) == (MP3, "mp3", "audio/mpeg")

    async def test_a_sound_is_what_its_bytes_are(self, way: Way) -> None:
        """Gateways have formats of their own mind."""
        with FaultServer([audio(tone("wav"), "application/octet-stream")]) as server:
            assert (await way.read(server.url, response_format="mp3")).format == "wav"
        with FaultServer([audio(tone("pcm"), "audio/pcm")]) as server:
            assert (await way.read(server.url, response_format="pcm")).format == "pcm"

    async def test_iterating_gives_bytes_as_they_come(self, way: Way) -> None:
        first_is_here = threading.Event()

        def wait_for_reader(connection: Any) -> None:
            first_is_here.wait(15)

        script = [
            head(200, "audio/mpeg", transfer_encoding="chunked"), chunk(MP3[:100]),
            wait_for_reader, chunk(MP3[100:]), LAST_CHUNK,
        ]  # fmt: skip
        received = b""
        with FaultServer(script) as server:
            settings, _ = split(server.url, {})
            if way.kind == "sync":
                with sync_client("xingyun", settings) as client:
                    for piece in client.speak("你好"):
                        received += piece
                        first_is_here.set()
            else:
                plain = way.kind == "httpx"
                async with async_client("xingyun", settings, plain=plain) as client:
                    async for piece in client.speak("你好"):
                        received += piece
                        first_is_here.set()
        assert received == MP3

    async def test_save_writes_a_file(self, way: Way, tmp_path: Path) -> None:
        with FaultServer([audio()]) as server:
            path = await way.save(server.url, str(tmp_path / "a.mp3"))
        assert path == tmp_path / "a.mp3"
        assert path.read_bytes() == MP3
        assert names(tmp_path) == ["a.mp3"]

    async def test_leaving_it_early_closes_the_connection(self) -> None:
        script = [head(200, "audio/mpeg", transfer_encoding="chunked"), chunk(MP3), hold]
        with FaultServer(script) as server:
            settings, _ = split(server.url, {})
            with sync_client("xingyun", settings) as client, client.speak("你好") as speech:
                assert next(iter(speech))
            assert server.client_left()
            async with (
                async_client("xingyun", settings, plain=False) as client,
                client.speak("你好") as speech,
            ):
                assert await anext(aiter(speech))
            assert await asyncio.to_thread(server.client_left)


class TestOnTheEmulator:
    @pytest.mark.parametrize("form", ["mp3", "opus", "flac", "wav", "pcm"])
    async def test_what_is_spoken_can_be_heard(
        self, way: Way, form: Any, emulator: Emulator
    ) -> None:
        text = "你好，济南。How are you?"
        sound = await way.read(emulator.xingyun_url, text, response_format=form, voice="nova")
        assert sound.format == form
        assert sound.duration
        settings, _ = split(emulator.xingyun_url, {})
        with sync_client("xingyun", settings) as client:
            assert client.transcribe(sound).text == text

    async def test_what_the_service_refuses_is_told(
        self, way: Way, emulator: Emulator, tmp_path: Path
    ) -> None:
        for given, kind in (
            ({"api_key": "invalid"}, AuthenticationError),
            ({"model": "gpt-9"}, ModelNotFoundError),
            ({"model": "gpt-4"}, BadRequestError),
        ):
            with pytest.raises(kind):
                await way.read(emulator.xingyun_url, **given)
            with pytest.raises(kind):
                await way.save(emulator.xingyun_url, tmp_path / "a.mp3", **given)
        assert names(tmp_path) == []


class TestOnce:
    async def test_nothing_is_sent_until_it_is_used(self) -> None:
        with FaultServer([audio()]) as server:
            settings, _ = split(server.url, {})
            with sync_client("xingyun", settings) as client:
                speech = client.speak("你好")
                speech.close()
                with client.speak("你好"):
                    pass
            async with async_client("xingyun", settings, plain=False) as client:
                await client.speak("你好").aclose()
            assert not server.requests

    async def test_it_can_be_used_once(self, tmp_path: Path) -> None:
        with FaultServer([audio()]) as server:
            settings, _ = split(server.url, {})
            with sync_client("xingyun", settings) as client:
                speech = client.speak("你好")
                speech.read()
                for again in (speech.read, speech.__iter__, lambda: speech.save(tmp_path / "a")):
                    with pytest.raises(ConfigurationError, match="has been used"):
                        again()
            async with async_client("xingyun", settings, plain=False) as client:
                aspeech = client.speak("你好")
                await aspeech.read()
                with pytest.raises(ConfigurationError, match="has been used"):
                    await aspeech.read()
                with pytest.raises(ConfigurationError, match="has been used"):
                    await aspeech.save(tmp_path / "a")
            assert len(server.requests) == 2
        assert names(tmp_path) == []


class TestNamesOfFiles:
    @pytest.mark.parametrize(
        ("name", "form"),
        [("a.mp3", "mp3"), ("a.WAV", "wav"), ("a.ogg", "opus"), ("a.opus", "opus"),
         ("a.flac", "flac"), ("a.aac", "aac"), ("a.pcm", "pcm"), ("a", "mp3"), ("a.bin", "mp3"),
         ("a.m4a", "mp3")],
    )  # fmt: skip
    async def test_say_the_format_where_nobody_else_does(
        self, way: Way, name: str, form: str, tmp_path: Path
    ) -> None:
        with FaultServer([audio()]) as server:
            await way.save(server.url, tmp_path / name)
            assert server.requests[0].json["response_format"] == form

    async def test_may_fit_or_say_nothing(self, way: Way, tmp_path: Path) -> None:
        with FaultServer([audio()]) as server:
            for name in ("a.wav", "b.wave", "c.sound"):
                await way.save(server.url, tmp_path / name, response_format="wav")
            assert {one.json["response_format"] for one in server.requests} == {"wav"}

    async def test_must_not_say_another(self, way: Way, tmp_path: Path) -> None:
        with FaultServer([audio()]) as server:
            with pytest.raises(ConfigurationError, match=r"a\.mp3' is no name for 'wav'"):
                await way.save(server.url, tmp_path / "a.mp3", response_format="wav")
            assert not server.requests

    async def test_that_are_taken_or_cannot_be_cost_nothing(self, way: Way, tmp_path: Path) -> None:
        (tmp_path / "a.mp3").write_bytes(b"mine")
        with FaultServer([audio()]) as server:
            with pytest.raises(ConfigurationError, match="exists already"):
                await way.save(server.url, tmp_path / "a.mp3")
            with pytest.raises(ConfigurationError, match="cannot be written"):
                await way.save(server.url, tmp_path / "nowhere" / "a.mp3")
            with pytest.raises(ConfigurationError, match="is a directory"):
                await way.save(server.url, tmp_path)
            with pytest.raises(ConfigurationError, match="must be a str or a path"):
                await way.save(server.url, 5)
            assert not server.requests
            await way.save(server.url, tmp_path / "a.mp3", overwrite=True)
        assert (tmp_path / "a.mp3").read_bytes() == MP3


@EACH_USE
class TestFailures:
    async def test_a_refusal_is_told(self, way: Way, use: Any, tmp_path: Path) -> None:
        refusal = http(error("无效的令牌"), 401)
        with FaultServer([refusal]) as server, pytest.raises(AuthenticationError, match="无效"):
            await use(way, server.url, tmp_path)
        assert names(tmp_path) == []

    async def test_a_refusal_under_http_200_is_one(
        self, way: Way, use: Any, tmp_path: Path
    ) -> None:
        refusal = http(error("无效的令牌"))
        with FaultServer([refusal]) as server, pytest.raises(AuthenticationError, match="无效"):
            await use(way, server.url, tmp_path)
        assert names(tmp_path) == []

    @pytest.mark.parametrize("called", [None, "", "audio/mpeg", "application/octet-stream"])
    async def test_whatever_it_is_called(
        self, way: Way, use: Any, called: str | None, tmp_path: Path
    ) -> None:
        refusal = http(error("余额不足"), 200, called)
        script = [refusal[:-60], servers.trickle(refusal[-60:], size=20, pause=0.02)]
        with FaultServer(script) as server, pytest.raises(QuotaExceededError, match="余额不足"):
            await use(way, server.url, tmp_path)
        assert names(tmp_path) == []

    @pytest.mark.parametrize("called", ["text/html", "audio/mpeg"])
    async def test_a_page_is_no_sound(
        self, way: Way, use: Any, called: str, tmp_path: Path
    ) -> None:
        page, said = http(b"<html>Hi</html>", 200, called), r"it is text.* not audio/mpeg.*Hi"
        with FaultServer([page]) as server, pytest.raises(ProtocolError, match=said):
            await use(way, server.url, tmp_path)
        assert names(tmp_path) == []

    async def test_nothing_is_no_sound(self, way: Way, use: Any, tmp_path: Path) -> None:
        with FaultServer([audio(b"")]) as server, pytest.raises(ProtocolError, match="no sound"):
            await use(way, server.url, tmp_path)
        assert names(tmp_path) == []

    @pytest.mark.parametrize("ending", [close, reset], ids=["close", "reset"])
    @pytest.mark.parametrize(
        "script",
        [[head(200, "audio/mpeg", content_length=len(MP3)), MP3[:500]],
         [head(200, "audio/mpeg", transfer_encoding="chunked"), chunk(MP3[:500])]],
        ids=["length", "chunked"],
    )  # fmt: skip
    async def test_what_is_cut_short_is_no_sound_and_leaves_no_file(
        self, way: Way, use: Any, script: Any, ending: Any, tmp_path: Path
    ) -> None:
        with FaultServer([*script, ending]) as server:
            with pytest.raises((StreamInterruptedError, APIConnectionError)):
                await use(way, server.url, tmp_path)
            assert len(server.requests) == 1
        assert names(tmp_path) == []


@pytest.mark.parametrize("use", USES[1:], ids=["read", "save"])
class TestWhatHadCome:
    async def test_is_in_the_error(self, way: Way, use: Any, tmp_path: Path) -> None:
        script = [head(200, "audio/mpeg", content_length=len(MP3)), MP3[:500], close]
        with FaultServer(script) as server, pytest.raises(StreamInterruptedError) as caught:
            await use(way, server.url, tmp_path)
        assert caught.value.received == Sound.of(MP3[:500], "mp3")
        assert names(tmp_path) == []

    async def test_is_nothing_of_a_refusal(self, way: Way, use: Any, tmp_path: Path) -> None:
        refusal = http(error("no"), 400, "application/json")
        with FaultServer([refusal]) as server, pytest.raises(BadRequestError) as caught:
            await use(way, server.url, tmp_path)
        assert caught.value.received is None


class TestTryingAgain:
    async def test_what_was_refused_for_now_is_asked_again(self, way: Way) -> None:
        busy = http(error("负载已饱和"), 429, "application/json", retry_after=0)
        with FaultServer([busy], [audio()]) as server:
            assert (await way.read(server.url, max_retries=1)).data == MP3
        with FaultServer([busy]) as server, pytest.raises(RateLimitError):
            await way.read(server.url, max_retries=0)

    async def test_what_may_have_been_paid_for_is_not(self, way: Way) -> None:
        with FaultServer([reset], [audio()]) as server:
            with pytest.raises(APIConnectionError):
                await way.read(server.url, max_retries=2)
            assert len(server.requests) == 1


class TestWhatIsRefusedBeforeAnythingIsSent:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "nothing to say: the text is ''"),
            (" \n", "nothing to say"),
            (None, "nothing to say: the text is None"),
            (b"hello", "nothing to say"),
            ("字" * 4097, "has 4,097 characters, and one call speaks 4,096 at most"),
        ],
    )
    async def test_texts(self, text: Any, reason: str) -> None:
        for kind in (Client, AsyncClient):
            with pytest.raises(ConfigurationError, match=reason):
                kind(api_key="test-key").speak(text)
        Client(api_key="test-key").speak("字" * 4096)

    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ({"speed": 0.2}, "speed=0.2 is outside what .* documents: 0.25 to 4"),
            ({"speed": 4.1}, "speed=4.1 is outside"),
            ({"speed": "fast"}, "speed must be int or float"),
            ({"response_format": "m4a"}, "response_format must be one of 'mp3', 'opus'"),
            ({"voice": ""}, "voice must be the name of a voice"),
            ({"voice": 5}, "voice must be str"),
            ({"model": " "}, "model must be the name of a model"),
            ({"vioce": "nova"}, "no option 'vioce'. Did you mean 'voice'.*extra_body"),
            ({"extra_body": 5}, "extra_body must be a dict"),
        ],
    )
    async def test_options(self, given: dict[str, Any], reason: str) -> None:
        for kind in (Client, AsyncClient):
            with pytest.raises(ConfigurationError, match=reason):
                kind(api_key="test-key").speak("你好", **given)

    def test_a_service_that_does_not_speak(self) -> None:
        for kind in (Client, AsyncClient):
            with pytest.raises(ConfigurationError, match="documents no speech: it offers chat"):
                kind(ASHUI, api_key="test-key").speak("你好")


async def test_no_more_is_held_than_may_be(way: Way) -> None:
    script = [CHUNKED.replace(b"text/event-stream", b"audio/mpeg"), chunk(MP3), hold]
    with FaultServer(script) as server, pytest.raises(ProtocolError, match="max_event_bytes"):
        await way.read(server.url, max_event_bytes=1000)

"""What may be transcribed, and what is refused before anything is sent."""

from __future__ import annotations

import os
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.recordings import M4A, MP4, WEBM, long_wav, tone
from xyashui import Sound
from xyashui.audio import MAX_AUDIO_BYTES, audio_upload
from xyashui.errors import ConfigurationError

FLAC = tone("flac")


def content(source: Any) -> bytes:
    with audio_upload(source).open() as file:
        return file.read()


def refusal(source: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        audio_upload(source)
    return str(caught.value)


class Stream(BytesIO):
    """What can be read once."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: Any) -> int:
        raise OSError("no seeking")

    def tell(self) -> int:
        raise OSError("no seeking")


class TestSources:
    def test_all_give_the_same_bytes(self, tmp_path: Path) -> None:
        path = tmp_path / "talk.flac"
        path.write_bytes(FLAC)
        sources: list[Any] = [
            path, str(path), FLAC, bytearray(FLAC), memoryview(FLAC), BytesIO(FLAC), Stream(FLAC),
            Sound.of(FLAC, "flac"),
        ]  # fmt: skip
        with path.open("rb") as file:
            for source in (*sources, file):
                assert content(source) == FLAC, source

    def test_raw_pcm_that_is_known_to_be_speech_is_sent_as_wav(self) -> None:
        upload = audio_upload(Sound.of(tone("pcm"), "pcm"))
        assert upload.name == "audio.wav"
        with upload.open() as file:
            assert file.read().endswith(tone("pcm"))

    def test_the_home_folder_may_be_written_short(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        (tmp_path / "talk.flac").write_bytes(FLAC)
        assert content("~/talk.flac") == FLAC

    def test_are_opened_anew_each_time(self) -> None:
        for source in (FLAC, BytesIO(FLAC), Stream(FLAC)):
            upload = audio_upload(source)
            for _ in range(2):
                with upload.open() as file:
                    assert file.read() == FLAC

    def test_a_file_object_is_sent_from_where_it_stands_and_stays_open(self) -> None:
        file = BytesIO(b"junk" + FLAC)
        file.seek(4)
        upload = audio_upload(file)
        with upload.open() as part:
            assert part.seek(0, os.SEEK_END) == len(FLAC)
            assert part.seek(0) == 0
            assert part.read(10) + part.read() == FLAC
            assert part.read() == b""
        assert not file.closed

    def test_a_path_leaves_no_file_open(self, tmp_path: Path) -> None:
        path = tmp_path / "talk.flac"
        path.write_bytes(FLAC)
        before = set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
        upload = audio_upload(path)
        part = upload.open()
        while part.read(1000):
            pass
        abandoned = upload.open()
        abandoned.read(10)
        del part, abandoned
        if before is not None:
            assert set(os.listdir("/proc/self/fd")) == before


class TestNames:
    @pytest.mark.parametrize(
        ("data", "name", "media_type"),
        [
            (tone("mp3"), "audio.mp3", "audio/mpeg"),
            (tone("wav"), "audio.wav", "audio/wav"),
            (tone("flac"), "audio.flac", "audio/flac"),
            (tone("ogg"), "audio.ogg", "audio/ogg"),
            (tone("opus"), "audio.ogg", "audio/ogg"),
            (M4A, "audio.m4a", "audio/mp4"),
            (MP4, "audio.mp4", "audio/mp4"),
            (WEBM, "audio.webm", "audio/webm"),
        ],
        ids=lambda one: one if isinstance(one, str) else "",
    )
    def test_tell_what_the_bytes_are(
        self, data: bytes, name: str, media_type: str, tmp_path: Path
    ) -> None:
        path = tmp_path / "秘密 recording.txt"
        path.write_bytes(data)
        upload = audio_upload(path)
        assert (upload.field, upload.name, upload.media_type) == ("file", name, media_type)


class TestWhatIsNoRecording:
    @pytest.mark.parametrize(
        ("data", "looks"),
        [
            (b"Hello, this is no recording.", "looks like text"),
            ("你好，世界".encode(), "looks like text"),
            (b"<!DOCTYPE html><html>", "looks like HTML"),
            (b"\x89PNG\r\n\x1a\n" + bytes(50), "looks like a picture"),
            (b"%PDF-1.7\n\x01", "looks like a PDF"),
            (b"PK\x03\x04" + bytes(50), "looks like an archive"),
            (b"#!AMR\n" + bytes(50), "looks like AMR"),
            (b"FORM\0\0\0\0AIFF" + bytes(50), "looks like AIFF"),
            (b"MThd" + bytes(50), "looks like MIDI"),
            (tone("aac"), "looks like AAC without a container"),
            (tone("pcm"), "raw PCM needs a WAV header"),
        ],
        ids=lambda one: one if isinstance(one, str) else "",
    )
    def test_is_told_by_its_content(self, data: bytes, looks: str, tmp_path: Path) -> None:
        path = tmp_path / "talk.mp3"
        path.write_bytes(data)
        assert looks in refusal(path)
        assert looks in refusal(data)
        assert "mp3, wav, flac, ogg, m4a, mp4 and webm can" in refusal(data)

    def test_nothing_at_all(self, tmp_path: Path) -> None:
        (tmp_path / "talk.mp3").touch()
        assert refusal(tmp_path / "talk.mp3").endswith("talk.mp3' is empty")
        assert "is empty" in refusal(b"")
        assert "is empty" in refusal(BytesIO(b""))

    def test_what_is_not_there(self, tmp_path: Path) -> None:
        (tmp_path / "meeting.mp3").touch()
        assert "does not exist. Did you mean 'meeting.mp3'?" in refusal(tmp_path / "meting.mp3")
        assert "does not exist" in refusal("")

    def test_what_is_no_regular_file(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "fifo")
        (tmp_path / "talk.flac").write_bytes(FLAC)
        (tmp_path / "link").symlink_to(tmp_path / "talk.flac")
        assert "is no regular file" in refusal(tmp_path / "fifo")
        assert "is no regular file" in refusal(os.devnull)
        assert "is a directory: pass the files in it one by one" in refusal(tmp_path)
        assert "is a symbolic link: pass the resolved path" in refusal(tmp_path / "link")

    def test_an_address(self) -> None:
        assert "fetches no audio: download" in refusal("https://example.com/talk.mp3")

    @pytest.mark.parametrize("source", [None, 5, {"a": 1}, ["talk.mp3"], object()])
    def test_what_is_nothing_of_the_kind(self, source: Any) -> None:
        assert "cannot be transcribed. Pass a path, bytes" in refusal(source)

    def test_a_file_in_text_mode(self, tmp_path: Path) -> None:
        (tmp_path / "talk.mp3").write_text("x")
        assert "open it in binary mode" in refusal(StringIO("x"))
        with (tmp_path / "talk.mp3").open() as file:
            assert "open it in binary mode" in refusal(file)

    def test_a_file_that_is_closed(self) -> None:
        file = BytesIO(FLAC)
        file.close()
        assert "cannot be read: I/O operation on closed file" in refusal(file)


class TestSize:
    def test_what_is_as_large_as_may_be_is_taken(self) -> None:
        assert audio_upload(long_wav(MAX_AUDIO_BYTES)).name == "audio.wav"

    def test_what_is_larger_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "talk.wav"
        with path.open("wb") as file:
            file.write(long_wav(100))
            file.truncate(MAX_AUDIO_BYTES + 1)  # a hole: nothing is written
        assert "is larger than 25 MB (26,214,400 bytes)" in refusal(path)
        with path.open("rb") as file:
            assert "is larger than 25 MB" in refusal(file)
        assert "is larger than 25 MB" in refusal(Stream(long_wav(MAX_AUDIO_BYTES + 1)))

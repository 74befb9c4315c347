"""What a sound is and how long it lasts, by its bytes; how it is shown and saved."""

from __future__ import annotations

import base64
import json
import re
import wave
from dataclasses import asdict
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recordings import M4A, MP4, WEBM, endless_wav, tone
from xyashui import Sound
from xyashui.durations import duration
from xyashui.errors import ConfigurationError
from xyashui.sounds import MEDIA_TYPES, sound_format

FORMS = ("aac", "flac", "mp3", "ogg", "opus", "pcm", "wav")


class TestFormat:
    @pytest.mark.parametrize("form", [form for form in FORMS if form != "pcm"])
    def test_is_told_by_the_first_bytes(self, form: str) -> None:
        assert sound_format(tone(form)[:64]) == form

    @pytest.mark.parametrize(("data", "form"), [(M4A, "m4a"), (MP4, "mp4"), (WEBM, "webm")])
    def test_of_a_container_is_its_own(self, data: bytes, form: str) -> None:
        assert sound_format(data) == form

    def test_of_an_mp3_with_a_tag_is_mp3(self) -> None:
        assert sound_format(b"ID3\x04\0\0\0\0\0\0" + bytes(60)) == "mp3"

    @pytest.mark.parametrize(
        "data",
        [b"", b"\xff", b"ID3", tone("pcm")[:64], "你好，世界".encode("utf-16"), b"\xff\xff" * 40,
         b"{}", b"<html>" + b" " * 60, b"\x89PNG\r\n\x1a\n" + bytes(60), b"\xff\xd8\xff" * 30],
        ids=lambda data: repr(data[:8]),
    )  # fmt: skip
    def test_of_what_is_no_sound_is_not_known(self, data: bytes) -> None:
        assert sound_format(data) is None


class TestDuration:
    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("seconds", [0.5, 3.0])
    def test_is_that_of_the_sound(self, form: str, seconds: float) -> None:
        # Frames have a length of their own, and encoders begin and end with silence.
        assert duration(tone(form, seconds), form) == pytest.approx(seconds, abs=0.15)

    def test_of_a_wav_that_was_streamed_goes_by_its_length(self) -> None:
        assert duration(endless_wav(2.0), "wav") == pytest.approx(2.0, abs=0.01)

    def test_of_an_mp3_leaves_out_the_tag(self) -> None:
        tag = b"ID3\x04\0\0\0\0\x01\x48" + b"\xff\xfb\x90\x64" * 50  # 200 bytes
        assert duration(tag + tone("mp3"), "mp3") == duration(tone("mp3"), "mp3")

    @pytest.mark.parametrize("form", ["m4a", "mp4", "webm", "mid"])
    def test_of_what_is_not_taken_apart_is_not_known(self, form: str) -> None:
        assert duration(M4A, form) is None

    @given(st.sampled_from(FORMS), st.binary(max_size=200))
    def test_of_anything_is_a_number_or_not_known(self, form: str, data: bytes) -> None:
        for each in (data, tone(form)[:40] + data):
            found = duration(each, form)
            assert found is None or found > 0

    @given(st.sampled_from(FORMS), st.integers(0, 3000))
    def test_of_what_was_cut_short_is_a_number_or_not_known(self, form: str, length: int) -> None:
        found = duration(tone(form)[:length], form)
        assert found is None or found > 0


class TestSound:
    def test_says_what_it_is(self) -> None:
        sound = Sound.of(tone("wav"), "wav")
        assert repr(sound) == "Sound(wav, 1.0 s, 48,044 bytes)"
        assert (sound.media_type, sound.duration) == ("audio/wav", 1.0)
        assert repr(Sound.of(b"12345", "mp3")) == "Sound(mp3, 5 bytes)"
        assert set(MEDIA_TYPES) >= set(FORMS)

    def test_cannot_be_changed(self) -> None:
        with pytest.raises(AttributeError):
            Sound.of(b"", "mp3").format = "wav"  # type: ignore[misc]

    def test_can_be_written_out_as_json(self) -> None:
        sound = Sound.of(tone("mp3"), "mp3")
        assert Sound(**json.loads(json.dumps(asdict(sound)))) == sound
        assert sound.data == tone("mp3")

    def test_shows_itself_in_a_notebook(self) -> None:
        shown = Sound.of(tone("mp3"), "mp3")._repr_html_()
        match = re.fullmatch(
            r'<audio controls src="data:audio/mpeg;base64,([\w+/=]+)" title="[^"<]+"></audio>',
            shown,
        )
        assert match
        assert base64.b64decode(match[1]) == tone("mp3")

    def test_raw_pcm_shows_itself_in_a_container_that_browsers_play(self) -> None:
        shown = Sound.of(tone("pcm"), "pcm")._repr_html_()
        data = re.search(r"data:audio/wav;base64,([\w+/=]+)", shown)
        assert data
        with wave.open(BytesIO(base64.b64decode(data[1]))) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
            assert file.readframes(file.getnframes()) == tone("pcm")

    async def test_is_saved(self, tmp_path: Path) -> None:
        sound = Sound.of(tone("mp3"), "mp3")
        assert sound.save(tmp_path / "a.mp3").read_bytes() == tone("mp3")
        assert (await sound.asave(str(tmp_path / "b.mp3"))).read_bytes() == tone("mp3")

    async def test_is_not_saved_over_another_file(self, tmp_path: Path) -> None:
        path = tmp_path / "a.mp3"
        path.write_bytes(b"mine")
        sound = Sound.of(tone("mp3"), "mp3")
        with pytest.raises(ConfigurationError, match="exists already: pass overwrite=True"):
            sound.save(path)
        with pytest.raises(ConfigurationError, match="exists already"):
            await sound.asave(path)
        assert path.read_bytes() == b"mine"
        sound.save(path, overwrite=True)
        assert path.read_bytes() == tone("mp3")

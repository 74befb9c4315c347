"""Speech and transcription: what the emulator says, it understands, from any file that keeps it."""

from __future__ import annotations

import io

import httpx
import numpy as np
import pytest
import soundfile

from xyashui.emulator import Emulator

TEXT = "济南今天晴。气温28度，适合出门！"
WRITTEN = ("mp3", "opus", "flac", "wav")


def post(emulator: Emulator, path: str, **given: object) -> httpx.Response:
    return httpx.post(
        f"{emulator.xingyun_url}/v1/audio/{path}",
        headers={"Authorization": "Bearer test-key"},
        trust_env=False,
        timeout=60,
        **given,  # type: ignore[arg-type]
    )


def speak(emulator: Emulator, text: str = TEXT, **given: object) -> httpx.Response:
    body = {"model": "tts-1", "input": text, "voice": "alloy", **given}
    return post(emulator, "speech", json=body)


def transcribe(emulator: Emulator, audio: bytes, **fields: str) -> httpx.Response:
    files = {"file": ("speech.bin", audio, "application/octet-stream")}
    return post(emulator, "transcriptions", data={"model": "whisper-1", **fields}, files=files)


def message(response: httpx.Response) -> str:
    return str(response.json()["error"]["message"])


@pytest.mark.parametrize("response_format", WRITTEN)
def test_what_is_spoken_is_understood(emulator, response_format):
    audio = speak(emulator, response_format=response_format)
    assert audio.status_code == 200
    assert transcribe(emulator, audio.content).json() == {"text": TEXT}


@pytest.mark.parametrize("voice", ["echo", "onyx", "shimmer", "longxiaochun"])
@pytest.mark.parametrize("speed", [0.5, 4])
def test_any_voice_at_any_pace(emulator, voice, speed):
    audio = speak(emulator, "Hello there. 你好！", voice=voice, speed=speed)
    assert transcribe(emulator, audio.content).json()["text"] == "Hello there.你好！"


def test_the_sound_can_be_played_and_is_as_long_as_speech(emulator):
    audio = speak(emulator, response_format="wav")
    samples, rate = soundfile.read(io.BytesIO(audio.content))
    assert audio.headers["content-type"] == "audio/wav"
    assert rate == 24_000
    assert 2 < len(samples) / rate < 10
    assert 0.1 < np.abs(samples).max() <= 1


def test_twice_the_speed_is_about_half_the_length(emulator):
    slow, fast = (
        len(speak(emulator, TEXT * 3, response_format="pcm", speed=s).content) for s in (1, 2)
    )
    assert 1.6 < slow / fast < 2.1


def test_pcm_is_bare_samples(emulator):
    pcm = speak(emulator, response_format="pcm")
    wav, _ = soundfile.read(
        io.BytesIO(speak(emulator, response_format="wav").content), dtype="int16"
    )
    assert np.abs(np.frombuffer(pcm.content, "<i2").astype(int) - wav).max() <= 1


def test_speech_comes_in_pieces_without_a_length(emulator):
    audio = speak(emulator)
    assert "content-length" not in audio.headers
    assert audio.headers["transfer-encoding"] == "chunked"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": ""}, "input is required"),
        ({"text": "好" * 4097}, "maximum length 4096"),
        ({"speed": 5}, "at most 4"),
        ({"voice": ""}, "voice is required"),
        ({"response_format": "midi"}, "'midi' is not one of"),
        ({"model": "gpt-4o"}, "不支持文本转语音接口"),
        ({"model": "no-such-model"}, "no-such-model"),
    ],
)
def test_what_cannot_be_spoken(emulator, given, words):
    refused = speak(emulator, **given)
    assert 400 <= refused.status_code < 500
    assert words in refused.text


def test_a_format_that_the_emulator_cannot_write_is_said_to_be_one(emulator):
    refused = speak(emulator, response_format="aac")
    assert refused.status_code == 501
    assert "模拟器不支持 aac" in refused.text


def test_segments_say_when_each_sentence_is_spoken(emulator):
    audio = speak(emulator)
    whole = transcribe(emulator, audio.content, response_format="verbose_json").json()
    samples, rate = soundfile.read(io.BytesIO(audio.content))
    assert whole["text"] == TEXT
    assert whole["language"] == "chinese"
    assert whole["duration"] == pytest.approx(len(samples) / rate, abs=0.02)
    assert [one["text"] for one in whole["segments"]] == ["济南今天晴。", "气温28度，适合出门！"]
    first, second = whole["segments"]
    assert 0 < first["start"] < first["end"] < second["start"] < second["end"] < whole["duration"]


def test_subtitles(emulator):
    audio = speak(emulator).content
    srt = transcribe(emulator, audio, response_format="srt").text
    vtt = transcribe(emulator, audio, response_format="vtt").text
    assert srt.startswith("1\n00:00:00,")
    assert "\n\n2\n00:00:0" in srt
    assert vtt.startswith("WEBVTT\n\n00:00:00.")
    assert transcribe(emulator, audio, response_format="text").text == TEXT + "\n"


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
def test_of_other_sound_it_says_what_it_heard(emulator, rate):
    times = np.arange(3 * rate) / rate
    buffer = io.BytesIO()
    soundfile.write(buffer, 0.3 * np.sin(2 * np.pi * 440 * times), rate, format="WAV")
    heard = transcribe(emulator, buffer.getvalue()).json()["text"]
    assert heard.startswith("[3.0 s of sound")
    assert "understands its own speech only" in heard


def test_noise_over_speech_and_two_channels_are_no_hindrance(emulator):
    samples, rate = soundfile.read(io.BytesIO(speak(emulator, response_format="wav").content))
    noise = np.random.default_rng(1).normal(0, 0.02, len(samples))
    buffer = io.BytesIO()
    soundfile.write(
        buffer, np.stack([samples + noise, samples - noise], axis=1), rate, format="FLAC"
    )
    assert transcribe(emulator, buffer.getvalue()).json()["text"] == TEXT


@pytest.mark.parametrize(
    ("audio", "fields", "words"),
    [
        (b"no sound at all", {}, "Invalid file format"),
        (b"", {}, "Invalid file format"),
        (b"RIFF", {"response_format": "pdf"}, "'pdf' is not one of"),
        (b"RIFF", {"temperature": "hot"}, "temperature"),
        (b"RIFF", {"model": "tts-1"}, "不支持语音转文本接口"),
    ],
)
def test_what_cannot_be_transcribed(emulator, audio, fields, words):
    refused = transcribe(emulator, audio, **fields)
    assert refused.status_code == 400
    assert words in message(refused)


def test_a_file_that_is_too_large_is_refused(emulator):
    refused = transcribe(emulator, bytes(25 * 1024 * 1024 + 1))
    assert refused.status_code == 413
    assert "Maximum content size limit" in message(refused)


def test_a_form_without_a_file_is_refused(emulator):
    files = {"model": (None, "whisper-1")}
    refused = post(emulator, "transcriptions", files=files)
    assert refused.status_code == 400
    assert "file is required" in message(refused)


def test_what_is_no_form_is_refused_and_recorded(emulator):
    headers = {"Authorization": "Bearer test-key", "Content-Type": "multipart/form-data"}
    url = f"{emulator.xingyun_url}/v1/audio/transcriptions"
    refused = httpx.post(url, headers=headers, content=b"no form", trust_env=False)
    assert (refused.status_code, emulator.requests[-1].outcome) == (400, "refused")
    assert message(refused)


def test_a_key_is_needed(emulator):
    url = f"{emulator.xingyun_url}/v1/audio/speech"
    assert httpx.post(url, json={"model": "tts-1"}, trust_env=False).status_code == 401


def test_a_form_is_recorded_without_the_bytes_of_its_file(emulator):
    transcribe(emulator, b"no sound", language="zh")
    recorded = emulator.requests[-1]
    assert recorded.body == {
        "model": "whisper-1",
        "language": "zh",
        "file": {"name": "speech.bin", "content_type": "application/octet-stream", "bytes": 8},
    }

"""Text from speech: `POST /v1/audio/transcriptions`, a form with a file, as OpenAI has it [gw]."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict, Unpack, cast

from xyashui.audio import AudioLike, audio_upload
from xyashui.endpoints.options import checked_fields
from xyashui.errors import ConfigurationError
from xyashui.operations import Operation, Reply
from xyashui.providers import Provider
from xyashui.requests import Option, check_mapping, check_name, shorten
from xyashui.sending import AsyncSender, Sender
from xyashui.transcripts import LONGEST_RECORDING, Segment, Transcript

if TYPE_CHECKING:
    import httpx

__all__ = [
    "DEFAULT_TRANSCRIPTION_MODEL",
    "AsyncTranscriptionCalls",
    "TranscriptFormat",
    "TranscriptionCalls",
    "TranscriptionOptions",
    "transcription_fields",
]

DEFAULT_TRANSCRIPTION_MODEL: Final = "whisper-1"
"""The model that listens where none is named."""

TranscriptFormat = Literal["verbose_json", "json", "text", "srt", "vtt"]
"""What a transcript can be asked for as."""

_DEFAULT_FORMAT: Final = "verbose_json"
# Gateways send their pages under HTTP 200, and call good transcripts pages [gw].
_PAGE: Final = re.compile(r"\s*<(?:!doctype|html|\?xml)", re.IGNORECASE)


class TranscriptionOptions(TypedDict, total=False):
    """Every option of a call, for type checkers; see `Client.transcribe`."""

    model: str | None
    language: str | None
    prompt: str | None
    response_format: TranscriptFormat | None
    temperature: float | None
    extra_body: Mapping[str, Any] | None
    timeout: float | httpx.Timeout | None
    deadline: float | None


class TranscriptionCalls(Sender):
    """Transcription, for `Client`."""

    def transcribe(self, audio: AudioLike, **options: Unpack[TranscriptionOptions]) -> Transcript:
        r"""Write down what is said in a recording.

        Args:
            audio: A path, bytes, a binary file object, or what `speak` gave: mp3, wav, flac, ogg,
                m4a, mp4 or webm, 25 MB at most [gw]. A file is sent as it is read, and never held
                whole.
            **options: `model` ("whisper-1"); `language`, what is spoken, as ISO 639-1 has it
                ("zh"); `prompt`, words that help to understand it: names, or what was said before;
                `response_format`, "verbose_json" (by default: with times), "json", "text", "srt"
                or "vtt"; `temperature`, 0 to 1. Fields [gw]. `extra_body` (further fields of the
                form: strings, numbers, booleans, or lists of them), `timeout` and `deadline` as in
                `chat`.

        Raises:
            ConfigurationError: The service does not listen (阿水AI documents nothing of the kind),
                the recording cannot be read or sent, or an option is unknown or cannot be sent.
            APIError: The service refuses.
            TransportError: No whole answer arrived.

        Example:
            >>> transcript = client.transcribe("meeting.mp3", language="zh")  # doctest: +SKIP
            >>> transcript.text  # doctest: +SKIP
            '大家好，我们开始吧。'
            >>> client.transcribe("meeting.mp3", response_format="srt").text  # doctest: +SKIP
            '1\n00:00:00,000 --> 00:00:02,400\n大家好，我们开始吧。\n\n'
        """
        return self.perform(_operation(self.provider, audio, options))


class AsyncTranscriptionCalls(AsyncSender):
    """Transcription, for `AsyncClient`."""

    async def transcribe(
        self, audio: AudioLike, **options: Unpack[TranscriptionOptions]
    ) -> Transcript:
        """See `Client.transcribe`."""
        return await self.perform(_operation(self.provider, audio, options))


def transcription_fields(provider: Provider, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the form that `options` say, checked; lists are several fields.

    Raises:
        ConfigurationError: The service does not listen, or an option is unknown or cannot be sent.
    """
    provider.check_endpoint("transcriptions")
    fields = checked_fields(options, _OPTIONS, _SETTINGS, provider.title)
    extra = check_mapping("extra_body", options.get("extra_body"))
    form = {
        "model": check_name("model", options.get("model") or DEFAULT_TRANSCRIPTION_MODEL),
        "response_format": _DEFAULT_FORMAT,
        **fields,
        **extra,
    }
    return {name: _field(name, value) for name, value in form.items()}


def _operation(
    provider: Provider, audio: AudioLike, options: Mapping[str, Any]
) -> Operation[Transcript]:
    fields = transcription_fields(provider, options)
    return Operation(
        "transcriptions",
        "/v1/audio/transcriptions",
        partial(_read, str(fields["response_format"])),
        form=fields,
        upload=audio_upload(audio),
        model=str(fields["model"]),
        timeout=options.get("timeout"),
        deadline=options.get("deadline"),
    )


def _field(name: str, value: object) -> str | list[str]:
    """Return a value as a form has it."""
    if isinstance(value, list | tuple):
        return [cast("str", _field(name, one)) for one in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise ConfigurationError(
        f"{name} is a field of a form, which has text, numbers and booleans: {shorten(value)}"
    )


def _read(form: str, reply: Reply) -> Transcript:
    text = reply.body.decode("utf-8-sig")
    if form in ("json", "verbose_json") or text.lstrip().startswith("{"):
        return _read_json(form, reply)
    if (problem := _misfit(form, text)) is not None:
        raise reply.unreadable(problem)
    return Transcript(text.strip("\r\n") if form == "text" else text, format=form)


def _misfit(form: str, text: str) -> str | None:
    """Return why a text is no transcript in this format; `None` where it may be one."""
    if _PAGE.match(text):
        return "it is a page"
    if form == "srt" and text.strip() and "-->" not in text:  # blank where nobody speaks
        return "it is no SubRip subtitles, which have times"
    if form == "vtt" and not text.lstrip().startswith("WEBVTT"):
        return "it is no WebVTT subtitles, which begin with WEBVTT"
    return None


def _read_json(form: str, reply: Reply) -> Transcript:
    payload = reply.json()
    text = payload["text"]
    if not isinstance(text, str):
        raise TypeError(f"text is {shorten(text)}")
    language, duration = payload.get("language"), payload.get("duration")
    segments = payload.get("segments")
    if not isinstance(segments, list | None):
        raise TypeError(f"segments is {shorten(segments)}")
    transcript = Transcript(
        text=text.strip(),
        language=language if isinstance(language, str) and language else None,
        duration=_seconds(duration) if duration is not None else None,
        segments=tuple(map(_segment, segments or ())),
        format=form if form == "json" else "verbose_json",
        raw=payload,
    )
    if form not in ("srt", "vtt"):
        return transcript
    # It was asked for subtitles, and sent what these are made of.
    subtitles = transcript.to_srt() if form == "srt" else transcript.to_vtt()
    return Transcript(
        subtitles, transcript.language, transcript.duration, transcript.segments, form, payload
    )


def _segment(entry: Mapping[str, Any]) -> Segment:
    text = "" if entry["text"] is None else entry["text"]  # one gap must not lose all the others
    if not isinstance(text, str):
        raise TypeError(f"the text of a segment is {shorten(text)}")
    return Segment(_seconds(entry["start"]), _seconds(entry["end"]), text.strip())


def _seconds(value: object) -> float:
    seconds = float(cast("Any", value))
    if not 0 <= seconds <= LONGEST_RECORDING:
        raise ValueError(f"{shorten(value)} is no number of seconds")
    return seconds


def _check_form(form: str) -> None:
    if form not in _FORMS:
        raise ConfigurationError(
            f"response_format must be one of {', '.join(map(repr, _FORMS))}, not {shorten(form)}"
        )


_FORMS: Final = ("verbose_json", "json", "text", "srt", "vtt")
_OPTIONS: Final = (
    Option("language", (str,)),
    Option("prompt", (str,)),
    Option("response_format", (str,), entries=_check_form),
    Option("temperature", (int, float), 0, 1),
)
_SETTINGS: Final = ("model", "extra_body", "timeout", "deadline")

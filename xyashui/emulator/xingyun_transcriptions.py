"""Answering `POST /v1/audio/transcriptions` in OpenAI's shape, with its limits [gw].

What this emulator spoke it understands, whoever kept the file. Of any other sound it
says what it heard, and that it understood nothing.
"""

from typing import TYPE_CHECKING, Any

from starlette.datastructures import FormData, UploadFile

from .audio import files, hearing
from .audio.score import Segment
from .delivery import Body, json_body
from .exchange import Exchange
from .failures import Failure
from .parameters import Parameter
from .rules.language import language_of
from .xingyun_gate import admit, bad_request, check_parameters, find_card, need
from .xingyun_wire import answer_headers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LARGEST = 25 * 1024 * 1024
"""Bytes that a file may have."""

_FORMATS = ("json", "text", "srt", "verbose_json", "vtt")
_READABLE = "['flac', 'm4a', 'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', 'wav', 'webm']"
_PARAMETERS = {"temperature": Parameter("number", 0, 1)}
_LANGUAGES = {"zh": "chinese", "en": "english"}


def answer(exchange: Exchange, file: bytes | None) -> Body:
    """Write down what is said in a sound.

    Args:
        exchange: The request; its body is the form without the file.
        file: The file's bytes, where there is one.

    Raises:
        Failure: If the request is refused.
    """
    form = exchange.body if isinstance(exchange.body, dict) else {}
    if late := admit(exchange, str(form.get("model") or "")):
        raise late
    find_card(form.get("model"), "transcription")
    format_ = _format(form.get("response_format"))
    check_parameters(_numbers(form), _PARAMETERS)
    if file is None:
        raise bad_request("file", "file is required", "file: required")
    if len(file) > LARGEST:
        message = f"413: Maximum content size limit ({LARGEST}) exceeded ({len(file)} bytes read)"
        raise Failure(message, None, 413, "server_error", detail=message)
    need("numpy")
    need("soundfile")
    try:
        samples, rate = files.decode(file)
    except files.NoAudio as error:
        message = f"Invalid file format. Supported formats: {_READABLE}"
        raise bad_request("file", message, str(error)) from None
    duration = len(samples) / rate
    segments = hearing.hear(samples, rate)
    if segments is None:
        segments = [Segment(_describe(samples, rate), 0.0, duration)]
    return _write(segments, duration, format_, form, answer_headers(exchange.number))


async def read_form(form: FormData) -> tuple[dict[str, Any], bytes | None]:
    """Return a form's fields, the file's as what is known of it, and the file's bytes."""
    fields: dict[str, Any] = {}
    content: bytes | None = None
    for name, value in form.items():
        if isinstance(value, UploadFile):
            content = await value.read()
            fields[name] = {
                "name": value.filename,
                "content_type": value.content_type,
                "bytes": len(content),
            }
        else:
            fields[name] = value
    return fields, content


def _format(format_: Any) -> str:
    if not format_:
        return "json"
    if format_ not in _FORMATS:
        raise bad_request(
            "response_format", f"{format_!r} is not one of {list(_FORMATS)} - 'response_format'"
        )
    return str(format_)


def _numbers(form: dict[str, Any]) -> dict[str, Any]:
    """Read what comes as text in a form and is a number."""
    given = form.get("temperature")
    try:
        return {"temperature": float(given)} if given else {}
    except ValueError:
        return {"temperature": given}


def _describe(samples: "NDArray[np.float32]", rate: int) -> str:
    import numpy as np

    loudness = float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0
    how = "silence" if loudness < 1e-4 else f"sound, {20 * np.log10(loudness):.0f} dB"
    return (
        f"[{len(samples) / rate:.1f} s of {how}, at {rate / 1000:g} kHz: this emulator "
        "understands its own speech only]"
    )


def _write(
    segments: list[Segment],
    duration: float,
    format_: str,
    form: dict[str, Any],
    headers: dict[str, str],
) -> Body:
    text = _joined([segment.text for segment in segments])
    if format_ == "text":
        return Body((text + "\n").encode(), media_type="text/plain; charset=utf-8", headers=headers)
    if format_ in ("srt", "vtt"):
        return Body(
            _subtitles(segments, format_).encode(),
            media_type="text/plain; charset=utf-8",
            headers=headers,
        )
    if format_ == "json":
        return json_body({"text": text}, headers=headers)
    language = str(form.get("language") or language_of(text))
    whole = {
        "task": "transcribe",
        "language": _LANGUAGES.get(language, language),
        "duration": round(duration, 2),
        "text": text,
        "segments": [
            {
                "id": number,
                "start": round(segment.start, 2),
                "end": round(segment.end, 2),
                "text": segment.text,
            }
            for number, segment in enumerate(segments)
        ],
    }
    return json_body(whole, headers=headers)


def _joined(sentences: list[str]) -> str:
    """Put sentences together; between those of a language with spaces there is one."""
    text = ""
    for sentence in sentences:
        spaced = text and text[-1].isascii() and sentence[:1].isascii()
        text += (" " if spaced else "") + sentence
    return text


def _subtitles(segments: list[Segment], format_: str) -> str:
    mark = "," if format_ == "srt" else "."
    blocks = ["WEBVTT"] if format_ == "vtt" else []
    for number, segment in enumerate(segments, 1):
        times = f"{_clock(segment.start, mark)} --> {_clock(segment.end, mark)}"
        lead = f"{number}\n" if format_ == "srt" else ""
        blocks.append(f"{lead}{times}\n{segment.text}")
    return "\n\n".join(blocks) + "\n"


def _clock(seconds: float, mark: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000:02}{mark}{milliseconds % 1000:03}"

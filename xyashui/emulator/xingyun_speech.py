"""Answering `POST /v1/audio/speech` in OpenAI's shape, with its limits [gw].

What comes is sound that can be played, sung rather than spoken: see `audio`. It comes
in pieces, as long as it is, without its length being told beforehand.
"""

from typing import Any

from .audio import files, singing
from .delivery import Body
from .exchange import Exchange
from .failures import Failure
from .parameters import Parameter
from .xingyun_gate import admit, bad_request, check_parameters, find_card, json_object, need
from .xingyun_wire import answer_headers

_LONGEST = 4_096  # characters
_PARAMETERS = {
    "input": Parameter("string"),
    "voice": Parameter("string"),
    "response_format": Parameter("string"),
    "speed": Parameter("number", 0.25, 4),
    "instructions": Parameter("string"),
}
_FORMATS = ("mp3", "opus", "aac", "flac", "wav", "pcm")


def answer(exchange: Exchange) -> Body:
    """Speak a text.

    Raises:
        Failure: If the request is refused.
    """
    if late := admit(exchange):
        raise late
    body = json_object(exchange)
    find_card(body.get("model"), "speech")
    check_parameters(body, _PARAMETERS)
    text = _text(body.get("input"))
    voice = _voice(body.get("voice"))
    format_ = _format(body.get("response_format"))
    need("numpy")
    need("soundfile")
    samples = singing.sing(text, voice, body.get("speed") or 1)
    return Body(
        files.encode(samples, singing.RATE, format_),
        media_type=files.MEDIA_TYPES[format_],
        headers=answer_headers(exchange.number),
        in_pieces=True,
    )


def _text(text: str | None) -> str:
    if not text:
        raise bad_request("input", "input is required", "input: required")
    if len(text) > _LONGEST:
        message = (
            "Invalid 'input': string too long. Expected a string with maximum length "
            f"{_LONGEST}, but got a string with length {len(text)} instead."
        )
        raise bad_request("input", message)
    return text


def _voice(voice: str | None) -> str:
    if not voice:
        raise bad_request("voice", "voice is required", "voice: required")
    return voice


def _format(format_: Any) -> str:
    chosen = format_ or "mp3"
    if chosen not in _FORMATS:
        raise bad_request(
            "response_format", f"{chosen!r} is not one of {list(_FORMATS)} - 'response_format'"
        )
    if chosen not in files.MEDIA_TYPES:
        raise Failure(
            f"模拟器不支持 {chosen} 格式",
            "not_implemented",
            501,
            detail=f"the emulator cannot write {chosen}; ask for {', '.join(files.MEDIA_TYPES)}",
        )
    return str(chosen)

"""How long a sound lasts, by its bytes. Sans-IO.

Nothing is decoded: containers say it, or their frames are counted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

__all__ = ["PCM_RATE", "duration", "frame_format"]

PCM_RATE: Final = 24_000
"""Samples a second of speech as raw PCM: one channel of 16 bits, the low byte first [gw]."""


def duration(data: bytes, form: str) -> float | None:
    """Return the seconds that a sound lasts; `None` where that is not known.

    Args:
        data: Its bytes.
        form: What it is: "mp3", "wav", "flac", "opus", "ogg", "aac" or "pcm".
    """
    measure = _MEASURES.get(form)
    if measure is None:
        return None
    try:
        seconds = measure(data)
    except (IndexError, ValueError, ZeroDivisionError):
        return None  # cut short, or no such sound after all
    return seconds if seconds is not None and seconds > 0 else None


def frame_format(head: bytes) -> str | None:
    """Return "mp3" or "aac" where a frame of that begins here, else `None`."""
    try:
        return "mp3" if _mpeg_frame(head, 0) else "aac" if _adts_frame(head, 0) else None
    except IndexError:
        return None


def _pcm(data: bytes) -> float:
    return len(data) / 2 / PCM_RATE


def _wav(data: bytes) -> float | None:
    rate, start = 0, 12
    while start + 8 <= len(data):
        name, size = data[start : start + 4], _little(data, start + 4, 4)
        start += 8
        if name == b"fmt ":
            rate = _little(data, start + 8, 4)  # bytes a second
        elif name == b"data":
            # A file that was streamed says that it is endless.
            return min(size, len(data) - start) / rate
        start += size + size % 2
    return None


def _flac(data: bytes) -> float | None:
    # STREAMINFO comes first: 20 bits of samples a second, 8 of other things, 36 of samples.
    packed = int.from_bytes(data[18:26], "big")
    return (packed & (1 << 36) - 1) / (packed >> 44)


def _ogg(data: bytes) -> float | None:
    last = data.rindex(b"OggS")
    samples = _little(data, last + 6, 8)
    if samples >> 63:
        return None  # a page on which nothing ends
    if (head := data.find(b"OpusHead", 0, 200)) >= 0:
        return (samples - _little(data, head + 10, 2)) / 48_000
    head = data.index(b"\x01vorbis", 0, 200)
    return samples / _little(data, head + 12, 4)


def _little(data: bytes, start: int, size: int) -> int:
    if start + size > len(data):
        raise IndexError(start)
    return int.from_bytes(data[start : start + size], "little")


# MPEG's sounds are frames one after another, each with a head of its own.

_SECOND_LAYER = (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384)
_THIRD_LAYER = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_LOW_RATES = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MPEG_RATES = (44_100, 48_000, 32_000)
_AAC_RATES = (
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
)  # fmt: skip
_DIVISORS = {3: 1, 2: 2, 0: 4}  # of the rates of samples, by MPEG's version: 1, 2 and 2.5


def _mp3(data: bytes) -> float:
    start = 0
    if data[:3] == b"ID3":  # a tag; the size has 7 bits in each byte
        start = 10 + sum((data[6 + place] & 0x7F) << 7 * (3 - place) for place in range(4))
    return _counted(data, start, _mpeg_frame)


def _aac(data: bytes) -> float:
    return _counted(data, 0, _adts_frame)


def _counted(
    data: bytes, start: int, frame: Callable[[bytes, int], tuple[int, float] | None]
) -> float:
    seconds = 0.0
    while start + 7 <= len(data) and (found := frame(data, start)):
        start += found[0]
        seconds += found[1]
    return seconds


def _mpeg_frame(data: bytes, start: int) -> tuple[int, float] | None:
    """Return the length of the frame that begins here: in bytes, and in seconds."""
    second, third = data[start + 1], data[start + 2]
    version, layer = second >> 3 & 3, second >> 1 & 3  # layers count down: 1 is the third
    if data[start] != 0xFF or second < 0xE0 or version == 1 or layer not in (1, 2):
        return None
    rates = _LOW_RATES if version != 3 else _THIRD_LAYER if layer == 1 else _SECOND_LAYER
    bits = rates[third >> 4] * 1000
    rate = _MPEG_RATES[third >> 2 & 3] // _DIVISORS[version]
    samples = 576 if layer == 1 and version != 3 else 1152
    length = samples // 8 * bits // rate + (third >> 1 & 1)
    return (length, samples / rate) if length > 4 else None


def _adts_frame(data: bytes, start: int) -> tuple[int, float] | None:
    head = int.from_bytes(data[start : start + 7], "big")
    if head >> 44 != 0xFFF or head >> 41 & 3:  # the two bits in between are 0
        return None
    length = head >> 13 & 0x1FFF
    return (length, 1024 / _AAC_RATES[head >> 34 & 0xF]) if length >= 7 else None


_MEASURES: Final[dict[str, Callable[[bytes], float | None]]] = {
    "aac": _aac,
    "flac": _flac,
    "mp3": _mp3,
    "ogg": _ogg,
    "opus": _ogg,
    "pcm": _pcm,
    "wav": _wav,
}

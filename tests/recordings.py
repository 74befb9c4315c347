"""Small sounds in every format, made here: no recordings of anybody, and no files to keep."""

from __future__ import annotations

import math
import struct
import wave
from functools import cache
from io import BytesIO

import numpy as np
import soundfile

RATE = 24_000


@cache
def tone(form: str, seconds: float = 1.0) -> bytes:
    """A tone as "wav", "flac", "ogg", "opus", "mp3", "pcm" or "aac" (frames of nothing)."""
    if form == "aac":
        # ADTS: a head of 7 bytes that says 44,100 Hz and a length of 16, and then nothing.
        frame = b"\xff\xf1\x50\x80\x02\x1f\xfc".ljust(16, b"\0")
        return frame * math.ceil(seconds * 44_100 / 1024)
    samples = np.sin(np.arange(int(RATE * seconds)) / 10) * 0.3
    if form == "pcm":
        return (samples * 32767).astype("<i2").tobytes()
    written = BytesIO()
    subtypes = {"ogg": "VORBIS", "opus": "OPUS"}
    kind = "OGG" if form in subtypes else form.upper()
    soundfile.write(written, samples, RATE, format=kind, subtype=subtypes.get(form))
    return written.getvalue()


def long_wav(size: int) -> bytes:
    """A WAV file of `size` bytes."""
    written = BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(bytes(size - 44))
    return written.getvalue()


def endless_wav(seconds: float) -> bytes:
    """A WAV file as it is streamed: its head does not know how long it is going to be."""
    data = bytearray(tone("wav", seconds))
    struct.pack_into("<I", data, 4, 0xFFFFFFFF)
    struct.pack_into("<I", data, data.index(b"data") + 4, 0xFFFFFFFF)
    return bytes(data)


MP4 = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2mp41" + bytes(400)
M4A = b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom" + bytes(400)
WEBM = b"\x1aE\xdf\xa3\x9f\x42\x86\x81\x01" + bytes(400)

"""Sound <-> the bytes of a file, by libsndfile."""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
"""The formats that can be written, and what they are on the wire."""

_WRITTEN_AS = {
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "opus": ("OGG", "OPUS"),
    "flac": ("FLAC", "PCM_16"),
    "wav": ("WAV", "PCM_16"),
}


class NoAudio(Exception):  # noqa: N818 - what it is, not what went wrong
    """The bytes are no sound that can be read."""


def encode(samples: "NDArray[np.float32]", rate: int, format_: str) -> bytes:
    """Return a file of one channel; `pcm` is bare samples of 16 bits, little-endian."""
    import numpy as np
    import soundfile

    if format_ == "pcm":
        return np.round(samples * 32767).astype("<i2").tobytes()
    container, subtype = _WRITTEN_AS[format_]
    buffer = io.BytesIO()
    # At its usual rate Opus leaves out high notes that few would miss, but this emulator does.
    quality = {"compression_level": 0.2} if format_ == "opus" else {}
    with soundfile.SoundFile(
        buffer, "w", samplerate=rate, channels=1, format=container, subtype=subtype, **quality
    ) as file:
        for start in range(0, len(samples), rate):  # all at once overflows the Opus encoder's stack
            file.write(samples[start : start + rate])
    return buffer.getvalue()


def decode(data: bytes) -> tuple["NDArray[np.float32]", int]:
    """Return the samples of a file, its channels mixed into one, and how many there are a second.

    Raises:
        NoAudio: The bytes are no sound that can be read.
    """
    import soundfile

    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise NoAudio(str(error)) from None
    return samples.mean(axis=1), rate

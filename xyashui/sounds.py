"""A sound that a service made: its bytes, to listen to, to save, to use again. Sans-IO but `save`.

What a sound is, is told by its first bytes; raw PCM has none that tell.
"""

from __future__ import annotations

import asyncio
import html
import re
import wave
from base64 import b64decode, b64encode
from dataclasses import dataclass
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Final

from xyashui.durations import PCM_RATE, duration, frame_format
from xyashui.saving import save

__all__ = ["ENDINGS", "MEDIA_TYPES", "Sound", "sound_format"]

MEDIA_TYPES: Final = {
    "aac": "audio/aac",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "mp4": "audio/mp4",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "pcm": "audio/pcm",
    "wav": "audio/wav",
    "webm": "audio/webm",
}
"""The formats that are known, and their media types."""

ENDINGS: Final = {
    **{f".{form}": form for form in MEDIA_TYPES},
    ".mpga": "mp3",
    ".oga": "opus",
    ".ogg": "opus",
    ".raw": "pcm",
    ".wave": "wav",
}
"""What the name of a file ends with, and the format of speech that goes by it."""

_MAGIC: Final = {
    "wav": rb"RIFF....WAVE",
    "flac": rb"fLaC",
    "opus": rb"OggS.{24}OpusHead",
    "ogg": rb"OggS",
    "m4a": rb"....ftypM4[AB]",
    "mp4": rb"....ftyp",
    "webm": rb"\x1aE\xdf\xa3",
    "mp3": rb"ID3[\2-\4]",
}


def sound_format(head: bytes) -> str | None:
    """Return what a sound is by its first bytes, for example "mp3"; `None` where they do not tell.

    Args:
        head: 36 bytes or more.
    """
    known = (form for form, magic in _MAGIC.items() if re.match(magic, head, re.DOTALL))
    return next(known, None) or frame_format(head)


@dataclass(frozen=True, repr=False)
class Sound:
    """A sound that a service made.

    In a notebook it shows itself, with buttons to play it. It can be given wherever audio is taken:
    `client.transcribe(sound)`.

    Attributes:
        base64: Its bytes as base64, so that it can be written out as JSON; `data` is the same as
            bytes.
        format: What they are: "mp3", "opus", "aac", "flac", "wav", or "pcm" (one channel of 16 bits
            at 24,000 Hz, the low byte first [gw]).

    Example:
        >>> sound = client.speak("你好").read()  # doctest: +SKIP
        >>> sound  # doctest: +SKIP
        Sound(mp3, 1.2 s, 9,600 bytes)
        >>> sound.save("hello.mp3")  # doctest: +SKIP
        PosixPath('hello.mp3')
    """

    base64: str
    format: str

    @classmethod
    def of(cls, data: bytes, form: str) -> Sound:
        """Make one of its bytes."""
        return cls(b64encode(data).decode(), form)

    @property
    def data(self) -> bytes:
        """Its bytes."""
        return b64decode(self.base64)

    @property
    def media_type(self) -> str:
        """What they are, as a media type: "audio/mpeg"."""
        return MEDIA_TYPES.get(self.format, "application/octet-stream")

    @property
    def duration(self) -> float | None:
        """How many seconds it lasts; `None` where that is not known."""
        return duration(self.data, self.format)

    def playable(self) -> Sound:
        """Return it as players take it: raw PCM, which they do not know, as WAV."""
        return Sound.of(_as_wav(self.data), "wav") if self.format == "pcm" else self

    def save(self, path: str | PathLike[str], *, overwrite: bool = False) -> Path:
        """Write it to a file.

        Args:
            path: The file, taken as it is (`~` is expanded).
            overwrite: Whether a file that is there already may be replaced.

        Returns:
            The path.

        Raises:
            ConfigurationError: The file is there already, or cannot be written.
        """
        return save(self.data, path, overwrite=overwrite)

    async def asave(self, path: str | PathLike[str], *, overwrite: bool = False) -> Path:
        """Do what `save` does, with `await`."""
        return await asyncio.to_thread(self.save, path, overwrite=overwrite)

    def __repr__(self) -> str:
        data = self.data
        lasts = duration(data, self.format)
        seconds = "" if lasts is None else f"{lasts:.1f} s, "
        return f"Sound({self.format}, {seconds}{len(data):,} bytes)"

    def _repr_html_(self) -> str:
        playable = self.playable()
        source = f"data:{playable.media_type};base64,{playable.base64}"
        return f'<audio controls src="{source}" title="{html.escape(repr(self))}"></audio>'


def _as_wav(data: bytes) -> bytes:
    """Put raw PCM into a container."""
    written = BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(PCM_RATE)
        file.writeframes(data)
    return written.getvalue()

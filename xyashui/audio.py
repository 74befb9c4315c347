"""Anything audio-like -> a file to send, checked before anything is sent.

A format is told by the first bytes and never by a file's name. Nothing is decoded, and nothing is
held whole: a file is read as it goes out, and opened anew for each try.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from io import SEEK_CUR, SEEK_END, SEEK_SET, BytesIO
from typing import IO, Any, BinaryIO, Final, TypeAlias, cast

from xyashui.addresses import bare
from xyashui.errors import ConfigurationError
from xyashui.operations import Upload
from xyashui.paths import name_of, nearby, open_regular, path_of, read_from, reading
from xyashui.requests import shorten
from xyashui.sounds import MEDIA_TYPES, Sound, sound_format

__all__ = ["MAX_AUDIO_BYTES", "AudioLike", "audio_upload"]

MAX_AUDIO_BYTES: Final = 25 * 1024 * 1024
"""The largest file that is taken, in bytes: OpenAI's limit [gw]."""

_Bytes: TypeAlias = bytes | bytearray | memoryview
AudioLike: TypeAlias = str | os.PathLike[str] | _Bytes | BinaryIO | Sound
"""A path, bytes, a binary file object, or what `Client.speak` gave."""

_HEAD: Final = 256  # bytes that tell what a file is
_ENDINGS: Final = {"opus": "ogg"}  # the service goes by the name's end, and knows Opus by this one


def audio_upload(source: AudioLike) -> Upload:
    """Turn anything audio-like into the file of a form.

    Args:
        source: A path (`~` is expanded; no directory, link, FIFO or device), bytes, a binary file
            object (sent from where it stands, not closed), or a `Sound`.

    Returns:
        The file, under a name that tells its format and nothing else of this machine.

    Raises:
        ConfigurationError: It cannot be read, is empty, is no mp3, wav, flac, ogg, m4a, mp4 or
            webm, or is over `MAX_AUDIO_BYTES`.

    Example:
        >>> audio_upload(b"fLaC" + bytes(400)).name
        'audio.flac'
    """
    material = _material(source)
    with material.open() as part:
        size = part.seek(0, SEEK_END)
        part.seek(0)
        head = part.read(_HEAD)
    if size > MAX_AUDIO_BYTES:
        raise ConfigurationError(
            f"{material.what} is larger than {MAX_AUDIO_BYTES // 1024**2} MB ({MAX_AUDIO_BYTES:,} "
            "bytes): compress it (100 minutes of mp3 at 32 kbit/s fit), or cut it in pieces"
        )
    form = _checked_format(head, material.what)
    return Upload(
        field="file",
        name=f"audio.{_ENDINGS.get(form, form)}",
        media_type=MEDIA_TYPES[form],
        open=cast("Callable[[], IO[bytes]]", material.open),
    )


@dataclass(frozen=True, slots=True)
class _Material:
    """Where a sound is.

    Attributes:
        what: How to speak of it.
        open: Opens it; as often as it is wanted.
    """

    what: str
    open: Callable[[], _Part]


class _Part:
    """What there is of a file from a place on, as a file of its own that closes itself at its end.

    httpx goes back to the beginning of what it sends, and closes nothing.
    """

    def __init__(self, file: BinaryIO, *, start: int, size: int, ours: bool) -> None:
        self._file = file
        self._start = start
        self._size = size
        self._ours = ours
        self._at = 0

    def read(self, wanted: int = -1) -> bytes:
        left = self._size - self._at
        wanted = left if wanted < 0 else min(wanted, left)
        if not wanted:
            self.close()
            return b""
        self._file.seek(self._start + self._at)
        data = self._file.read(wanted)
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        self._at = {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: self._size}[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        if self._ours:
            self._file.close()

    def __enter__(self) -> _Part:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()  # a request that broke off has not come to the end


def _material(source: Any) -> _Material:
    if isinstance(source, str | os.PathLike):
        return _of_path(source)
    if isinstance(source, Sound):
        return _of_bytes(source.playable().data, "The Sound")
    if isinstance(source, bytes | bytearray | memoryview):
        what = f"The {type(source).__name__} object"
        try:
            return _of_bytes(bytes(source), what)
        except ValueError as error:  # a memoryview that has been released
            raise ConfigurationError(f"{what} cannot be read: {error}; pass the bytes") from None
    if callable(getattr(source, "read", None)):
        return _of_file(source)
    raise ConfigurationError(
        f"{type(source).__name__} cannot be transcribed. Pass a path, bytes, a binary file object, "
        "or what client.speak(...) gave"
    )


def _of_path(given: str | os.PathLike[str]) -> _Material:
    path = path_of(given)
    if re.match(r"https?://", path, re.IGNORECASE):
        raise ConfigurationError(
            f"The service fetches no audio: download {shorten(bare(path))} and pass the file"
        )
    what = f"The audio file {shorten(path, 200)}"

    def opened() -> _Part:
        file = open_regular(path, what, many="files")
        return _Part(file, start=0, size=os.fstat(file.fileno()).st_size, ours=True)

    with reading(path, what, many="files", hint=nearby) as file:
        file.read(1)  # that it can be opened does not say that it can be read
    return _Material(what, opened)


def _of_bytes(data: bytes, what: str) -> _Material:
    return _Material(what, lambda: _Part(BytesIO(data), start=0, size=len(data), ours=True))


def _of_file(file: Any) -> _Material:
    what = f"The file object {shorten(name_of(file))}"
    try:
        if not file.seekable():
            # It can be read once, and may have to be sent twice.
            return _of_bytes(bytes(read_from(file, MAX_AUDIO_BYTES + 1)), what)
        start = file.tell()
        size = file.seek(0, SEEK_END) - start
        file.seek(start)
        is_binary = isinstance(file.read(0), bytes)
    except Exception as error:  # it may be any object that has a method `read`
        raise ConfigurationError(
            f"{what} cannot be read: {error}. Is it open, and in binary mode ('rb')?"
        ) from error
    if not is_binary:
        raise ConfigurationError(f"{what} gives text: open it in binary mode ('rb')")
    return _Material(what, lambda: _Part(file, start=start, size=max(0, size), ours=False))


_TAKEN: Final = frozenset({"flac", "m4a", "mp3", "mp4", "ogg", "opus", "wav", "webm"})
_OTHERS: Final = {
    "AIFF": rb"FORM....AIF",
    "AMR": rb"#!AMR",
    "Windows Media": rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
    "MIDI, which has notes and no sound": rb"MThd",
    "a picture": rb"\x89PNG|\xff\xd8\xff|GIF8",
    "a PDF": rb"%PDF-",
    "an archive": rb"PK\x03\x04|\x1f\x8b",
    "HTML; did a download give an error page?": rb"(?i)(?:\xef\xbb\xbf)?\s*<(?:!doctype )?html",
    "text": rb"[^\0-\x08\x0e-\x1a]+\Z",
    "another binary format (raw PCM needs a WAV header)": rb"",
}


def _checked_format(head: bytes, what: str) -> str:
    """Return what a file is by its first bytes; refuse what is not transcribed."""
    if not head:
        raise ConfigurationError(f"{what} is empty")
    form = sound_format(head)
    if form is not None and form in _TAKEN:
        return form
    looks = "AAC without a container" if form == "aac" else None
    for name, magic in _OTHERS.items():
        if looks is None and re.match(magic, head, re.DOTALL):
            looks = name
    raise ConfigurationError(
        f"{what} cannot be transcribed: it looks like {looks}. mp3, wav, flac, ogg, m4a, mp4 and "
        "webm can"
    )

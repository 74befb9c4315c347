"""Speaks for a model, keeps the sound, and says where it is; with and without `await`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Final

from xyashui.client import AsyncClient, Client
from xyashui.errors import ConfigurationError
from xyashui.requests import shorten
from xyashui.saving import save_as_new
from xyashui.sounds import Sound
from xyashui.tooling.either import over_at_once, settled

__all__ = ["Speaker", "Spoken"]

_LONGEST_NAME: Final = 40


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was said.

    Attributes:
        text: What the model is told.
        sound: The sound.
        path: Where it was saved, if it was.
    """

    text: str
    sound: Sound
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Speaker:
    """Speaks one text at a time.

    Attributes:
        directory: Where sounds are kept, under names that no file has yet; it is made when the
            first one comes. `None` keeps none.
        usual: Options of `Client.speak` for where a model names none.

    Raises:
        ConfigurationError: The directory is no path, or something else is there.
    """

    directory: str | PathLike[str] | None = None
    usual: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.directory is not None and not isinstance(self.directory, str | PathLike):
            raise ConfigurationError(f"directory must be a path, not {shorten(self.directory)}")
        folder = self._folder()
        if folder is not None and folder.exists() and not folder.is_dir():
            raise ConfigurationError(f"directory={str(folder)!r} is no directory")

    def speak(self, client: Client, text: str, **options: Any) -> Spoken:
        """Speak a text.

        Raises:
            ConfigurationError: There is nothing to say or too much, or an option cannot be sent.
            APIError: The service refuses.
            TransportError: Not all of the sound arrived.
        """
        return over_at_once(self._spoken(client, text, options))

    async def aspeak(self, client: AsyncClient, text: str, **options: Any) -> Spoken:
        """Do what `speak` does, with `await`."""
        return await self._spoken(client, text, options)

    async def _spoken(
        self, client: Client | AsyncClient, text: str, options: Mapping[str, Any]
    ) -> Spoken:
        named = {name: value for name, value in options.items() if value not in (None, "")}
        sound: Sound = await settled(client.speak(text, **{**self.usual, **named}).read())
        path, trouble = None, None
        try:
            if isinstance(client, AsyncClient):
                path = await asyncio.to_thread(self._kept, sound, text)
            else:
                path = self._kept(sound, text)
        except ConfigurationError as error:  # it was paid for: the sound is handed on all the same
            trouble = str(error)
        told = _told(sound, path)
        return Spoken(f"{told}\n{trouble}" if trouble else told, sound, path)

    def _folder(self) -> Path | None:
        return None if self.directory is None else Path(self.directory).expanduser()

    def _kept(self, sound: Sound, text: str) -> Path | None:
        folder = self._folder()
        return save_as_new(sound.data, folder, _stem(text), sound.format) if folder else None


def _told(sound: Sound, path: Path | None) -> str:
    seconds = "" if sound.duration is None else f"{sound.duration:.1f} s, "
    where = f"saved as {str(path)!r}" if path else "the sound has been handed to the program"
    return f"Spoken: {seconds}{sound.format}; {where}"


def _stem(text: str) -> str:
    """Return a file's name of a text's first words, in any script; nothing else gets into it."""
    joined = "-".join(re.findall(r"\w+", text))[:_LONGEST_NAME].strip("-_")
    return joined or "speech"

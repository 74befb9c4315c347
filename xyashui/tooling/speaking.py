"""Speaks for a model, keeps the sound, and says where it is; with and without `await`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xyashui.client import AsyncClient, Client
from xyashui.errors import ConfigurationError
from xyashui.sounds import Sound
from xyashui.tooling.either import over_at_once, settled
from xyashui.tooling.folder import Folder

__all__ = ["Speaker", "Spoken"]


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
        folder: Where sounds are kept.
        usual: Options of `Client.speak` for where a model names none.
    """

    folder: Folder = field(default_factory=Folder)
    usual: Mapping[str, Any] = field(default_factory=dict)

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
        save = self.folder.asave if isinstance(client, AsyncClient) else self.folder.save
        path, trouble = None, None
        try:
            path = await settled(save(sound.data, text, sound.format, "speech"))
        except ConfigurationError as error:  # it was paid for: the sound is handed on all the same
            trouble = str(error)
        told = _told(sound, path)
        return Spoken(f"{told}\n{trouble}" if trouble else told, sound, path)


def _told(sound: Sound, path: Path | None) -> str:
    seconds = "" if sound.duration is None else f"{sound.duration:.1f} s, "
    where = f"saved as {str(path)!r}" if path else "the sound has been handed to the program"
    return f"Spoken: {seconds}{sound.format}; {where}"

"""A directory in which a tool keeps its pictures."""

from __future__ import annotations

import asyncio
import re
from os import PathLike
from pathlib import Path
from typing import Final

from xyashui.errors import ConfigurationError
from xyashui.pictures import Picture
from xyashui.requests import shorten
from xyashui.saving import save_as_new

__all__ = ["Gallery"]

_LONGEST_NAME: Final = 40


class Gallery:
    """A directory in which a tool keeps its pictures, or none.

    Args:
        directory: The directory; it is made when the first picture comes. `None` keeps nothing.

    Raises:
        ConfigurationError: It is no path, or something else is there.
    """

    def __init__(self, directory: str | PathLike[str] | None = None) -> None:
        if directory is not None and not isinstance(directory, str | PathLike):
            raise ConfigurationError(f"directory must be a path, not {shorten(directory)}")
        self.directory = None if directory is None else Path(directory).expanduser()
        if self.directory is not None and self.directory.exists() and not self.directory.is_dir():
            raise ConfigurationError(f"directory={str(self.directory)!r} is no directory")

    def keep(self, picture: Picture, words: str) -> Path | None:
        """Save a picture under a name made of `words` that no file has yet; return its path.

        Raises:
            ConfigurationError: It cannot be written.
            APIError: The picture is not there (any more).
            TransportError: Not all of it arrived.
        """
        if self.directory is None:
            return None
        data = picture.bytes()
        return save_as_new(data, self.directory, _stem(words), picture.ending)

    async def akeep(self, picture: Picture, words: str) -> Path | None:
        """Do what `keep` does, with `await`."""
        if self.directory is None:
            return None
        data = await picture.abytes()
        return await asyncio.to_thread(
            save_as_new, data, self.directory, _stem(words), picture.ending
        )

    def find(self, name: str) -> Path | None:
        """Return the picture that has this name here; `None` for what is no file of this place."""
        if self.directory is None or Path(name).name != name:
            return None
        path = self.directory / name
        return path if path.is_file() and not path.is_symlink() else None


def _stem(words: str) -> str:
    """Return a file's name of a prompt's first words, in any script; nothing else gets into it."""
    joined = "-".join(re.findall(r"\w+", words))[:_LONGEST_NAME].strip("-_")
    return joined or "picture"

"""A directory in which a tool keeps what it makes."""

from __future__ import annotations

import asyncio
import re
from os import PathLike
from pathlib import Path
from typing import Final

from xyashui.errors import ConfigurationError
from xyashui.requests import shorten
from xyashui.saving import save_as_new

__all__ = ["Folder"]

_LONGEST_NAME: Final = 40


class Folder:
    """A directory in which a tool keeps what it makes, or none.

    Args:
        directory: The directory; it is made when the first file comes. `None` keeps nothing.

    Raises:
        ConfigurationError: It is no path, or something else is there.
    """

    def __init__(self, directory: str | PathLike[str] | None = None) -> None:
        if directory is not None and not isinstance(directory, str | PathLike):
            raise ConfigurationError(f"directory must be a path, not {shorten(directory)}")
        self.directory = None if directory is None else Path(directory).expanduser()
        if self.directory is not None and self.directory.exists() and not self.directory.is_dir():
            raise ConfigurationError(f"directory={str(self.directory)!r} is no directory")

    def save(self, data: bytes, words: str, ending: str, nameless: str) -> Path | None:
        """Save a file under a name that no file has yet; return its path, `None` without directory.

        Args:
            data: What to write.
            words: What the name is made of: the first words of it, in any script.
            ending: What the name ends with, without a dot.
            nameless: The name where there are no words.

        Raises:
            ConfigurationError: It cannot be written.
        """
        if self.directory is None:
            return None
        return save_as_new(data, self.directory, _stem(words) or nameless, ending)

    async def asave(self, data: bytes, words: str, ending: str, nameless: str) -> Path | None:
        """Do what `save` does, with `await`."""
        return await asyncio.to_thread(self.save, data, words, ending, nameless)


def _stem(words: str) -> str:
    """Return a file's name of a text's first words; nothing but letters and digits gets into it."""
    return "-".join(re.findall(r"\w+", words))[:_LONGEST_NAME].strip("-_")

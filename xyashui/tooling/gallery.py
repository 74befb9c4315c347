"""A directory in which a tool keeps its pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from xyashui.pictures import Picture
from xyashui.tooling.folder import Folder

__all__ = ["Gallery"]

_NAMELESS: Final = "picture"


class Gallery(Folder):
    """A directory in which a tool keeps its pictures, or none; made as a `Folder` is."""

    def keep(self, picture: Picture, words: str) -> Path | None:
        """Save a picture under a name made of `words` that no file has yet; return its path.

        Raises:
            ConfigurationError: It cannot be written.
            APIError: The picture is not there (any more).
            TransportError: Not all of it arrived.
        """
        if self.directory is None:
            return None  # then nothing is fetched either
        return self.save(picture.bytes(), words, picture.ending, _NAMELESS)

    async def akeep(self, picture: Picture, words: str) -> Path | None:
        """Do what `keep` does, with `await`."""
        if self.directory is None:
            return None
        return await self.asave(await picture.abytes(), words, picture.ending, _NAMELESS)

    def find(self, name: str) -> Path | None:
        """Return the picture that has this name here; `None` for what is no file of this place."""
        if self.directory is None or Path(name).name != name:
            return None
        path = self.directory / name
        return path if path.is_file() and not path.is_symlink() else None

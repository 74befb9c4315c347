"""Files that are written whole or not at all, and never over another one unasked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import Final
from uuid import uuid4

from xyashui.errors import ConfigurationError

__all__ = ["NewFile", "new_file", "save", "save_as_new", "target_path"]

_MOST_NAMES: Final = 10_000


def target_path(path: str | PathLike[str], *, overwrite: bool = False) -> Path:
    """Return the path to write to (`~` is expanded); refuse one that is taken.

    Raises:
        ConfigurationError: It is no path, a directory, or there already.
    """
    if not isinstance(path, str | PathLike):
        raise ConfigurationError(f"The path must be a str or a path, not {type(path).__name__}")
    target = Path(path).expanduser()
    if target.is_dir():
        raise ConfigurationError(f"{str(target)!r} is a directory: name the file in it")
    if target.exists() and not overwrite:
        raise _taken(target)
    return target


class NewFile:
    """A file that grows under another name beside its own, and takes its own once it is whole.

    Args:
        path: Where it is to be.
        overwrite: Whether a file that is there already may be replaced.

    Attributes:
        path: The same, `~` expanded.

    Raises:
        ConfigurationError: The file is there already, or cannot be written.
    """

    def __init__(self, path: str | PathLike[str], *, overwrite: bool = False) -> None:
        self.path = target_path(path, overwrite=overwrite)
        self._overwrite = overwrite
        self._growing = self.path.with_name(f".{self.path.name[:100]}.{uuid4().hex[:8]}.part")
        with self._written():
            self._file = open(self._growing, "xb")  # noqa: SIM115 - it is closed by `commit`

    def write(self, data: bytes) -> None:
        """Write more of it."""
        with self._written():
            self._file.write(data)

    def so_far(self) -> bytes:
        """Return what has been written of it, as far as it can be read."""
        with suppress(OSError, ValueError):
            self._file.flush()
            return self._growing.read_bytes()
        return b""

    def commit(self) -> Path:
        """Give the file its name, and return its path.

        Raises:
            ConfigurationError: Another file has taken the name since, or it cannot be written.
        """
        with self._written():
            self._file.close()
            if not self._overwrite:
                # Whoever makes a file of this name has it; then it can be replaced.
                open(self.path, "xb").close()
            os.replace(self._growing, self.path)
        return self.path

    def discard(self) -> None:
        """Leave nothing behind."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._growing.unlink()

    @contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except FileExistsError:
            raise _taken(self.path) from None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise ConfigurationError(f"{str(self.path)!r} cannot be written: {reason}") from None


@contextmanager
def new_file(path: str | PathLike[str], *, overwrite: bool = False) -> Iterator[NewFile]:
    """Write a file in the block: where that raises, there is no file, or still the old one."""
    file = NewFile(path, overwrite=overwrite)
    try:
        yield file
        file.commit()
    except BaseException:
        file.discard()
        raise


def save(data: bytes, path: str | PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a file, and return its path; raises what `NewFile` does."""
    with new_file(path, overwrite=overwrite) as file:
        file.write(data)
    return file.path


def save_as_new(data: bytes, directory: Path, stem: str, ending: str) -> Path:
    """Write a file under a name that none has yet ("stem.mp3", "stem-2.mp3"); return its path.

    Args:
        data: What to write.
        directory: Where to; it is made if it is not there.
        stem: What the name begins with.
        ending: What it ends with, without a dot.

    Raises:
        ConfigurationError: It cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for number in range(1, _MOST_NAMES):
            path = directory / f"{stem}{f'-{number}' if number > 1 else ''}.{ending}"
            try:
                file = path.open("xb")  # never over another, whoever saves at this moment
            except FileExistsError:
                continue
            try:
                with file:
                    file.write(data)
            except BaseException:
                with suppress(OSError):
                    path.unlink()
                raise
            return path
    except OSError as error:
        raise ConfigurationError(
            f"A file cannot be saved in {str(directory)!r}: {error.strerror}"
        ) from None
    raise ConfigurationError(f"{str(directory)!r} is full of files called {stem!r}")


def _taken(target: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{str(target)!r} exists already: pass overwrite=True to replace it, or another name"
    )

"""Files of this machine that the program names: opened with care, or refused with a reason."""

from __future__ import annotations

import difflib
import itertools
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Final

from xyashui.errors import ConfigurationError

__all__ = ["name_of", "nearby", "open_regular", "path_of", "read_from", "reading"]

# A swapped-in link is not followed, and a swapped-in FIFO does not block.
_OPEN_FLAGS: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_LONGEST_NAME: Final = 200


def path_of(given: str | os.PathLike[str]) -> str:
    """Return the path that a program names, `~` expanded.

    Raises:
        ConfigurationError: It is an object that gives no path, or a name that cannot be.
    """
    try:
        return os.path.expanduser(os.fsdecode(given))
    except Exception as error:  # `__fspath__` may be anybody's
        what = f"The path {_shown(given)}" if isinstance(given, str) else type(given).__name__
        raise ConfigurationError(f"{what} cannot be a path: {error}; pass a str") from error


def name_of(file: Any) -> str:
    """Return the name of a file object for a message, or that of its kind."""
    try:
        return str(getattr(file, "name", type(file).__name__))
    except Exception:  # a property may raise anything
        return type(file).__name__


def read_from(file: Any, most: int) -> bytearray:
    """Return what a file object gives from where it stands, `most` bytes of it at most."""
    data = bytearray()
    # An unbuffered file may give less than it is asked for.
    while (wanted := most - len(data)) > 0 and (piece := file.read(wanted)):
        data += piece
    return data


def nearby(path: str) -> str:
    """Return " Did you mean ...?" where a name in the same folder is near this one, else ""."""
    folder, name = os.path.split(path)
    try:
        with os.scandir(folder or os.curdir) as entries:
            names = [entry.name for entry in itertools.islice(entries, 1000)]
    except (OSError, ValueError):
        return ""
    near = difflib.get_close_matches(name, names, n=1)
    return f". Did you mean {_shown(near[0])}?" if near else ""


def open_regular(
    path: str, what: str, *, many: str, hint: Callable[[str], str] = nearby
) -> BinaryIO:
    """Open a file to read.

    Args:
        path: Where it is.
        what: How to speak of it: "The image file 'cat.png'".
        many: How to speak of several: "images".
        hint: Says what may have been meant by a path that names nothing, or "".

    Raises:
        ConfigurationError: It is not there, cannot be read, or is no regular file: a directory, a
            symbolic link, a FIFO, a device.
    """
    with _explained(path, what, hint):
        _refuse_irregular(os.lstat(path).st_mode, path, what, many)
        file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | _OPEN_FLAGS))  # noqa: SIM115
        try:
            _refuse_irregular(os.fstat(file.fileno()).st_mode, path, what, many)
        except BaseException:
            file.close()
            raise
        return file


@contextmanager
def reading(
    path: str, what: str, *, many: str, hint: Callable[[str], str] = nearby
) -> Iterator[BinaryIO]:
    """Open a file for the block, as `open_regular` does; explain what fails in it, too."""
    with open_regular(path, what, many=many, hint=hint) as file, _explained(path, what, hint):
        yield file


@contextmanager
def _explained(path: str, what: str, hint: Callable[[str], str]) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise ConfigurationError(f"{what} does not exist{hint(path)}") from None
    except PermissionError:
        raise ConfigurationError(f"{what} cannot be read: permission denied") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigurationError(f"{what} cannot be read: {reason}{hint(path)}") from None


def _refuse_irregular(mode: int, path: str, what: str, many: str) -> None:
    if stat.S_ISLNK(mode):
        resolved = _shown(os.path.realpath(path))
        raise ConfigurationError(f"{what} is a symbolic link: pass the resolved path {resolved}")
    if stat.S_ISDIR(mode):
        raise ConfigurationError(f"{what} is a directory: pass the {many} in it one by one")
    if not stat.S_ISREG(mode):
        raise ConfigurationError(f"{what} is no regular file (a FIFO, socket or device)")


def _shown(name: str) -> str:
    return repr(name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}...")

"""Objects that are nearly a path, bytes or a file, as a picture and as a recording."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from xyashui.audio import audio_upload
from xyashui.errors import ConfigurationError
from xyashui.images import image_part

TAKERS: dict[str, Callable[[Any], object]] = {"picture": image_part, "recording": audio_upload}


class NumberedPath(os.PathLike[str]):
    def __fspath__(self) -> Any:
        return 5


class RaisingPath(os.PathLike[str]):
    def __fspath__(self) -> str:
        raise KeyError("no place")


class RaisingFile:
    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        raise RuntimeError("the disk is gone")


class NamelessFile(RaisingFile):
    @property
    def name(self) -> str:
        raise RuntimeError("no name")


def released() -> memoryview:
    view = memoryview(b"some bytes")
    view.release()
    return view


ODD = {
    "a home of nobody": ("~nobody\0", "cannot be a path: embedded null byte; pass a str"),
    "a path that is a number": (NumberedPath(), "NumberedPath cannot be a path: "),
    "a path that raises": (RaisingPath(), "RaisingPath cannot be a path: 'no place'"),
    "bytes that were let go": (released(), "The memoryview object cannot be read: "),
    "a file that raises": (RaisingFile(), "the disk is gone. Is it open, and in binary mode"),
    "a file without a name": (NamelessFile(), "The file object 'NamelessFile'"),
}


@pytest.mark.parametrize("take", TAKERS.values(), ids=TAKERS)
@pytest.mark.parametrize(("source", "words"), ODD.values(), ids=ODD)
def test_is_refused_with_what_was_wrong(take: Callable[[Any], object], source: Any, words: str):
    with pytest.raises(ConfigurationError) as caught:
        take(source)
    assert words in str(caught.value)

"""A picture that a service made: its address or its bytes, to look at, to save, to use again."""

from __future__ import annotations

import asyncio
import binascii
import html
import logging
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Final, TypeAlias, overload

from xyashui.downloads import adownload, download
from xyashui.errors import ConfigurationError, XyashuiError
from xyashui.image_formats import image_type
from xyashui.picture_bytes import why_no_picture
from xyashui.requests import shorten
from xyashui.saving import save, target_path
from xyashui.sending import AsyncSender, Sender

__all__ = ["Picture", "Pictures", "checked_base64"]

logger = logging.getLogger("xyashui")

_Bytes: TypeAlias = bytes  # `Picture.bytes` is a method
_HEAD: Final = 4096  # characters of base64 that tell what a picture is; a multiple of 4
_ENDINGS: Final = {"image/jpeg": "jpg"}


@dataclass(frozen=True, eq=False, repr=False)
class Picture:
    """A picture that a service made.

    In a notebook it shows itself where its bytes are held, and is a link where only its address is
    known: nothing is fetched before a program asks for it. It can be given wherever an image is
    taken (`client.midjourney.describe(picture)`, `images=[picture.bytes()]`).

    Attributes:
        url: Where it is, as the service says; it may expire. `None` where the service sent the
            picture itself.
        base64: Its bytes as base64, where they are held: the service sent them, or they have been
            fetched. `data` is the same as bytes.
        revised_prompt: What was really painted, where the service changed the prompt.

    Example:
        >>> picture = client.generate_image("一只猫").first  # doctest: +SKIP
        >>> picture.save("cat.png")  # doctest: +SKIP
        PosixPath('cat.png')
    """

    url: str | None = None
    base64: str | None = None
    revised_prompt: str | None = None

    # Whose connections fetch it. No field, for it is no part of what a picture is: it is neither
    # compared nor written out.
    _sender: ClassVar[Sender | AsyncSender | None] = None

    def fetched_by(self, sender: Sender | AsyncSender) -> Picture:
        """Have this picture fetched over the connections of `sender`; return the picture."""
        object.__setattr__(self, "_sender", sender)
        return self

    @property
    def data(self) -> _Bytes | None:
        """Its bytes where they are held, else `None`. Fetches nothing."""
        return None if self.base64 is None else b64decode(self.base64)

    @property
    def media_type(self) -> str | None:
        """What it is, by its first bytes: "image/png"; `None` where they are not held or known."""
        return None if self.base64 is None else image_type(b64decode(self.base64[:_HEAD]))

    @property
    def ending(self) -> str:
        """What the name of its file should end with, without a dot: "png" where nobody knows."""
        kind = self.media_type or "image/png"
        return _ENDINGS.get(kind, kind.removeprefix("image/"))

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels; `None` where its bytes are not held, or Pillow is missing."""
        try:
            from PIL import Image
        except ImportError:
            return None
        data = self.data
        try:
            if data is not None:
                with Image.open(BytesIO(data)) as image:
                    return image.size
        except (OSError, Image.DecompressionBombError):
            pass  # a format that Pillow does not know, or a size that nobody has memory for
        return None

    def bytes(self) -> _Bytes:
        """Return its bytes, which are fetched the first time, and held from then on.

        Raises:
            APIError: They are not there (any more).
            TransportError: Not all of them arrived, or what is there is no picture.
        """
        if self.base64 is None:
            self._hold(download(self._address(), self._sender))
        return b64decode(self.base64 or "")

    async def abytes(self) -> _Bytes:
        """Do what `bytes` does, with `await`."""
        if self.base64 is None:
            self._hold(await adownload(self._address(), self._sender))
        return b64decode(self.base64 or "")

    def prefetch(self) -> Picture:
        """Fetch its bytes if that can be done now; where it cannot, it stays a link.

        What was paid for is not lost because its address does not answer yet.
        """
        try:
            self.bytes()
        except XyashuiError as error:
            logger.warning("A picture could not be fetched: %s", error)
        return self

    async def aprefetch(self) -> Picture:
        """Do what `prefetch` does, with `await`."""
        try:
            await self.abytes()
        except XyashuiError as error:
            logger.warning("A picture could not be fetched: %s", error)
        return self

    def save(self, path: str | PathLike[str], *, overwrite: bool = False) -> Path:
        """Write it to a file; its bytes are fetched if they are not held.

        Args:
            path: The file, taken as it is (`~` is expanded).
            overwrite: Whether a file that is there already may be replaced.

        Returns:
            The path.

        Raises:
            ConfigurationError: The file is there already, or cannot be written.
            APIError: The picture is not there (any more).
            TransportError: Not all of it arrived.
        """
        target = target_path(path, overwrite=overwrite)  # before anything is fetched
        return save(self.bytes(), target, overwrite=overwrite)

    async def asave(self, path: str | PathLike[str], *, overwrite: bool = False) -> Path:
        """Do what `save` does, with `await`."""
        target = target_path(path, overwrite=overwrite)
        return await asyncio.to_thread(save, await self.abytes(), target, overwrite=overwrite)

    def _address(self) -> str:
        if self.url is None:
            raise ConfigurationError("This picture has neither bytes nor an address")
        return self.url

    def _hold(self, data: _Bytes) -> None:
        object.__setattr__(self, "base64", b64encode(data).decode())

    def __repr__(self) -> str:
        held = self.media_type or "unknown" if self.base64 is not None else None
        size = "" if self.base64 is None else f", {len(self.base64) // 4 * 3:,} bytes"
        shown = [
            *([f"url={shorten(self.url, 200)}"] if self.url else []),
            *([f"held as {held}{size}"] if held else []),
            *([f"revised_prompt={shorten(self.revised_prompt)}"] if self.revised_prompt else []),
        ]
        return f"Picture({', '.join(shown)})"

    # Notebooks

    def _repr_png_(self) -> _Bytes | None:
        return self.data if self.media_type == "image/png" else None

    def _repr_jpeg_(self) -> _Bytes | None:
        return self.data if self.media_type == "image/jpeg" else None

    def _repr_html_(self) -> str | None:
        if self.media_type in ("image/png", "image/jpeg"):
            return None  # those have a representation of their own
        return self.to_html()

    def to_html(self) -> str:
        """Return it as HTML: itself where its bytes are held, else a link. Loads nothing."""
        words = html.escape(self.revised_prompt or "")
        if self.media_type is not None:
            source = f"data:{self.media_type};base64,{self.base64}"
            return f'<img src="{source}" alt="{words}" title="{words}" style="max-width:100%">'
        if self.url is None or not self.url.startswith(("http://", "https://")):
            return f"<code>{html.escape(repr(self))}</code>"
        address = html.escape(self.url)
        attributes = 'target="_blank" rel="noopener noreferrer nofollow"'
        return f'<a href="{address}" {attributes} title="{words}">{address}</a>'


@dataclass(frozen=True, eq=False, repr=False)
class Pictures(Sequence[Picture]):
    """The pictures of one call: a sequence, mostly of one.

    Attributes:
        pictures: They themselves.
        created: When, in seconds since 1970; `None` where the service does not say.
        extra: What else the service says, for example `usage`.
    """

    pictures: tuple[Picture, ...]
    created: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @overload
    def __getitem__(self, index: int) -> Picture: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Picture, ...]: ...
    def __getitem__(self, index: int | slice) -> Picture | tuple[Picture, ...]:
        return self.pictures[index]

    def __len__(self) -> int:
        return len(self.pictures)

    def __iter__(self) -> Iterator[Picture]:
        return iter(self.pictures)

    @property
    def first(self) -> Picture:
        """The first, mostly the only one."""
        return self.pictures[0]

    def save(self, path: str | PathLike[str], *, overwrite: bool = False) -> list[Path]:
        """Write them to files.

        Args:
            path: The file. Several pictures are numbered: "cat.png" means "cat-1.png" and so on.
            overwrite: Whether files that are there already may be replaced.

        Returns:
            The paths, in order.

        Raises:
            ConfigurationError: A file is there already (then none is written), or cannot be
                written.
            APIError: A picture is not there (any more).
            TransportError: Not all of it arrived.
        """
        targets = self._targets(path, overwrite)
        return [
            picture.save(target, overwrite=overwrite)
            for picture, target in zip(self, targets, strict=True)
        ]

    async def asave(self, path: str | PathLike[str], *, overwrite: bool = False) -> list[Path]:
        """Do what `save` does, with `await`."""
        targets = self._targets(path, overwrite)
        pairs = zip(self, targets, strict=True)
        return [await picture.asave(target, overwrite=overwrite) for picture, target in pairs]

    def _targets(self, path: str | PathLike[str], overwrite: bool) -> list[Path]:
        if len(self) == 1:
            return [target_path(path, overwrite=overwrite)]
        given = target_path(path, overwrite=True)  # that a file has the bare name is no matter
        named = (given.with_stem(f"{given.stem}-{number}") for number in range(1, len(self) + 1))
        return [target_path(each, overwrite=overwrite) for each in named]

    def __repr__(self) -> str:
        return f"Pictures({', '.join(map(repr, self.pictures))})"

    def _repr_png_(self) -> bytes | None:
        return self.first._repr_png_() if len(self) == 1 else None

    def _repr_jpeg_(self) -> bytes | None:
        return self.first._repr_jpeg_() if len(self) == 1 else None

    def _repr_html_(self) -> str | None:
        if len(self) == 1:
            return self.first._repr_html_()
        cells = "".join(f"<div>{picture.to_html()}</div>" for picture in self)
        columns = "repeat(auto-fill,minmax(16em,1fr))"
        return f'<div style="display:grid;gap:8px;grid-template-columns:{columns}">{cells}</div>'


def checked_base64(text: object) -> str:
    """Return base64 as a picture holds it; a data URI's head is taken off.

    Raises:
        ValueError: It is none, or what it holds is no picture.
    """
    if not isinstance(text, str):
        raise ValueError(f"base64 must be a string, not {type(text).__name__}")
    if text[:5].lower() == "data:":
        text = text.partition(",")[2]
    try:
        data = b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ValueError(f"broken base64: {error}") from None
    if (problem := why_no_picture(data)) is not None:
        raise ValueError(problem)
    return b64encode(data).decode()

"""Paints a picture for a model, keeps it, and says where it is; with and without `await`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xyashui.client import AsyncClient, Client
from xyashui.errors import XyashuiError
from xyashui.pictures import Picture
from xyashui.tooling.either import over_at_once, settled
from xyashui.tooling.gallery import Gallery
from xyashui.tooling.telling import tell_picture

__all__ = ["Painted", "Painter"]


@dataclass(frozen=True, slots=True)
class Painted:
    """A picture that was made.

    Attributes:
        text: What the model is told.
        picture: The picture.
        path: Where it was saved, if it was.
    """

    text: str
    picture: Picture
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Painter:
    """Paints one picture at a time.

    Attributes:
        gallery: Where pictures are kept.
        usual: Options of `Client.generate_image` for where a model names none.
    """

    gallery: Gallery = field(default_factory=Gallery)
    usual: Mapping[str, Any] = field(default_factory=dict)

    def paint(self, client: Client, prompt: str, **options: Any) -> Painted:
        """Paint a picture.

        Raises:
            ConfigurationError: An option cannot be sent.
            APIError: The service refuses.
            TransportError: No whole answer arrived.
        """
        return over_at_once(self._painted(client, prompt, options))

    async def apaint(self, client: AsyncClient, prompt: str, **options: Any) -> Painted:
        """Do what `paint` does, with `await`."""
        return await self._painted(client, prompt, options)

    async def _painted(
        self, client: Client | AsyncClient, prompt: str, options: Mapping[str, Any]
    ) -> Painted:
        named = {name: value for name, value in options.items() if value}
        chosen = {**self.usual, **named, "download": False}
        pictures = await settled(client.generate_image(prompt, **chosen))
        picture: Picture = pictures.first
        keep = self.gallery.akeep if isinstance(client, AsyncClient) else self.gallery.keep
        path, trouble = None, None
        try:
            path = await settled(keep(picture, prompt))
        except XyashuiError as error:  # it was paid for: its address is told all the same
            trouble = str(error)
        told = tell_picture(picture, path, chosen.get("size"))
        return Painted(f"{told}\n{trouble}" if trouble else told, picture, path)

"""Pictures from words as a tool."""

# No `from __future__ import annotations`: models are shown the signatures, and without quotes.

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel

from llama_index_xyashui.tools.group import ToolGroup
from xyashui.tooling.painting import Painted, Painter

__all__ = ["PictureAnswer", "PictureTools"]


class PictureAnswer(BaseModel):
    """A picture that was made. Models are given the text; it is a tool output's `raw_output`.

    Attributes:
        text: Where it is, its size, and what it shows.
        picture: The picture: a `xyashui.Picture`.
        path: Where it was saved, if it was.
    """

    text: str
    picture: Any
    path: Path | None = None

    def __str__(self) -> str:
        return self.text


class PictureTools(ToolGroup):
    """Pictures, for `XingYunToolSpec`."""

    _painter: Painter

    def generate_image(
        self,
        prompt: Annotated[str, "What the picture shall show, in as much detail as matters"],
        size: Annotated[
            str | None, 'Width and height in pixels: "1024x1024", "1792x1024" (wide) or "1024x1792"'
        ] = None,
        quality: Annotated[str | None, '"standard", or "hd" for fine detail'] = None,
        style: Annotated[str | None, '"vivid" for the dramatic, "natural" for the plain'] = None,
    ) -> PictureAnswer:
        """Paint a picture of what is asked for, and say where the picture is.

        Use it when a picture, drawing or photo is asked for.
        """
        wish = {"size": size, "quality": quality, "style": style}
        return _answer(self._painter.paint(self._client, prompt, **wish))

    async def agenerate_image(
        self,
        prompt: str,
        size: str | None = None,
        quality: str | None = None,
        style: str | None = None,
    ) -> PictureAnswer:
        """Do what `generate_image` does, with `await`."""
        wish = {"size": size, "quality": quality, "style": style}
        return _answer(await self._painter.apaint(self._async_client, prompt, **wish))


def _answer(painted: Painted) -> PictureAnswer:
    return PictureAnswer(text=painted.text, picture=painted.picture, path=painted.path)

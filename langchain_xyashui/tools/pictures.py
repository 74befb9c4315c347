"""Pictures from words as a tool, for any model that calls tools."""

from __future__ import annotations

from os import PathLike
from typing import Any, Literal

from langchain_core.callbacks import AsyncCallbackManagerForToolRun, CallbackManagerForToolRun
from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field

from langchain_xyashui.service import ServiceConnection
from langchain_xyashui.tools.mistakes import told_to_models
from xyashui.pictures import Picture
from xyashui.tooling.gallery import Gallery
from xyashui.tooling.painting import Painter

__all__ = ["XingYunImageGeneration"]


class _Wish(BaseModel):
    """What the painter takes."""

    prompt: str = Field(description="What the picture shall show, in as much detail as matters")
    size: str | None = Field(
        default=None,
        description='Width and height in pixels, for example "1024x1024", "1792x1024" (wide) or '
        '"1024x1792" (tall)',
    )
    quality: str | None = Field(default=None, description='"standard", or "hd" for fine detail')
    style: str | None = Field(
        default=None, description='"vivid" for the dramatic, "natural" for the plain'
    )


class XingYunImageGeneration(ServiceConnection, BaseTool):
    """Paints a picture: its address or file is the content, the `Picture` is the artifact.

    Args:
        model: The model that paints ("dall-e-3").
        size: The size where the model that calls names none.
        quality: The quality where it names none.
        style: The style where it names none.
        directory: Where pictures are saved; by default they are not, and have an address that
            expires. No file is ever overwritten.
        extra_body: Fields to put into the request as they are.
        provider: Which service paints: "xingyun", or a provider that offers "images".
        api_key: The key; by default what the service's environment variable holds.
        base_url: The address; by default the environment's, or else the service's own.
        timeout: Seconds of silence to bear (300).
        max_retries: How often a call that may pass is made again (2).
        name: What models call the tool ("generate_image").
        description: What models are told of it.
        handle_tool_error: Whether a model is told what it can mend, a refused prompt say (`True`);
            `False` raises it as a `ToolException`.

    Raises:
        langchain_xyashui.errors.ConfigurationError: A setting cannot be, the key is missing, or
            the service paints nothing.

    Example:
        >>> painter = XingYunImageGeneration(directory="pictures")  # doctest: +SKIP
        >>> painter.invoke("一只戴帽子的猫")  # doctest: +SKIP
        'Picture made: pictures/一只戴帽子的猫.png, 1024x1024. It shows: ...'
        >>> create_agent(model, tools=[painter])  # doctest: +SKIP
    """

    name: str = "generate_image"
    description: str = (
        "Paints a picture of what it is told, and says where the picture is. "
        "Use it when a picture, drawing or photo is asked for."
    )
    args_schema: Any = _Wish
    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"
    handle_tool_error: Any = True

    model: str | None = None
    size: str | None = None
    quality: str | None = None
    style: str | None = None
    directory: str | PathLike[str] | None = None
    extra_body: dict[str, Any] | None = None

    def model_post_init(self, context: Any, /) -> None:
        """Refuse at once what cannot be."""
        super().model_post_init(context)
        self.service.check_endpoint("images")
        Gallery(self.directory)

    def _run(
        self,
        prompt: str,
        size: str | None = None,
        quality: str | None = None,
        style: str | None = None,
        run_manager: CallbackManagerForToolRun | None = None,
    ) -> tuple[str, Picture]:
        with told_to_models():
            client = self._sync_client()
            wish = {"size": size, "quality": quality, "style": style}
            painted = self._painter().paint(client, prompt, **wish)
            return painted.text, painted.picture

    async def _arun(
        self,
        prompt: str,
        size: str | None = None,
        quality: str | None = None,
        style: str | None = None,
        run_manager: AsyncCallbackManagerForToolRun | None = None,
    ) -> tuple[str, Picture]:
        with told_to_models():
            client = self._asynchronous_client()
            wish = {"size": size, "quality": quality, "style": style}
            painted = await self._painter().apaint(client, prompt, **wish)
            return painted.text, painted.picture

    def _painter(self) -> Painter:
        names = ("model", "size", "quality", "style", "extra_body")
        return Painter(Gallery(self.directory), {name: getattr(self, name) for name in names})

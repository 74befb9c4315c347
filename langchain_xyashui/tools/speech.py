"""Speech from text as a tool, for any model that calls tools."""

from __future__ import annotations

from os import PathLike
from typing import Any, Literal

from langchain_core.callbacks import AsyncCallbackManagerForToolRun, CallbackManagerForToolRun
from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field

from langchain_xyashui.errors import as_langchain
from langchain_xyashui.service import ServiceConnection
from langchain_xyashui.tools.mistakes import told_to_models
from xyashui.secrecy import conceal
from xyashui.sounds import Sound
from xyashui.tooling.folder import Folder
from xyashui.tooling.speaking import Speaker

__all__ = ["XingYunSpeech"]


class _Speech(BaseModel):
    """What the speaker takes."""

    text: str = Field(description="What to say, word for word; 4096 characters at most")
    voice: str | None = Field(
        default=None,
        description="Whose voice, if one was asked for: alloy, echo, fable, onyx, nova or shimmer",
    )
    speed: float | None = Field(
        default=None, description="How fast, from 0.25 to 4; 1 is as people speak"
    )


class XingYunSpeech(ServiceConnection, BaseTool):
    """Speaks a text: how long it is and its file are the content, the `Sound` is the artifact.

    Args:
        model: The model that speaks ("tts-1").
        voice: The voice where the model that calls names none ("alloy").
        speed: The speed where it names none.
        audio_format: "mp3" (by default), "opus", "aac", "flac", "wav" or "pcm".
        directory: Where sounds are saved; by default they are not. No file is ever overwritten.
        extra_body: Fields to put into the request as they are.
        provider: Which service speaks: "xingyun", or a provider that offers "speech".
        api_key: The key; by default what the service's environment variable holds.
        base_url: The address; by default the environment's, or else the service's own.
        timeout: Seconds of silence to bear (300).
        max_retries: How often a call that may pass is made again (2).
        name: What models call the tool ("speak").
        description: What models are told of it.
        handle_tool_error: Whether a model is told what it can mend, a text that is too long say
            (`True`); `False` raises it as a `ToolException`.

    Raises:
        langchain_xyashui.errors.ConfigurationError: A setting cannot be, the key is missing, or
            the service does not speak.

    Example:
        >>> speaker = XingYunSpeech(directory="sounds", voice="nova")  # doctest: +SKIP
        >>> speaker.invoke("你好，济南")  # doctest: +SKIP
        "Spoken: 1.4 s, mp3; saved as 'sounds/你好-济南.mp3'"
        >>> create_agent(model, tools=[speaker])  # doctest: +SKIP
    """

    name: str = "speak"
    description: str = (
        "Speaks a text aloud and keeps the sound. Use it when something is to be said, read out "
        "or recorded."
    )
    args_schema: Any = _Speech
    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"
    handle_tool_error: Any = True

    model: str | None = None
    voice: str | None = None
    speed: float | None = None
    audio_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] | None = None
    directory: str | PathLike[str] | None = None
    extra_body: dict[str, Any] | None = None

    def __init__(self, **settings: Any) -> None:
        conceal(settings)
        super().__init__(**settings)
        with as_langchain():
            # What is wrong is wrong now, and not when a model calls.
            self._sync_client().speak("-", **self._speaker().usual)

    def _run(
        self,
        text: str,
        voice: str | None = None,
        speed: float | None = None,
        run_manager: CallbackManagerForToolRun | None = None,
    ) -> tuple[str, Sound]:
        with told_to_models():
            client = self._sync_client()
            spoken = self._speaker().speak(client, text, voice=voice, speed=speed)
            return spoken.text, spoken.sound

    async def _arun(
        self,
        text: str,
        voice: str | None = None,
        speed: float | None = None,
        run_manager: AsyncCallbackManagerForToolRun | None = None,
    ) -> tuple[str, Sound]:
        with told_to_models():
            client = self._asynchronous_client()
            spoken = await self._speaker().aspeak(client, text, voice=voice, speed=speed)
            return spoken.text, spoken.sound

    def _speaker(self) -> Speaker:
        # `response_format` is a tool's own word for what it gives back.
        usual = {name: getattr(self, name) for name in ("model", "voice", "speed", "extra_body")}
        return Speaker(Folder(self.directory), {**usual, "response_format": self.audio_format})

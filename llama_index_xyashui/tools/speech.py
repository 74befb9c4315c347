"""Speech from text as a tool."""

# No `from __future__ import annotations`: models are shown the signatures, and without quotes.

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel

from llama_index_xyashui.tools.group import ToolGroup
from xyashui.tooling.speaking import Speaker, Spoken

__all__ = ["SpeechAnswer", "SpeechTools"]


class SpeechAnswer(BaseModel):
    """What was said. Models are given the text; it is a tool output's `raw_output`.

    Attributes:
        text: How long it is, and where.
        sound: The sound: a `xyashui.Sound`.
        path: Where it was saved, if it was.
    """

    text: str
    sound: Any
    path: Path | None = None

    def __str__(self) -> str:
        return self.text


class SpeechTools(ToolGroup):
    """Speech, for `XingYunToolSpec`."""

    _speaker: Speaker

    def speak(
        self,
        text: Annotated[str, "What to say, word for word; 4096 characters at most"],
        voice: Annotated[
            str | None,
            "Whose voice, if one was asked for: alloy, echo, fable, onyx, nova or shimmer",
        ] = None,
        speed: Annotated[float | None, "How fast, from 0.25 to 4; 1 is as people speak"] = None,
    ) -> SpeechAnswer:
        """Speak a text aloud and keep the sound.

        Use it when something is to be said, read out or recorded.
        """
        return _answer(self._speaker.speak(self._client, text, voice=voice, speed=speed))

    async def aspeak(
        self, text: str, voice: str | None = None, speed: float | None = None
    ) -> SpeechAnswer:
        """Do what `speak` does, with `await`."""
        spoken = await self._speaker.aspeak(self._async_client, text, voice=voice, speed=speed)
        return _answer(spoken)


def _answer(spoken: Spoken) -> SpeechAnswer:
    return SpeechAnswer(text=spoken.text, sound=spoken.sound, path=spoken.path)

"""Recordings as documents: what a framework's readers make of a transcript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from xyashui.audio import AudioLike
from xyashui.client import AsyncClient, Client
from xyashui.endpoints.transcriptions import transcription_fields
from xyashui.errors import ConfigurationError
from xyashui.providers import Provider
from xyashui.requests import shorten
from xyashui.transcripts import Transcript

__all__ = ["Listener", "Passage", "Per"]

Per = Literal["file", "segment"]
"""What becomes a document: a whole recording, or each piece of it that was said at a time."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What becomes a document.

    Attributes:
        text: What was said.
        facts: `duration` (seconds) and `language` of the recording, where the service says them; of
            a segment also `start` and `end`, in seconds.
    """

    text: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listener:
    """Writes recordings down, one at a time.

    Attributes:
        per: What becomes a document.
        usual: Options of `Client.transcribe`.
    """

    per: Per = "file"
    usual: Mapping[str, Any] = field(default_factory=dict)

    def check(self, service: Provider) -> None:
        """Raise `ConfigurationError` where nothing can come of it."""
        if self.per not in ("file", "segment"):
            raise ConfigurationError(f"per must be 'file' or 'segment', not {shorten(self.per)}")
        form = transcription_fields(service, self.usual)["response_format"]
        if self.per == "segment" and form != "verbose_json":
            raise ConfigurationError(
                f"per='segment' needs times, which response_format={form!r} has not: leave it out"
            )

    def listen(self, client: Client, audio: AudioLike) -> list[Passage]:
        """Write a recording down.

        Raises:
            ConfigurationError: The recording cannot be read or sent.
            APIError: The service refuses.
            TransportError: No whole answer arrived.
        """
        return self._passages(client.transcribe(audio, **self.usual))

    async def alisten(self, client: AsyncClient, audio: AudioLike) -> list[Passage]:
        """Do what `listen` does, with `await`."""
        return self._passages(await client.transcribe(audio, **self.usual))

    def _passages(self, transcript: Transcript) -> list[Passage]:
        known = {"duration": transcript.duration, "language": transcript.language}
        facts = {name: value for name, value in known.items() if value is not None}
        if self.per == "segment" and transcript.segments:
            return [
                Passage(one.text, {**facts, "start": one.start, "end": one.end})
                for one in transcript.segments
            ]
        return [Passage(transcript.text, facts)]

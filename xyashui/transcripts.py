"""What was said in a recording: the text, and when it was said. Sans-IO."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from xyashui.errors import ConfigurationError
from xyashui.requests import shorten

__all__ = ["LONGEST_RECORDING", "Segment", "Transcript"]

LONGEST_RECORDING: Final = 1e9
"""Seconds, thirty years: no time in a recording is later."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a recording.

    Attributes:
        start: Where it begins, in seconds from the recording's beginning.
        end: Where it ends.
        text: What was said.
    """

    start: float
    end: float
    text: str


@dataclass(frozen=True, repr=False)
class Transcript:
    """What was said in a recording.

    Attributes:
        text: All of it; subtitles where these were asked for (`response_format="srt"` or "vtt").
        language: The language, as the service names it ("chinese"); `None` where it does not say.
        duration: The recording's length in seconds; `None` where the service does not say.
        segments: Its pieces, with times; none unless "verbose_json" was asked for.
        format: What was asked for.
        raw: All that the service says, where that is JSON.

    Example:
        >>> transcript = client.transcribe("meeting.mp3")  # doctest: +SKIP
        >>> transcript.segments[0]  # doctest: +SKIP
        Segment(start=0.0, end=2.4, text='大家好，我们开始吧。')
        >>> Path("meeting.srt").write_text(transcript.to_srt())  # doctest: +SKIP
    """

    text: str
    language: str | None = None
    duration: float | None = None
    segments: Sequence[Segment] = ()
    format: str = "verbose_json"
    raw: dict[str, Any] = field(default_factory=dict)

    def to_srt(self) -> str:
        """Return it as SubRip subtitles.

        Raises:
            ConfigurationError: It has no times.
        """
        if self.format == "srt":
            return self.text
        return "".join(
            f"{number}\n{_time(one.start, ',')} --> {_time(one.end, ',')}\n{_line(one.text)}\n\n"
            for number, one in enumerate(self._timed(), 1)
        )

    def to_vtt(self) -> str:
        """Return it as WebVTT subtitles.

        Raises:
            ConfigurationError: It has no times.
        """
        if self.format == "vtt":
            return self.text
        cues = (
            f"{_time(one.start, '.')} --> {_time(one.end, '.')}\n"
            f"{html.escape(_line(one.text), quote=False)}\n\n"
            for one in self._timed()
        )
        return "WEBVTT\n\n" + "".join(cues)

    def _timed(self) -> Sequence[Segment]:
        # A recording in which nobody speaks has no segments either.
        if self.segments or (self.format == "verbose_json" and not self.text.strip()):
            return self.segments
        raise ConfigurationError(
            f"This transcript has no times, as it was asked for as {self.format!r}: ask for "
            "response_format='verbose_json'"
        )

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        facts = [
            *([self.language] if self.language else []),
            *([f"{self.duration:.1f} s"] if self.duration is not None else []),
            *([f"{len(self.segments)} segments"] if self.segments else []),
        ]
        return f"Transcript({', '.join([shorten(self.text), *facts])})"

    def _repr_html_(self) -> str:
        if not self.segments:
            return f'<div style="white-space:pre-wrap">{html.escape(self.text)}</div>'
        rows = "".join(
            '<tr><td style="text-align:right;white-space:nowrap;opacity:.7">'
            f'{_time(one.start, ".")[:-4]}</td><td style="text-align:left">'
            f"{html.escape(one.text.strip())}</td></tr>"
            for one in self.segments
        )
        return f"<table>{rows}</table>"


def _time(seconds: float, point: str) -> str:
    """Return a time as subtitles have it: "01:02:03,400"."""
    milliseconds = round(min(max(0.0, seconds), LONGEST_RECORDING) * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, milliseconds = divmod(milliseconds, 1000)
    return f"{hours:02}:{minutes:02}:{whole:02}{point}{milliseconds:03}"


def _line(text: str) -> str:
    """Return a text that ends no subtitle early: an empty line does, and so does an arrow."""
    lines = (line.strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line).replace("-->", "→")

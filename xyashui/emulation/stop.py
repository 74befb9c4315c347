"""Stop sequences, cut on this side: for a service that documents none. Sans-IO."""

from __future__ import annotations

from collections.abc import Sequence

from xyashui.answers import Chunk

__all__ = ["StopStage"]


class StopStage:
    """Ends the answer before the first stop sequence, even one that is split over chunks.

    Text that may be the beginning of a stop sequence is held back until it is known to be none.

    Attributes:
        done: Whether a stop sequence has come. The connection can be closed then, so that no
            more is generated, and paid for, than is read.
    """

    def __init__(self, stop: Sequence[str]) -> None:
        self.done = False
        self._stop = tuple(stop)
        self._beginnings = {one[:length] for one in stop for length in range(1, len(one))}
        self._longest = max(len(one) for one in stop) - 1
        self._held = ""

    @property
    def held(self) -> str:
        """The text that is held back now."""
        return self._held

    def feed(self, chunk: Chunk) -> list[Chunk]:
        """Take a chunk and return what is certainly before any stop sequence."""
        if self.done:
            return []
        text = self._held + chunk.text
        if (found := self._find(text)) is not None:
            self.done = True
            self._held = ""
            chunk.text = text[:found]
            chunk.finish_reason = "stop"
            chunk.tool_calls = ()
            return [chunk]
        keep = 0 if chunk.finish_reason is not None else self._possible_beginning(text)
        self._held = text[len(text) - keep :]
        chunk.text = text[: len(text) - keep]
        if chunk.text or chunk.reasoning or chunk.tool_calls or chunk.finish_reason or chunk.extra:
            return [chunk]
        return []

    def close(self) -> list[Chunk]:
        """Return what was held back: the answer ended, so it was no stop sequence."""
        text, self._held = self._held, ""
        return [Chunk(text)] if text else []

    def _find(self, text: str) -> int | None:
        """Return where the stop sequence begins that is complete first, as a model would stop.

        To take the one that begins first would let the answer depend on how it was cut up.
        """
        found = [(start + len(one), start) for one in self._stop if (start := text.find(one)) >= 0]
        return min(found)[1] if found else None

    def _possible_beginning(self, text: str) -> int:
        """Return the length of the longest end of `text` that begins a stop sequence."""
        for length in range(min(self._longest, len(text)), 0, -1):
            if text[len(text) - length :] in self._beginnings:
                return length
        return 0

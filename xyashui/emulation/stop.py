"""Stop sequences, cut on this side: where a service has none, or would cut our markup. Sans-IO."""

from __future__ import annotations

from collections.abc import Sequence

from xyashui.answers import Chunk

__all__ = ["StopFinder", "StopStage"]


class StopFinder:
    """Text in; out what stands before the first stop sequence, even one that comes in pieces.

    Text that may be the beginning of a stop sequence is held back until it is known to be none.

    Args:
        stop: The stop sequences; there may be none.

    Attributes:
        found: Whether one has come.
        held: The text that is held back now.
    """

    def __init__(self, stop: Sequence[str]) -> None:
        self.found = False
        self.held = ""
        self._stop = tuple(stop)
        self._beginnings = {one[:length] for one in stop for length in range(1, len(one))}
        self._longest = max(map(len, stop), default=1) - 1

    def feed(self, text: str) -> str:
        """Take what is new, and return what is certainly before any stop sequence."""
        if not self._stop:
            return text
        text = self.held + text
        if (start := self._find(text)) is not None:
            self.found = True
            self.held = ""
            return text[:start]
        certain = len(text) - self._possible_beginning(text)
        self.held = text[certain:]
        return text[:certain]

    def rest(self) -> str:
        """Return what was held back: the text ended, so it was no stop sequence."""
        text, self.held = self.held, ""
        return text

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


class StopStage:
    """Ends the answer before the first stop sequence.

    Attributes:
        done: Whether a stop sequence has come. The connection can be closed then, so that no
            more is generated, and paid for, than is read.
    """

    def __init__(self, stop: Sequence[str]) -> None:
        self.done = False
        self._finder = StopFinder(stop)

    @property
    def held(self) -> str:
        """The text that is held back now."""
        return self._finder.held

    def feed(self, chunk: Chunk) -> list[Chunk]:
        """Take a chunk and return what is certainly before any stop sequence."""
        if self.done:
            return []
        chunk.text = self._finder.feed(chunk.text)
        self.done = self._finder.found
        if self.done:
            chunk.finish_reason = "stop"
            chunk.tool_calls = ()
        elif chunk.finish_reason is not None:
            chunk.text += self._finder.rest()
        something = chunk.text or chunk.reasoning or chunk.tool_calls or chunk.extra
        return [chunk] if something or chunk.finish_reason is not None else []

    def close(self) -> list[Chunk]:
        """Return what was held back: the answer ended, so it was no stop sequence."""
        text = self._finder.rest()
        return [Chunk(text)] if text else []

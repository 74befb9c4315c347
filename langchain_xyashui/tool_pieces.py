"""The pieces of tool calls in a stream, as LangChain can add them up to what they are, and in time.

LangChain closes the brackets of arguments that have not ended, and where that gives no JSON, tries
again with a character less, for each character that is in its way: 20 KB of nonsense take it 15 s,
each time that chunks are added up. So it is given what can be the beginning of an object, and says
something; the rest when it does, or at the end. Then it is known, too, whether the call can be
made, and where it cannot, LangChain is kept from closing what is open in it.

No arguments at all are an empty object to LangChain, and its parsers hand that on while an answer
streams. So where they can be none, LangChain is given a little of what is in their way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from langchain_core.messages.tool import ToolCallChunk, tool_call_chunk

from langchain_xyashui.depths import DEEPEST
from xyashui.json_beginnings import UNCLOSABLE, Beginning
from xyashui.surrogates import EscapedHalves, well_formed_json

if TYPE_CHECKING:
    from xyashui import ToolCall, ToolCallDelta

__all__ = ["ToolPieces"]

_SHORT = 100  # characters, over which LangChain may go back, with each chunk that is added
_CLOSER = re.compile(r"[ \t\n\r]*+[\]}]")


class ToolPieces:
    """The tool calls of one streamed answer."""

    __slots__ = ("_calls",)

    def __init__(self) -> None:
        self._calls: dict[int, _Arguments] = {}

    def next(self, delta: ToolCallDelta) -> ToolCallChunk:
        """Return a piece of a call as LangChain is to have it now.

        What is kept of it comes with a later piece, or with the last: the escape that arguments end
        in the middle of, for LangChain would leave out all of the string before it; what says
        nothing yet, where that is long; most of what can be no JSON object, or nests too deeply. Of
        a call that is refused as it comes, nothing is kept: such a piece has all of its arguments.
        """
        call = self._calls.get(delta.index)
        if call is None:
            call = self._calls[delta.index] = _Arguments()
        take = call.next if delta.error is None else call.end
        arguments = take(delta.arguments)
        return tool_call_chunk(name=delta.name, args=arguments, id=delta.id, index=delta.index)

    def last(self, calls: Sequence[ToolCall], faults: Sequence[str | None]) -> list[ToolCallChunk]:
        """Return what LangChain has not been given yet, and what keeps it from closing the rest.

        Args:
            calls: The calls of the whole answer.
            faults: Why each of them cannot be made.
        """
        pieces = []
        for index, call, fault in zip(sorted(self._calls), calls, faults, strict=True):
            told = self._calls[index]
            rest = call.arguments[told.given :]
            if fault is not None and not told.ended:
                rest += UNCLOSABLE
            if rest:
                pieces.append(tool_call_chunk(args=rest, index=index))
        return pieces


class _Arguments:
    """The arguments of one call.

    Attributes:
        ended: Whether LangChain has all of them, with what keeps it from closing them.
        given: How many characters of them LangChain has.
    """

    __slots__ = ("_escapes", "_json", "_kept", "_settled", "ended", "given")

    def __init__(self) -> None:
        self.ended = False
        self.given = 0
        self._settled = False  # what follows is kept to the end
        self._escapes = EscapedHalves()
        self._json = Beginning(deepest=DEEPEST)
        self._kept: list[str] = []

    def next(self, piece: str) -> str:
        """Take a piece; return what LangChain is to have now."""
        json = self._json
        if self._settled:
            return ""
        text = self._escapes.mend(piece)
        json.feed(text)
        self._kept.append(text)
        if json.broken:
            return self._broken() if text.strip() else ""
        return self._up_to(json.length if json.firm and json.loose <= _SHORT else json.firm)

    def end(self, piece: str) -> str:
        """Take the last piece of what cannot be made; return all that LangChain does not have."""
        rest = "".join(self._kept) + well_formed_json(self._escapes.held + piece)
        self.given += len(rest)
        self.ended = self._settled = True
        return rest + UNCLOSABLE

    def _broken(self) -> str:
        """Return the start of what can be no object: little, that LangChain may go back over."""
        json = self._json
        kept = "".join(self._kept)
        if not self.given and "null".startswith(kept.strip()):
            return ""  # which says that there are no arguments
        if json.firm <= _SHORT:
            self._settled = json.length >= json.firm + _SHORT
            return self._up_to(json.firm + _SHORT)
        # A bracket that closes none is what it gives up for without going back.
        self._settled = True
        closer = _CLOSER.match(kept, max(0, json.firm - self.given))
        return self._up_to(self.given + closer.end() if closer else json.firm)

    def _up_to(self, end: int) -> str:
        if end <= self.given:
            return ""
        kept = "".join(self._kept)
        cut = end - self.given
        self._kept = [kept[cut:]]
        said = kept[:cut]
        self.given += len(said)
        return said

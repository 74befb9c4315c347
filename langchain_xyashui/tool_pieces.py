"""The pieces of tool calls in a stream, as LangChain can add them up in time.

LangChain closes the brackets of arguments that have not ended, and where that gives no JSON, tries
again with a character less, for each character that is in its way: 20 KB of nonsense take it 15 s,
each time that chunks are added up. A little that is odd it is given once, at the end; more of it,
in long arguments, ends the answer here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from langchain_core.messages.tool import ToolCallChunk, tool_call_chunk

from langchain_xyashui.depths import DEEPEST
from langchain_xyashui.errors import MalformedOutputError
from xyashui.json_beginnings import Beginning

if TYPE_CHECKING:
    from xyashui import Answer, AsyncChatStream, ChatStream, ToolCallDelta

__all__ = ["ToolPieces"]

_SHORT = 1000  # characters, over which LangChain may go back as it likes: that takes milliseconds
_LONGEST_WAY = 10_000  # characters, over which it may go back once: that takes half a second
_OPENS = re.compile(r"[{\[]")


class ToolPieces:
    """The tool calls of one streamed answer.

    Args:
        stream: Whose answer says, in an error, what had arrived.
    """

    __slots__ = ("_calls", "_stream")

    def __init__(self, stream: ChatStream | AsyncChatStream) -> None:
        self._stream = stream
        self._calls: dict[int, _Arguments] = {}

    def next(self, delta: ToolCallDelta) -> ToolCallChunk:
        """Return a piece of a call as LangChain has it.

        Of long arguments that end in the middle of an escape, that is kept for the next piece:
        LangChain would leave out all of the string before it. What can be no JSON is kept to the
        end.

        Raises:
            MalformedOutputError: The arguments are long, and much of them can be no JSON; or they
                nest too deeply.
        """
        call = self._calls.get(delta.index)
        if call is None:
            call = self._calls[delta.index] = _Arguments()
        arguments = call.next(delta.arguments)
        if fault := call.fault():
            raise _malformed(fault, self._stream.answer)
        return tool_call_chunk(name=delta.name, args=arguments, id=delta.id, index=delta.index)

    def last(self) -> list[ToolCallChunk]:
        """Return what was kept for pieces that did not come."""
        return [
            tool_call_chunk(args=call.kept, index=index)
            for index, call in self._calls.items()
            if call.kept
        ]


class _Arguments:
    """The arguments of one call.

    Attributes:
        kept: What LangChain is to have later.
    """

    __slots__ = ("_json", "kept")

    def __init__(self) -> None:
        self.kept = ""
        self._json = Beginning()

    def next(self, piece: str) -> str:
        """Take a piece; return what LangChain is to have now."""
        self._json.feed(piece)
        text = self.kept + piece
        cut = max(0, len(text) - self._left())
        self.kept = text[cut:]
        return text[:cut]

    def fault(self) -> str:
        """Return why they cannot be read in time; "" where they can."""
        json = self._json
        if json.depth > DEEPEST:
            return f"they nest more than {DEEPEST} deep"
        if json.length <= _SHORT:
            return ""
        if json.broken and (json.odd > _SHORT or self._leads_back()):
            return "they are no JSON"
        return f"nothing comes of the last {json.loose} characters" if json.loose > _SHORT else ""

    def _left(self) -> int:
        """Count the characters at the end that are to be kept."""
        if self._json.length <= _SHORT:
            return 0
        return self._json.odd if self._json.broken else len(self._json.escape)

    def _leads_back(self) -> bool:
        """Whether LangChain may go back over all of them, and that takes long.

        It tries one set of closing brackets, which fits no place but where as many were open.
        """
        if self._json.length <= _LONGEST_WAY:
            return False
        return self._json.depth > 0 or _OPENS.search(self.kept) is not None


def _malformed(fault: str, answer: Answer) -> MalformedOutputError:
    error = MalformedOutputError(
        f"The model wrote arguments of a tool call that cannot be read: {fault}. What had arrived "
        "is in .partial"
    )
    error.partial = answer
    return error

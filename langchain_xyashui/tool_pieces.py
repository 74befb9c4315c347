"""The pieces of tool calls in a stream, as LangChain can add them up in time.

LangChain closes the brackets of arguments that have not ended, and where that gives no JSON, tries
again with a character less, for each character that is in its way: 20 KB of nonsense take it 15 s,
each time that chunks are added up. So what is no JSON, and long, ends the answer here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_core.messages.tool import ToolCallChunk, tool_call_chunk

from langchain_xyashui.errors import MalformedOutputError
from xyashui.depths import DEEPEST
from xyashui.json_beginnings import Beginning

if TYPE_CHECKING:
    from xyashui import Answer, AsyncChatStream, ChatStream, ToolCallDelta

__all__ = ["ToolPieces"]

_SHORT = 1000  # characters, over which LangChain may go back as it likes: that takes milliseconds


class ToolPieces:
    """The tool calls of one streamed answer.

    Args:
        stream: Whose answer says, in an error, what had arrived.
    """

    __slots__ = ("_calls", "_stream")

    def __init__(self, stream: ChatStream | AsyncChatStream) -> None:
        self._stream = stream
        self._calls: dict[int, Beginning] = {}

    def next(self, delta: ToolCallDelta) -> ToolCallChunk:
        """Return a piece of a call as LangChain has it.

        Of long arguments that end in the middle of an escape, that is kept for the next piece:
        LangChain would leave out all of the string before it.

        Raises:
            MalformedOutputError: The arguments are long, and can be no JSON any more; or they nest
                too deeply.
        """
        call = self._calls.get(delta.index)
        if call is None:
            call = self._calls[delta.index] = Beginning()
        arguments = _held(call) + delta.arguments
        call.feed(delta.arguments)
        if fault := _fault(call):
            raise _malformed(fault, self._stream.answer)
        if held := _held(call):
            arguments = arguments.removesuffix(held)
        return tool_call_chunk(name=delta.name, args=arguments, id=delta.id, index=delta.index)

    def last(self) -> list[ToolCallChunk]:
        """Return what was kept for pieces that did not come."""
        return [
            tool_call_chunk(args=held, index=index)
            for index, call in self._calls.items()
            if (held := _held(call))
        ]


def _held(call: Beginning) -> str:
    return call.escape if call.length > _SHORT else ""


def _fault(call: Beginning) -> str:
    if call.depth > DEEPEST:
        return f"they nest more than {DEEPEST} deep"
    if call.length <= _SHORT:
        return ""
    if call.broken:
        return "they are no JSON"
    return f"nothing comes of the last {call.loose} characters" if call.loose > _SHORT else ""


def _malformed(fault: str, answer: Answer) -> MalformedOutputError:
    error = MalformedOutputError(
        f"The model wrote arguments of a tool call that cannot be read: {fault}. What had arrived "
        "is in .partial"
    )
    error.partial = answer
    return error

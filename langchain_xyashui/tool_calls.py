"""Tool calls that can be made, and those that cannot, with the reason.

Whether it can be made is judged here, by all of its arguments. Those of a stream LangChain reads
itself: from chunks that are added up by closing what is open in them, and so it makes a call of
half of what was meant; from v3 events when all have come. The arguments of a call that cannot be
made end in `UNCLOSABLE` there: either way it is one of the `invalid_tool_calls`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, InvalidToolCall
from langchain_core.messages import ToolCall as LangChainToolCall
from langchain_core.messages.tool import invalid_tool_call, tool_call

from langchain_xyashui.depths import DEEPEST, is_deep
from xyashui.json_beginnings import UNCLOSABLE
from xyashui.json_texts import whole_object
from xyashui.types import ToolCallDict, as_json

if TYPE_CHECKING:
    from xyashui import ToolCall

__all__ = ["calls_of", "calls_to_wire", "fault", "written"]


def calls_of(
    calls: Sequence[ToolCall],
) -> tuple[list[LangChainToolCall], list[InvalidToolCall]]:
    """Return the calls of a whole answer: those that can be made, and the others."""
    valid: list[LangChainToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in calls:
        try:
            args = _arguments(call)
        except ValueError as error:
            reason = str(error)
            invalid.append(
                invalid_tool_call(name=call.name, args=call.arguments, id=call.id, error=reason)
            )
        else:
            valid.append(tool_call(name=call.name, args=args, id=call.id))
    return valid, invalid


def fault(call: ToolCall) -> str | None:
    """Return why a call cannot be made; `None` where it can."""
    try:
        _arguments(call)
    except ValueError as error:
        return str(error)
    return None


def _arguments(call: ToolCall) -> dict[str, Any]:
    if call.error is not None:
        raise ValueError(call.error)
    if not call.arguments:
        return {}
    try:
        arguments = whole_object(call.arguments)
    except ValueError as error:
        raise ValueError(f"the arguments are no JSON object: {error}") from error
    if is_deep(arguments):
        raise ValueError(f"the arguments nest more than {DEEPEST} deep")
    return arguments


def written(args: dict[str, Any] | str | None) -> str:
    """Return what LangChain has as the arguments of a call as the model wrote it."""
    return args.removesuffix(UNCLOSABLE) if isinstance(args, str) else as_json(args or {})


def calls_to_wire(message: AIMessage) -> list[ToolCallDict]:
    """Return the calls of a message as they are sent."""
    return [
        {
            "id": call["id"] or "",
            "type": "function",
            "function": {"name": call["name"] or "", "arguments": written(call["args"])},
        }
        for call in (*message.tool_calls, *message.invalid_tool_calls)
    ]

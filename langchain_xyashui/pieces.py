"""Chunks for LangChain, made the short way.

Pydantic takes 8 microseconds to make a message chunk and the generation chunk around it, most of
it over fields that are empty, and a stream makes thousands a second. Here both are copied from
ones that Pydantic made, with what is new put in its place: the same objects in a fifth of the time.
A chunk with pieces of tool calls is such a one, too: the constructor reads all arguments for JSON,
which can take it seconds (see `langchain_xyashui.tool_pieces`).
"""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.tool import ToolCallChunk, invalid_tool_call, tool_call
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.utils.json import parse_partial_json
from pydantic import BaseModel

from xyashui.json_beginnings import object_so_far

__all__ = ["call_piece", "put_calls", "text_piece"]

_SHORT = 100  # characters that LangChain reads for JSON in well under a millisecond

_MESSAGE = AIMessageChunk(content="", additional_kwargs={}, response_metadata={})
_GENERATION = ChatGenerationChunk(message=_MESSAGE)
_MESSAGE_FIELDS = dict(_MESSAGE)
_GENERATION_FIELDS = dict(_GENERATION)
_MESSAGE_SET = _MESSAGE.__pydantic_fields_set__
_GENERATION_SET = _GENERATION.__pydantic_fields_set__
_LISTS = {"tool_calls", "invalid_tool_calls", "tool_call_chunks"}

# The four places in which Pydantic keeps a model, written to without a detour by their names.
_new = object.__new__
_places: Any = BaseModel.__dict__
_set_contents = _places["__dict__"].__set__
_set_fields_set = _places["__pydantic_fields_set__"].__set__
_set_extra = _places["__pydantic_extra__"].__set__
_set_private = _places["__pydantic_private__"].__set__

# A later LangChain may give messages another list, of which each must have its own: then the
# constructors are used.
_KNOWN = {name for name, value in _MESSAGE_FIELDS.items() if value == []} == _LISTS and (
    _MESSAGE.__pydantic_extra__ == {} and _GENERATION.__pydantic_extra__ is None
)


def text_piece(
    text: str, additional_kwargs: dict[str, Any], response_metadata: dict[str, Any]
) -> ChatGenerationChunk:
    """Return a chunk of text; it equals what the constructors make of the same arguments."""
    if not _KNOWN:
        return _constructed(text, additional_kwargs, response_metadata)
    message = _new(AIMessageChunk)
    _set_contents(
        message,
        {
            **_MESSAGE_FIELDS,
            "content": text,
            "additional_kwargs": additional_kwargs,
            "response_metadata": response_metadata,
            "tool_calls": [],
            "invalid_tool_calls": [],
            "tool_call_chunks": [],
        },
    )
    _set_fields_set(message, _MESSAGE_SET.copy())
    _set_extra(message, {})
    _set_private(message, None)
    piece = _new(ChatGenerationChunk)
    _set_contents(piece, {**_GENERATION_FIELDS, "text": text, "message": message})
    _set_fields_set(piece, _GENERATION_SET.copy())
    _set_extra(piece, None)
    _set_private(piece, None)
    return piece


def call_piece(
    text: str,
    additional_kwargs: dict[str, Any],
    response_metadata: dict[str, Any],
    calls: list[ToolCallChunk],
) -> ChatGenerationChunk:
    """Return a chunk with pieces of tool calls in it; see `put_calls`."""
    piece = text_piece(text, additional_kwargs, response_metadata)
    put_calls(piece.message, calls)
    return piece


def put_calls(message: BaseMessage, calls: list[ToolCallChunk]) -> None:
    """Put pieces of tool calls into a message, in the time that it takes to read them.

    It equals then what the constructor makes of the same arguments, but for long pieces that are no
    beginning of JSON and have one in them: those are invalid here.
    """
    valid, invalid = [], []
    for call in calls:
        read = _object(call["args"] or "")
        if read is not None:
            valid.append(tool_call(name=call["name"] or "", args=read, id=call["id"]))
        else:
            one = invalid_tool_call(name=call["name"], args=call["args"], id=call["id"], error=None)
            invalid.append(one)
    fields = {"tool_call_chunks": calls, "tool_calls": valid, "invalid_tool_calls": invalid}
    message.__dict__.update(fields)  # past the validators
    message.__pydantic_fields_set__.update(fields)


def _object(arguments: str) -> dict[str, Any] | None:
    if not arguments:
        return {}
    if arguments.lstrip(" \t\n\r")[:1] != "{":
        return None  # as nearly all pieces are, however they would be closed
    if len(arguments) > _SHORT:
        return object_so_far(arguments)
    try:
        read = parse_partial_json(arguments)
    except Exception:  # whatever it is, LangChain's own takes it for no JSON
        return None
    return read if isinstance(read, dict) else None


def _constructed(
    text: str, additional_kwargs: dict[str, Any], response_metadata: dict[str, Any]
) -> ChatGenerationChunk:
    return ChatGenerationChunk(
        message=AIMessageChunk(
            content=text, additional_kwargs=additional_kwargs, response_metadata=response_metadata
        )
    )

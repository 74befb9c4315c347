"""Responses of a stream with nothing in them but text, made the short way.

Pydantic takes 8 microseconds to make a response, its message and its block, and a stream makes
thousands a second. Here they are put together as Pydantic would leave them.
"""

from __future__ import annotations

from io import StringIO
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole, TextBlock
from pydantic import BaseModel

from llama_index_xyashui.streams import ChatResponseSoFar, TextSoFar
from xyashui import Chunk

__all__ = ["text_piece"]

_BLOCK = TextBlock(text="", block_type="text")
_MESSAGE = ChatMessage(role=MessageRole.ASSISTANT, blocks=[_BLOCK], additional_kwargs={})
_RESPONSE = ChatResponse(message=_MESSAGE, delta="", raw=None, additional_kwargs={})
_BLOCK_FIELDS, _MESSAGE_FIELDS, _RESPONSE_FIELDS = map(dict, (_BLOCK, _MESSAGE, _RESPONSE))
del _BLOCK_FIELDS["text"], _RESPONSE_FIELDS["raw"]  # put in where somebody looks

# The four places in which Pydantic keeps a model, written to without a detour by their names.
_new = object.__new__
_places: Any = BaseModel.__dict__
_set_contents = _places["__dict__"].__set__
_set_fields_set = _places["__pydantic_fields_set__"].__set__
_set_extra = _places["__pydantic_extra__"].__set__
_set_private = _places["__pydantic_private__"].__set__


def text_piece(text: StringIO, chunk: Chunk) -> ChatResponse:
    """Return the response for a chunk of text.

    Args:
        text: All there is so far, the chunk's own included. It may grow afterwards.
        chunk: What is new.
    """
    block = _new(TextSoFar)
    _set_contents(block, {**_BLOCK_FIELDS, "": (text, text.tell())})
    _set_fields_set(block, {"text", "block_type"})
    _set_extra(block, None)
    _set_private(block, None)
    message = _new(ChatMessage)
    _set_contents(message, {**_MESSAGE_FIELDS, "blocks": [block], "additional_kwargs": {}})
    _set_fields_set(message, {"role", "blocks", "additional_kwargs"})
    _set_extra(message, None)
    _set_private(message, None)
    response = _new(ChatResponseSoFar)
    _set_contents(
        response,
        {
            **_RESPONSE_FIELDS,
            "message": message,
            "delta": chunk.text,
            "additional_kwargs": {},
            "": chunk,
        },
    )
    _set_fields_set(response, {"message", "delta", "raw", "additional_kwargs"})
    _set_extra(response, None)
    _set_private(response, None)
    return response

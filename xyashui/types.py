"""The shapes of what is sent, as TypedDicts.

Both services speak OpenAI's Chat Completions; the names are that protocol's. What comes back has
none: gateways leave out what they please.
"""

from __future__ import annotations

import json
from typing import Any, Literal, NotRequired, TypedDict

from pydantic_core import to_json

from xyashui.surrogates import well_formed

__all__ = [
    "ChatBody",
    "ContentPart",
    "Endpoint",
    "FunctionCall",
    "ImagePart",
    "ImageURL",
    "Message",
    "TextPart",
    "ToolCallDict",
    "as_json",
]


Endpoint = Literal[
    "models", "completions", "embeddings", "images", "midjourney", "speech", "transcriptions"
]
"""What a service may offer besides chat."""


class TextPart(TypedDict):
    """A piece of text in a message."""

    type: Literal["text"]
    text: str


class ImageURL(TypedDict):
    """An image: an http(s) address, or the bytes as a data URI."""

    url: str
    detail: NotRequired[str]


class ImagePart(TypedDict):
    """An image in a message."""

    type: Literal["image_url"]
    image_url: ImageURL


ContentPart = TextPart | ImagePart


class FunctionCall(TypedDict):
    """Which function the model calls, and its arguments as JSON text."""

    name: str
    arguments: str


class ToolCallDict(TypedDict):
    """A tool call, as it stands in an assistant's message."""

    id: str
    type: Literal["function"]
    function: FunctionCall


class Message(TypedDict):
    """One turn of a conversation.

    阿水 documents `role` and `content` and nothing else; 星芸's gateway passes on the rest.
    """

    role: str
    content: str | list[ContentPart] | None
    name: NotRequired[str]
    tool_calls: NotRequired[list[ToolCallDict]]
    tool_call_id: NotRequired[str]


ChatBody = dict[str, Any]
"""The JSON body of `POST /v1/chat/completions`."""


def as_json(value: Any) -> str:
    """Return `value` as JSON text, for example the arguments of a tool call.

    Chinese stays as it is; what JSON has no form for becomes its `str`, and half a surrogate pair
    U+FFFD.
    """
    try:
        return to_json(value, fallback=str).decode()
    except ValueError:  # it has half a surrogate pair in it, or nests more than 255 deep
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
        return str(well_formed(text))

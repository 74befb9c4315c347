"""LlamaIndex's messages -> what is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import IOBase
from typing import Any, cast

from llama_index.core.base.llms.types import (
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from llama_index.core.schema import ImageDocument, ImageNode, NodeWithScore

from xyashui import ConfigurationError
from xyashui.images import base64_image_part, image_part, message_image_part
from xyashui.requests import shorten
from xyashui.types import ContentPart, ImagePart, Message, ToolCallDict, as_json

__all__ = ["image_list", "legacy_calls", "to_wire"]

# Other vendors' names for the one who answers.
_ASSISTANTS = (MessageRole.ASSISTANT, MessageRole.CHATBOT, MessageRole.MODEL)
# What a model wrote before the answer, calls that stand in `tool_calls`, and hints for caches:
# none of them is content.
_NO_CONTENT = (CachePoint, ThinkingBlock, ToolCallBlock)


def to_wire(messages: Sequence[ChatMessage]) -> tuple[list[Message], list[str]]:
    """Return `messages` as they are sent, and the addresses of files that stand in them.

    Raises:
        ConfigurationError: A message or a block in it is of a kind that cannot be sent.

    Example:
        >>> to_wire([ChatMessage("你好")])
        ([{'role': 'user', 'content': '你好'}], [])
    """
    files: list[str] = []
    return [_message_to_wire(message, files) for message in messages], files


def _message_to_wire(message: ChatMessage, files: list[str]) -> Message:
    if not isinstance(message, ChatMessage):
        raise ConfigurationError(
            f"messages must be LlamaIndex's ChatMessages, not {type(message).__name__}: "
            f"{shorten(message)}"
        )
    role = MessageRole(message.role)  # a role that was assigned may be a plain string
    assistant = role in _ASSISTANTS
    wire: Message = {
        "role": "assistant" if assistant else role.value,
        "content": _content_to_wire(message.blocks, files),
    }
    # Memories and agents keep things of their own in here too; these are the service's.
    given = message.additional_kwargs
    if name := given.get("name"):
        wire["name"] = str(name)
    if assistant and (calls := _calls_to_wire(message)):
        wire["tool_calls"] = calls
        wire["content"] = wire["content"] or None
    if role is MessageRole.TOOL:
        wire["tool_call_id"] = str(given.get("tool_call_id") or "")
    return wire


# Content


def _content_to_wire(blocks: Sequence[Any], files: list[str]) -> str | list[ContentPart]:
    parts = [part for block in blocks for part in _block_to_wire(block, files)]
    if all(part["type"] == "text" for part in parts):
        # The line break is LlamaIndex's own: `ChatMessage.content` has it too.
        return "\n".join(part["text"] for part in parts if part["type"] == "text")
    return parts


def _block_to_wire(block: Any, files: list[str]) -> list[ContentPart]:
    if isinstance(block, TextBlock):
        return [{"type": "text", "text": block.text}]
    if isinstance(block, ImageBlock):
        return [_image_to_wire(block)]
    if isinstance(block, DocumentBlock):
        files.append(_file_url(block))
        return []
    if isinstance(block, CitableBlock):
        return [part for inner in block.content for part in _block_to_wire(inner, files)]
    if isinstance(block, CitationBlock):
        return _block_to_wire(block.cited_content, files)
    if isinstance(block, _NO_CONTENT):
        return []
    raise ConfigurationError(
        f"A content block of type {type(block).__name__} cannot be sent; TextBlock, ImageBlock "
        "and (for 阿水, by URL) DocumentBlock can"
    )


def _image_to_wire(block: ImageBlock) -> ImagePart:
    image = block.image
    if isinstance(image, IOBase):
        image.seek(0)  # the same block may be sent again in the next turn
        return image_part(cast("Any", image), detail=block.detail)
    if image:  # bytes: LlamaIndex has made base64 of them
        return base64_image_part(bytes(image).decode("ascii"), block.image_mimetype, block.detail)
    if block.url is not None:
        return message_image_part(str(block.url), block.detail)
    if block.path is not None:
        return image_part(block.path, detail=block.detail)
    raise ConfigurationError("An ImageBlock needs an image, a path or a url; this one is empty")


def _file_url(block: DocumentBlock) -> str:
    if block.url:
        return str(block.url)
    raise ConfigurationError(
        "A DocumentBlock must have a url: the service fetches the file itself, and takes neither "
        "bytes nor paths. Put the file where the service can reach it, or its text into a TextBlock"
    )


def image_list(images: Any) -> list[Any]:
    """Return what was given as `images`, with LlamaIndex's own pictures as parts of a message."""
    given = images if isinstance(images, list | tuple) else [images]
    return [_as_part(image) for image in given]


def _as_part(image: Any) -> Any:
    if isinstance(image, NodeWithScore):
        image = image.node
    if isinstance(image, ImageBlock):
        return _image_to_wire(image)
    if not isinstance(image, ImageDocument | ImageNode):
        return image
    if image.image:
        return base64_image_part(image.image, image.image_mimetype)
    # Readers leave the path in the metadata.
    if path := image.image_path or image.metadata.get("file_path"):
        return image_part(path)
    if image.image_url:
        return message_image_part(image.image_url)
    raise ConfigurationError(
        f"A {type(image).__name__} needs an image, image_path or image_url; this one is empty"
    )


# Tool calls


def _calls_to_wire(message: ChatMessage) -> list[ToolCallDict]:
    blocks = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    # Where there are both, they say the same.
    return [_call_to_wire(block) for block in blocks or legacy_calls(message)]


def _call_to_wire(block: ToolCallBlock) -> ToolCallDict:
    arguments = block.tool_kwargs
    return {
        "id": block.tool_call_id or "",
        "type": "function",
        "function": {
            "name": block.tool_name,
            "arguments": arguments if isinstance(arguments, str) else as_json(arguments),
        },
    }


def legacy_calls(message: ChatMessage) -> list[ToolCallBlock]:
    """Return the calls in `additional_kwargs["tool_calls"]`: dicts, or OpenAI's objects.

    It is where LlamaIndex kept calls before it had blocks for them. Some of it still does.
    """
    calls = []
    for call in message.additional_kwargs.get("tool_calls") or ():
        function = _get(call, "function") or call
        calls.append(
            ToolCallBlock(
                tool_call_id=_get(call, "id"),
                tool_name=str(_get(function, "name") or ""),
                tool_kwargs=_get(function, "arguments") or {},
            )
        )
    return calls


def _get(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)

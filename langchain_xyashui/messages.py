"""LangChain's messages -> what is sent; what is received -> LangChain's messages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.outputs import ChatGenerationChunk

from langchain_xyashui.depths import shallow
from langchain_xyashui.pieces import call_piece, put_calls, text_piece
from langchain_xyashui.tool_calls import calls_of, calls_to_wire, fault
from xyashui import ConfigurationError
from xyashui.images import base64_image_part, image_part, message_image_part
from xyashui.requests import shorten
from xyashui.types import ContentPart, Message

if TYPE_CHECKING:
    from langchain_xyashui.tool_pieces import ToolPieces
    from xyashui import Answer, Choice, Chunk, Usage

__all__ = ["fingerprint", "image_list", "last_part", "message_of", "next_part", "to_wire"]

# What a model wrote before the answer, and the calls that stand in `tool_calls` as well: neither
# is sent back as content.
_NOT_SENT = frozenset(
    {
        "function_call", "invalid_tool_call", "reasoning", "reasoning_content",
        "redacted_thinking", "server_tool_call", "server_tool_call_chunk", "server_tool_result",
        "thinking", "tool_call", "tool_call_chunk", "tool_use",
    }
)  # fmt: skip


# To the service


def to_wire(messages: Sequence[BaseMessage]) -> tuple[list[Message], list[str]]:
    """Return `messages` as they are sent, and the addresses of files that stand in them.

    Raises:
        ConfigurationError: A message or a block in it is of a kind that cannot be sent.
    """
    files: list[str] = []
    return [_message_to_wire(message, files) for message in messages], files


def _message_to_wire(message: BaseMessage, files: list[str]) -> Message:
    wire: Message = {"role": _role(message), "content": _content_to_wire(message.content, files)}
    if message.name:
        wire["name"] = message.name
    if isinstance(message, AIMessage) and (calls := calls_to_wire(message)):
        wire["tool_calls"] = calls
        wire["content"] = wire["content"] or None
    if isinstance(message, ToolMessage):
        wire["tool_call_id"] = message.tool_call_id
    return wire


def _role(message: BaseMessage) -> str:
    if isinstance(message, HumanMessage):
        return "user"
    if isinstance(message, AIMessage):
        return "assistant"
    if isinstance(message, SystemMessage):
        return str(message.additional_kwargs.get("__openai_role__", "system"))
    if isinstance(message, ToolMessage):
        return "tool"
    if isinstance(message, FunctionMessage):
        return "function"
    if isinstance(message, ChatMessage):
        return message.role
    raise ConfigurationError(f"A {type(message).__name__} cannot be sent to a model")


def _content_to_wire(content: Any, files: list[str]) -> str | list[ContentPart]:
    if isinstance(content, str):
        return content
    parts = [part for block in content if (part := _block_to_wire(block, files)) is not None]
    if all(part["type"] == "text" for part in parts):
        return "".join(part["text"] for part in parts if part["type"] == "text")
    return parts


def _block_to_wire(block: Any, files: list[str]) -> ContentPart | None:
    if isinstance(block, str):
        return {"type": "text", "text": block}
    kind = block.get("type") if isinstance(block, Mapping) else None
    if not isinstance(kind, str):
        raise ConfigurationError(
            'A content block must be text, or a mapping whose "type" is the name of a kind: '
            f"{shorten(block)}"
        )
    if kind in _NOT_SENT:
        return None
    if kind in ("text", "input_text", "output_text", "refusal") or (
        kind == "text-plain" and "text" in block
    ):
        return {"type": "text", "text": str(block.get("text") or block.get("refusal") or "")}
    if kind in ("image_url", "input_image"):
        return _openai_image(block)
    if kind == "image":
        return _image(block)
    if kind in ("file", "text-plain"):
        files.append(_file_url(block))
        return None
    raise ConfigurationError(
        f"A content block of type {kind!r} cannot be sent; text, image and (for 阿水, by URL) file "
        f"blocks can: {shorten(block)}"
    )


def _openai_image(block: Mapping[str, Any]) -> ContentPart:
    image = block.get("image_url")
    if isinstance(image, Mapping):
        return message_image_part(image.get("url", ""), image.get("detail"))
    return message_image_part(image or "", block.get("detail"))


def _image(block: Mapping[str, Any]) -> ContentPart:
    """LangChain's own image block, as v0 (`source_type`), v1, or Anthropic (`source`) has it."""
    source = block["source"] if isinstance(block.get("source"), Mapping) else block
    extras = block.get("extras") or {}
    if not isinstance(extras, Mapping):
        raise ConfigurationError(f"extras of an image block must be a mapping: {shorten(block)}")
    detail = extras.get("detail") or block.get("detail")
    data = source.get("base64") or source.get("data")
    if data:
        mime_type = source.get("mime_type") or source.get("media_type")
        return base64_image_part(data, mime_type, detail)
    if url := source.get("url"):
        return message_image_part(url, detail)
    raise ConfigurationError(
        f"An image block needs a url or base64 data; file ids are not supported: {shorten(block)}"
    )


def _file_url(block: Mapping[str, Any]) -> str:
    if url := block.get("url"):
        return str(url)
    raise ConfigurationError(
        "A file block must have a url: the service fetches the file itself, and takes no bytes: "
        f"{shorten({key: value for key, value in block.items() if key not in ('base64', 'data')})}"
    )


def image_list(images: Any) -> list[Any]:
    """Return what was given as `images`, with LangChain's own blocks as parts of a message."""
    given = images if isinstance(images, list | tuple) else [images]
    return [_block_to_wire(one, []) if _is_block(one) else one for one in given]


def fingerprint(images: Any) -> str:
    """Return what tells these pictures from all others, by what is in them and not by their names.

    Files are read; a file object is left where it stood.
    """
    digest = hashlib.sha256()
    for image in image_list(images):
        if not callable(getattr(image, "read", None)):
            digest.update(repr(image_part(image)).encode())
        elif (position := _position(image)) is not None:
            digest.update(repr(image_part(image)).encode())
            image.seek(position)
        else:
            digest.update(uuid4().bytes)  # it can be read once only, and that is for the request
    return digest.hexdigest()


def _position(image: Any) -> int | None:
    """Return where a file object stands; `None` where it cannot be put back there."""
    try:
        return image.tell() if image.seekable() else None
    except Exception:  # it is the program's own, and may have no more than `read`
        return None


def _is_block(image: Any) -> bool:
    return isinstance(image, Mapping) and image.get("type") in ("image", "input_image")


# From the service


def next_part(chunk: Chunk, provider: str, calls: ToolPieces) -> ChatGenerationChunk:
    """Return what one chunk adds to the answer, as LangChain streams it."""
    kwargs = {"reasoning_content": chunk.reasoning} if chunk.reasoning else {}
    metadata = {"model_provider": provider}  # each says whose it is: `content_blocks` goes by that
    if not chunk.tool_calls:
        return text_piece(chunk.text, kwargs, metadata)
    return call_piece(chunk.text, kwargs, metadata, [calls.next(call) for call in chunk.tool_calls])


def last_part(answer: Answer, provider: str, calls: ToolPieces) -> ChatGenerationChunk:
    """Return what is known only when the answer is complete: usage, sources, why it ended.

    What the service sent besides is here and not in the pieces: LangChain cannot add all of it up.
    """
    choice = answer.choices[0]
    kwargs = shallow(choice.extra) | _citations(choice)
    faults = [fault(call) for call in choice.tool_calls]
    pairs = zip(choice.tool_calls, faults, strict=True)
    if reasons := {call.id: reason for call, reason in pairs if reason is not None}:
        # LangChain has a place for them beside each call, and leaves it out when it adds chunks up.
        kwargs["tool_call_errors"] = reasons
    message = AIMessageChunk(
        content="",
        additional_kwargs=kwargs,
        response_metadata=_metadata(answer, choice, provider),
        usage_metadata=_usage(answer.usage),
        chunk_position="last",
    )
    if pieces := calls.last(choice.tool_calls, faults):
        put_calls(message, pieces)
    return ChatGenerationChunk(
        message=message, generation_info={"finish_reason": choice.finish_reason}
    )


def message_of(answer: Answer, choice: Choice, provider: str) -> AIMessage:
    """Return one choice of a whole answer as a message."""
    kwargs = shallow(choice.extra)
    if choice.reasoning:
        kwargs["reasoning_content"] = choice.reasoning
    calls, invalid_calls = calls_of(choice.tool_calls)
    return AIMessage(
        content=choice.text,
        additional_kwargs=kwargs | _citations(choice),
        response_metadata=_metadata(answer, choice, provider),
        usage_metadata=_usage(answer.usage),
        tool_calls=calls,
        invalid_tool_calls=invalid_calls,
    )


def _citations(choice: Choice) -> dict[str, Any]:
    if not choice.citations:
        return {}
    return {"citations": [citation.to_dict() for citation in choice.citations]}


def _metadata(answer: Answer, choice: Choice, provider: str) -> dict[str, Any]:
    metadata = {
        "model_provider": provider,
        "model_name": answer.model,
        "reported_model": answer.reported_model,
        "finish_reason": choice.finish_reason,
        "id": answer.id,
        "created": answer.created,
        "system_fingerprint": answer.system_fingerprint,
    }
    return {name: value for name, value in metadata.items() if value is not None}


def _usage(usage: Usage | None) -> UsageMetadata | None:
    if usage is None:
        return None
    metadata = UsageMetadata(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        total_tokens=usage.total_tokens,
    )
    if usage.cached_tokens is not None:
        metadata["input_token_details"] = InputTokenDetails(cache_read=usage.cached_tokens)
    if usage.reasoning_tokens is not None:
        metadata["output_token_details"] = OutputTokenDetails(reasoning=usage.reasoning_tokens)
    return metadata

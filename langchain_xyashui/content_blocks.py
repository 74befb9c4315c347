"""`AIMessage.content_blocks` for both services: reasoning, text with its sources, tool calls.

LangChain finds these functions by the `model_provider` in a message's metadata.
"""

from __future__ import annotations

from typing import Any, cast

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages import content as types
from langchain_core.messages.block_translators import register_translator

from langchain_xyashui.tool_calls import written

__all__ = ["register"]

_INDEXES = {"reasoning": "lc_reasoning", "text": "lc_text"}


def register(provider: str) -> None:
    """Have the messages of `provider` translated by this module."""
    register_translator(provider, _blocks, _chunk_blocks)


def _blocks(message: AIMessage) -> list[types.ContentBlock]:
    blocks = _reasoning(message) + _text(message)
    reasons = message.additional_kwargs.get("tool_call_errors", {})
    blocks += [
        types.ToolCall(type="tool_call", name=call["name"], args=call["args"], id=call["id"])
        for call in message.tool_calls
    ]
    blocks += [
        types.InvalidToolCall(
            type="invalid_tool_call",
            name=call["name"],
            args=written(call["args"]),
            id=call["id"],
            error=call["error"] or reasons.get(call["id"]),
        )
        for call in message.invalid_tool_calls
    ]
    return blocks


def _chunk_blocks(message: AIMessageChunk) -> list[types.ContentBlock]:
    if message.chunk_position == "last" and _is_sum(message):
        return _blocks(message)
    blocks = _reasoning(message) + _text(message)
    if isinstance(message.content, str):
        # Pieces of one block belong together by these, whatever comes between them or beside
        # them; LangChain's own count would mistake tool call 0 for a piece of block 0.
        for block in blocks:
            cast("dict[str, Any]", block)["index"] = _INDEXES[block["type"]]
    for call in message.tool_call_chunks:
        block = types.ToolCallChunk(
            type="tool_call_chunk", id=call["id"], name=call["name"], args=call["args"]
        )
        if call["index"] is not None:
            block["index"] = call["index"]
        blocks.append(block)
    return blocks


def _is_sum(message: AIMessageChunk) -> bool:
    """Whether the pieces of an answer have been put together, and not the last of them alone.

    The last has what was kept of calls, and no text: it begins no call, so what it has of one is
    no call by itself. Whoever adds up blocks would have two, of which the first could be made.
    """
    calls = message.tool_call_chunks
    if not calls:
        return bool(message.content)
    return all(call["id"] or call["name"] for call in calls)


def _reasoning(message: AIMessage) -> list[types.ContentBlock]:
    reasoning = message.additional_kwargs.get("reasoning_content")
    if not isinstance(reasoning, str) or not reasoning:
        return []
    return [types.ReasoningContentBlock(type="reasoning", reasoning=reasoning)]


def _text(message: AIMessage) -> list[types.ContentBlock]:
    if not isinstance(message.content, str):
        return [cast("types.ContentBlock", block) for block in _dicts(message.content)]
    annotations = [_annotation(one) for one in message.additional_kwargs.get("citations", ())]
    if not message.content and not annotations:
        return []
    block = types.TextContentBlock(type="text", text=message.content)
    if annotations:
        block["annotations"] = annotations
    return [block]


def _dicts(content: list[Any]) -> list[dict[str, Any]]:
    return [{"type": "text", "text": one} if isinstance(one, str) else one for one in content]


def _annotation(citation: dict[str, Any]) -> types.Annotation:
    return types.Citation(
        type="citation",
        url=citation["url"],
        title=citation["title"],
        start_index=citation["start"],
        end_index=citation["end"],
    )

"""How LlamaIndex's models are asked, and how their answers are read."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock

from llama_index_xyashui import AShui, XingYun

MODELS: dict[str, type[Any]] = {"XingYun": XingYun, "AShui": AShui}


def call(model: Any, question: str, options: dict[str, Any]) -> Any:
    return model.chat([ChatMessage(question)], **options)


async def acall(model: Any, question: str, options: dict[str, Any]) -> Any:
    return await model.achat([ChatMessage(question)], **options)


def stream(model: Any, question: str, options: dict[str, Any]) -> Any:
    return model.stream_chat([ChatMessage(question)], **options)


async def astream(
    model: Any, question: str, options: dict[str, Any]
) -> AsyncGenerator[ChatResponse, None]:
    async with aclosing(await model.astream_chat([ChatMessage(question)], **options)) as pieces:
        async for response in pieces:
            yield response


def add(last: ChatResponse | None, piece: ChatResponse) -> ChatResponse:
    return piece


def delta(piece: ChatResponse) -> str:
    return piece.delta or ""


def read(last: ChatResponse) -> tuple[str, tuple[tuple[str, Any], ...]]:
    last.model_dump_json()  # what cannot be written out is no answer
    blocks = [block for block in last.message.blocks if isinstance(block, ToolCallBlock)]
    calls = tuple((block.tool_name, block.tool_kwargs) for block in blocks)
    return last.message.content or "", calls

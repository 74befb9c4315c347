"""How LangChain's models are asked, and how their answers are read."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk

from langchain_xyashui import ChatAShui, ChatXingYun
from langchain_xyashui.tool_calls import written

MODELS: dict[str, type[Any]] = {"ChatXingYun": ChatXingYun, "ChatAShui": ChatAShui}


def call(model: Any, question: str, options: dict[str, Any]) -> Any:
    return model.invoke(question, **options)


async def acall(model: Any, question: str, options: dict[str, Any]) -> Any:
    return await model.ainvoke(question, **options)


def stream(model: Any, question: str, options: dict[str, Any]) -> Any:
    return model.stream(question, **options)


def astream(model: Any, question: str, options: dict[str, Any]) -> Any:
    return model.astream(question, **options)


def add(last: AIMessageChunk | None, piece: AIMessageChunk) -> AIMessageChunk:
    return piece if last is None else last + piece


def delta(piece: AIMessageChunk) -> str:
    assert isinstance(piece.content, str)
    return piece.content


def read(last: AIMessage) -> tuple[str, tuple[tuple[str, Any], ...]]:
    assert isinstance(last.content, str)
    last.model_dump_json()  # what cannot be written out is no answer
    calls = [(call["name"], call["args"]) for call in last.tool_calls]
    # Those that cannot be made have their arguments as text, as LlamaIndex's have.
    calls += [(call["name"], written(call["args"])) for call in last.invalid_tool_calls]
    return last.content, tuple(calls)

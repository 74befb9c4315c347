"""The sixteen ways to ask: four models, sync and async, a call and a stream; what comes of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, closing
from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol

from langchain_core.messages import AIMessage, AIMessageChunk
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock

from langchain_xyashui import ChatAShui, ChatXingYun
from llama_index_xyashui import AShui, XingYun
from xyashui.errors import XyashuiError

__all__ = ["MODELS", "QUESTION", "WAYS", "Outcome", "Way"]

MODELS: dict[str, type[Any]] = {
    "ChatXingYun": ChatXingYun,
    "ChatAShui": ChatAShui,
    "XingYun": XingYun,
    "AShui": AShui,
}
WAYS = [" ".join(way) for way in product(MODELS, ("sync", "async"), ("call", "stream"))]
QUESTION = "你好"

Calls = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Outcome:
    """What came of asking: an answer, or an error; and the text that a stream had handed out."""

    text: str = ""
    calls: Calls = ()
    handed_out: str = ""
    error: XyashuiError | None = None


class Way:
    """One of the sixteen, for example `Way("ChatAShui async stream", url)`.

    The same model serves every question, as it would in a program.
    """

    def __init__(self, name: str, url: str, **settings: Any) -> None:
        model, style, kind = name.split()
        self.name = name
        self.service: str = MODELS[model].provider.name
        self.is_sync = style == "sync"
        self.is_stream = kind == "stream"
        given = {"api_key": "test-key", "max_retries": 0, "timeout": 10} | settings
        self.model = MODELS[model](base_url=url, **given)
        self.form: _Form = _LANGCHAIN if model.startswith("Chat") else _LLAMA_INDEX

    async def ask(self, question: str = QUESTION, **options: Any) -> Outcome:
        """Ask once. Errors of ours become an outcome; whatever else is raised, is raised."""
        texts: list[str] = []
        try:
            last = await self._last(texts, question, options)
        except XyashuiError as error:
            return Outcome(handed_out="".join(texts), error=error)
        text, calls = self.form.read(last)
        return Outcome(text, calls, "".join(texts))

    async def _last(self, texts: list[str], question: str, options: dict[str, Any]) -> Any:
        form, model = self.form, self.model
        if not self.is_stream:
            if self.is_sync:
                return form.call(model, question, options)
            return await form.acall(model, question, options)
        last = None
        if self.is_sync:
            with closing(form.stream(model, question, options)) as stream:
                for piece in stream:
                    last = form.add(last, piece)
                    texts.append(form.delta(piece))
        else:
            async with aclosing(form.astream(model, question, options)) as stream:
                async for piece in stream:
                    last = form.add(last, piece)
                    texts.append(form.delta(piece))
        return last


class _Form(Protocol):
    """How a framework is asked, and how its answers are read."""

    def call(self, model: Any, question: str, options: dict[str, Any]) -> Any: ...
    async def acall(self, model: Any, question: str, options: dict[str, Any]) -> Any: ...
    def stream(self, model: Any, question: str, options: dict[str, Any]) -> Any: ...
    def astream(self, model: Any, question: str, options: dict[str, Any]) -> Any: ...
    def add(self, last: Any, piece: Any) -> Any: ...
    def delta(self, piece: Any) -> str: ...
    def read(self, last: Any) -> tuple[str, Calls]: ...


class _LangChain:
    def call(self, model: Any, question: str, options: dict[str, Any]) -> Any:
        return model.invoke(question, **options)

    async def acall(self, model: Any, question: str, options: dict[str, Any]) -> Any:
        return await model.ainvoke(question, **options)

    def stream(self, model: Any, question: str, options: dict[str, Any]) -> Any:
        return model.stream(question, **options)

    def astream(self, model: Any, question: str, options: dict[str, Any]) -> Any:
        return model.astream(question, **options)

    def add(self, last: AIMessageChunk | None, piece: AIMessageChunk) -> AIMessageChunk:
        return piece if last is None else last + piece

    def delta(self, piece: AIMessageChunk) -> str:
        assert isinstance(piece.content, str)
        return piece.content

    def read(self, last: AIMessage) -> tuple[str, Calls]:
        assert isinstance(last.content, str)
        last.model_dump_json()  # what cannot be written out is no answer
        return last.content, tuple((call["name"], call["args"]) for call in last.tool_calls)


class _LlamaIndex:
    def call(self, model: Any, question: str, options: dict[str, Any]) -> Any:
        return model.chat([ChatMessage(question)], **options)

    async def acall(self, model: Any, question: str, options: dict[str, Any]) -> Any:
        return await model.achat([ChatMessage(question)], **options)

    def stream(self, model: Any, question: str, options: dict[str, Any]) -> Any:
        return model.stream_chat([ChatMessage(question)], **options)

    async def astream(
        self, model: Any, question: str, options: dict[str, Any]
    ) -> AsyncGenerator[ChatResponse, None]:
        async with aclosing(await model.astream_chat([ChatMessage(question)], **options)) as stream:
            async for response in stream:
                yield response

    def add(self, last: ChatResponse | None, piece: ChatResponse) -> ChatResponse:
        return piece

    def delta(self, piece: ChatResponse) -> str:
        return piece.delta or ""

    def read(self, last: ChatResponse) -> tuple[str, Calls]:
        last.model_dump_json()
        blocks = [block for block in last.message.blocks if isinstance(block, ToolCallBlock)]
        calls = tuple((block.tool_name, block.tool_kwargs) for block in blocks)
        return last.message.content or "", calls


_LANGCHAIN = _LangChain()
_LLAMA_INDEX = _LlamaIndex()

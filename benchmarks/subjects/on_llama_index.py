"""LlamaIndex: this package's LLMs, another client's, and one that does nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    ImageBlock,
    LLMMetadata,
    TextBlock,
)
from llama_index.core.llms import CustomLLM
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from pydantic import PrivateAttr

from benchmarks import wire
from benchmarks.measuring import Family
from benchmarks.subjects.subject import KEY, READ, MissingPeerError, Subject, image_parts

__all__ = ["PEERS", "IdleLlamaIndex", "LlamaIndexModel", "idle", "making", "ours"]


class LlamaIndexModel(Subject):
    """A LlamaIndex LLM."""

    family: Family = "LlamaIndex"

    def drain(self, question: str) -> None:
        for _ in self.model.stream_chat([ChatMessage(question)]):
            pass

    async def adrain(self, question: str) -> None:
        async for _ in await self.model.astream_chat([ChatMessage(question)]):
            pass

    def texts(self, question: str) -> Iterator[str]:
        for response in self.model.stream_chat([ChatMessage(question)]):
            yield response.delta or ""

    async def atexts(self, question: str) -> AsyncIterator[str]:
        async for response in await self.model.astream_chat([ChatMessage(question)]):
            yield response.delta or ""

    def call(self, question: str) -> str:
        return str(self.model.chat([ChatMessage(question)]).message.content)

    def picture(self, image: str) -> list[ChatMessage]:
        text: str = image_parts(self.dialect, "")[0]["text"]
        block = ImageBlock(image=image.encode("ascii"), image_mimetype="image/png")
        return [ChatMessage(role="user", blocks=[TextBlock(text=text), block])]

    def show(self, message: list[ChatMessage]) -> None:
        self.model.chat(message)


def ours(url: str) -> list[Subject]:
    """Return this package's LLMs."""
    from llama_index_xyashui import AShui, XingYun

    return [
        *LlamaIndexModel.of_class(XingYun, "xingyun", url),
        *LlamaIndexModel.of_class(AShui, "ashui", url),
    ]


# The framework by itself


class _IdleLLM(CustomLLM):
    """An LLM that has its answers ready, and asks nobody.

    A `CustomLLM` makes chat responses out of completions; this one has the chat responses ready,
    which leaves LlamaIndex nothing to do but its own events.
    """

    _answers: list[Iterable[ChatResponse]] = PrivateAttr(default_factory=list)

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="idle", is_chat_model=True)

    def load(self, answers: list[Iterable[ChatResponse]]) -> None:
        """Have these answers ready, each to be given once."""
        self._answers = answers

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        return self._responses()

    @llm_chat_callback()
    async def astream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> ChatResponseAsyncGen:
        return self._aresponses()

    def _responses(self) -> Generator[ChatResponse, None, None]:
        yield from self._answers.pop()

    async def _aresponses(self) -> AsyncGenerator[ChatResponse, None]:
        for response in self._answers.pop():
            yield response

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return ChatResponse(message=ChatMessage("好", role="assistant"))

    # A CustomLLM must have these; nobody asks for a completion here.

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text="好")

    @llm_completion_callback()
    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseGen:
        yield CompletionResponse(text="好", delta="好")


def _responses(count: int) -> Iterator[ChatResponse]:
    # Each has its own piece of text in its message, where a real one has all of the text so far:
    # to have that is the model's work, and not the framework's.
    for piece in wire.pieces(count):
        yield ChatResponse(message=ChatMessage(piece, role="assistant"), delta=piece)


class _MakingLLM(_IdleLLM):
    """An LLM that makes its responses as they are asked for; see `on_langchain`."""

    async def _aresponses(self) -> AsyncGenerator[ChatResponse, None]:
        for number, response in enumerate(self._answers.pop()):
            if number % READ == 0:
                await asyncio.sleep(0)
            yield response


class IdleLlamaIndex(LlamaIndexModel):
    """LlamaIndex, doing nothing: the responses are there before the clock starts."""

    def __init__(self) -> None:
        super().__init__("LlamaIndex doing nothing", "floor", "xingyun", _IdleLLM)

    def load(self, streams: int, chunks: int) -> None:
        self.model.load([list(_responses(chunks)) for _ in range(streams)])


class MakingLlamaIndex(LlamaIndexModel):
    """LlamaIndex, with responses that somebody has to make."""

    def __init__(self) -> None:
        super().__init__("LlamaIndex making chunks", "floor", "xingyun", _MakingLLM)

    def load(self, streams: int, chunks: int) -> None:
        self.model.load([_responses(chunks) for _ in range(streams)])


def idle() -> list[Subject]:
    """Return LlamaIndex, doing nothing."""
    return [IdleLlamaIndex()]


def making() -> list[Subject]:
    """Return LlamaIndex, doing nothing but to make its responses."""
    return [MakingLlamaIndex()]


# Other clients


def _openai_like(url: str) -> Subject:
    try:
        from llama_index.llms.openai_like import OpenAILike  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingPeerError("llama-index-llms-openai-like") from error
    settings: dict[str, Any] = {
        "model": "gpt-4-turbo",
        "api_key": KEY,
        "api_base": f"{url}/v1",
        "is_chat_model": True,
        "max_retries": 0,
    }
    return LlamaIndexModel("OpenAILike", "peer", "xingyun", partial(OpenAILike, **settings))


PEERS = [_openai_like]

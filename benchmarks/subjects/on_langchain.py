"""LangChain: this package's chat models, other clients', and one that does nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from benchmarks import wire
from benchmarks.measuring import Family
from benchmarks.subjects.subject import KEY, OWN_PART, READ, MissingPeerError, Subject, image_parts

__all__ = [
    "PEERS",
    "IdleLangChain",
    "LangChainModel",
    "MakingLangChain",
    "OwnPart",
    "idle",
    "making",
    "ours",
    "with_own_parts",
]


class LangChainModel(Subject):
    """A LangChain chat model."""

    family: Family = "LangChain"

    def drain(self, question: str) -> None:
        for _ in self.model.stream(question):
            pass

    async def adrain(self, question: str) -> None:
        async for _ in self.model.astream(question):
            pass

    def texts(self, question: str) -> Iterator[str]:
        for chunk in self.model.stream(question):
            yield chunk.content

    async def atexts(self, question: str) -> AsyncIterator[str]:
        async for chunk in self.model.astream(question):
            yield chunk.content

    def call(self, question: str) -> str:
        return str(self.model.invoke(question).content)

    def picture(self, image: str) -> list[BaseMessage]:
        return [HumanMessage(image_parts(self.dialect, image))]

    def show(self, message: list[BaseMessage]) -> None:
        self.model.invoke(message)


class OwnPart(LangChainModel):
    """What a model hands to LangChain, which keeps every chunk of it to the end.

    For questions that this keeping would answer: over a long stream LangChain's chunks fill the
    memory, and garbage collections that go through them become long.
    """

    def __init__(self, whole: Subject) -> None:
        super().__init__(f"{whole.name}{OWN_PART}", whole.role, whole.dialect, whole.another)

    def drain(self, question: str) -> None:
        for _ in self.model._stream([HumanMessage(question)]):
            pass

    async def adrain(self, question: str) -> None:
        async for _ in self.model._astream([HumanMessage(question)]):
            pass

    def texts(self, question: str) -> Iterator[str]:
        for chunk in self.model._stream([HumanMessage(question)]):
            yield chunk.text


def with_own_parts(subjects: Sequence[Subject]) -> list[Subject]:
    """Put after each LangChain model its own part."""
    found: list[Subject] = []
    for one in subjects:
        found.append(one)
        if one.family == "LangChain" and one.role == "ours":
            found.append(OwnPart(one))
    return found


def ours(url: str) -> list[Subject]:
    """Return this package's chat models."""
    from langchain_xyashui import ChatAShui, ChatXingYun

    return [
        *LangChainModel.of_class(ChatXingYun, "xingyun", url),
        *LangChainModel.of_class(ChatAShui, "ashui", url),
    ]


# The framework by itself


class _IdleChat(BaseChatModel):
    """A chat model that has its answers ready, and asks nobody."""

    _answers: list[Iterator[ChatGenerationChunk]] = PrivateAttr(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "idle"

    def load(self, answers: list[Iterator[ChatGenerationChunk]]) -> None:
        """Have these answers ready, each to be given once."""
        self._answers = answers

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, *_: Any, **__: Any
    ) -> Iterator[ChatGenerationChunk]:
        yield from self._answers.pop()

    async def _astream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, *_: Any, **__: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._answers.pop():
            yield chunk

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, *_: Any, **__: Any
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("好"))])


def _chunks(count: int) -> Iterator[ChatGenerationChunk]:
    for piece in wire.pieces(count):
        yield ChatGenerationChunk(message=AIMessageChunk(content=piece))


class IdleLangChain(LangChainModel):
    """LangChain, doing nothing: the chunks are there before the clock starts.

    Each is used once, because LangChain writes into what it is given.
    """

    def __init__(self) -> None:
        super().__init__("LangChain doing nothing", "floor", "xingyun", _IdleChat)

    def load(self, streams: int, chunks: int) -> None:
        self.model.load([iter(list(_chunks(chunks))) for _ in range(streams)])


class _MakingChat(_IdleChat):
    """A chat model that makes its chunks as they are asked for, by the framework's constructors.

    Async, it gives way after as many as a read of the network brings.
    """

    async def _astream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, *_: Any, **__: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        for number, chunk in enumerate(self._answers.pop()):
            if number % READ == 0:
                await asyncio.sleep(0)
            yield chunk


class MakingLangChain(LangChainModel):
    """LangChain, with chunks that somebody has to make, and that it keeps until the stream ends.

    Where many streams are under way at once, or one is long, these chunks fill the memory and
    garbage collections go through them again and again. Ready-made ones would hide that.
    """

    def __init__(self) -> None:
        super().__init__("LangChain making chunks", "floor", "xingyun", _MakingChat)

    def load(self, streams: int, chunks: int) -> None:
        self.model.load([_chunks(chunks) for _ in range(streams)])


def idle() -> list[Subject]:
    """Return LangChain, doing nothing."""
    return [IdleLangChain()]


def making() -> list[Subject]:
    """Return LangChain, doing nothing but to make its chunks."""
    return [MakingLangChain()]


# Other clients


def _chat_openai(url: str) -> Subject:
    try:
        from langchain_openai import ChatOpenAI
    except ImportError as error:
        raise MissingPeerError("langchain-openai") from error
    settings: dict[str, Any] = {
        "model": "gpt-4-turbo",
        "api_key": KEY,
        "base_url": f"{url}/v1",
        "max_retries": 0,
        "stream_usage": True,  # as ours; not its default where it is given a base_url
    }
    return LangChainModel("ChatOpenAI", "peer", "xingyun", partial(ChatOpenAI, **settings))


def _chat_mistral(url: str) -> Subject:
    try:
        from langchain_mistralai import ChatMistralAI
    except ImportError as error:
        raise MissingPeerError("langchain-mistralai") from error
    settings: dict[str, Any] = {
        "model": "gpt-4-turbo",
        "api_key": KEY,
        "endpoint": f"{url}/v1",
        "max_retries": 0,
        "max_concurrent_requests": 1000,  # its 64 would have most of 200 streams wait in line
    }
    return LangChainModel("ChatMistralAI", "peer", "xingyun", partial(ChatMistralAI, **settings))


PEERS = [_chat_openai, _chat_mistral]

"""`Fallback`: several LLMs as one, which answers as long as any of them does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseAsyncGen,
    CompletionResponseGen,
)
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback

from llama_index_xyashui.fallback.structured import StructuredFallback
from llama_index_xyashui.fallback.tools import ToolFallback
from llama_index_xyashui.streams import aclosing, closing

__all__ = ["Fallback"]


class Fallback(ToolFallback, StructuredFallback):
    """Several LLMs as one: where the first gives no answer, the next is asked.

    Which errors let another LLM try, and which count against the one that failed, is in the table
    at the top of `xyashui.verdicts`. After some failures in a row an LLM is left alone for a while,
    and the others are asked at once. Each LLM makes its own other tries first: with
    `max_retries=0` the next is asked without them. A stream that has begun to give words is never
    begun again elsewhere: its error is raised, with what had arrived.

    Each response says in `additional_kwargs["answered_by"]` whose it is: `index` in `llms`, `llm`,
    its class, and `model`. Streams say it in every piece.

    Args:
        llms: The LLMs, the first of choice first. Any of LlamaIndex's will do.
        failures: After how many failed calls in a row an LLM is left alone (3).
        retry_after: Seconds until it is tried again (30).
        on_fallback: Called with each LLM that gives no answer, and the error that is why: a
            `CircuitOpenError` where it is left alone.

    Tools and structured output are each LLM's own. Tools are there where all LLMs have them. What
    is read at most is what the least of them reads. LlamaIndex's own settings (`callback_manager`,
    `system_prompt` and so on) can be given as well; the LLMs keep theirs, and report their calls to
    their own `callback_manager` too.

    Raises:
        ConfigurationError: A setting cannot be.
        AllFailedError: When called: nobody answers; its `errors` says why, one for each.

    Example:
        >>> llm = Fallback([XingYun(), AShui()])  # doctest: +SKIP
        >>> response = llm.chat([ChatMessage("你好")])  # doctest: +SKIP
        >>> response.additional_kwargs["answered_by"]  # doctest: +SKIP
        {'index': 1, 'llm': 'AShui', 'model': 'ashuiai-4.0'}
    """

    @classmethod
    def class_name(cls) -> str:
        """Return what LlamaIndex calls this class where it writes one out."""
        return "fallback_llm"

    # Asking

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Answer a conversation.

        Args:
            messages: The conversation so far.
            **kwargs: Options of this call, which every LLM gets as they are.

        Raises:
            AllFailedError: Nobody answers.
        """
        return self._whole(lambda llm: llm.chat(messages, **kwargs))

    @llm_chat_callback()
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Do what `chat` does, with `await`."""
        return await self._awhole(lambda llm: llm.achat(messages, **kwargs))

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Answer one question; see `chat`."""
        return self._whole(lambda llm: llm.complete(prompt, formatted=formatted, **kwargs))

    @llm_completion_callback()
    async def acomplete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponse:
        """Do what `complete` does, with `await`."""
        return await self._awhole(lambda llm: llm.acomplete(prompt, formatted=formatted, **kwargs))

    @closing(llm_chat_callback)
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Answer a conversation piece by piece; see `chat`.

        Nothing is sent until the first piece is asked for.
        """
        return self._pieces(lambda llm: llm.stream_chat(messages, **kwargs))

    @aclosing(llm_chat_callback)
    async def astream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> ChatResponseAsyncGen:
        """Do what `stream_chat` does, with `await` and `async for`."""
        return self._apieces(lambda llm: llm.astream_chat(messages, **kwargs))

    @closing(llm_completion_callback)
    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseGen:
        """Do what `complete` does, piece by piece; see `stream_chat`."""
        return self._pieces(lambda llm: llm.stream_complete(prompt, formatted=formatted, **kwargs))

    @aclosing(llm_completion_callback)
    async def astream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseAsyncGen:
        """Do what `stream_complete` does, with `await` and `async for`."""
        return self._apieces(
            lambda llm: llm.astream_complete(prompt, formatted=formatted, **kwargs)
        )

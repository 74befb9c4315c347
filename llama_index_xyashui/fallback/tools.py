"""`ToolFallback`: tools, as whichever LLM answers has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
)
from llama_index.core.llms.callbacks import llm_chat_callback
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools.types import BaseTool

from llama_index_xyashui.fallback.rounds import who_answered
from llama_index_xyashui.fallback.several import SeveralLLMs
from llama_index_xyashui.streams import aclosing, closing
from llama_index_xyashui.tool_calling import ToolCallingLLM
from xyashui import ConfigurationError

__all__ = ["ToolFallback"]


class ToolFallback(SeveralLLMs, ToolCallingLLM):
    """Several LLMs that call tools: how they are asked, and how a response calls, is each's own."""

    def chat_with_tools(self, tools: Sequence[BaseTool], *args: Any, **kwargs: Any) -> ChatResponse:
        """Answer a conversation, or call tools; takes what LlamaIndex's own does.

        Raises:
            ConfigurationError: An LLM has no tools.
            AllFailedError: Nobody answers.
        """
        messages, given, shown = self._with_tools(tools, *args, **kwargs)

        @llm_chat_callback()
        def chat(_: Self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
            return self._whole(lambda llm: llm.chat_with_tools(**given))

        response: ChatResponse = chat(self, messages, **shown)
        return response

    async def achat_with_tools(
        self, tools: Sequence[BaseTool], *args: Any, **kwargs: Any
    ) -> ChatResponse:
        """Do what `chat_with_tools` does, with `await`."""
        messages, given, shown = self._with_tools(tools, *args, **kwargs)

        @llm_chat_callback()
        async def chat(_: Self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
            return await self._awhole(lambda llm: llm.achat_with_tools(**given))

        response: ChatResponse = await chat(self, messages, **shown)
        return response

    def stream_chat_with_tools(
        self, tools: Sequence[BaseTool], *args: Any, **kwargs: Any
    ) -> ChatResponseGen:
        """Do what `chat_with_tools` does, piece by piece; see `stream_chat`."""
        messages, given, shown = self._with_tools(tools, *args, **kwargs)

        @closing(llm_chat_callback)
        def chat(_: Self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
            return self._pieces(lambda llm: llm.stream_chat_with_tools(**given))

        return chat(self, messages, **shown)

    async def astream_chat_with_tools(
        self, tools: Sequence[BaseTool], *args: Any, **kwargs: Any
    ) -> ChatResponseAsyncGen:
        """Do what `stream_chat_with_tools` does, with `await` and `async for`."""
        messages, given, shown = self._with_tools(tools, *args, **kwargs)

        @aclosing(llm_chat_callback)
        async def chat(
            _: Self, messages: Sequence[ChatMessage], **kwargs: Any
        ) -> ChatResponseAsyncGen:
            return self._apieces(lambda llm: llm.astream_chat_with_tools(**given))

        return await chat(self, messages, **shown)

    def _with_tools(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: Sequence[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        **kwargs: Any,
    ) -> tuple[list[ChatMessage], dict[str, Any], dict[str, Any]]:
        """Return the conversation, what to ask an LLM, and what to show of it to observers."""
        for member in self._known():
            if not isinstance(member.llm, FunctionCallingLLM):
                raise ConfigurationError(
                    f"{member} calls no tools, and a Fallback does where all its LLMs do"
                )
        messages = list(chat_history or ())
        if user_msg is not None:
            messages.append(ChatMessage(user_msg) if isinstance(user_msg, str) else user_msg)
        options = {"allow_parallel_tool_calls": allow_parallel_tool_calls, **kwargs}
        if tool_required:
            options["tool_required"] = True
        given = {"tools": tools, "chat_history": messages, "verbose": verbose, **options}
        named = [tool.metadata.to_openai_tool(skip_length_check=True) for tool in tools]
        return messages, given, {"tools": named, **options}

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        """Return the tools that a response calls, as the LLM that it is of reads it."""
        llm: Any = self.llms[who_answered(response)]
        calls: list[ToolSelection] = llm.get_tool_calls_from_response(
            response, error_on_no_tool_call=error_on_no_tool_call, **kwargs
        )
        return calls

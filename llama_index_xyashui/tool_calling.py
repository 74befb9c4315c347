"""Tools, the same on a service that has them and on one that has not.

What the service lacks is supplied below, in `xyashui.emulation`; nothing here asks which it is. A
text-completion model is told of tools as LlamaIndex's ReAct agents do it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar

from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.chat_engine.types import AgentChatResponse
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools.calling import acall_tool_with_selection, call_tool_with_selection
from llama_index.core.tools.types import BaseTool, ToolOutput

from llama_index_xyashui.completions import AFTER_A_CALL, with_tools, written_calls
from llama_index_xyashui.responses import keep_one_call, selections
from xyashui import ConfigurationError, Provider
from xyashui.requests import nearest, shorten

__all__ = ["ToolCallingLLM"]


class ToolCallingLLM(FunctionCallingLLM):
    """An LLM that calls tools."""

    provider: ClassVar[Provider]

    def _prepare_chat_with_tools(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        tool_choice: str | dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        messages = list(chat_history or ())
        if user_msg is not None:
            messages.append(ChatMessage(user_msg) if isinstance(user_msg, str) else user_msg)
        if not tools:
            return {"messages": messages, **kwargs}
        if not self.metadata.is_function_calling_model:
            if tool_required or tool_choice not in (None, "auto"):
                raise ConfigurationError("A text-completion model cannot be made to call a tool")
            return {"messages": with_tools(messages, tools), "stop": [AFTER_A_CALL], **kwargs}
        return {
            "messages": messages,
            # OpenAI's limit on descriptions is not these services'.
            "tools": [tool.metadata.to_openai_tool(skip_length_check=True) for tool in tools],
            "tool_choice": _tool_choice(tool_choice, tool_required),
            "parallel_tool_calls": allow_parallel_tool_calls,
            **kwargs,
        }

    def _validate_chat_with_tools_response(
        self,
        response: ChatResponse,
        tools: Sequence[BaseTool],
        allow_parallel_tool_calls: bool = False,
        **kwargs: Any,
    ) -> ChatResponse:
        return response if allow_parallel_tool_calls else keep_one_call(response)

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        """Return the tools that a response calls, with their arguments as dicts.

        Args:
            response: Whole, or a piece of a stream: the arguments are then what there is of them.
            error_on_no_tool_call: Whether to raise `ValueError` where no tool is called.
            **kwargs: Nothing; LlamaIndex's signature has it.
        """
        by_text = not self.metadata.is_function_calling_model
        calls = written_calls(response) if by_text else selections(response)
        if not calls and error_on_no_tool_call:
            raise ValueError(
                f"{self.provider.title} called no tool, but answered: "
                f"{shorten(response.message.content or '')}"
            )
        return calls

    # As LlamaIndex has them, but that a tool which is not there is an error that the caller can
    # show to the model, like any other error of a tool, and no KeyError.

    def predict_and_call(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        error_on_no_tool_call: bool = True,
        error_on_tool_error: bool = False,
        **kwargs: Any,
    ) -> AgentChatResponse:
        """Let the model call tools, once, and return what they give.

        Args:
            tools: The tools.
            user_msg: The question.
            chat_history: What was said before it.
            verbose: Whether to print the calls.
            allow_parallel_tool_calls: Whether the model may call several tools.
            error_on_no_tool_call: Whether to raise `ValueError` where it calls none.
            error_on_tool_error: Whether to raise `ValueError` where a tool fails; otherwise the
                error is the output, marked with `is_error`.
            **kwargs: `tool_required`, `tool_choice`, and options of this call.

        Example:
            >>> str(llm.predict_and_call([add], "Add 17 and 25."))  # doctest: +SKIP
            '42'
        """
        response = self.chat_with_tools(
            tools,
            user_msg=user_msg,
            chat_history=chat_history,
            verbose=verbose,
            allow_parallel_tool_calls=allow_parallel_tool_calls,
            **kwargs,
        )
        calls = self.get_tool_calls_from_response(response, error_on_no_tool_call)
        outputs = [
            _unknown(call, tools) or call_tool_with_selection(call, tools, verbose)
            for call in calls
        ]
        return _outcome(response, outputs, error_on_tool_error)

    async def apredict_and_call(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        error_on_no_tool_call: bool = True,
        error_on_tool_error: bool = False,
        **kwargs: Any,
    ) -> AgentChatResponse:
        """Do what `predict_and_call` does, with `await`; several tools run at the same time."""
        response = await self.achat_with_tools(
            tools,
            user_msg=user_msg,
            chat_history=chat_history,
            verbose=verbose,
            allow_parallel_tool_calls=allow_parallel_tool_calls,
            **kwargs,
        )
        calls = self.get_tool_calls_from_response(response, error_on_no_tool_call)

        async def output(call: ToolSelection) -> ToolOutput:
            unknown = _unknown(call, tools)
            return unknown or await acall_tool_with_selection(call, tools, verbose)

        outputs = await asyncio.gather(*map(output, calls))
        return _outcome(response, outputs, error_on_tool_error)


def _unknown(call: ToolSelection, tools: Sequence[BaseTool]) -> ToolOutput | None:
    """Return what a call gives that names no tool; `None` where it names one."""
    names = [tool.metadata.get_name() for tool in tools]
    if call.tool_name in names:
        return None
    reason = f"There is no tool {call.tool_name!r}.{nearest(call.tool_name, names)}"
    return ToolOutput(
        tool_name=call.tool_name,
        content=reason,
        raw_input=call.tool_kwargs,
        raw_output=reason,
        is_error=True,
    )


def _outcome(
    response: ChatResponse, outputs: Sequence[ToolOutput], error_on_tool_error: bool
) -> AgentChatResponse:
    text = "\n\n".join(output.content for output in outputs)
    if error_on_tool_error and any(output.is_error for output in outputs):
        raise ValueError(text)
    if not outputs:
        text = response.message.content or ""
    return AgentChatResponse(response=text, sources=list(outputs))


def _tool_choice(
    choice: str | dict[str, Any] | None, required: bool
) -> str | dict[str, Any] | None:
    if choice is None:
        return "required" if required else None
    if choice == "any":
        return "required"
    if isinstance(choice, dict) or choice in ("auto", "none", "required"):
        return choice
    return {"type": "function", "function": {"name": choice}}

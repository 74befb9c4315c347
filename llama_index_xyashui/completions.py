"""What a text-completion model needs besides: conversations, forms and tools as plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, TextBlock
from llama_index.core.llms import LLM
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.output_parsers import PydanticOutputParser
from llama_index.core.tools.types import BaseTool

from llama_index_xyashui.messages import to_wire
from xyashui import ConfigurationError
from xyashui.images import has_image

__all__ = ["AFTER_A_CALL", "as_prompt", "with_schema", "with_tools", "written_calls"]

_ACTION = re.compile(r"^Action: ([^\n() ]+)", re.MULTILINE)
_INPUT = "Action Input:"

AFTER_A_CALL = "\nObservation:"
"""Where a model goes on to make up what a tool says, and has to stop."""


def as_prompt(messages: Sequence[ChatMessage], llm: LLM) -> str:
    """Return a conversation as a text to go on with.

    Args:
        messages: The conversation; nothing but text.
        llm: Whose `messages_to_prompt` writes it down.

    Raises:
        ConfigurationError: A message has what cannot be written down: a picture, a file.
    """
    turns, files = to_wire(messages)
    if files or has_image(turns):
        raise ConfigurationError(
            "A text-completion model reads nothing but text: take the "
            f"{'files' if files else 'pictures'} out of the messages, or ask a chat model"
        )
    # LlamaIndex puts one of its own where none is given.
    to_prompt: Any = llm.messages_to_prompt
    return str(to_prompt(messages))


def with_schema(messages: Sequence[ChatMessage], output_cls: Any) -> list[ChatMessage]:
    """Return `messages` with the schema of `output_cls`, and a word on it, below the last one."""
    words = PydanticOutputParser(output_cls).get_format_string(escape_json=False)
    *before, last = messages
    blocks = [*last.blocks, TextBlock(text=words)]
    return [*before, last.model_copy(update={"blocks": blocks})]


def with_tools(messages: Sequence[ChatMessage], tools: Sequence[BaseTool]) -> list[ChatMessage]:
    """Return `messages` below a description of the tools, and of how to call them in text."""
    from llama_index.core.agent.react import ReActChatFormatter  # it imports all agents

    return ReActChatFormatter().format(tools, list(messages))


def written_calls(response: ChatResponse) -> list[ToolSelection]:
    """Return the call that a model has written as `with_tools` says; none where it wrote none."""
    written = _written_call(response.message.content or "")
    if written is None:
        return []
    name, arguments = written
    return [ToolSelection(tool_id=uuid4().hex, tool_name=name, tool_kwargs=arguments)]


def _written_call(text: str) -> tuple[str, dict[str, Any]] | None:
    """Return the tool's name and its arguments, or `None`.

    LlamaIndex's parser bears with JSON that is not quite, but may take the cube of a text's length
    to find where it stands. So it is found here, and handed over alone.
    """
    from llama_index.core.agent.react import ReActOutputParser  # it imports all agents
    from llama_index.core.agent.react.types import ActionReasoningStep

    action = _ACTION.search(text)
    if action is None or "Answer:" in text[: action.start()]:
        return None
    _, _, given = text[action.end() :].partition(_INPUT)
    arguments = given[given.find("{") : given.rfind("}") + 1]
    if not arguments.startswith("{"):
        return None
    step = ReActOutputParser().parse(f"Thought: .\nAction: {action.group(1)}\n{_INPUT} {arguments}")
    if not isinstance(step, ActionReasoningStep):
        return None
    return step.action, dict(step.action_input)

"""What both services ask of the emulated model, in one form."""

from dataclasses import dataclass, field
from typing import Any

from .completion import ToolCall
from .site import Site


@dataclass(frozen=True)
class Turn:
    """One message.

    Attributes:
        role: `system`, `user`, `assistant` or `tool`.
        text: The text of the content, its parts joined by newlines.
        images: The URLs of the image parts.
        calls: The tool calls of an assistant's message.
        call_id: Which call a `tool` message answers.
    """

    role: str
    text: str
    images: tuple[str, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    call_id: str | None = None


@dataclass(frozen=True)
class Inquiry:
    """A validated request, as the emulated model sees it.

    Attributes:
        turns: The messages, oldest first.
        web_search: Whether the bundled pages may be searched.
        files: URLs of the files asked about.
        site: This server, whose files can be looked at.
        tools: The function schemas (`name`, `description`, `parameters`).
        tool_choice: `auto`, `none`, `required`, or the name of one function.
        parallel_tool_calls: Whether one answer may hold several calls.
        json_schema: The schema that the answer must fit; `{}` for any object.
        reasoning: Whether the model tells how it came to the answer.
    """

    turns: tuple[Turn, ...]
    web_search: bool = False
    files: tuple[str, ...] = ()
    site: Site = field(default_factory=Site)
    tools: tuple[dict[str, Any], ...] = ()
    tool_choice: str = "auto"
    parallel_tool_calls: bool = True
    json_schema: dict[str, Any] | None = None
    reasoning: bool = False
    seed: int = field(default=0, compare=False)

"""Tool calls by prompt, for a service that documents none: what is sent. Sans-IO.

The form is the one that open models are trained on (Hermes, Qwen): the tools' schemas stand
between `<tools>` tags in the system message, a call is JSON between `<tool_call>` tags, a result
stands between `<tool_response>` tags in a user message. Calls and results in the history take the
same form, so that a conversation may come from a model with tools of its own. What comes back is
read in `tool_parser`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from pydantic_core import from_json

from xyashui.errors import ConfigurationError
from xyashui.requests import ChatRequest, nearest, shorten
from xyashui.types import ContentPart, Message, ToolCallDict, as_json

__all__ = ["forced_tool", "prompted", "render_call", "told", "tool_schemas", "with_system_text"]


def tool_schemas(tools: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the JSON schema of each tool's arguments, by the tool's name."""
    schemas: dict[str, dict[str, Any]] = {}
    for tool in tools:
        function = tool.get("function") if isinstance(tool, dict) else None
        name = function.get("name") if isinstance(function, dict) else None
        if not isinstance(function, dict) or not isinstance(name, str):
            raise ConfigurationError(
                'A tool must be {"type": "function", "function": {"name": ..., "parameters": ...}},'
                f" not {shorten(tool)}"
            )
        schemas[name] = function.get("parameters") or {"type": "object", "properties": {}}
    return schemas


def forced_tool(choice: Any, names: Sequence[str]) -> str | None:
    """Return the tool that `choice` asks for: a name, "" for any one, `None` for no need."""
    if choice in (None, "auto", "none", False):
        return None
    if choice in ("required", "any", True):
        return ""
    if isinstance(choice, dict):
        choice = (choice.get("function") or {}).get("name")
    if choice not in names:
        raise ConfigurationError(
            f"tool_choice: there is no tool {shorten(choice)}.{nearest(str(choice), names)}"
        )
    return str(choice)


def prompted(request: ChatRequest) -> ChatRequest:
    """Return `request` with its tools, and the calls and results in its history, as text."""
    messages = _history_as_text(request.messages)
    if request.tools and request.tool_choice != "none":
        messages = with_system_text(messages, _instructions(request))
    return replace(request, messages=messages, tools=[], tool_choice=None, parallel_tool_calls=None)


def told(request: ChatRequest, said: str, words: str) -> ChatRequest:
    """Return `request` with what the model answered, and a word on it."""
    turns: list[Message] = [
        {"role": "assistant", "content": said},
        {"role": "user", "content": words},
    ]
    return replace(request, messages=[*request.messages, *turns])


def render_call(name: str, arguments: Any) -> str:
    """Return a call as a model writes it.

    Example:
        >>> print(render_call("weather", {"city": "济南"}))
        <tool_call>
        {"name":"weather","arguments":{"city":"济南"}}
        </tool_call>
    """
    return f"<tool_call>\n{as_json({'name': name, 'arguments': arguments})}\n</tool_call>"


def with_system_text(messages: Sequence[Message], text: str) -> list[Message]:
    """Return `messages` with `text` at the end of the system message, made where there is none."""
    for position, message in enumerate(messages):
        if message["role"] in ("system", "developer"):
            content = message.get("content") or ""
            joined: str | list[ContentPart] = (
                f"{content}\n\n{text}".lstrip()
                if isinstance(content, str)
                else [*content, {"type": "text", "text": f"\n\n{text}"}]
            )
            turn: Message = {**message, "content": joined}
            return [*messages[:position], turn, *messages[position + 1 :]]
    return [{"role": "system", "content": text}, *messages]


def _instructions(request: ChatRequest) -> str:
    schemas = "\n".join(as_json(tool) for tool in request.tools)
    forced = forced_tool(request.tool_choice, list(tool_schemas(request.tools)))
    rules = []
    if forced is not None:
        which = f"the function {forced}" if forced else "at least one function"
        rules.append(f"You must call {which} in this turn, and write nothing else.")
    else:
        rules.append("Call a function only where it helps; answer in plain text otherwise.")
    if request.parallel_tool_calls is False:
        rules.append("Call one function at the most in each turn.")
    return (
        "# Tools\n\n"
        "You may call functions to help with the question. Their signatures stand here, as JSON "
        "schemas, within <tools></tools> tags:\n"
        f"<tools>\n{schemas}\n</tools>\n\n"
        "For each call, write a JSON object with the function's name and its arguments within "
        "<tool_call></tool_call> tags:\n"
        '<tool_call>\n{"name": <function-name>, "arguments": <arguments-as-json-object>}\n'
        "</tool_call>\n\n"
        "The results come back within <tool_response></tool_response> tags. " + " ".join(rules)
    )


def _history_as_text(messages: Sequence[Message]) -> list[Message]:
    names = {
        call["id"]: call["function"]["name"]
        for message in messages
        for call in message.get("tool_calls", ())
    }
    turns: list[Message] = []
    for is_result, group in groupby(messages, lambda one: one["role"] in ("tool", "function")):
        if is_result:
            # The results of one turn share a message: roles take turns, in many services.
            turns.append(_results(list(group), names))
        else:
            turns += [
                _with_calls(message, calls) if (calls := message.get("tool_calls")) else message
                for message in group
            ]
    return turns


def _with_calls(message: Message, calls: Sequence[ToolCallDict]) -> Message:
    content = message.get("content") or ""
    text = content if isinstance(content, str) else _text_of(content)
    rendered = [_rendered(one) for one in calls]
    return {"role": "assistant", "content": "\n".join([text, *rendered] if text else rendered)}


def _rendered(call: ToolCallDict) -> str:
    text = call["function"]["arguments"]
    if text.startswith("<tool_call>"):
        return text  # a call that could not be made, as the model wrote it
    try:
        arguments = from_json(text or "{}")
    except ValueError:
        arguments = text  # no JSON; the model shall see what it wrote
    return render_call(call["function"]["name"], arguments)


def _results(messages: Sequence[Message], names: Mapping[str, str]) -> Message:
    texts: list[str] = []
    others: list[ContentPart] = []
    for message in messages:
        name = message.get("name") or names.get(message.get("tool_call_id", ""), "")
        content = message.get("content") or ""
        if not isinstance(content, str):
            others += [part for part in content if part["type"] != "text"]
            content = _text_of(content)
        # A result is foreign text: it must not be able to close the tag that it stands in.
        body = as_json({"name": name, "content": content}).replace("</", "<\\/")
        texts.append(f"<tool_response>\n{body}\n</tool_response>")
    text = "\n".join(texts)
    if not others:
        return {"role": "user", "content": text}
    return {"role": "user", "content": [{"type": "text", "text": text}, *others]}


def _text_of(parts: Sequence[ContentPart]) -> str:
    return "".join(part["text"] for part in parts if part["type"] == "text")

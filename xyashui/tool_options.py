"""Tools, which of them to call, and the form of the answer: checked before anything is sent.

What may be said in several ways leaves here in one, so that nothing below needs to know the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xyashui.errors import ConfigurationError
from xyashui.requests import nearest, shorten

__all__ = ["check_response_format", "check_tool_choice", "check_tools"]

_CHOICES = ("auto", "none", "required")


def check_tools(tools: Any) -> list[dict[str, Any]]:
    """Return `tools` as a list, or raise `ConfigurationError`.

    Args:
        tools: Functions in OpenAI's shape. Tools of other types are the service's own, and are
            not looked into.
    """
    if not isinstance(tools, list | tuple):
        raise ConfigurationError(f"tools must be a list of dicts, not {shorten(tools)}")
    return [_checked_tool(tool) for tool in tools]


def _checked_tool(tool: Any) -> dict[str, Any]:
    if isinstance(tool, dict) and tool.get("type", "function") != "function":
        return tool
    function = tool.get("function") if isinstance(tool, dict) else None
    name = function.get("name") if isinstance(function, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(name, str) or not name:
        raise ConfigurationError(
            'tools: a tool must be {"type": "function", "function": {"name": ..., "parameters": '
            f"...}}}}, not {shorten(tool)}"
        )
    parameters = function.get("parameters")
    if parameters is not None and not isinstance(parameters, Mapping):
        raise ConfigurationError(
            f"tools: the parameters of {name!r} must be a JSON schema, not {shorten(parameters)}"
        )
    return tool if "type" in tool else {"type": "function", **tool}


def check_tool_choice(choice: Any, tools: Sequence[dict[str, Any]]) -> Any:
    """Return "auto", "none", "required", the one tool to call in OpenAI's shape, or `None`.

    Args:
        choice: One of these; "any" or `True` for "required", `False` for `None`, or the bare name
            of a tool.
        tools: What `check_tools` has returned.

    Raises:
        ConfigurationError: It is none of these, or there is no such tool.
    """
    if choice is None or choice is False:
        return None
    if choice is True or choice == "any":
        return "required"
    if isinstance(choice, str):
        return choice if choice in _CHOICES else _one_tool(choice, tools)
    if not isinstance(choice, Mapping):
        raise ConfigurationError(
            f"tool_choice must be one of {', '.join(map(repr, _CHOICES))}, or the name of a tool, "
            f"not {shorten(choice)}"
        )
    kind = choice.get("type", "function")
    if kind == "allowed_tools" or (
        kind != "function" and any(tool.get("type") == kind for tool in tools)
    ):
        return dict(choice)  # the service's own
    function = choice.get("function")
    return _one_tool(function.get("name") if isinstance(function, Mapping) else choice, tools)


def _one_tool(name: Any, tools: Sequence[dict[str, Any]]) -> dict[str, Any]:
    names = [tool["function"]["name"] for tool in tools if tool.get("type") == "function"]
    if name not in names:
        near = nearest(name, [*names, *_CHOICES]) if isinstance(name, str) else ""
        raise ConfigurationError(f"tool_choice: there is no tool {shorten(name)}.{near}")
    return {"type": "function", "function": {"name": name}}


def check_response_format(form: Any) -> dict[str, Any] | None:
    """Return `response_format` as a dict, or raise `ConfigurationError`."""
    if form is None:
        return None
    kind = form.get("type") if isinstance(form, Mapping) else None
    well_formed = kind in ("text", "json_object")
    if kind == "json_schema":
        holder = form.get("json_schema")
        well_formed = isinstance(holder, Mapping) and isinstance(holder.get("schema"), Mapping)
    if not well_formed:
        raise ConfigurationError(
            'response_format must be {"type": "json_schema", "json_schema": {"name": ..., '
            '"schema": ...}}, {"type": "json_object"} or {"type": "text"}, not ' + shorten(form)
        )
    return dict(form)

"""A conversation as a program gives it, checked before anything is sent. Sans-IO.

A service would refuse what is malformed in words of its own, or not at all; and an image that is
the path of a file must not go out as if it were an address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from xyashui.errors import ConfigurationError
from xyashui.images import checked_part
from xyashui.requests import shorten
from xyashui.types import ContentPart, Message

__all__ = ["checked_messages"]


def checked_messages(messages: Sequence[Message] | str) -> list[Message]:
    """Return a question, or a conversation, as a list of messages that can be sent.

    Fields that are `None`, as other libraries' messages have them, are left out.

    Raises:
        ConfigurationError: A message cannot be sent.

    Example:
        >>> checked_messages("你好")
        [{'role': 'user', 'content': '你好'}]
    """
    if isinstance(messages, str):
        return [{"role": "user", "content": messages}]
    try:
        turns = list(messages)
    except TypeError:
        raise ConfigurationError(
            f"messages must be a question or a list of messages, not {shorten(messages)}"
        ) from None
    if not turns:
        raise ConfigurationError("messages is empty: there is nothing to answer")
    return [_checked(turn) for turn in turns]


def _checked(turn: Any) -> Message:
    if not isinstance(turn, dict) or not isinstance(turn.get("role"), str):
        raise ConfigurationError(f"A message needs a role and content: {shorten(turn)}")
    role, content, calls = turn["role"], turn.get("content"), turn.get("tool_calls")
    if calls:
        _check_calls(calls)
    elif content is None and not turn.get("function_call"):
        raise ConfigurationError(f"A message needs content, unless it calls tools: {shorten(turn)}")
    if role == "tool" and not isinstance(turn.get("tool_call_id"), str):
        raise ConfigurationError(
            f"A message of role 'tool' needs the tool_call_id that it answers: {shorten(turn)}"
        )
    if isinstance(content, list):
        content = [_checked_content_part(part) for part in content]
    elif content is not None and not isinstance(content, str):
        raise ConfigurationError(
            f"The content of a message must be a string or a list of parts, not {shorten(content)}"
        )
    fields = {name: value for name, value in turn.items() if value is not None}
    if not calls:
        fields.pop("tool_calls", None)  # an empty list is none
    return cast("Message", {**fields, "role": role, "content": content})


def _checked_content_part(part: Any) -> ContentPart:
    kind = part.get("type") if isinstance(part, Mapping) else None
    if kind == "image_url":
        return checked_part(part)
    if kind == "text" and isinstance(part.get("text"), str):
        return cast("ContentPart", part)
    raise ConfigurationError(
        'A part of a message must be {"type": "text", "text": ...} or {"type": "image_url", '
        f'"image_url": {{"url": ...}}}}, not {shorten(part)}'
    )


def _check_calls(calls: Any) -> None:
    if not isinstance(calls, list | tuple):
        raise ConfigurationError(f"tool_calls must be a list, not {shorten(calls)}")
    for call in calls:
        function = call.get("function") if isinstance(call, Mapping) else None
        well_formed = (
            isinstance(function, Mapping)
            and isinstance(call.get("id"), str)
            and isinstance(function.get("name"), str)
            and isinstance(function.get("arguments"), str)
        )
        if not well_formed:
            raise ConfigurationError(
                'A tool call must be {"id": ..., "type": "function", "function": {"name": ..., '
                f'"arguments": a string of JSON}}}}, not {shorten(call)}'
            )

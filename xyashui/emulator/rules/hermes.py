"""Tools given in a prompt, in the convention of Hermes and Qwen models.

A system message lists JSON function schemas in `<tools>`; calls are written as
`<tool_call>{"name": ..., "arguments": {...}}</tool_call>`; results come back in
`<tool_response>`. Here they become tools, calls and results, so that one engine
plans the calls of both services.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..completion import ToolCall
from ..conversation import Inquiry, Turn

_TOOLS = re.compile(r"<tools>(.*?)</tools>", re.DOTALL)
_CALL = re.compile(r"<tool_call>\s*(.*?)\s*(?:</tool_call>|\Z)", re.DOTALL)
_RESPONSE = re.compile(r"<tool_response>\s*(.*?)\s*</tool_response>", re.DOTALL)
_MUST = re.compile(r"\bmust\b[^.\n]{0,40}\b(?:call|use)|必须(?:先)?(?:调用|使用)", re.IGNORECASE)
_MUST_NOT = re.compile(
    r"\b(?:do not|don't|must not) (?:call|use)\b|不要(?:调用|使用)", re.IGNORECASE
)
_ONE = re.compile(
    r"\b(?:at most|only|exactly) one (?:function|tool)|\bone (?:function|tool)(?: call)? at a time|"
    r"一次只(?:能)?调用一个|最多调用一个",
    re.IGNORECASE,
)


def translate(inquiry: Inquiry) -> Inquiry | None:
    """Read an inquiry's prompt-borne tools; None, if it has none."""
    system = "\n".join(turn.text for turn in inquiry.turns if turn.role == "system")
    block = _TOOLS.findall(system)
    # The convention is often explained with an empty <tools></tools> first.
    tools = [tool for each in block for tool in _schemas(each)]
    if not tools or "<tool_call>" not in system:
        return None
    rules = _TOOLS.sub(" ", system)
    return replace(
        inquiry,
        turns=tuple(_turns(inquiry.turns)),
        tools=tuple(tools),
        tool_choice=_choice(rules, tools),
        parallel_tool_calls=not _ONE.search(rules),
    )


def write(calls: Sequence[ToolCall]) -> str:
    """Write calls as the convention has them."""
    bodies = [
        f'{{"name": {json.dumps(call.name)}, "arguments": {call.arguments}}}' for call in calls
    ]
    return "\n".join(f"<tool_call>\n{body}\n</tool_call>" for body in bodies)


def _schemas(block: str) -> list[dict[str, Any]]:
    tools = []
    for value in json_values(block):
        for each in value if isinstance(value, list) else [value]:
            function = each.get("function", each) if isinstance(each, dict) else {}
            if isinstance(function, dict) and isinstance(function.get("name"), str):
                tools.append(function)
    return tools


def json_values(text: str) -> list[Any]:
    """Find every JSON object or array that stands in a text."""
    decoder, found, position = json.JSONDecoder(), [], 0
    while (start := re.compile(r"[{\[]").search(text, position)) is not None:
        try:
            value, position = decoder.raw_decode(text, start.start())
        except ValueError:
            position = start.end()
        else:
            found.append(value)
    return found


def _choice(rules: str, tools: Sequence[dict[str, Any]]) -> str:
    for match in _MUST.finditer(rules):
        line = rules[match.start() :].split("\n", 1)[0]
        for tool in tools:
            if re.search(rf"(?<!\w){re.escape(tool['name'])}(?!\w)", line):
                return str(tool["name"])
        if re.search(r"\b(?:a|one|at least one|any)\b|一个|工具|函数", line[:80]):
            return "required"
    return "none" if _MUST_NOT.search(rules) else "auto"


def _turns(turns: Sequence[Turn]) -> list[Turn]:
    """Turn written calls and responses into calls and results."""
    heard: list[Turn] = []
    waiting: list[ToolCall] = []
    for turn in turns:
        if turn.role == "assistant" and "<tool_call>" in turn.text:
            waiting = _calls(turn.text, len(heard))
            heard.append(replace(turn, text=_CALL.sub("", turn.text).strip(), calls=tuple(waiting)))
        elif turn.role == "user" and _RESPONSE.search(turn.text):
            for response in _RESPONSE.findall(turn.text):
                call = _answered(response, waiting)
                heard.append(Turn("tool", response, call_id=call.id if call else None))
            rest = _RESPONSE.sub("", turn.text).strip()
            if rest:
                heard.append(replace(turn, text=rest))
        else:
            heard.append(turn)
    return heard


def _calls(text: str, position: int) -> list[ToolCall]:
    calls = []
    for index, body in enumerate(_CALL.findall(text)):
        values = json_values(body)
        if values and isinstance(values[0], dict) and "name" in values[0]:
            arguments = values[0].get("arguments", {})
            arguments = arguments if isinstance(arguments, str) else json.dumps(arguments)
            calls.append(ToolCall(f"call_{position}_{index}", str(values[0]["name"]), arguments))
    return calls


def _answered(response: str, waiting: list[ToolCall]) -> ToolCall | None:
    """Match a response to its call: by name where it has one, else in order."""
    values = json_values(response)
    name = values[0].get("name") if values and isinstance(values[0], dict) else None
    for call in waiting:
        if name is None or call.name == name:
            waiting.remove(call)
            return call
    return waiting.pop(0) if waiting else None

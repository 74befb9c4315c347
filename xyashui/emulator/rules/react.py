"""Tools given in a prompt as thoughts, actions and observations (ReAct).

LlamaIndex's `ReActAgent` lists its tools as `> Tool Name:`, `Tool Description:` and
`Tool Args:`, wants `Action:` with `Action Input:` for a call, and sends back
`Observation:`. As in `hermes.py`, these become tools, calls and results.
"""

import ast
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..completion import ToolCall
from ..conversation import Inquiry, Turn
from .hermes import json_values

_TOOL = re.compile(
    r"^> Tool Name:\s*(?P<name>.+?)\s*\nTool Description:\s*(?P<description>.*?)\nTool Args:\s*"
    r"(?P<args>\{.*\})\s*$",
    re.MULTILINE | re.DOTALL,
)
_TOOL_STARTS = re.compile(r"^(?=> Tool Name:)", re.MULTILINE)
_ACTION = re.compile(r"^Action:\s*(.+?)\s*\nAction Input:\s*(.*)", re.MULTILINE | re.DOTALL)
_OBSERVATION = re.compile(r"^\s*Observation:\s*(.*)", re.DOTALL)


def translate(inquiry: Inquiry) -> Inquiry | None:
    """Read an inquiry's tools; None, if it has none in this form."""
    system = "\n".join(turn.text for turn in inquiry.turns if turn.role == "system")
    if "Action Input:" not in system:
        return None
    tools = []
    for part in _TOOL_STARTS.split(system):
        if match := _TOOL.match(part.split("\n\n")[0]) or _TOOL.match(part):
            parameters = json_values(match["args"])
            schema = parameters[0] if parameters else {}
            tools.append(
                {
                    "name": match["name"],
                    "description": match["description"],
                    "parameters": schema,
                }
            )
    turns = tuple(_turns(inquiry.turns))
    # An action is one call: the next comes after its observation.
    return replace(inquiry, turns=turns, tools=tuple(tools), parallel_tool_calls=False)


def write_call(calls: Sequence[ToolCall]) -> str:
    """Write a call as an action."""
    call = calls[0]
    return (
        f"Thought: I need to use a tool to help me answer the question.\n"
        f"Action: {call.name}\nAction Input: {call.arguments}"
    )


def write_answer(text: str) -> str:
    """Write an answer as the convention ends a run."""
    return f"Thought: I can answer without using any more tools.\nAnswer: {text}"


def _turns(turns: Sequence[Turn]) -> list[Turn]:
    heard: list[Turn] = []
    waiting: ToolCall | None = None
    for turn in turns:
        action = _ACTION.search(turn.text) if turn.role == "assistant" else None
        observed = _OBSERVATION.match(turn.text) if turn.role == "user" else None
        if action:
            arguments = json.dumps(_input(action[2]), ensure_ascii=False)
            waiting = ToolCall(f"call_{len(heard)}", action[1], arguments)
            heard.append(replace(turn, text="", calls=(waiting,)))
        elif observed and waiting:
            heard.append(Turn("tool", observed[1].strip(), call_id=waiting.id))
        else:
            heard.append(turn)
    return heard


def _input(text: str) -> Any:
    """Read an action's input: JSON, or the Python dict that LlamaIndex writes back."""
    if values := json_values(text):
        return values[0]
    try:
        return ast.literal_eval(text.strip())
    except (SyntaxError, ValueError):
        return {}

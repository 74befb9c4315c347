"""Which tools a question calls for, with which arguments, and what their results say."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..completion import ToolCall
from ..conversation import Inquiry, Turn
from . import arithmetic, filling, options, spans
from .context import from_text
from .language import end, is_question, language_of, sentences
from .relevance import features, stem
from .small_talk import is_small_talk
from .task import Task

Tool = dict[str, Any]

_GENERIC_WORDS = """
tool function get return use given current value string int number information useful name result
data input output list user call helper provide text
"""
_GENERIC = {stem(word) for word in _GENERIC_WORDS.split()}
_SEARCHES = re.compile(
    r"search|look ?up|retriev|query engine|wiki|google|搜索|检索|查询|联网", re.I
)
_JOINTS = re.compile(
    r"\s*[.;；。?？!！]\s+|[;；。？！]\s*|,?\s*\b(?:and also|and then|also|then)\b,?\s*|"
    r"另外|还有|然后|并且|以及"
)
_WEAK_JOINTS = re.compile(r",?\s+and\s+|，|,\s+|和|与")
_LEAST = 1.0
_NAMED = 5.0


@dataclass(frozen=True)
class Plan:
    """One call that a question asks for."""

    name: str
    arguments: dict[str, Any]

    def same_as(self, call: ToolCall) -> bool:
        """Say whether a call that was made is this one."""
        try:
            made = json.loads(call.arguments or "{}")
        except ValueError:
            return False
        return call.name == self.name and made == self.arguments


def calls(task: Task) -> tuple[ToolCall, ...]:
    """Decide which tools to call now; none, if the question is to be answered."""
    inquiry = task.inquiry
    if not inquiry.tools or inquiry.tool_choice == "none":
        return ()
    made = [call for turn in _since_question(inquiry, task.last) for call in turn.calls]
    wanted = plan(_asked(task), inquiry.tools, inquiry.tool_choice)
    open_calls = [each for each in wanted if not any(each.same_as(call) for call in made)]
    if inquiry.tool_choice == "required" and not open_calls:
        open_calls = _one_more(_asked(task), inquiry.tools, made)
    if not inquiry.parallel_tool_calls:
        open_calls = open_calls[:1]
    return tuple(
        ToolCall(
            id=f"call_{inquiry.seed:06d}{len(made) + index:02d}",
            name=each.name,
            arguments=json.dumps(each.arguments, ensure_ascii=False),
        )
        for index, each in enumerate(open_calls)
    )


def results(task: Task) -> str | None:
    """Answer from the results of the tools that were called for the question."""
    turns = _since_question(task.inquiry, task.last)
    made = {call.id: call for turn in turns for call in turn.calls}
    said = []
    for turn in turns:
        if turn.role == "tool":
            call = made.get(turn.call_id or "")
            said.append(_tell(task, call, turn.text.strip()))
    return " ".join(dict.fromkeys(said)) or None


def plan(question: str, tools: Sequence[Tool], choice: str = "auto") -> list[Plan]:
    """Plan the calls that a question asks for, in its order."""
    question = question[: filling.MAX_TEXT]
    by_name = {tool["name"]: tool for tool in tools}
    if choice in by_name:
        return _fan_out(by_name[choice], question)
    planned: list[Plan] = []
    for segment in _segments(question, tools):
        tool = _choose(segment, tools)
        if tool is not None:
            planned += [each for each in _fan_out(tool, segment) if each not in planned]
    if planned or not (choice == "required" or _may_search(question)):
        return planned
    searching = [tool for tool in tools if _SEARCHES.search(_about(tool))]
    if choice == "required":
        return _fan_out((searching or list(tools))[0], question)
    return _fan_out(searching[0], question) if searching else []


def _one_more(question: str, tools: Sequence[Tool], made: Sequence[ToolCall]) -> list[Plan]:
    """Plan a call for a turn that must be one although all that was asked for is done."""
    called = {call.name for call in made}
    rest = [tool for tool in tools if tool["name"] not in called] or list(tools)
    return _fan_out(max(rest, key=lambda tool: _fit(question, tool)), question)[:1]


def _asked(task: Task) -> str:
    """The question, without a context that merely goes with it."""
    return task.question if task.prompt.context else task.last.text


def _since_question(inquiry: Inquiry, question: Turn) -> list[Turn]:
    index = next(i for i, turn in enumerate(inquiry.turns) if turn is question)
    return list(inquiry.turns[index + 1 :])


def _may_search(question: str) -> bool:
    return is_question(question) and not is_small_talk(question)


def _about(tool: Tool) -> str:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])|[_\-.]", " ", tool["name"])
    return f"{name} {tool.get('description') or ''}"


def _fit(segment: str, tool: Tool) -> float:
    """Say how well a tool fits; a whole shared word counts one."""
    if options.narrowed(tool, segment) is None:
        return 0.0  # it lists what it is for, and this is nothing of it
    if re.search(rf"(?<!\w){re.escape(tool['name'])}(?!\w)", segment):
        return _NAMED
    asked = {name for name, size in features(segment).items() if size >= 1.0}
    asked |= {stem(word) for word in arithmetic.operations(segment)}
    own = features(_about(tool)).keys() - _GENERIC
    parameters = (tool.get("parameters") or {}).get("properties") or {}
    spelled = " ".join(f"{name} {each.get('description', '')}" for name, each in parameters.items())
    listed = " ".join(
        str(option) for each in parameters.values() for option in each.get("enum") or ()
    )
    beside = features(f"{spelled.replace('_', ' ')} {listed}").keys() - own - _GENERIC
    return len(asked & own) + 0.4 * len(asked & beside)


def _choose(segment: str, tools: Sequence[Tool]) -> Tool | None:
    fits = [(_fit(segment, tool), -index) for index, tool in enumerate(tools)]
    best, index = max(fits)
    return tools[-index] if best >= _LEAST else None


def _segments(question: str, tools: Sequence[Tool]) -> list[str]:
    """Split a question into parts, each of which calls for a tool of its own."""
    parts = [part for part in _JOINTS.split(question) if part and part.strip()]
    if len([part for part in parts if _choose(part, tools)]) < 2:
        parts = [question]
    return [piece for part in parts for piece in _split_weakly(part, tools)]


def _split_weakly(part: str, tools: Sequence[Tool]) -> list[str]:
    for joint in _WEAK_JOINTS.finditer(part):
        left, right = part[: joint.start()], part[joint.end() :]
        # "Paris and Rome, and what is 6 times 7": `Rome` belongs to what is before it.
        begins = _choose(_WEAK_JOINTS.split(right)[0], tools) is not None
        if begins and _stands_alone(left, tools) and _stands_alone(right, tools):
            return [left, *_split_weakly(right, tools)]
    return [part]


def _stands_alone(segment: str, tools: Sequence[Tool]) -> bool:
    """Say whether a segment both calls for a tool and holds what it needs."""
    tool = _choose(segment, tools)
    if tool is None:
        return False
    schema = tool.get("parameters") or {}
    filler = filling.Filler(segment, schema)
    try:
        for name in schema.get("required", ()):
            filler.supported(name, (schema.get("properties") or {}).get(name, {}))
    except filling.Missing:
        return False
    return True


def _fan_out(tool: Tool, segment: str) -> list[Plan]:
    """Call a tool once; or once for each of several names, if it takes one at a time."""
    schema = options.narrowed(tool, segment) or tool.get("parameters") or {}
    properties = schema.get("properties") or {}
    cleaned = segment.replace(tool["name"], " ")
    arguments = filling.Filler(cleaned, schema).fill({"type": "object", **schema})
    one = Plan(tool["name"], arguments)
    for name in schema.get("required", ()):
        if name in properties and filling.is_place_or_name(name, properties[name]):
            values = [str(span.value) for span in spans.names(cleaned)]
            strings = [each for each in arguments.values() if isinstance(each, str)]
            others = set(strings) - {arguments.get(name)}
            values = [value for value in dict.fromkeys(values) if value not in others]
            if arguments.get(name) in values and len(values) > 1 and _listed(cleaned, values):
                return [Plan(tool["name"], {**arguments, name: value}) for value in values]
            break
    return [one]


def _listed(text: str, values: list[str]) -> bool:
    """Say whether names stand in one list, joined by commas or `and`."""
    joint = r"\s*(?:,\s*and|,|，|、|and|or|和|与|跟|及)\s*(?:in\s+)?"
    return re.search(joint.join(map(re.escape, values)), text) is not None


def _tell(task: Task, call: ToolCall | None, result: str) -> str:
    """Say one result in a sentence."""
    text = _flat(result)
    if len(sentences(text)) > 3:
        found = from_text(task.question, text, task.language)
        if found:
            return found
    if len(text.split()) > 4 or (language_of(text) == "zh" and len(text) > 6):
        return end(text)
    if call and any(value and value in text for value in _strings(call.arguments)):
        return end(text)
    if call is None:
        return task.say(f"The result is {end(text)}", f"结果是{end(text)}")
    shown = f"{call.name}({_shown(call.arguments)})"
    return task.say(f"The result of {shown} is {text}.", f"{shown} 的结果是 {text}。")


def _values(arguments: str) -> list[Any]:
    try:
        values = json.loads(arguments or "{}")
    except ValueError:
        return []
    return list(values.values()) if isinstance(values, dict) else []


def _shown(arguments: str) -> str:
    return ", ".join(map(str, _values(arguments)))


def _strings(arguments: str) -> list[str]:
    return [value for value in _values(arguments) if isinstance(value, str)]


def _flat(result: str) -> str:
    """Write a JSON result as text."""
    try:
        value = json.loads(result)
    except ValueError:
        return result
    if isinstance(value, dict):
        if set(value) <= {"content", "result", "output", "name"}:
            inner = value.get("content", value.get("result", value.get("output")))
            return inner if isinstance(inner, str) else json.dumps(inner, ensure_ascii=False)
        return ", ".join(f"{name}: {each}" for name, each in value.items())
    if isinstance(value, list) and all(not isinstance(each, dict | list) for each in value):
        return ", ".join(map(str, value))
    return str(value) if isinstance(value, str | int | float) else result

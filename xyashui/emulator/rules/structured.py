"""Answers in JSON: by a schema of the request, or by one that the prompt contains."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..conversation import Inquiry
from . import answering
from .filling import Filler
from .hermes import json_values
from .language import sentences
from .prompts import is_instruction
from .task import Task

_ASKS_FOR_JSON = re.compile(r"\bjson\b", re.IGNORECASE)
_ASKS_FOR_NOTHING_ELSE = re.compile(
    r"\bjson\b[^.。\n]{0,40}\b(nothing else|only)\b|"
    r"\b(only|nothing other than)\b[^.。\n]{0,40}\bjson\b|"
    r"只(回答|返回|输出)[^。\n]{0,20}json",
    re.IGNORECASE,
)
_KEYS = re.compile(r"\b(?:keys?|fields?|properties)\b|字段|键", re.IGNORECASE)
_QUOTED = re.compile(r"""['"`“‘]([^\W\d]\w{0,40})['"`”’]""")
_CODE_BLOCK = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)


def by_request(task: Task) -> str | None:
    """Answer by the `response_format` of the request."""
    schema = task.inquiry.json_schema
    if schema is None:
        return None
    everything = _all_text(task)
    found = schema or _schema_in(everything) or _schema_of_keys(everything)
    return _written(task, found) if found else _loose(task)


def by_prompt(task: Task) -> str | None:
    """Answer by a JSON schema in the prompt that asks for JSON."""
    text = f"{task.system}\n{task.last.text}"
    if not _ASKS_FOR_JSON.search(text):
        return None
    found = _schema_in(task.last.text) or _schema_in(task.system)
    # A user's prompt may want JSON of a form that other rules know; a system message that wants
    # nothing else leaves no choice.
    if not found and _ASKS_FOR_NOTHING_ELSE.search(task.system):
        found = _schema_of_keys(text)
        return _written(task, found) if found else _loose(task)
    return _written(task, found) if found else None


def _written(task: Task, schema: Mapping[str, Any]) -> str:
    text, context = _request(task)
    spoken = answering.answer(Task(_only(task, text))).text if text else ""
    value = Filler(context or text, schema, spoken=spoken).fill()
    return json.dumps(value, ensure_ascii=False)


def _loose(task: Task) -> str:
    return json.dumps({"answer": answering.answer(task).text}, ensure_ascii=False)


def _request(task: Task) -> tuple[str, str]:
    """What is asked without the schema, and the text to draw values from."""
    text = _without_json(task.last.text)
    lines = [
        line
        for line in sentences(text)
        if not _ASKS_FOR_JSON.search(line)
        and not is_instruction(line)
        and not re.search(r"schema|模式|格式", line, re.IGNORECASE)
    ]
    kept = "\n".join(lines).strip()
    if not kept:
        kept = "\n".join(line for line in sentences(text) if not re.search("schema", line, re.I))
    return kept, "\n".join(task.prompt.context)


def _only(task: Task, text: str) -> Inquiry:
    turn = replace(task.last, text=text)
    turns = tuple(turn if each is task.last else each for each in task.inquiry.turns)
    return replace(task.inquiry, turns=turns, json_schema=None, tools=())


def _schema_in(text: str) -> Mapping[str, Any] | None:
    """Take the last JSON schema of a text: examples come before what they explain."""
    for value in reversed(json_values(text)):
        if isinstance(value, dict) and _is_schema(value):
            inner = value.get("schema")
            return inner if isinstance(inner, dict) and _is_schema(inner) else value
    return None


def _schema_of_keys(text: str) -> Mapping[str, Any] | None:
    """Make a schema of the keys that a prompt names: JSON with the keys 'a' and 'b'."""
    for line in sentences(text):
        names = _QUOTED.findall(line) if _KEYS.search(line) and _ASKS_FOR_JSON.search(line) else []
        if names:
            properties = {name: {"type": _type_of(name)} for name in names}
            return {"type": "object", "properties": properties, "required": names}
    return None


def _type_of(name: str) -> str:
    """Guess from a key's name whether it holds a number."""
    return "integer" if re.search(r"age|count|number|year|amount|数|年龄", name, re.I) else "string"


def _is_schema(value: Mapping[str, Any]) -> bool:
    inner = value.get("schema")
    if isinstance(inner, dict):
        return _is_schema(inner)
    return isinstance(value.get("properties"), dict) or (
        value.get("type") in ("object", "array") and ("items" in value or "$defs" in value)
    )


def _without_json(text: str) -> str:
    decoder, position = json.JSONDecoder(), 0
    text = _CODE_BLOCK.sub(lambda match: "" if json_values(match[1]) else match[0], text)
    while (start := text.find("{", position)) >= 0:
        try:
            _, stop = decoder.raw_decode(text, start)
        except ValueError:
            position = start + 1
        else:
            text = text[:start] + "\n" + text[stop:]
            position = start
    return text


def _all_text(task: Task) -> str:
    return "\n".join(turn.text for turn in task.inquiry.turns if turn.role in ("system", "user"))

"""Prompts that ask for a form: sub-questions as JSON, a choice by number, keywords.

The form is read from the prompt: an example to follow, a numbered list, a label.
"""

import json
import re
from typing import Any

from .language import end, language_of
from .relevance import Corpus, features
from .task import Said, Task

_BLOCK = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL)
_NUMBERED = re.compile(r"^\s*\((\d+)\)\s*(.+?)(?=^\s*\(\d+\)|\Z)", re.DOTALL | re.MULTILINE)
_KEYWORDS = re.compile(r"'?KEYWORDS:\s*<keywords>'?|up to (\d+) keywords|提取(\d+)?个?关键词", re.I)
_CONDENSE = re.compile(r"standalone question|独立(?:的)?问题", re.IGNORECASE)
_COMPARE = re.compile(
    r"^(?:please\s+)?(?:compare(?: and contrast)?|contrast)\s+|^(?:请)?(?:比较|对比)(?:一下)?\s*",
    re.I,
)


def sub_questions(task: Task) -> Said | None:
    """Break a question up by tools, in the JSON form of the prompt's own example."""
    parsed = [block for block in map(_json, _BLOCK.findall(task.last.text)) if block is not None]
    tools = [block for block in parsed if _is_toolbox(block)]
    examples = [rows for block in parsed if (rows := _rows(block))]
    if not tools or not examples:
        return None
    toolbox: dict[str, str] = tools[-1]
    fields = list(examples[-1][0])
    name_field = next((each for each in fields if "name" in each or "tool" in each), None)
    text_field = next((each for each in fields if each != name_field), None)
    if name_field is None or text_field is None:
        return None
    question = _after_last(r"<\s*user question\s*>|user question\s*:", task.last.text)
    question = question.split("\n\n")[0].split("<")[0].strip()
    items = [
        {text_field: each, name_field: name} for name, each in _split_by_tool(question, toolbox)
    ]
    shape: Any = {"items": items} if isinstance(parsed[-1], dict) or _wrapped(parsed) else items
    text = json.dumps(shape, indent=4, ensure_ascii=False)
    return Said(f"```json\n{text}\n```", "The question is broken up by tools.")


def choose(task: Task) -> Said | None:
    """Choose from a numbered list, and answer in the form that is asked for."""
    context = "\n".join(task.prompt.context)
    choices = [(int(number), text.strip()) for number, text in _NUMBERED.findall(context)]
    if not choices or not re.search(r"choice|number|选项|编号", task.last.text, re.IGNORECASE):
        return None
    ranked = Corpus([text for _, text in choices]).rank(task.question)
    several = re.search(r"no more than (\d+)|最多(\d+)", task.last.text)
    size = int(several[1] or several[2]) if several else 1
    picked = [match for match in ranked if match.score >= 0.25][:size] or ranked[:1]
    numbers = [choices[match.index][0] for match in picked] or [choices[0][0]]
    reason = "It fits the question best."
    if re.search(r"\bJSON\b", task.last.text):
        chosen = [{"choice": number, "reason": reason} for number in numbers]
        return Said(json.dumps(chosen, indent=4), reason)
    return Said(f"ANSWER: {', '.join(map(str, numbers))}\n{reason}", reason)


def keywords(task: Task) -> Said | None:
    """Extract keywords: the most telling words, in the order in which they come."""
    match = _KEYWORDS.search(task.last.text)
    if not match:
        return None
    text = "\n".join(task.prompt.context) or task.question
    size = int(match[1] or match[2] or 10)
    words = dict.fromkeys(re.findall(r"[A-Za-z][\w-]+|[\u4e00-\u9fff]{2,}", text.lower()))
    telling = [word for word in words if any(size == 1.0 for size in features(word).values())]
    return Said(f"KEYWORDS: {', '.join(telling[:size])}", "The telling words are the keywords.")


def condense(task: Task) -> Said | None:
    """Make a follow-up question stand alone, by naming what was asked before."""
    if not _CONDENSE.search(task.last.text):
        return None
    follow_up = _after_last(
        r"follow[ -]?up (?:input|question|message)\s*[:>]|追问\s*[:：]", task.last.text
    )
    follow_up = follow_up.strip("\n ").split("\n")[0].strip()
    if not follow_up:
        return None
    asked = re.findall(
        r"^\s*(?:user|human|用户)\s*[:：]\s*(.+)$", task.last.text, re.IGNORECASE | re.MULTILINE
    )
    leans = re.search(
        r"\b(?:it|its|he|his|she|her|they|their|them|that|this|those|"
        r"what about|how about)\b|[他她它]|那",
        follow_up,
        re.IGNORECASE,
    )
    if asked and leans:
        before = asked[-1].strip().rstrip("?？.。")
        zh = language_of(follow_up) == "zh"
        follow_up += f"（上文：{before}）" if zh else f" (after: {before})"
    return Said(follow_up, "The question is made to stand alone.")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _is_toolbox(block: Any) -> bool:
    """Tell a mapping of names to descriptions."""
    return (
        isinstance(block, dict)
        and bool(block)
        and all(isinstance(value, str) for value in block.values())
    )


def _rows(block: Any) -> list[dict[str, Any]]:
    """Take the rows of an example, whether it is a list or wraps one."""
    if isinstance(block, dict) and len(block) == 1:
        block = next(iter(block.values()))
    if isinstance(block, list) and block and all(isinstance(row, dict) for row in block):
        return block
    return []


def _wrapped(parsed: list[Any]) -> bool:
    return any(isinstance(block, dict) and _rows(block) for block in parsed)


def _after_last(pattern: str, text: str) -> str:
    matches = list(re.finditer(pattern, text, re.IGNORECASE))
    return text[matches[-1].end() :].strip() if matches else ""


def _split_by_tool(question: str, toolbox: dict[str, str]) -> list[tuple[str, str]]:
    """Ask each tool that the question touches, about its own part of it.

    What tells the tools apart are the words that only one of them has; in each
    tool's sub-question, the words of the others are left out.
    """
    own = _own_words(toolbox)
    asked = features(question)
    relevant = [name for name in toolbox if own[name] & asked.keys()] or list(toolbox)
    plain = _COMPARE.sub("", question).strip().rstrip("?？.。")
    compared = plain != question.strip().rstrip("?？.。")
    items = []
    for name in relevant:
        others = set().union(*(own[other] for other in relevant if other != name)) - own[name]
        part = _drop(plain, others)
        if compared:
            zh = language_of(part) == "zh"
            part = f"{part}是什么" if zh else f"What is {_article(part)}{part}"
        mark = "？" if language_of(part) == "zh" else "?"
        items.append((name, end(part) if part.endswith(("?", "？")) else part + mark))
    return items


def _own_words(toolbox: dict[str, str]) -> dict[str, set[str]]:
    words = {
        name: set(features(f"{name.replace('_', ' ')} {description}"))
        for name, description in toolbox.items()
    }
    return {
        name: found - set().union(*(words[other] for other in words if other != name))
        for name, found in words.items()
    }


def _drop(text: str, others: set[str]) -> str:
    """Leave the members of enumerations out that belong to other tools."""
    pattern = r"\s*(?:,\s*and\s+|,\s*|\s+and\s+|\s+vs\.?\s+|\s+or\s+|和|与|、|跟)\s*"
    tokens = re.split(f"({pattern})", text)
    if len(tokens) < 3:
        return text
    return _rebuild(tokens, others)


def _rebuild(tokens: list[str], others: set[str]) -> str:
    result = tokens[0]
    for joint, part in zip(tokens[1::2], tokens[2::2], strict=True):
        left_head, left_word = _last_word(result)
        right_word, right_tail = _first_word(part)
        if others & features(right_word).keys():
            result += right_tail
        elif left_word and others & features(left_word).keys():
            result = left_head + part
        else:
            result += joint + part
    return result


def _last_word(text: str) -> tuple[str, str]:
    match = re.search(r"([A-Za-z][\w'-]*|(?:(?!的)[\u4e00-\u9fff]){1,4})\s*$", text)
    return (text[: match.start()], match[1]) if match else (text, "")


def _first_word(text: str) -> tuple[str, str]:
    match = re.match(r"([A-Za-z][\w'-]*|(?:(?!的)[\u4e00-\u9fff]){1,4})", text)
    return (match[1], text[match.end() :]) if match else ("", text)


def _article(part: str) -> str:
    return "" if re.match(r"(?:the|a|an|[A-Z])\b", part) else "the "

"""Parameters that take one of several names, where only a description says which.

A router's or a hand-over tool has a plain string parameter, and lists in prose what
may stand in it: as a dict, as bullet points, or after `one of`. Such a parameter is an
enum in all but form.
"""

import re
from collections.abc import Mapping
from typing import Any

from . import arithmetic
from .relevance import features, stem

Schema = dict[str, Any]

_PAIR = re.compile(
    r"""['"](?P<quoted>[^\W\d][\w -]{0,40})['"]\s*:\s*(['"])(?P<about>(?:(?!\2).)*)\2"""
    r"""|^[ \t]*[-*•][ \t]+[`'"]?(?P<bullet>[^\W\d][\w-]{0,40})[`'"]?\s*[:：](?P<said>.*)$""",
    re.MULTILINE,
)
_ONE_OF = re.compile(r"\b(?:one of|either)\b\s*[:：]?\s*(?P<names>[^.。;；\n]+)", re.IGNORECASE)
_JOINT = re.compile(r"\s*(?:,|，|、|\bor\b|或)\s*")


def listed(description: str) -> dict[str, str]:
    """Return the names that a description lists, with what it says of each."""
    found = {
        match["quoted"] or match["bullet"]: (match["about"] or match["said"] or "").strip()
        for match in _PAIR.finditer(description)
    }
    if not found and (match := _ONE_OF.search(description)):
        names = [name.strip(" `'\"“”") for name in _JOINT.split(match["names"])]
        found = {name: "" for name in names if re.fullmatch(r"[^\W\d][\w-]{0,40}", name)}
    return found


def meant(question: str, options: Mapping[str, str]) -> str | None:
    """Return the option that a question names or, failing that, the one whose matter it is."""
    text = _plain(question)
    for name in sorted(options, key=len, reverse=True):
        # \b knows no boundaries between Chinese characters and Latin ones.
        if re.search(rf"(?<![a-z0-9]){re.escape(_plain(name))}(?![a-z0-9])", text):
            return name
    asked = {word for word, weight in features(question).items() if weight >= 1.0}
    asked |= {stem(word) for word in arithmetic.operations(question)}
    shared = {name: len(asked & features(about).keys()) for name, about in options.items()}
    best = max(shared, key=lambda name: shared[name], default=None)
    return best if best is not None and shared[best] else None


def narrowed(tool: Mapping[str, Any], question: str) -> Schema | None:
    """Return a tool's schema with the names in it that the question means.

    None, if the tool lists names for a parameter that it needs, and the question means
    none of them.
    """
    schema: Schema = tool.get("parameters") or {}
    properties = dict(schema.get("properties") or {})
    overall = str(tool.get("description") or "")
    for name, each in properties.items():
        if each.get("type") != "string" or "enum" in each:
            continue
        options = listed(str(each.get("description") or ""))
        if not options and features(name.replace("_", " ")).keys() & features(overall).keys():
            options = listed(overall)
        if not options:
            continue
        if chosen := meant(question, options):
            properties[name] = {**each, "const": chosen}
        elif name in schema.get("required", ()):
            return None
    return {**schema, "properties": properties} if properties else schema


def _plain(text: str) -> str:
    return re.sub(r"[_\-\s]+", " ", text.lower())

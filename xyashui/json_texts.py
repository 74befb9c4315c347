"""JSON that a model wrote: as it was asked, or in a code block, or among words. Sans-IO."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from pydantic_core import from_json

from xyashui.surrogates import EscapedHalves, well_formed_json

__all__ = ["broken_off", "candidates", "decoded", "json_in", "json_so_far", "whole_object"]

_MOST_CANDIDATES = 50
_FENCE = "```"
_OPENING = re.compile(r"```[a-zA-Z]*+[^\S\n]*+\n")
_BRACKET = re.compile(r"[{\[]")
_JSON = json.JSONDecoder(strict=False)  # models break lines within strings


def json_in(text: str) -> dict[str, Any]:
    """Return the first JSON object in a text: all of it, in a code block, or among words.

    Lists are passed over, with what is in them: `[1]` mostly cites a source.

    Args:
        text: An answer that is whole. JSON that is not is none, for a value that breaks off may
            say something else than it would have said.

    Raises:
        ValueError: There is none.

    Example:
        >>> json_in('As [1] has it: {"name": "星芸"}.')
        {'name': '星芸'}
    """
    for place in (text.strip(), *islice(_code_blocks(text), _MOST_CANDIDATES)):
        value, _ = decoded(place)
        if isinstance(value, dict):
            return value
    at = 0
    for _ in range(_MOST_CANDIDATES):
        if (bracket := _BRACKET.search(text, at)) is None:
            break
        value, end = decoded(text[bracket.start() :])
        if isinstance(value, dict):
            return value
        at = bracket.start() + (end or 1)
    raise ValueError("there is no JSON object in it")


def whole_object(text: str) -> dict[str, Any]:
    """Return the JSON object that `text` is, with nothing around it.

    Raises:
        ValueError: It is none, with the reason.
    """
    try:
        value = _JSON.decode(text)
    except RecursionError:
        raise ValueError("it nests too deeply to be read") from None
    if not isinstance(value, dict):
        raise ValueError(f"it begins with {text.lstrip()[0]!r}")
    return value


def json_so_far(text: str) -> dict[str, Any] | None:
    """Return the JSON object that begins in a text, as far as it has come; `None` for none.

    Example:
        >>> json_so_far('As [1] has it: {"name": "星芸", "models": ["gp')
        {'name': '星芸', 'models': ['gp']}
    """
    opening = _OPENING.search(text)
    at = opening.end() if opening else 0
    for _ in range(_MOST_CANDIDATES):
        if (bracket := _BRACKET.search(text, at)) is None:
            return None
        rest = text[bracket.start() :]
        value, end = decoded(rest)
        if not end:
            value = _begun(rest)
        if isinstance(value, dict):
            return value
        if not end and (value is not None or rest[0] == "{"):
            return None  # a list that has not ended; or what a whole answer will tell
        at = bracket.start() + (end or 1)
    return None


def _begun(text: str) -> Any:
    try:
        return broken_off(text)
    except ValueError:
        return None


def broken_off(text: str) -> Any:
    """Return what there is of JSON that breaks off; its last text is as long as it came.

    It reads what is there at once, in Pydantic's time: `json_beginnings.Beginning` reads pieces.

    Raises:
        ValueError: It could not become JSON.
    """
    # An older pydantic leaves out the whole of a text that ends within an escape.
    return from_json(EscapedHalves().mend(text), allow_partial="trailing-strings")


def candidates(text: str) -> Iterator[str]:
    """Give the places at which JSON may begin: all of it, a code block, a bracket."""
    yield text.strip()
    yield from islice(_code_blocks(text), _MOST_CANDIDATES)
    for bracket in islice(_BRACKET.finditer(text), _MOST_CANDIDATES):
        yield text[bracket.start() :]


def decoded(text: str) -> tuple[Any, int]:
    """Return the JSON with which `text` begins, and where that ends: at 0 where there is none."""
    try:
        return _JSON.raw_decode(well_formed_json(text))
    except (ValueError, RecursionError):
        return None, 0


def _code_blocks(text: str) -> Iterator[str]:
    """Give the insides of the code blocks that are closed. Passes over the text once."""
    at = 0
    while opening := _OPENING.search(text, at):
        end = text.find(_FENCE, opening.end())
        if end < 0:
            return
        yield text[opening.end() : end].strip()
        at = end + len(_FENCE)

r"""Halves of surrogate pairs -> the characters that they are halves of. Sans-IO.

JSON writes 😀 as `\ud83d\ude00`, and a gateway that cuts text without regard to characters sends
one half in this event and one in the next. Half a pair is no text: nothing can encode it, and
frameworks refuse it. So halves are held back until the other comes, and what stays alone becomes
U+FFFD, as a byte that is no UTF-8 does.

A text that is JSON itself, as a tool call's arguments are, may have them as escapes: those stay
escapes, and a half alone becomes that of U+FFFD, before anybody reads the JSON.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["EscapedHalves", "Halves", "well_formed", "well_formed_json"]

_HALF = re.compile("[\ud800-\udfff]")
_FIRST_HALF = re.compile("[\ud800-\udbff]\\Z")
_ESCAPED_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    r"""\\(?: u[dD][89abAB][0-9a-fA-F]{2} \\u[dD][c-fC-F][0-9a-fA-F]{2}  # a pair
        |  (?P<half> u[dD][89a-fA-F][0-9a-fA-F]{2} )
        |  . )""",
    re.DOTALL | re.VERBOSE,
)
_BEGUN_ESCAPE = re.compile(
    r"""(?<!\\)(?:\\\\)*+  # a backslash that is escaped itself begins nothing
        (?P<begun> \\u[dD][89abAB][0-9a-fA-F]{2} (?:\\(?:u[0-9a-fA-F]{0,3})?)?  # half of a pair
        |  \\(?:u[0-9a-fA-F]{0,3})? )\Z""",
    re.VERBOSE,
)
_TEXTS = ("content", "reasoning_content", "reasoning", "text", "arguments")


def well_formed(value: Any) -> Any:
    r"""Return parsed JSON with pairs put together, and U+FFFD for halves, in every text of it.

    Example:
        >>> well_formed({"a": ["\ud83d\ude00", "\ud83d"]})
        {'a': ['😀', '�']}
    """
    if isinstance(value, str):
        if _HALF.search(value) is None:
            return value
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {well_formed(key): well_formed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [well_formed(one) for one in value]
    return value


def well_formed_json(text: str) -> str:
    r"""Return JSON with `\ufffd` for halves that are escaped and have no other; it stays as long.

    Example:
        >>> print(well_formed_json(r'{"a": "\ud83d\ude00", "b": "\ud83d"}'))
        {"a": "\ud83d\ude00", "b": "\ufffd"}
    """
    if _ESCAPED_HALF.search(text) is None:
        return text
    return _ESCAPE.sub(lambda escape: r"\ufffd" if escape["half"] else escape[0], text)


class EscapedHalves:
    r"""Does what `well_formed_json` does, for JSON that comes in pieces.

    Attributes:
        held: The escape at the end of what has come that is not whole, or waits for its other half.

    Example:
        >>> halves = EscapedHalves()
        >>> halves.mend(r'{"a": "\ud83d'), halves.held
        ('{"a": "', '\\ud83d')
        >>> print(halves.mend(r'\ude00'))
        \ud83d\ude00
    """

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held = ""

    def mend(self, piece: str) -> str:
        """Take a piece; return what is certain by now."""
        text = self.held + piece
        if "\\" not in text:
            return text
        begun = _BEGUN_ESCAPE.search(text)
        end = begun.start("begun") if begun else len(text)
        self.held = text[end:]
        return well_formed_json(text[:end])


class Halves:
    """Puts together what the events of one stream cut in two.

    Attributes:
        held: The first halves that wait for a second, by where they stand.
    """

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held: dict[tuple[str, ...], str] = {}

    def mend(self, payload: Any) -> Any:
        """Return an event without halves; one at the end of a text is held back for the next."""
        choices = payload.get("choices") if isinstance(payload, dict) else None
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict):
                place = str(choice.get("index") or 0)
                self._join(choice, place)
                if isinstance(delta := choice.get("delta"), dict):
                    self._join(delta, place)
                    self._join_calls(delta.get("tool_calls"), place)
        return well_formed(payload)

    def _join_calls(self, calls: Any, place: str) -> None:
        for number, call in enumerate(calls if isinstance(calls, list) else ()):
            if isinstance(call, dict) and isinstance(function := call.get("function"), dict):
                index = call.get("index")
                self._join(function, place, str(number if index is None else index))

    def _join(self, texts: dict[str, Any], *place: str) -> None:
        for name in _TEXTS:
            text = texts.get(name)
            if not isinstance(text, str) or not text:
                continue
            text = self.held.pop((*place, name), "") + text
            if _FIRST_HALF.search(text):
                self.held[*place, name] = text[-1]
                text = text[:-1]
            texts[name] = text

    def rest(self) -> list[dict[str, Any]]:
        """Return the choices that have the halves whose other never came; then there are none."""
        texts = [place for place in self.held if len(place) == 2]
        self.held.clear()
        return [
            {"index": index, "delta": {"content" if name == "text" else name: "\ufffd"}}
            for index, name in texts
        ]

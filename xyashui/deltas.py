"""One parsed choice of a completion, whole or streamed -> a `Chunk`. Sans-IO.

Gateways put the same thing in many ways; here they become one.
"""

from __future__ import annotations

from math import isfinite
from typing import Any
from uuid import uuid4

from pydantic_core import from_json, to_json

from xyashui.answers import Chunk, ToolCallDelta, Usage

__all__ = ["ChoiceReader", "usage_of"]

_NAMED = frozenset(
    {"content", "function_call", "reasoning", "reasoning_content", "role", "tool_calls"}
)


class ChoiceReader:
    """Reads the deltas of one choice, or its one message.

    Attributes:
        finished: Whether the service said that this choice is complete.
    """

    __slots__ = ("_calls", "finished")

    def __init__(self) -> None:
        self.finished = False
        self._calls: _CallReader | None = None

    def read(self, choice: dict[str, Any], raw: dict[str, Any]) -> Chunk | None:
        """Return what `choice` adds, or `None` where it adds nothing.

        Args:
            choice: An entry of `choices`.
            raw: The whole event, kept with the chunk.

        Raises:
            TypeError, AttributeError, ValueError: The choice has another shape than any known.
        """
        delta = choice.get("delta")
        if not delta and (delta := choice.get("message")):
            self.finished = True  # a message is whole by the JSON around it
        reason = choice.get("finish_reason") or None
        if reason is not None:
            reason = str(reason)
            self.finished = True
        if not delta:
            text = choice.get("text") or ""  # text completion
            return Chunk(text, "", (), reason, raw=raw) if text or reason else None
        text = delta.get("content") or ""
        reasoning = delta.get("reasoning_content") or delta.get("reasoning") or ""
        if type(text) is str and type(reasoning) is str and delta.keys() <= {"content", "role"}:
            return Chunk(text, "", (), reason, raw=raw) if text or reason else None
        return self._read_rest(delta, text, reasoning, reason, raw)

    def _read_rest(
        self, delta: dict[str, Any], text: Any, reasoning: Any, reason: str | None, raw: Any
    ) -> Chunk | None:
        extra = {
            key: value
            for key, value in delta.items()
            if key not in _NAMED and value not in (None, "", [], {})
        }
        text, parts = _text_of(text)
        if parts:
            extra["content_parts"] = parts
        reasoning, parts = _text_of(reasoning)
        if parts:
            extra["reasoning_parts"] = parts
        calls = self._read_calls(delta)
        if not (text or reasoning or calls or reason or extra):
            return None
        return Chunk(text, reasoning, calls, reason, extra=extra or None, raw=raw)

    def _read_calls(self, delta: dict[str, Any]) -> tuple[ToolCallDelta, ...]:
        entries = delta.get("tool_calls")
        if not entries:
            legacy = delta.get("function_call")
            if not legacy:
                return ()
            entries = [{"index": 0, "function": legacy}]
        if isinstance(entries, dict):
            entries = [entries]
        if self._calls is None:
            self._calls = _CallReader()
        return tuple(self._calls.read(entry) for entry in entries if entry)


def _text_of(content: Any) -> tuple[str, list[Any]]:
    """Return the text of `content`, and whatever else is in it.

    Content is text, or a list of parts of which some are text.
    """
    if isinstance(content, str):
        return content, []
    parts = content if isinstance(content, list) else [content]
    texts: list[str] = []
    others: list[Any] = []
    for part in parts:
        text = part if isinstance(part, str) else isinstance(part, dict) and part.get("text")
        if isinstance(text, str):
            texts.append(text)
        else:
            others.append(part)
    return "".join(texts), others


class _Call:
    """A tool call as far as it has come."""

    __slots__ = ("arguments", "id", "index", "name")

    def __init__(self, index: int, id_: str | None) -> None:
        self.index = index
        self.id = id_
        self.name = ""
        self.arguments = ""

    def is_whole(self) -> bool:
        try:
            return isinstance(from_json(self.arguments), dict)
        except ValueError:
            return False


class _CallReader:
    """Sorts the pieces of tool calls into calls.

    Which call a piece belongs to is told by `index`, by `id`, by `name`, or by none of them but
    the order; gateways repeat the name in every piece, send `id` once or never, number every call
    0, or send calls whole.
    """

    __slots__ = ("_by_index", "_calls")

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._by_index: dict[Any, _Call] = {}

    def read(self, entry: dict[str, Any]) -> ToolCallDelta:
        function = entry.get("function") or {}
        name = function.get("name") or ""
        arguments = function.get("arguments") or ""
        if not isinstance(arguments, str):
            arguments = to_json(arguments).decode()
        id_ = entry.get("id") or None
        call = self._find(entry.get("index"), id_, name, arguments)
        new = call is None
        if call is None:
            # Frameworks match results to calls by id, so that a call must have one.
            call = _Call(len(self._calls), id_ or f"call_{uuid4().hex[:24]}")
            self._calls.append(call)
        if (index := entry.get("index")) is not None:
            self._by_index[index] = call
        shown = self._new_part_of_name(call, name)
        call.name += shown
        call.arguments += arguments
        return ToolCallDelta(call.index, call.id if new else None, shown or None, arguments)

    def _find(self, index: Any, id_: str | None, name: str, arguments: str) -> _Call | None:
        if index is not None:
            call = self._by_index.get(index)
            renumbered = call is not None and id_ is not None and id_ != call.id
            if not renumbered:
                return call
        if id_ is not None:
            return next((call for call in self._calls if call.id == id_), None)
        if not self._calls:
            return None
        last = self._calls[-1]
        if not name or (name == last.name and not (arguments and last.is_whole())):
            return last
        return None

    @staticmethod
    def _new_part_of_name(call: _Call, name: str) -> str:
        if not name or name == call.name or call.arguments:
            return ""  # repeated, as some gateways do in every piece
        return name


def usage_of(usage: Any) -> Usage | None:
    """Return the token counts of a completion's `usage`; `None` where it holds none."""
    if not isinstance(usage, dict) or not usage:
        return None
    prompt = _count(usage, "prompt_tokens", "input_tokens")
    completion = _count(usage, "completion_tokens", "output_tokens")
    prompt_details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
    details = usage.get("completion_tokens_details") or usage.get("output_tokens_details") or {}
    return Usage(
        input_tokens=prompt,
        output_tokens=completion,
        total_tokens=_count(usage, "total_tokens") or prompt + completion,
        cached_tokens=_detail(prompt_details, "cached_tokens"),
        reasoning_tokens=_detail(details, "reasoning_tokens"),
        raw=usage,
    )


def _count(usage: dict[str, Any], *names: str) -> int:
    for name in names:
        value = usage.get(name)
        if isinstance(value, int | float) and isfinite(value):
            return int(value)
    return 0


def _detail(details: Any, name: str) -> int | None:
    value = details.get(name) if isinstance(details, dict) else None
    return value if isinstance(value, int) else None

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

# Of OpenRouter, vLLM, GLM and DeepSeek: the model was stopped, and has not ended its answer [gw].
_NO_END = frozenset({"error", "abort", "network_error", "insufficient_system_resource"})
_LONGEST_NAME = 1000  # OpenAI allows 64 characters
_NAMED = frozenset(
    {"content", "function_call", "reasoning", "reasoning_content", "role", "tool_calls"}
)


class ChoiceReader:
    """Reads the deltas of one choice, or its one message.

    Attributes:
        finished: Whether the service gave a reason why this choice ended.
        went_on: Whether more came behind that.
        gave_up: The reason, where it is none to end an answer; else "".
        is_message: Whether it came as a message and not as deltas.
        repeats: Whether what was read last is a message that came behind deltas, as some services
            end a stream (MiniMax) [gw]: it says again what they said.
        source: The event that had the message, or the document that had the last of it.
    """

    __slots__ = (
        "_calls", "_streamed", "finished", "gave_up", "is_message", "repeats", "source", "went_on",
    )  # fmt: skip

    def __init__(self) -> None:
        self.finished = self.is_message = self.repeats = self._streamed = self.went_on = False
        self.gave_up = ""
        self.source: dict[str, Any] | None = None
        self._calls: _CallReader | None = None

    def read(self, choice: dict[str, Any], raw: dict[str, Any]) -> Chunk | None:
        """Return what `choice` adds, or `None` where it adds nothing.

        Args:
            choice: An entry of `choices`.
            raw: The whole event, kept with the chunk.

        Raises:
            TypeError, AttributeError, ValueError, OverflowError: The choice has another shape than
                any known.
        """
        delta = choice.get("delta")
        if delta:
            self._streamed = True
        elif (message := choice.get("message")) is not None:
            self.repeats = self._streamed and not self.is_message
            self.is_message = True
            self.source = raw
            delta = message
        reason = choice.get("finish_reason") or None
        if reason is not None:
            reason = None if reason == "null" else str(reason)  # so DashScope writes "not yet"
            self.finished = self.finished or reason is not None
            if reason in _NO_END:
                self.gave_up = reason
        if not delta:
            text = choice.get("text")  # text completion
            delta = {"content": text} if text else {}
        text = delta.get("content")
        if text is None:
            text = ""
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
        calls = () if self.repeats and self._calls is not None else self._read_calls(delta)
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

    Content is text, or a list of parts of which some are text. A gateway that guesses types makes
    a number of an answer that is "42".
    """
    if isinstance(content, str):
        return content, []
    parts = content if isinstance(content, list) else [content]
    texts: list[str] = []
    others: list[Any] = []
    for part in parts:
        text = part.get("text") if isinstance(part, dict) else part
        if isinstance(text, str):
            texts.append(text)
        elif isinstance(text, int | float) and not isinstance(text, bool):
            texts.append(str(text))
        elif part is not None:
            others.append(part)
    return "".join(texts), others


class _Call:
    """A tool call as far as it has come."""

    __slots__ = ("arguments", "has_id", "id", "index", "name")

    def __init__(self, index: int, id_: str | None) -> None:
        self.index = index
        # Frameworks match results to calls by id, so that a call must have one.
        self.id = id_ or f"call_{uuid4().hex[:24]}"
        self.has_id = id_ is not None
        self.name = ""
        self.arguments: list[str] = []

    def is_whole(self) -> bool:
        # What does not end in a brace need not be parsed to see that it is not.
        if not self.arguments or not self.arguments[-1].rstrip().endswith("}"):
            return False
        try:
            return isinstance(from_json("".join(self.arguments)), dict)
        except ValueError:
            return False

    def goes_on(self, id_: str | None, name: str, arguments: str) -> bool:
        """Whether a piece with the same place as this call is a piece of it."""
        if id_ is not None and self.has_id:
            return id_ == self.id
        if not name or (name == self.name and not arguments.strip()):
            return True
        # Another name, or the same and new arguments: a new call, once this one can be no longer.
        return not self.is_whole() and (name == self.name or not self.arguments)


class _CallReader:
    """Sorts the pieces of tool calls into calls.

    Which call a piece belongs to is told by `index`, by `id`, by `name`, or by none of them but
    the order; gateways repeat the name in every piece, send `id` once or never, number every call
    0, or send calls whole.
    """

    __slots__ = ("_by_id", "_by_index", "_count", "_last")

    def __init__(self) -> None:
        self._by_index: dict[Any, _Call] = {}
        self._by_id: dict[str, _Call] = {}
        self._last: _Call | None = None
        self._count = 0

    def read(self, entry: dict[str, Any]) -> ToolCallDelta:
        function = entry.get("function") or {}
        name = _string(function.get("name"))
        arguments = function.get("arguments") or ""
        if not isinstance(arguments, str):
            arguments = to_json(arguments).decode()
        index = entry.get("index")
        id_ = _string(entry.get("id")) or None
        call = self._find(index, id_, name, arguments)
        new = call is None
        if call is None:
            call = self._last = _Call(self._count, id_)
            self._by_id[call.id] = call
            self._count += 1
        if index is not None:
            self._by_index[index] = call
        # Once there are arguments the name is whole; before that, it may itself come in pieces.
        shown = "" if name == call.name or call.arguments else name
        call.name += shown
        if len(call.name) > _LONGEST_NAME:
            raise ValueError("a name without end")
        if arguments:
            call.arguments.append(arguments)
        return ToolCallDelta(call.index, call.id if new else None, shown or None, arguments)

    def _find(self, index: Any, id_: str | None, name: str, arguments: str) -> _Call | None:
        if index is not None:
            call = self._by_index.get(index)
            if call is None or call.goes_on(id_, name, arguments):
                return call
        if id_ is not None and (call := self._by_id.get(id_)) is not None:
            return call
        last = self._last
        # Without an index, another name is another call, be its arguments whole or none.
        if index is None and last is not None and name in ("", last.name):
            return last if last.goes_on(id_, name, arguments) else None
        return None


def _string(value: Any) -> str:
    """Return a name or an id; a gateway may make a number of it."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, int):
        return str(value)
    raise TypeError(f"{type(value).__name__} is neither a name nor an id")


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
        if (number := _detail(usage, name)) is not None:
            return number
    return 0


def _detail(details: Any, name: str) -> int | None:
    value = details.get(name) if isinstance(details, dict) else None
    if isinstance(value, float):
        return int(value) if isfinite(value) else None
    return value if isinstance(value, int) else None

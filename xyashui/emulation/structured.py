"""JSON output by prompt, for a service that documents no `response_format`. Sans-IO.

The schema goes into the system message; the answer is held back until it is whole, taken out of
whatever stands around it, and checked. An answer that is no such JSON is shown to the model once,
with the reason.
"""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import Any

from xyashui.answers import Chunk
from xyashui.emulation.schemas import violation
from xyashui.emulation.tools import with_system_text
from xyashui.errors import ConfigurationError, ProtocolError
from xyashui.json_texts import candidates, decoded
from xyashui.requests import ChatRequest, shorten
from xyashui.types import as_json

__all__ = ["JSONStage", "json_schema", "prompted"]

_LONGEST = 4_000_000  # characters; models write a tenth of that at the most


def json_schema(response_format: Any) -> dict[str, Any] | None:
    """Return the schema that `response_format` asks for; `None` for plain text.

    Args:
        response_format: `{"type": "json_schema", "json_schema": {"schema": ...}}`,
            `{"type": "json_object"}` (any object) or `{"type": "text"}`.
    """
    kind = response_format.get("type") if isinstance(response_format, dict) else None
    if kind == "text":
        return None
    if kind == "json_object":
        return {"type": "object"}
    if kind == "json_schema":
        holder = response_format.get("json_schema")
        if isinstance(holder, dict) and isinstance(schema := holder.get("schema"), dict):
            return schema
    raise ConfigurationError(
        'response_format must be {"type": "json_schema", "json_schema": {"name": ..., "schema": '
        f'...}}}}, {{"type": "json_object"}} or {{"type": "text"}}: {shorten(response_format)}'
    )


def prompted(request: ChatRequest) -> ChatRequest:
    """Return `request` with its `response_format` as text."""
    schema = json_schema(request.response_format)
    request = replace(request, response_format=None)
    if schema is None:
        return request
    text = (
        "# Output\n\nAnswer with one JSON value and nothing else: no explanation, no Markdown. It "
        f"must fit this JSON schema:\n<schema>\n{as_json(schema)}\n</schema>"
    )
    return replace(request, messages=with_system_text(request.messages, text))


class JSONStage:
    """Holds the answer back until it is whole, and hands on the JSON in it.

    An answer that does not fit is kept back. A turn with tool calls is no answer yet, and passes.

    Args:
        schema: What the answer must fit.

    Attributes:
        done: Always false: the model says itself when it is done.
        fault: What is wrong with the answer, once it is whole; `None` where it fits.
        rejected: The answer, where something is.
        finish: Why the model stopped, once that is known.
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        self.done = False
        self.fault: str | None = None
        self.rejected = ""
        self.finish: str | None = None
        self._schema = schema
        self._text = StringIO()
        self._called = False

    @property
    def held(self) -> str:
        """The text that is held back now: all that has come."""
        return self._text.getvalue()

    def feed(self, chunk: Chunk) -> list[Chunk]:
        """Take a chunk; return what is no text.

        Raises:
            ProtocolError: The answer has no end.
        """
        self._text.write(chunk.text)
        if self._text.tell() > _LONGEST:
            raise ProtocolError(f"The model wrote more than {_LONGEST} characters in place of JSON")
        self.finish = chunk.finish_reason or self.finish
        self._called = self._called or bool(chunk.tool_calls)
        chunk.text, chunk.finish_reason = "", None
        return [chunk] if chunk.reasoning or chunk.tool_calls or chunk.extra else []

    def close(self) -> list[Chunk]:
        """Return the JSON, now that nothing more comes."""
        text = self._text.getvalue()
        if not self._called:
            found = _find_json(text, self._schema)
            if isinstance(found, str):
                self.fault, self.rejected = found, text
                return []
            text = found[0]
        return [Chunk(text, finish_reason=self.finish)]


def _find_json(text: str, schema: dict[str, Any]) -> tuple[str] | str:
    """Return the first JSON value in `text` that fits, boxed; or what is wrong with the answer."""
    fault = ""
    for candidate in candidates(text):
        value, end = decoded(candidate)
        if end == 0:
            continue
        try:
            broken = violation(value, schema)
            if broken is None:
                return (as_json(value),)
        except (ValueError, RecursionError):
            continue
        fault = fault or broken
    return fault or "it is no JSON"

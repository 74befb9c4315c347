"""Tool calls by prompt: what comes back, read as it streams. Sans-IO.

Text before a call goes through at once; of the markup nothing does. A call ends where its JSON
ends, not at the first closing tag, which may stand inside a string. A call that cannot be made
(no JSON, an unknown tool, arguments that break the schema) comes out with the reason, so that an
agent can say so to the model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from io import StringIO
from typing import Any
from uuid import uuid4

from xyashui.answers import Chunk, ToolCallDelta
from xyashui.emulation.schemas import violation
from xyashui.requests import nearest
from xyashui.types import as_json

__all__ = ["ToolCallStage"]

_OPEN = "<tool_call>"
_CLOSE = "</tool_call>"
_FENCE = re.compile(r"^\s*```[a-z]*\s*|\s*```\s*$")
_STRAY = frozenset("}],;` \t\r\n")


class ToolCallStage:
    """Turns `<tool_call>` blocks into tool calls.

    Args:
        schemas: The schema of each tool's arguments, by name.
        quiet: Whether to drop the text around calls: for a turn that must be a call.

    Attributes:
        done: Always false: the model says itself when it is done.
    """

    def __init__(self, schemas: Mapping[str, dict[str, Any]], *, quiet: bool = False) -> None:
        self.done = False
        self._dropped = StringIO()
        self._schemas = schemas
        self._quiet = quiet
        self._reader = _BlockReader()
        self._count = 0

    def feed(self, chunk: Chunk) -> list[Chunk]:
        """Take a chunk; return the text and the calls that are certain by now."""
        last = chunk.finish_reason is not None
        self._read(chunk, last=last)
        if self._count and chunk.finish_reason == "stop":
            chunk.finish_reason = "tool_calls"
        something = chunk.text or chunk.reasoning or chunk.tool_calls or last or chunk.extra
        return [chunk] if something else []

    def close(self) -> list[Chunk]:
        """Return what was held back, now that nothing more comes."""
        chunk = Chunk()
        self._read(chunk, last=True)
        return [chunk] if chunk.text or chunk.tool_calls else []

    @property
    def dropped(self) -> str:
        """The text that was not handed on."""
        return self._dropped.getvalue()

    def _read(self, chunk: Chunk, *, last: bool) -> None:
        chunk.text, blocks = self._reader.feed(chunk.text, last=last)
        if self._quiet:
            self._dropped.write(chunk.text)
            chunk.text = ""
        for block in blocks:
            chunk.tool_calls += tuple(self._calls(block))

    def _calls(self, block: str) -> list[ToolCallDelta]:
        try:
            # Models put line breaks into strings as they are, which strict JSON forbids.
            value = json.loads(_FENCE.sub("", block), strict=False)
        except (ValueError, RecursionError) as error:
            return [self._refused("", block, f"the call is no JSON: {error}")]
        return [self._call(one, block) for one in (value if isinstance(value, list) else [value])]

    def _call(self, value: Any, block: str) -> ToolCallDelta:
        function = value.get("function") if isinstance(value, dict) else None
        call = function if isinstance(function, dict) else value
        if not isinstance(call, dict) or not isinstance(name := call.get("name"), str):
            return self._refused("", block, 'the call has no "name"')
        if name not in self._schemas:
            known = ", ".join(self._schemas)
            reason = f"there is no tool {name!r}.{nearest(name, self._schemas)} Known are: {known}"
            return self._refused(name, block, reason)
        arguments = call.get("arguments", call.get("parameters"))
        if isinstance(arguments, str):
            try:
                arguments = json.loads(arguments or "{}", strict=False)
            except (ValueError, RecursionError) as error:
                return self._refused(name, block, f"the arguments are no JSON: {error}")
        arguments = {} if arguments is None else arguments
        if not isinstance(arguments, dict):
            return self._refused(name, block, "the arguments are no JSON object")
        broken = violation(arguments, self._schemas[name])
        if broken is not None:
            return self._refused(name, block, f"the arguments break the schema: {broken}")
        return self._delta(name, as_json(arguments), None)

    def _refused(self, name: str, block: str, reason: str) -> ToolCallDelta:
        # With its tags the text is no JSON, whatever stands in it: nobody takes it for arguments.
        return self._delta(name, f"{_OPEN}{block}{_CLOSE}", reason)

    def _delta(self, name: str, arguments: str, error: str | None) -> ToolCallDelta:
        index, self._count = self._count, self._count + 1
        return ToolCallDelta(index, f"call_{uuid4().hex[:24]}", name, arguments, error)


class _BlockReader:
    """Text in, text and the insides of `<tool_call>` blocks out.

    A line break right before and after a block belongs to the block.
    """

    def __init__(self) -> None:
        self._state = self._in_text
        self._held = ""
        self._json = _JSONEnd()
        self._text: list[str] = []
        self._blocks: list[str] = []

    def feed(self, text: str, *, last: bool) -> tuple[str, list[str]]:
        """Return the text and the blocks that are certain by now.

        Args:
            text: What is new.
            last: Whether nothing follows it.
        """
        self._held += text
        while self._held and self._state(last):
            pass
        said, self._text = "".join(self._text), []
        blocks, self._blocks = self._blocks, []
        return said, blocks

    # Each state takes what it can off `_held`, and is true where the next may go on.

    def _in_text(self, last: bool) -> bool:
        held = self._held
        start = held.find(_OPEN)
        if start >= 0:
            self._text.append(held[:start].removesuffix("\n"))
            self._held = held[start + len(_OPEN) :]
            self._json = _JSONEnd()
            self._state = self._in_call
            return True
        keep = 0 if last else _possible(held, "\n" + _OPEN, _OPEN)
        self._text.append(held[: len(held) - keep])
        self._held = held[len(held) - keep :]
        return False

    def _in_call(self, last: bool) -> bool:
        end = self._json.find(self._held)
        if end is None and not last:
            return False
        if end is not None:
            self._blocks.append(self._held[:end].strip())
            self._held = self._held[end:]
            self._state = self._after_json
            return True
        # No JSON that ends: the first closing tag ends the block, be it inside a broken string.
        inside, closed, rest = self._held.partition(_CLOSE)
        if closed or self._json.begun:
            self._blocks.append(inside)
        else:
            self._text.append(_OPEN + inside)  # prose that speaks of the tag
        self._held = rest.removeprefix("\n")
        self._state = self._in_text
        return True

    def _after_json(self, last: bool) -> bool:
        held = self._held.lstrip()
        if held.startswith(_CLOSE):
            self._held = held[len(_CLOSE) :]
            self._state = self._after_close
            return True
        if not last and (not held or _possible(held, _CLOSE) == len(held)):
            return False
        if held[:1] in ("{", "["):
            self._json = _JSONEnd()
            self._state = self._in_call  # several calls in one block
        elif held[:1] in _STRAY:
            self._held = held[1:]  # a brace too many
        else:
            self._state = self._in_text  # the closing tag was forgotten
        return True

    def _after_close(self, last: bool) -> bool:
        self._held = self._held.removeprefix("\n")
        self._state = self._in_text
        return True


class _JSONEnd:
    """Finds where a JSON value ends in a text that grows; reads each character once.

    Attributes:
        begun: Whether the text begins as a JSON object or array does.
    """

    def __init__(self) -> None:
        self.begun = False
        self._at = 0
        self._depth = 0
        self._quoted = False
        self._escaped = False

    def find(self, text: str) -> int | None:
        """Return where the value ends in `text`, which begins as it did before."""
        for at in range(self._at, len(text)):
            character = text[at]
            if self._quoted:
                if self._escaped:
                    self._escaped = False
                elif character == "\\":
                    self._escaped = True
                elif character == '"':
                    self._quoted = False
            elif character in "{[":
                self.begun = True
                self._depth += 1
            elif not self.begun:
                if not character.isspace():
                    return self._unlike_json(text)
            elif character == '"':
                self._quoted = True
            elif character in "}]":
                self._depth -= 1
                if self._depth == 0:
                    return at + 1
        self._at = len(text)
        return None

    def _unlike_json(self, text: str) -> int | None:
        """A block that does not begin as JSON ends at its closing tag."""
        end = text.find(_CLOSE, max(0, self._at - len(_CLOSE)))
        return end if end >= 0 else None


def _possible(text: str, *marks: str) -> int:
    """Return the length of the longest end of `text` with which one of `marks` may begin."""
    longest = 0
    for mark in marks:
        for length in range(min(len(mark) - 1, len(text)), longest, -1):
            if text.endswith(mark[:length]):
                longest = length
                break
    return longest

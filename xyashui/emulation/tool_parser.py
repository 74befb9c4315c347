"""Tool calls by prompt: what comes back, read as it streams. Sans-IO.

Text before a call goes through at once; of the markup nothing does. A call ends where its JSON
ends, not at the first closing tag, which may stand inside a string. A call that cannot be made
(no JSON, an unknown tool, arguments that break the schema) comes out with the reason, so that an
agent can say so to the model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
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
_FENCE = re.compile(r"^\s*+```[a-z]*\s*|(?<!\s)\s*+```\s*+$")
_LONGEST_ODD_BLOCK = 2000  # characters of what is no JSON, before the tag is taken for prose
_PIECE = 4096  # characters to read at once: what is held is looked through for every tag in them
_STRAY = frozenset("}],;` \t\r\n")


class ToolCallStage:
    """Turns `<tool_call>` blocks into tool calls.

    Text goes through at once, and so does a call that can be made. Calls that cannot are held back
    to the end: where no other call came, the model may be asked again.

    Args:
        schemas: The schema of each tool's arguments, by name.
        forced: The tool that must be called, "" for any one, `None` for no need. Text around a
            call that must be is dropped.
        single: Whether the first call ends the answer.
        final: Whether the model is asked no more, so that what it wrote must do.

    Attributes:
        done: Whether nothing more of the answer is wanted.
        fault: Why the model is to be asked again, once the answer is whole; `None` where it is not.
        rejected: What the model wrote, where there is a fault.
    """

    def __init__(
        self,
        schemas: Mapping[str, dict[str, Any]],
        *,
        forced: str | None = None,
        single: bool = False,
        final: bool = False,
    ) -> None:
        self.done = False
        self.fault: str | None = None
        self._schemas = schemas
        self._forced = forced
        self._single = single
        self._final = final
        self._reader = _BlockReader()
        self._written = StringIO()
        self._count = 0
        self._refused_calls: list[ToolCallDelta] = []
        self._usable = 0
        self._finish: str | None = None

    @property
    def rejected(self) -> str:
        """What the model wrote."""
        return self._written.getvalue()

    @property
    def held(self) -> str:
        """The text that is held back now: calls that cannot be made, one that has not ended."""
        return "".join(call.arguments for call in self._refused_calls) + self._reader.held

    def feed(self, chunk: Chunk) -> list[Chunk]:
        """Take a chunk; return the text and the calls that are certain by now."""
        self._finish = chunk.finish_reason or self._finish
        chunk.finish_reason = None  # it goes out last, when all that was held back has
        if self.done:
            return []
        self._read(chunk, last=False)
        something = chunk.text or chunk.reasoning or chunk.tool_calls or chunk.extra
        return [chunk] if something else []

    def close(self) -> list[Chunk]:
        """Return what was held back, now that nothing more comes."""
        chunk = Chunk()
        if not self.done:
            self._read(chunk, last=True)
        if not self._usable:
            self.fault = self._judgement()
        if self.fault is None:
            chunk.tool_calls += tuple(self._refused_calls)
            called = self._usable or self._refused_calls
            chunk.finish_reason = "tool_calls" if called else self._finish
        something = chunk.text or chunk.tool_calls or chunk.finish_reason
        return [chunk] if something else []

    def _judgement(self) -> str | None:
        """Say what is wrong with an answer that has no call that can be made."""
        if self._refused_calls and not (self._final and self._forced is None):
            return self._refused_calls[0].error
        if self._forced is not None and not self._refused_calls:
            return "the model called no tool, although tool_choice demands it"
        return None

    def _read(self, chunk: Chunk, *, last: bool) -> None:
        self._written.write(chunk.text)
        said: list[str] = []
        short = len(chunk.text) <= _PIECE
        read = self._reader.feed if short else self._piece_by_piece
        for piece in read(chunk.text, last=last):
            if not isinstance(piece, _Block):
                said.append(piece)
            elif self._take(piece, chunk):
                break  # what stands behind the last call that is wanted is not
        chunk.text = "" if self._forced is not None else "".join(said)

    def _piece_by_piece(self, text: str, *, last: bool) -> Iterator[str]:
        for start in range(0, len(text), _PIECE):
            end = start + _PIECE
            yield from self._reader.feed(text[start:end], last=last and end >= len(text))

    def _take(self, block: str, chunk: Chunk) -> bool:
        """Put the calls in a block to `chunk`; return whether no more is wanted."""
        for call in self._calls(block):
            if call.error is not None:
                self._refused_calls.append(call)
                continue
            self._usable += 1
            chunk.tool_calls += (call,)
            if self._single:
                self.done = True
                break
        return self.done

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
        if self._forced and name != self._forced:
            return self._refused(name, block, f"{self._forced!r} must be called, not {name!r}")
        arguments = call.get("arguments", call.get("parameters"))
        if isinstance(arguments, str):
            try:
                arguments = json.loads(arguments or "{}", strict=False)
            except (ValueError, RecursionError) as error:
                return self._refused(name, block, f"the arguments are no JSON: {error}")
        arguments = {} if arguments is None else arguments
        if not isinstance(arguments, dict):
            return self._refused(name, block, "the arguments are no JSON object")
        try:
            broken = violation(arguments, self._schemas[name])
            text = as_json(arguments)
        except RecursionError:
            return self._refused(name, block, "the arguments are nested too deeply")
        if broken is not None:
            return self._refused(name, block, f"the arguments break the schema: {broken}")
        return self._delta(name, text, None)

    def _refused(self, name: str, block: str, reason: str) -> ToolCallDelta:
        # With its tags the text is no JSON, whatever stands in it: nobody takes it for arguments.
        return self._delta(name, f"{_OPEN}{block}{_CLOSE}", reason)

    def _delta(self, name: str, arguments: str, error: str | None) -> ToolCallDelta:
        index, self._count = self._count, self._count + 1
        return ToolCallDelta(index, f"call_{uuid4().hex[:24]}", name, arguments, error)


class _Block(str):
    """The inside of a `<tool_call>` block."""

    __slots__ = ()


class _BlockReader:
    """Text in; text and the insides of `<tool_call>` blocks out, in order.

    A line break right before and after a block belongs to the block.
    """

    def __init__(self) -> None:
        self._state = self._in_text
        self._held = ""
        self._more: list[str] = []  # what follows it of a call that has not ended yet
        self._json = _JSONEnd()
        self._certain: list[str] = []

    @property
    def held(self) -> str:
        """What is certain to be neither text nor a block yet."""
        tag = _OPEN if self._state == self._in_call else ""
        return "".join((tag, self._held, *self._more))

    def feed(self, text: str, *, last: bool) -> list[str]:
        """Return the text and the blocks (`_Block`) that are certain by now.

        Args:
            text: What is new.
            last: Whether nothing follows it.
        """
        if self._state == self._in_text and not self._held:
            # Nearly all text: nothing in it begins a tag, or belongs to one that follows.
            if "<" not in text and not text.endswith("\n"):
                return [text]
        elif self._state == self._in_call and not last and self._json.goes_on(text):
            self._more.append(text)
            return []
        self._held = "".join((self._held, *self._more, text))
        self._more.clear()
        while self._held and self._state(last):
            pass
        certain, self._certain = self._certain, []
        return certain

    # Each state takes what it can off `_held`, and is true where the next may go on.

    def _in_text(self, last: bool) -> bool:
        held = self._held
        start = held.find(_OPEN)
        if start >= 0:
            self._certain.append(held[:start].removesuffix("\n"))
            self._held = held[start + len(_OPEN) :]
            self._json = _JSONEnd()
            self._state = self._in_call
            return True
        keep = 0 if last else _possible(held, "\n" + _OPEN, _OPEN)
        self._certain.append(held[: len(held) - keep])
        self._held = held[len(held) - keep :]
        return False

    def _in_call(self, last: bool) -> bool:
        end = self._json.find(self._held)
        if self._json.unlike and self._is_prose(last):
            return True
        if end is None and not last:
            return False
        if end is not None:
            self._certain.append(_Block(self._held[:end].strip()))
            self._held = self._held[end:]
            self._state = self._after_json
            return True
        # No JSON that ends: the first closing tag ends the block, be it inside a broken string.
        inside, _, rest = self._held.partition(_CLOSE)
        self._certain.append(_Block(inside))
        self._held = rest.removeprefix("\n")
        self._state = self._in_text
        return True

    def _is_prose(self, last: bool) -> bool:
        """Whether the tag was only spoken of; what it stood before is text then."""
        inside, again, _ = self._held.partition(_OPEN)
        # What closes it later does not: it depends on no cut whether that has come by now.
        closed = inside.find(_CLOSE, 0, _LONGEST_ODD_BLOCK) >= 0
        if closed or not (again or last or len(inside) > _LONGEST_ODD_BLOCK):
            return False
        keep = "" if last else inside[len(inside) - _possible(inside, "\n" + _OPEN, _OPEN) :]
        text = inside[: len(inside) - len(keep)] if not again else inside.removesuffix("\n")
        self._certain.append(_OPEN + text)
        self._held = self._held[len(inside) :] if again else keep
        self._state = self._in_text
        return True

    def _after_json(self, last: bool) -> bool:
        held = self._held.lstrip()
        if len(self._held) - len(held) > _LONGEST_ODD_BLOCK:
            self._state = self._in_text  # nothing of the kind comes any more
            return True
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
        unlike: Whether it begins as neither.
    """

    def __init__(self) -> None:
        self.begun = False
        self.unlike = False
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
                if not character.isspace() or at > _LONGEST_ODD_BLOCK:
                    self.unlike = True
                    return self._unlike_json(text)
            elif character == '"':
                self._quoted = True
            elif character in "}]":
                self._depth -= 1
                if self._depth == 0:
                    return at + 1
        self._at = len(text)
        return None

    def goes_on(self, text: str) -> bool:
        """Whether the value has begun and does not end in `text`, which comes next.

        Then it has been read: `find` will go on behind it.
        """
        if not self.begun or self.unlike:
            return False
        before = self._at, self._depth, self._quoted, self._escaped
        self._at = 0
        if self.find(text) is None:
            self._at += before[0]
            return True
        self._at, self._depth, self._quoted, self._escaped = before
        return False

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

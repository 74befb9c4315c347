"""Tool calls by prompt: what comes back, read as it streams. Sans-IO.

Text before a call goes through at once; of the markup nothing does. A call ends where its JSON
ends, not at the first closing tag, which may stand inside a string. A call that cannot be made
(no JSON, an unknown tool, arguments that break the schema) comes out with the reason, so that an
agent can say so to the model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from io import StringIO
from typing import Any
from uuid import uuid4

from xyashui.answers import Chunk, ToolCallDelta, at_limit
from xyashui.emulation.blocks import CLOSE, OPEN, Block, BlockReader
from xyashui.emulation.schemas import violation
from xyashui.emulation.stop import StopFinder
from xyashui.errors import ProtocolError
from xyashui.requests import nearest, shorten
from xyashui.types import as_json

__all__ = ["ToolCallStage"]

_FENCE = re.compile(r"^\s*+```[a-z]*\s*|(?<!\s)\s*+```\s*+$")
_PIECE = 4096  # characters to read at once: what is held is looked through for every tag in them
# What never ends must end before it fills the machine: parsed, two characters may take a hundred
# bytes. Models write a tenth of this at the most.
_MOST_CHARACTERS = 4_000_000
_MOST_CALLS = 1000


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
        stop: Stop sequences. They end what the model says: a call has none, nor the markup of one,
            which is ours.

    Attributes:
        done: Whether nothing more of the answer is wanted.
        fault: Why the model is to be asked again, once the answer is whole; `None` where it is not.
        rejected: What the model wrote, where there is a fault.
        finish: Why the model stopped, once that is known.
    """

    def __init__(
        self,
        schemas: Mapping[str, dict[str, Any]],
        *,
        forced: str | None = None,
        single: bool = False,
        final: bool = False,
        stop: Sequence[str] = (),
    ) -> None:
        self.done = False
        self.fault: str | None = None
        self._schemas = schemas
        self._forced = forced
        self._single = single
        self._final = final
        self._reader = BlockReader()
        self._stop = StopFinder(stop)
        self._written = StringIO()
        self._count = 0
        self._refused_calls: list[ToolCallDelta] = []
        self._refused_size = 0  # characters in them
        self._dropped = StringIO()  # what is no part of an answer, but of what has arrived
        self._unread = StringIO()  # what is one call too many, and all behind it
        self._too_much = False
        self._hinted = False  # whether the model is told what tools there are
        self._usable = 0
        self._own: dict[int, int] = {}  # the numbers of calls that the service made out itself
        self._own_is_usable = False  # whether one of those is what was wanted
        self.finish: str | None = None

    @property
    def rejected(self) -> str:
        """What the model wrote."""
        return self._written.getvalue()

    @property
    def held(self) -> str:
        """The text that is held back now: calls that cannot be made, one that has not ended."""
        refused = "".join(call.arguments for call in self._refused_calls)
        unread = self._unread.getvalue()
        return self._dropped.getvalue() + refused + self._stop.held + unread + self._reader.held

    def feed(self, chunk: Chunk) -> list[Chunk]:
        """Take a chunk; return the text and the calls that are certain by now.

        Raises:
            ProtocolError: There are more calls, or a longer one, than any model writes.
        """
        if self.done:
            return []
        self.finish = chunk.finish_reason or self.finish
        chunk.finish_reason = None  # it goes out last, when all that was held back has
        self._check(chunk.text)
        if chunk.tool_calls:
            self._read_beside_own(chunk)
        else:
            self._read(chunk, last=False)
        something = chunk.text or chunk.reasoning or chunk.tool_calls or chunk.extra
        return [chunk] if something else []

    def close(self) -> list[Chunk]:
        """Return what was held back, now that nothing more comes.

        Raises:
            ProtocolError: There are more calls than any model writes.
        """
        chunk = Chunk()
        whole = len(self._refused_calls)  # the limit cut none of them
        if not self.done:
            self._read(chunk, last=True)
            self._check()
        if not (self._usable or self._own_is_usable):
            self.fault = self._judgement()
        if self.fault is None:
            limited = at_limit(self.finish)
            cut = [
                replace(call, error=f"{call.error}{limited}")
                for call in self._refused_calls[whole:]
            ]
            chunk.tool_calls += (*self._refused_calls[:whole], *cut)
            called = self._usable or self._refused_calls
            chunk.finish_reason = "tool_calls" if called and not limited else self.finish
        something = chunk.text or chunk.tool_calls or chunk.finish_reason
        return [chunk] if something else []

    def _numbered(self, call: ToolCallDelta) -> ToolCallDelta:
        """Give a call of the service's own, which it numbers by itself, a number among the rest."""
        if call.index not in self._own:
            self._own[call.index] = self._count
            self._count += 1
            wanted = (self._forced,) if self._forced else self._schemas
            self._own_is_usable = self._own_is_usable or call.name in wanted
        return replace(call, index=self._own[call.index])

    def _check(self, text: str = "") -> None:
        """Raise where what has come is more than any model writes; `text` comes behind it."""
        if self._too_much or self._reader.size > _MOST_CHARACTERS:
            self._unread.write(self._reader.held + text)
            self._reader = BlockReader()
            raise ProtocolError(
                f"The model wrote more than {_MOST_CALLS} tool calls, or calls of more than "
                f"{_MOST_CHARACTERS} characters"
            )

    def _judgement(self) -> str | None:
        """Say what is wrong with an answer that has no call that can be made."""
        # The next answer would be cut at the same limit.
        asked_no_more = self._final or at_limit(self.finish)
        if self._refused_calls and not (asked_no_more and self._forced is None):
            return self._refused_calls[0].error
        if self._forced is not None and not self._refused_calls:
            return "the model called no tool, although tool_choice demands it"
        return None

    def _read(self, chunk: Chunk, *, last: bool) -> None:
        text = chunk.text
        self._written.write(text)
        said: list[str] = []
        read = self._reader.feed if len(text) <= _PIECE else self._piece_by_piece
        for piece in read(text, last=last):
            if isinstance(piece, Block):
                said.append(self._stop.rest())
                self.done = self._take(piece, chunk)
            elif self._forced is not None:
                self._dropped.write(piece)
            else:
                said.append(self._stop.feed(piece))
                self.done = self._stop.found
            if self.done:  # what stands behind a stop sequence, or the only call, is not wanted
                self.finish = "stop"  # by what was asked for, however it would have gone on
                self._reader = BlockReader()
                break
        if last:
            said.append(self._stop.rest())
        chunk.text = "".join(said)

    def _read_beside_own(self, chunk: Chunk) -> None:
        own, chunk.tool_calls = chunk.tool_calls, ()
        self._read(chunk, last=False)
        if not self.done:
            chunk.tool_calls += tuple([self._numbered(call) for call in own])

    def _piece_by_piece(self, text: str, *, last: bool) -> Iterator[str]:
        for start in range(0, len(text), _PIECE):
            end = start + _PIECE
            yield from self._reader.feed(text[start:end], last=last and end >= len(text))

    def _take(self, block: str, chunk: Chunk) -> bool:
        """Put the calls in a block to `chunk`; return whether no more is wanted."""
        # With its tags the text is no JSON, whatever stands in it: nobody takes it for arguments.
        written = f"{OPEN}{block}{CLOSE}"
        self._too_much = self._too_much or len(block) > _MOST_CHARACTERS
        for call in () if self._too_much else self._calls(block, written):
            self._too_much = self._count > _MOST_CALLS or self._refused_size > _MOST_CHARACTERS
            if self._too_much:
                break
            if call.error is not None:
                self._refused_calls.append(call)
                self._refused_size += len(written)
            else:
                self._usable += 1
                chunk.tool_calls += (call,)
                if self._single:
                    return True
        if self._too_much:
            self._unread.write(written)
        return False

    def _calls(self, block: str, written: str) -> Iterator[ToolCallDelta]:
        try:
            # Models put line breaks into strings as they are, which strict JSON forbids.
            value = json.loads(_FENCE.sub("", block), strict=False)
        except (ValueError, RecursionError) as error:
            yield self._delta("", written, f"the call is no JSON: {error}")
            return
        for one in value if isinstance(value, list) else [value]:
            yield self._call(one, written)

    def _call(self, value: Any, written: str) -> ToolCallDelta:
        function = value.get("function") if isinstance(value, dict) else None
        call = function if isinstance(function, dict) else value
        if not isinstance(call, dict) or not isinstance(name := call.get("name"), str):
            return self._delta("", written, 'the call has no "name"')
        if name not in self._schemas:
            return self._delta(name, written, f"there is no tool {shorten(name)}{self._hint(name)}")
        if self._forced and name != self._forced:
            return self._delta(name, written, f"{self._forced!r} must be called, not {name!r}")
        arguments = call.get("arguments", call.get("parameters"))
        if isinstance(arguments, str):
            try:
                arguments = json.loads(arguments or "{}", strict=False)
            except (ValueError, RecursionError) as error:
                return self._delta(name, written, f"the arguments are no JSON: {error}")
        arguments = {} if arguments is None else arguments
        if not isinstance(arguments, dict):
            return self._delta(name, written, "the arguments are no JSON object")
        try:
            broken = violation(arguments, self._schemas[name])
            text = as_json(arguments)
        except RecursionError:
            return self._delta(name, written, "the arguments are nested too deeply")
        if broken is not None:
            return self._delta(name, written, f"the arguments break the schema: {broken}")
        return self._delta(name, text, None)

    def _hint(self, name: str) -> str:
        """Say what tools there are: once, for there may be many, and many calls of none of them."""
        if self._hinted:
            return ""
        self._hinted = True
        return f".{nearest(name, self._schemas)} Known are: {', '.join(self._schemas)}"

    def _delta(self, name: str, arguments: str, error: str | None) -> ToolCallDelta:
        index, self._count = self._count, self._count + 1
        return ToolCallDelta(index, f"call_{uuid4().hex[:24]}", name, arguments, error)

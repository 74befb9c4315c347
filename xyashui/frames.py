r"""Events that differ in nothing but their text, read without parsing the rest again. Sans-IO.

The events of a stream are the same JSON over and over, with another piece of text in it. To parse
an event takes three times as long as to see that it begins and ends as the last one did, and a
read brings dozens of them. So one event is parsed and becomes a `Frame`: what stands before the
text, and what stands after it. An event that begins and ends so, with nothing between but the
inside of a JSON string, is that event with this text: JSON has no other way to read it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from pydantic_core import from_json, to_json

__all__ = ["MOST_CREDIT", "Frame", "Frames"]

MOST_CREDIT = 8
"""How often in a row a frame is looked for, in a stream whose events all differ."""

_FIELD = b"data:"
_TEXTS = ("content", "reasoning_content", "reasoning")
_KNOWN = frozenset({*_TEXTS, "role"})
_PROBE = "-"  # any text will do
_VALUE = {
    name: re.compile(rb'"%b"[ \t]*:[ \t]*"((?:[^"\\]|\\.)*)"' % name.encode()) for name in _TEXTS
}


class Frame:
    """What the events of one stream have in common, from `data:` to the empty line.

    Attributes:
        index: The `index` of its one choice, as the service wrote it.
        is_reasoning: Whether its text is reasoning, and not part of the answer.
        sample: The event that it was made of, parsed.
    """

    __slots__ = ("_after", "_before", "_ending", "_skip", "index", "is_reasoning", "sample")

    def __init__(
        self, line: bytes, sample: dict[str, Any], name: str, text: re.Match[bytes]
    ) -> None:
        self._before = line[: text.start(1)]
        self._after = line[text.end(1) :] + b"\n\n"
        self._skip, self._ending = len(self._before), len(self._after)
        self.index = sample["choices"][0].get("index")
        self.is_reasoning = name != "content"
        self.sample = sample

    @classmethod
    def of(cls, line: bytes) -> Frame | None:
        """Return the frame of an event, or `None` where there is more in it than text.

        Args:
            line: The one line of the event, from `data:` on, without a line break.
        """
        if not line.startswith(_FIELD) or b"\n" in line or b"\r" in line:
            return None
        try:
            payload = from_json(line[len(_FIELD) :])
        except ValueError:
            return None
        name = _name_of_text(payload)
        if name is None:
            return None
        *_, found = [None, *_VALUE[name].finditer(line)]
        if found is None:
            return None
        frame = cls(line, payload, name, found)
        # The proof that this is the place: another text there is another text in the payload, and
        # changes nothing besides.
        probed = frame.payload(_PROBE)
        delta, was = probed["choices"][0]["delta"], payload["choices"][0]["delta"]
        if delta.get(name) != _PROBE:
            return None
        delta[name] = was[name]
        return frame if probed == payload else None

    def payload(self, text: str) -> dict[str, Any]:
        """Return the parsed event that has this text."""
        inside = to_json(text)[1:-1]
        payload: dict[str, Any] = from_json(self._before[len(_FIELD) :] + inside + self._after)
        return payload

    def only(self, data: bytes) -> str:
        """Return the text of the one event that `data` is; "" where it is another or several."""
        if not (data.startswith(self._before) and data.endswith(self._after)):
            return ""
        piece = data[self._skip : -self._ending]
        try:
            text: str = from_json(b'"%b"' % piece)
        except ValueError:
            return ""
        return text

    def read(self, data: bytes) -> tuple[Sequence[str], int]:
        """Return the texts of the events that `data` begins with, and where what follows begins.

        Only whole events that fit are read.
        """
        before, after = self._before, self._after
        skip, ending = self._skip, self._ending
        pieces: list[bytes] = []
        at, odd = 0, False
        while data.startswith(before, at):
            start = at + skip
            end = data.find(b'"', start)
            if not data.startswith(after, end):
                end = data.find(after, start)  # the quotation mark is part of the text
                odd = True
            if end < 0:
                break
            pieces.append(data[start:end])
            at = end + ending
        joined = b'","'.join(pieces)
        if not pieces:
            return (), 0
        if not odd and b"\\" not in joined:
            # None has a quotation mark in it, so that there are as many strings as pieces.
            try:
                return from_json(b'["%b"]' % joined), at
            except ValueError:
                pass
        return self._one_by_one(pieces)

    def _one_by_one(self, pieces: list[bytes]) -> tuple[Sequence[str], int]:
        texts: list[str] = []
        at = 0
        for piece in pieces:
            try:
                texts.append(from_json(b'"%b"' % piece))
            except ValueError:
                break  # no inside of a string: whoever parses the event will say what it is
            at += self._skip + len(piece) + self._ending
        return texts, at


class Frames:
    """The frame that the events of a stream have now, looked for as long as that may pay.

    Attributes:
        frame: The frame of the last event for which one was looked for and found.
        credit: How often one may be looked for before it must have been of use.
    """

    __slots__ = ("credit", "frame")

    def __init__(self) -> None:
        self.frame: Frame | None = None
        self.credit = MOST_CREDIT

    def learn(self, data: bytes, knows: Callable[[Any], bool]) -> Frame | None:
        """Look at the last whole event in `data`, which has been read; return its frame.

        Args:
            data: Bytes of the stream.
            knows: Whether events of a choice with this `index` have come.
        """
        end = data.rfind(b"\n\n")
        if end < 0:
            return None
        start = data.rfind(b"\n\n", 0, end)
        self.credit -= 1
        frame = Frame.of(data[start + 2 if start >= 0 else 0 : end])
        if frame is None or not knows(frame.index):
            return None
        self.frame = frame
        return frame


def _name_of_text(payload: Any) -> str | None:
    """Return where the text of a parsed event is, or `None` where there is more in it than that."""
    if type(payload) is not dict or payload.get("usage") or "error" in payload:
        return None
    choices = payload.get("choices")
    choice = choices[0] if type(choices) is list and len(choices) == 1 else None
    if type(choice) is not dict or choice.get("finish_reason"):
        return None
    delta = choice.get("delta")
    if type(delta) is not dict or not delta.keys() <= _KNOWN:
        return None
    names = [name for name in _TEXTS if delta.get(name)]
    return names[0] if len(names) == 1 and type(delta[names[0]]) is str else None

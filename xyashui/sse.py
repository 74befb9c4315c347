"""Bytes -> server-sent events. Sans-IO.

The event stream is the WHATWG's (https://html.spec.whatwg.org/multipage/server-sent-events.html):
lines end in LF, CR or CRLF, an empty line ends an event, `data` lines are joined by LF, comments
and unknown fields are passed over. One thing is done besides: 阿水's page shows an event's JSON
spread over lines that have no `data:` before them, so a line that can be nothing but a piece of
JSON goes on with the event that is open.
"""

from __future__ import annotations

from typing import NamedTuple

from xyashui.errors import ProtocolError

__all__ = ["MAX_EVENT_BYTES", "Event", "SSEDecoder", "begins_a_stream"]

MAX_EVENT_BYTES = 64 * 1024 * 1024
"""The longest event that is read, unless told otherwise: 64 MiB."""

_SHORT_LINE = 4096
_BOM = b"\xef\xbb\xbf"
_JSON_WORDS = (b"true", b"false", b"null")


class Event(NamedTuple):
    """One event: its data, undecoded, and its type ("message" unless the stream says)."""

    data: bytes
    type: str = "message"


class SSEDecoder:
    r"""Feed it bytes as they come, cut anywhere; it gives the events that are complete.

    Example:
        >>> decoder = SSEDecoder()
        >>> decoder.feed(b"data: one\n\nda"), decoder.feed(b"ta:two\n\n")
        ([Event(data=b'one', type='message')], [Event(data=b'two', type='message')])
    """

    __slots__ = (
        "_after_cr", "_data", "_foreign", "_limit", "_line", "_size", "_start", "_too_long",
        "_type",
    )  # fmt: skip

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._limit = max_event_bytes
        self._line = bytearray()  # the line that has not ended yet
        self._data: bytearray | None = None  # of the event that is open
        self._size = 0  # of both, in bytes
        self._too_long = False
        self._type = ""
        self._start = True  # nothing read yet, so that a BOM may come
        self._after_cr = False  # the last byte was CR: an LF that follows belongs to it
        self._foreign = False  # the open event has lines of bare JSON in it

    def feed(self, data: bytes) -> list[Event]:
        """Take more bytes and return the events that they complete.

        An event that is too long is no reason to lose those before it: they are returned, and what
        is called next raises.

        Raises:
            ProtocolError: An event is longer than `max_event_bytes`.
        """
        self.check()
        events: list[Event] = []
        if self._start and not self._line and data and data[0] != _BOM[0]:
            self._start = False
        # The usual case, in which a read brings events of one line each.
        begun = self.take_begun()
        if begun:
            data = begun + data
        if begun is not None and b"\r" not in data:
            *blocks, rest = data.split(b"\n\n")
            for block in blocks:
                if block[:5] == b"data:" and b"\n" not in block and len(block) <= self._limit:
                    value = block[6:] if block[5:6] == b" " else block[5:]
                    if value:
                        events.append(Event(value))
                else:
                    self._lines(block + b"\n\n", events)
                    if self._too_long:
                        break
            else:
                self._lines(rest, events)
        else:
            self._lines(data, events)
        if not events:
            self.check()
        return events

    def take_begun(self) -> bytes | None:
        """Take back the line that has not ended yet, where nothing else is open.

        `None` where something is, or the line is long: not every byte of a line that trickles in
        shall have the whole of it copied.
        """
        if self._data is not None or self._type or self._start or self._after_cr:
            return None
        if len(self._line) > _SHORT_LINE:
            return None
        if not self._line:
            return b""
        line = bytes(self._line)
        self._line.clear()
        self._size = 0
        return line

    def check(self) -> None:
        """Raise `ProtocolError` where an event is longer than `max_event_bytes`."""
        if self._too_long:
            raise ProtocolError(
                f"An event of the stream is longer than {self._limit} bytes, "
                "which is more than any answer should need (max_event_bytes sets the limit)"
            )

    def close(self) -> list[Event]:
        """Return what the end of the stream left open; only the last event may be cut short.

        A browser drops it; here a stream may be complete without its last empty line, so the
        caller looks whether the event is whole. There are two where bare JSON lies before it.

        Raises:
            ProtocolError: An event is longer than `max_event_bytes`.
        """
        self.check()
        events: list[Event] = []
        if self._line:
            self._take(bytes(self._line), events)
            self._line.clear()
        if not self._too_long:
            self._dispatch(events)
        elif not events:
            self.check()
        return events

    def _lines(self, data: bytes, events: list[Event]) -> None:
        if not data:
            return
        if self._after_cr and data[:1] == b"\n":
            data = data[1:]
        self._after_cr = data[-1:] == b"\r"
        for line in data.splitlines(keepends=True):
            # Every line counts, whatever is in it and wherever the bytes are cut.
            ended = line[-1:] in (b"\n", b"\r")
            self._grow(len(line.rstrip(b"\r\n")) if ended else len(line))
            if self._too_long:
                return
            self._line += line
            if ended:
                whole = bytes(self._line).rstrip(b"\r\n")
                self._line.clear()
                self._size -= len(whole)
                self._take(whole, events)

    def _take(self, line: bytes, events: list[Event]) -> None:
        if self._start:
            self._start = False
            line = line.removeprefix(_BOM)
        if not line:
            self._dispatch(events)
            return
        name, _, value = line.partition(b":")
        if name == b"data":
            if self._foreign:
                # Bare JSON has no empty line after it either: the next field ends the event.
                self._dispatch(events)
            self._add(value.removeprefix(b" "))
        elif name == b"event":
            self._type = value.removeprefix(b" ").decode("utf-8", "replace")
        elif self._data is not None and name and _is_bare_json(line):
            self._foreign = True
            self._add(line)

    def _add(self, data: bytes) -> None:
        if self._data is None:
            self._data = bytearray(data)
        else:
            self._data += b"\n"
            self._data += data
        self._grow(len(data) + 1)

    def _grow(self, size: int) -> None:
        self._size += size
        self._too_long = self._too_long or self._size > self._limit

    def _dispatch(self, events: list[Event]) -> None:
        if self._data:
            events.append(Event(bytes(self._data), self._type or "message"))
        self._data = None
        self._size = len(self._line)
        self._type = ""
        self._foreign = False


def _is_bare_json(line: bytes) -> bool:
    """Whether a line can be a piece of JSON and no field: a field's name begins with a letter."""
    text = line.strip()
    return text != b"" and (not text[:1].isalpha() or text.rstrip(b",") in _JSON_WORDS)


def begins_a_stream(head: bytes) -> bool:
    """Whether what begins with `head` can be a stream of events."""
    fields = (b":", b"data", b"event", b"id", b"retry")
    return any(head.startswith(field) or field.startswith(head) for field in fields)

"""HTTP's chunks that come in one read, made one. Sans-IO.

A service that streams puts every event into an HTTP chunk of its own, and both h11 with httpcore
and aiohttp take longer over each of them than all takes that is made of it afterwards. So the
chunks that are whole in a read are handed to them as one: the same body in another cut, which HTTP
leaves to whoever passes a message on (RFC 9112, section 7.1). What is not whole, or not plainly a
chunk, passes as it came, so that what is wrong with it is found by them and not here.
"""

from __future__ import annotations

import re

from xyashui.errors import ProtocolError

__all__ = ["ChunkJoiner"]

_LONGEST_HEAD = 16 * 1024  # bytes; of a longer one nothing is looked for but its end
_MOST_BEFORE = 256 * 1024  # bytes, before a body begins
_BLANK_LINE = re.compile(rb"\n\r?\n")
_INTERIM = re.compile(rb"HTTP/\d\.\d 1")
_HAS_BODY = re.compile(rb"HTTP/1\.1 2(?!04)")
_FRAMING = re.compile(rb"\n(?:transfer-encoding|content-length|[ \t])[^\n]*", re.IGNORECASE)
_CHUNKED = b"\ntransfer-encoding: chunked\r"
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")
_MOST_SIZES = 256


class ChunkJoiner:
    r"""Sees all that a connection reads, and joins chunks where a response has them.

    Attributes:
        joins: Whether what comes is known to be plain chunks of a body.

    Example:
        >>> joiner = ChunkJoiner()
        >>> joiner.begin()
        >>> head = joiner.take(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        >>> joiner.take(b"2\r\nab\r\n3\r\ncde\r\n4\r\nf")
        b'5\r\nabcde\r\n4\r\nf'
    """

    __slots__ = ("_before", "_head", "_line", "_sizes", "_verbatim", "joins")

    def __init__(self) -> None:
        self._before = 0  # bytes that have come before the body
        self._head: bytes | None = None  # of the response, as far as it has come
        self.joins = False
        self._verbatim = 0  # bytes that pass as they are, before the next chunk begins
        self._line = b""  # how the size of a chunk begins; it has been passed on
        self._sizes: dict[bytes, int] = {}

    def begin(self) -> None:
        """Expect a response: a request is being sent."""
        self._head, self.joins = b"", False
        self._before = 0

    def take(self, data: bytes) -> bytes:
        """Return what to hand on of what was read, which is never nothing.

        Raises:
            ProtocolError: There is no end to what comes before a body. A service may say again and
                again that its response is coming, which is no silence.
        """
        if self._head is not None:
            self._read_head(data, self._head)
        elif self._line:
            self._read_line(data)
        if not self.joins:
            return data
        start = self._verbatim
        if not _may_end(data, start):
            self.joins = False  # who parses it may bear with that, and go on elsewhere
            return data
        if start >= len(data):
            self._verbatim -= len(data)
            return data
        self._verbatim = 0
        pieces, end = self._scan(data, start)
        if len(pieces) < 2:
            return data
        joined = b"".join(pieces)
        return b"%b%x\r\n%b\r\n%b" % (data[:start], len(joined), joined, data[end:])

    def _read_head(self, data: bytes, before: bytes) -> None:
        """Look where the head ends, and whether there are chunks behind it."""
        head = before + data
        start, looked_at = 0, max(len(before) - 3, 0)
        while (blank := _BLANK_LINE.search(head, looked_at)) is not None:
            # Before the response there may be word that it is coming: 100, 103.
            if not _INTERIM.match(head, start):
                self._head = None
                self.joins = _is_chunked(head[start : blank.end()])
                self._verbatim, self._line = blank.end() - len(before), b""
                return
            start = looked_at = blank.end()
        self._before += len(data)
        if self._before > _MOST_BEFORE:
            raise ProtocolError(f"No answer began within {_MOST_BEFORE} bytes")
        head = head[start:]
        if len(head) >= _LONGEST_HEAD:
            head = (b"HTTP/1.1 1" if _INTERIM.match(head) else b"-") + head[-3:]
        self._head = head

    def _read_line(self, data: bytes) -> None:
        """Look how long the chunk is whose size had begun."""
        whole = self._line + data
        line_end = whole.find(b"\r\n")
        size = self._size(whole[:line_end]) if line_end >= 0 else 0
        self.joins = size > 0  # a line that comes in three reads is not worth the trouble
        self._verbatim = line_end + 2 + size + 2 - len(self._line)
        self._line = b""

    def _scan(self, data: bytes, at: int) -> tuple[list[bytes], int]:
        """Return what is in the whole chunks from `at` on, and where they end."""
        pieces: list[bytes] = []
        find, sizes = data.find, self._sizes
        while (line_end := find(b"\r\n", at)) >= 0:
            line = data[at:line_end]
            size = sizes.get(line) or self._size(line)
            if not size:
                self.joins = False  # the last chunk, or none
                return pieces, at
            start = line_end + 2
            end = start + size
            if not data.startswith(b"\r\n", end):
                self._verbatim = end + 2
                self.joins = end + 2 > len(data) and _may_end(data, self._verbatim)
                self._verbatim -= len(data)
                return pieces, at
            pieces.append(data[start:end])
            at = end + 2
        self._line = data[at:]
        return pieces, at

    def _size(self, line: bytes) -> int:
        """Return the size of a chunk; 0 where this is no line of a plain one."""
        if not _SIZE.fullmatch(line):
            return 0
        size = int(line, 16)
        if len(self._sizes) < _MOST_SIZES:
            self._sizes[line] = size
        return size


def _may_end(data: bytes, end: int) -> bool:
    """Whether there is CR LF before `end`, as far as that is in `data`."""
    begin = end - 2
    there = data[max(begin, 0) : end]
    return there == b"\r\n"[max(-begin, 0) :][: len(there)]


def _is_chunked(head: bytes) -> bool:
    """Whether a body comes in chunks beyond doubt: nothing else is said of its length."""
    if not _HAS_BODY.match(head):
        return False
    framing = _FRAMING.findall(head)  # a line that begins with a space goes on with the one before
    return len(framing) == 1 and framing[0].lower() == _CHUNKED

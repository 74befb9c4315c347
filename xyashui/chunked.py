"""HTTP's chunks that come in one read, made one. Sans-IO.

A service that streams puts every event into an HTTP chunk of its own, and h11 with httpcore take
5 microseconds for each of them, more than all that is made of it afterwards. So the chunks that
are whole in a read are handed to them as one: the same body in another cut, which HTTP leaves to
whoever passes a message on (RFC 9112, section 7.1). What is not whole, or not plainly a chunk,
passes as it came, so that what is wrong with it is found by h11 and not here.
"""

from __future__ import annotations

import re

__all__ = ["ChunkJoiner"]

_LONGEST_HEAD = 128 * 1024  # bytes to look for the end of a head in
_BLANK_LINE = re.compile(rb"\n\r?\n")
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")
_MOST_SIZES = 256


class ChunkJoiner:
    r"""Sees all that a connection reads, and changes what it is told to change.

    Example:
        >>> joiner = ChunkJoiner()
        >>> joiner.begin()
        >>> head = joiner.take(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        >>> joiner.begin_body(join=True)
        >>> joiner.take(b"2\r\nab\r\n3\r\ncde\r\n4\r\nf")
        b'5\r\nabcde\r\n4\r\nf'
    """

    __slots__ = ("_joins", "_line", "_seen", "_sizes", "_verbatim")

    def __init__(self) -> None:
        self._seen: bytes | None = None  # of the response, until its head has been read
        self._joins = False
        self._verbatim = 0  # bytes of a chunk that are still to come, and pass as they are
        self._line = b""  # how the size of a chunk begins; it has been passed on
        self._sizes: dict[bytes, int] = {}

    def begin(self) -> None:
        """Expect a response: a request is being sent."""
        self._seen = b""
        self._joins = False

    def begin_body(self, *, join: bool) -> None:
        """Take note that the head of the response has been read, and nothing of its body.

        Args:
            join: Whether to join the chunks of the body. It is left as it is where it cannot be
                told where it begins.
        """
        seen, self._seen = self._seen, None
        if not (join and seen) or (start := _start_of_body(seen)) is None:
            return
        self._joins, self._verbatim, self._line = True, 0, b""
        self._scan(seen, start)

    def take(self, data: bytes) -> bytes:
        """Return what to hand on of what was read, which is never nothing."""
        if not self._joins:
            if self._seen is not None:
                self._seen = self._seen + data if len(self._seen) < _LONGEST_HEAD else None
            return data
        if self._line and not self._end_line(data):
            return data
        start = self._verbatim
        if start >= len(data):
            self._verbatim -= len(data)
            return data
        self._verbatim = 0
        pieces, end = self._scan(data, start)
        if len(pieces) < 2:
            return data
        joined = b"".join(pieces)
        return b"%b%x\r\n%b\r\n%b" % (data[:start], len(joined), joined, data[end:])

    def _scan(self, data: bytes, at: int) -> tuple[list[bytes], int]:
        """Return what is in the whole chunks from `at` on, and where they end."""
        pieces: list[bytes] = []
        find, sizes = data.find, self._sizes
        while (line_end := find(b"\r\n", at)) >= 0:
            line = data[at:line_end]
            size = sizes.get(line) or self._size(line)
            if not size:
                self._joins = False  # the last chunk, or none
                return pieces, at
            start = line_end + 2
            end = start + size
            if not data.startswith(b"\r\n", end):
                self._verbatim = end + 2 - len(data)
                self._joins = self._verbatim > 0
                return pieces, at
            pieces.append(data[start:end])
            at = end + 2
        self._line = data[at:]
        return pieces, at

    def _end_line(self, data: bytes) -> bool:
        """Say whether it is known by now how long the chunk is whose size had begun."""
        whole = self._line + data
        line_end = whole.find(b"\r\n")
        if line_end < 0:
            self._joins = len(whole) < len("ffffffff\r")
            self._line = whole
            return False
        size = self._size(whole[:line_end])
        self._joins = size > 0
        self._verbatim = line_end + 2 + size + 2 - len(self._line)
        self._line = b""
        return self._joins

    def _size(self, line: bytes) -> int:
        """Return the size of a chunk; 0 where this is no line of a plain one."""
        if not _SIZE.fullmatch(line):
            return 0
        size = int(line, 16)
        if len(self._sizes) < _MOST_SIZES:
            self._sizes[line] = size
        return size


def _start_of_body(seen: bytes) -> int | None:
    start = 0
    # Before the response there may be word that it is coming: 100, 103.
    while (blank := _BLANK_LINE.search(seen, start)) is not None:
        informs = seen.startswith(b"HTTP/1.1 1", start)
        start = blank.end()
        if not informs:
            return start
    return None

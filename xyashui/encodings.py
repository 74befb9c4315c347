"""A packed body -> the bytes in it, never many at a time. Sans-IO.

What compresses a thousandfold is a kilobyte on the wire and a megabyte here; what is packed twice,
a gigabyte. So a body is unpacked piece by piece, and whoever reads it can stop at any of them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

from xyashui.errors import ProtocolError

__all__ = ["ACCEPTED", "Unpacker"]

ACCEPTED = "gzip, deflate"
"""The encodings that are understood, as a request names them in `Accept-Encoding`."""

_PIECE = 64 * 1024
_MOST_IN_VAIN = 256 * 1024  # bytes in a row in which nothing is packed
_MOST_LAYERS = 2
_GZIP_MAGIC = b"\x1f\x8b"


class Unpacker:
    """Feed it the bytes of a body as they come, cut anywhere; it gives the bytes that are in them.

    Args:
        encoding: The response's `Content-Encoding`. What is neither gzip nor deflate is taken for
            no encoding at all: gateways have been seen to write "utf-8" there.

    Example:
        >>> unpacker = Unpacker("gzip")
        >>> b"".join(unpacker.feed(gzip.compress(b"data: 1"))).decode()  # doctest: +SKIP
        'data: 1'
    """

    __slots__ = ("_encoding", "_layers")

    def __init__(self, encoding: str = "") -> None:
        names = [name.strip().lower() for name in encoding.split(",")]
        self._encoding = encoding
        self._layers = [_Layer(_FORMATS[one]()) for one in reversed(names) if one in _FORMATS]

    def feed(self, data: bytes) -> Iterable[bytes]:
        """Take bytes and give what they unpack to, lazily, in pieces of 64 KiB at most.

        Go through all of it before the next call, or make none.

        Raises:
            ProtocolError: They cannot be unpacked, are packed more than twice over, or nothing is
                in 256 KiB of them: a packing of nothing, again and again, would never give a piece.
        """
        if len(self._layers) > _MOST_LAYERS:
            raise ProtocolError(f"A body is packed too often: as {self._encoding[:80]!r}")
        pieces: Iterable[bytes] = (data,)
        for layer in self._layers:
            pieces = layer.feed(pieces)
        return pieces


class _Format(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]: ...


class _Layer:
    """One packing of a body, in which there must be something."""

    __slots__ = ("_format", "_in_vain")

    def __init__(self, form: _Format) -> None:
        self._format = form
        self._in_vain = 0  # bytes since anything came out

    def feed(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            empty = True
            try:
                for unpacked in self._format.feed(piece):
                    empty = False
                    yield unpacked
            except zlib.error as error:
                raise ProtocolError(f"A body cannot be unpacked: {error}") from error
            self._in_vain = self._in_vain + len(piece) if empty else 0
            if self._in_vain > _MOST_IN_VAIN:
                raise ProtocolError(f"There is nothing in {_MOST_IN_VAIN} bytes of a packed body")


class _GZip:
    """gzip, of which several members may follow one another (RFC 1952); then come only zeros."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self._between = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._inflater.eof:
                data = (self._between + data).lstrip(b"\0")
                self._between = b""
                if not data.startswith(_GZIP_MAGIC):
                    # Half of the mark waits for the other; what is no mark is no part of the body.
                    self._between = data if data == _GZIP_MAGIC[:1] else b""
                    return
                self._inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
            yield from _inflated(self._inflater, data)
            data = self._inflater.unused_data


class _Deflate:
    """zlib's format (RFC 1950), or bare deflate, which servers send by the same name."""

    def __init__(self) -> None:
        self._head = b""
        self._inflater: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._inflater is None:
            self._head += data
            if len(self._head) < 2:
                return
            data, self._head = self._head, b""
            has_header = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._inflater = zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
        if not self._inflater.eof:
            yield from _inflated(self._inflater, data)


def _inflated(inflater: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    while not inflater.eof:
        piece = inflater.decompress(data, _PIECE)
        data = inflater.unconsumed_tail
        if piece:
            yield piece
        if not data and len(piece) < _PIECE:
            return  # a full piece may have a rest that needs no more input


_FORMATS: dict[str, type[_GZip] | type[_Deflate]] = {
    "gzip": _GZip,
    "x-gzip": _GZip,
    "deflate": _Deflate,
}

"""Packed bodies, unpacked a piece at a time."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable

import pytest

from xyashui.encodings import ACCEPTED, Unpacker
from xyashui.errors import ProtocolError

TEXT = "data: 你好\n\n".encode() * 500
NOISE = random.Random(1).randbytes(300_000)


def bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def members(data: bytes) -> bytes:
    middle = len(data) // 2
    return gzip.compress(data[:middle]) + gzip.compress(data[middle:]) + bytes(3)


PACKERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "gzip by its old name": ("X-GZIP", gzip.compress),
    "gzip of several members, and zeros": ("gzip", members),
    "deflate": ("deflate", zlib.compress),
    "deflate without its head": ("deflate", bare),
    "one in the other": ("deflate, gzip", lambda data: gzip.compress(zlib.compress(data))),
    "no encoding": ("identity", bytes),
    "no encoding that is known": ("utf-8", bytes),
    "none at all": ("", bytes),
}


# How it is packed, how it begins, and what never comes to anything.
NOTHING: dict[str, tuple[str, bytes, bytes]] = {
    "members": ("gzip", b"", gzip.compress(b"") * 1000),
    "zeros": ("gzip", gzip.compress(b"a"), bytes(20_000)),
    "no members": ("gzip", gzip.compress(b"a"), b"x" * 20_000),
    "what follows deflate": ("deflate", zlib.compress(b"a"), b"x" * 20_000),
    "blocks": ("deflate", bare(b"")[:0] + b"\x00\x00\x00\xff\xff", b"\x00\x00\x00\xff\xff" * 4000),
    "members that are packed": ("gzip, gzip", b"", gzip.compress(gzip.compress(b"") * 20_000)),
}


def unpacked(encoding: str, *pieces: bytes) -> bytes:
    unpacker = Unpacker(encoding)
    return b"".join(out for piece in pieces for out in unpacker.feed(piece))


@pytest.mark.parametrize(("encoding", "pack"), PACKERS.values(), ids=PACKERS)
class TestWhole:
    @pytest.mark.parametrize("data", [TEXT, NOISE, b"", b"x"], ids=["text", "noise", "none", "x"])
    def test_what_went_in_comes_out(self, encoding, pack, data):
        assert unpacked(encoding, pack(data)) == data

    def test_wherever_it_is_cut(self, encoding, pack):
        packed = pack(TEXT)
        for place in range(0, len(packed), max(1, len(packed) // 200)):
            assert unpacked(encoding, packed[:place], packed[place:]) == TEXT
        assert unpacked(encoding, *(bytes([one]) for one in packed)) == TEXT

    def test_the_beginning_comes_before_the_end_is_there(self, encoding, pack):
        packed = pack(NOISE)
        assert NOISE.startswith(unpacked(encoding, packed[: len(packed) // 2]))
        assert unpacked(encoding, packed[: len(packed) // 2])


class TestBounds:
    def test_what_unpacks_to_much_comes_in_small_pieces(self):
        bomb = gzip.compress(bytes(20_000_000))
        sizes = [len(piece) for piece in Unpacker("gzip").feed(bomb)]
        assert sum(sizes) == 20_000_000
        assert max(sizes) <= 64 * 1024

    def test_nothing_is_unpacked_that_nobody_asks_for(self):
        bomb = gzip.compress(gzip.compress(bytes(200_000_000), 1))
        pieces = iter(Unpacker("gzip, gzip").feed(bomb))
        assert len(next(pieces)) <= 64 * 1024

    def test_layers_have_an_end(self):
        with pytest.raises(ProtocolError, match="packed too often"):
            unpacked("gzip, " * 500 + "gzip", b"x")
        with pytest.raises(ProtocolError, match="packed too often"):
            unpacked("gzip, gzip, gzip", b"x")

    @pytest.mark.parametrize("pack", NOTHING.values(), ids=NOTHING)
    def test_nothing_has_an_end(self, pack):
        encoding, beginning, nothing = pack
        with pytest.raises(ProtocolError, match="nothing in 262144 bytes"):
            unpacked(encoding, beginning, *[nothing] * (300_000 // len(nothing) + 1))

    def test_what_is_little_goes_on(self):
        unpacker = Unpacker("gzip")
        some = gzip.compress(b"a") + gzip.compress(b"") * 1000
        for _ in range(100):
            assert b"".join(unpacker.feed(some)) == b"a"


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("gzip", b"data: x\n\n"),
        ("deflate", b"data: x\n\n"),
        ("gzip", gzip.compress(TEXT)[:-8] + bytes(8)),  # with another checksum
        ("gzip, deflate", zlib.compress(b"no gzip")),
    ],
    ids=["gzip", "deflate", "checksum", "layers"],
)
def test_what_is_not_packed_so_is_an_error(encoding, data):
    with pytest.raises(ProtocolError, match="cannot be unpacked"):
        unpacked(encoding, data)


def test_what_follows_the_end_is_passed_over():
    assert unpacked("gzip", gzip.compress(b"a") + b"no member") == b"a"
    assert unpacked("deflate", zlib.compress(b"a") + b"rest", b"and more") == b"a"


def test_what_is_accepted_is_understood():
    for name in ACCEPTED.split(", "):
        pack = PACKERS[name][1]
        assert unpacked(name, pack(TEXT)) == TEXT

"""Paths and pictures: regular files of a size that can be sent, and nothing is decoded."""

from __future__ import annotations

import os
import struct
import tracemalloc
import zlib
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.programs import run_program
from xyashui import Client, ConfigurationError
from xyashui.audio import audio_upload
from xyashui.images import base64_image_part, image_part, message_image_part

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\2\0\0\0\1" + b"the rest is never read"
FLAC = b"fLaC" + bytes(400)
TAKERS: dict[str, tuple[Any, bytes]] = {
    "picture": (image_part, PNG),
    "recording": (audio_upload, FLAC),
}
GIGABYTES = 30 * 1024**3

no_links = pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links here")
no_fifos = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")


@pytest.fixture(params=TAKERS.values(), ids=TAKERS)
def taker(request: pytest.FixtureRequest) -> tuple[Any, bytes]:
    return request.param


def refusal(take: Any, source: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        take(source)
    return str(caught.value)


@no_links
@pytest.mark.parametrize("target", ["file", "nothing", "itself", "folder"])
def test_a_link_is_refused_wherever_it_leads(taker, tmp_path, target):
    take, data = taker
    (tmp_path / "file").write_bytes(data)
    (tmp_path / "folder").mkdir()
    link = tmp_path / "itself"
    link.symlink_to(tmp_path / target)
    assert "is a symbolic link" in refusal(take, link)
    assert "is a symbolic link" in refusal(take, str(link))


@no_fifos
def test_a_fifo_is_refused_and_nobody_waits_for_its_other_end(taker, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    assert "no regular file" in refusal(taker[0], tmp_path / "fifo")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/urandom", "/dev/tty"])
def test_a_device_is_refused(taker, device):
    if not Path(device).exists():
        pytest.skip(f"no {device} here")
    assert "no regular file" in refusal(taker[0], device)


def test_a_directory_is_refused(taker, tmp_path):
    assert "is a directory" in refusal(taker[0], tmp_path)


@pytest.mark.parametrize("name", ["environ", "cmdline", "maps", "status"])
def test_what_the_system_says_of_this_process_is_no_picture(taker, name):
    path = Path("/proc/self") / name
    if not path.exists():
        pytest.skip("no /proc here")
    said = refusal(taker[0], path)
    assert "is no image" in said or "is empty" in said or "cannot be" in said


def test_a_file_of_gigabytes_is_refused_unread(taker, tmp_path):
    take, data = taker
    path = tmp_path / "large"
    path.write_bytes(data)
    os.truncate(path, GIGABYTES)  # a hole: it takes no room on the disk
    tracemalloc.start()
    try:
        assert "is larger than" in refusal(take, path)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_stream_without_end_is_read_as_far_as_could_be_sent(taker):
    take, data = taker

    class Endless:
        asked = 0
        name = "endless"

        def seekable(self) -> bool:
            return False

        def read(self, size: int = -1) -> bytes:
            assert size > 0, "all of it"
            self.asked += size
            return (data + bytes(size))[:size]

    endless = Endless()
    assert "is larger than" in refusal(take, endless)
    assert endless.asked < 64 * 1024**2


def bomb(width: int, height: int) -> bytes:
    """A PNG of some bytes that says how many pixels it has, and has a few of them."""

    def block(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(100_000))
    return PNG[:8] + block(b"IHDR", header) + block(b"IDAT", pixels) + block(b"IEND", b"")


FRAME = b"\xff\xc0\0\x11\x08\xff\xff\xff\xff"
METADATA = b"\xff\xe1\xff\xff" + FRAME[:4] + bytes(65529)  # as long as one may be, 64 KB
BOMBS = {
    "PNG": bomb(100_000, 100_000),
    "GIF": b"GIF89a\xff\xff\xff\xff",
    "BMP": b"BM" + bytes(12) + b"\x28\0\0\0" + struct.pack("<ii", 100_000, -100_000),
    "WebP": b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + b"\xff" * 6,
    "JPEG": b"\xff\xd8\xff\xe0\0\x04ab" + FRAME,
    "JPEG, after a segment of metadata": b"\xff\xd8" + METADATA + FRAME,
    "JPEG, after many": b"\xff\xd8" + METADATA * 100 + FRAME,
    "JPEG, after what no decoder minds": b"\xff\xd8\xff\xd0\xff\xff\x01\0junk\xff\0" + FRAME,
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_a_picture_that_would_unfold_is_refused_by_its_header(data, tmp_path):
    path = tmp_path / "small.png"
    path.write_bytes(data)
    text = b64encode(data + bytes(-len(data) % 3)).decode()
    for take, source in (
        (image_part, path),
        (image_part, data),
        (image_part, f"data:image/png;base64,{text}"),
        (message_image_part, f"data:image/png;base64,{text}"),
        (lambda one: base64_image_part(one, "image/png"), text),
    ):
        assert "pixels, more than 178,956,970" in refusal(take, source)


HIDDEN = {
    "a PNG with a chunk before its header": PNG[:8] + b"\0\0\0\4CgBI" + bytes(8) + PNG[8:],
    "a PNG that ends before its size": PNG[:16],
    "a JPEG without a frame": b"\xff\xd8" + METADATA + b"\xff\xda\0\2" + FRAME,
    "a JPEG of segments and no more": b"\xff\xd8" + b"\xff\xe1\0\2" * 200_000 + FRAME,
}


@pytest.mark.parametrize("data", HIDDEN.values(), ids=HIDDEN)
def test_a_picture_that_does_not_tell_its_size_is_refused(data, tmp_path):
    path = tmp_path / "small.png"
    path.write_bytes(data)
    text = b64encode(data + bytes(-len(data) % 3)).decode()
    for source in (path, data, f"data:image/png;base64,{text}"):
        assert "is no image: it looks like a " in refusal(image_part, source)


def test_a_photograph_with_long_metadata_is_taken():
    small = b"\xff\xd8" + METADATA * 3 + FRAME[:5] + b"\1\0\1\0"
    assert image_part(small) == message_image_part(image_part(small)["image_url"]["url"])


def test_a_large_photograph_is_none():
    assert image_part(bomb(12_000, 9_000))["type"] == "image_url"


def test_nothing_is_decoded():
    code = (
        "import sys, xyashui.images as images\n"
        f"images.image_part({bomb(1000, 1000)!r})\n"
        "sys.exit('PIL' in sys.modules)"
    )
    assert run_program(code).returncode == 0


LIES = {
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "a program": b"\x7fELF" + bytes(60),
    "a script": b"#!/bin/sh\nrm -rf /\n",
    "an archive": b"PK\x03\x04" + bytes(30),
    "a key": b"-----BEGIN PRIVATE KEY-----\n",
    "nearly a PNG": b"\x89PNG\n\x1a\n" + bytes(30),
    "a PNG further down": b"x" + PNG,
    "nothing": b"",
}


@pytest.mark.parametrize("data", LIES.values(), ids=LIES)
@pytest.mark.parametrize("take", [image_part, audio_upload])
def test_a_name_and_a_declared_type_are_not_believed(take, data, tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(data)
    for source in (path, data):
        said = refusal(take, source)
        assert "is no image" in said or "cannot be transcribed" in said or "is empty" in said
    if take is image_part:
        text = b64encode(data).decode()
        refusal(take, f"data:image/png;base64,{text}")


def test_a_path_in_a_message_is_never_read(tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(PNG)
    client = Client(api_key="test-key", base_url="http://127.0.0.1:9")
    for url in (str(path), path.as_uri(), f"file:{path}", f" {path}"):
        part = {"type": "image_url", "image_url": {"url": url}}
        with pytest.raises(ConfigurationError, match=r"pass its path as images=\[...\]"):
            client.chat([{"role": "user", "content": [part]}])

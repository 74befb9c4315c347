"""What is measured in a process of its own: how much it grows.

`python -m benchmarks.child WHAT FAMILY NAME URL SIZE` does the work and prints one JSON object. The
peak is the kernel's own count (VmHWM), which Linux lets a process set back: what libraries written
in other languages take is in it, and what is given back at once.
"""

from __future__ import annotations

import argparse
import base64
import gc
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import subjects, wire
from benchmarks.machine import quieten
from benchmarks.raw import RawHTTP
from benchmarks.subjects.subject import Subject, image_parts

__all__ = ["ENVIRONMENT", "RAW_IMAGE", "PeakMemory", "unavailable"]

ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": "131072"}
"""What to start this with. Left to itself, glibc keeps large blocks that were freed, and what comes
later would not let the process grow."""

RAW_IMAGE = "httpx.post"

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"
_WARM_CHUNKS = 200
_WARM_IMAGE = 1000  # characters of base64


def unavailable() -> str | None:
    """Return why peaks cannot be measured here, or `None`."""
    if not os.access(_CLEAR, os.W_OK):
        return "only Linux tells a process how large it has been since a given moment"
    return None


class PeakMemory:
    """How much this process grows within a `with` block, at the most.

    Attributes:
        growth: In bytes; known after the block.
    """

    def __init__(self) -> None:
        self.growth = 0

    def __enter__(self) -> PeakMemory:
        gc.collect()
        _CLEAR.write_text(_RESET_PEAK, encoding="ascii")
        self._before = _kilobytes("VmRSS")
        return self

    def __exit__(self, *exc: object) -> None:
        self.growth = max(0, _kilobytes("VmHWM") - self._before) * 1024


def _kilobytes(field: str) -> int:
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0])
    raise RuntimeError(f"{_STATUS} has no {field}")


# A stream


def _grown_by_stream(family: Any, name: str, url: str, chunks: int) -> float:
    """Return by how many MB a stream lets the process grow, beside the text itself."""
    subject = _subject(family, name, url)
    subject.load(1, _WARM_CHUNKS)
    subject.drain(subject.question("stream", _WARM_CHUNKS))
    subject.load(1, chunks)
    text = sys.getsizeof(wire.text(chunks))
    with PeakMemory() as peak:
        subject.drain(subject.question("stream", chunks))
    return (peak.growth - text) / 1e6


def _subject(family: Any, name: str, url: str) -> Subject:
    known = subjects.ours(url, family)
    if family == "LangChain":
        from benchmarks.subjects.on_langchain import MakingLangChain, with_own_parts

        known = [MakingLangChain(), *with_own_parts(known)]
    return next(one for one in known if one.name == name)


# An image


def _copies(family: Any, name: str, url: str, size: int) -> float:
    """Return how many times the base64 of an image is in memory while it is sent.

    What the caller has (the message with the base64, or httpx's ready-made body) does not count.
    """
    prepare, send = _sender(family, name, url)
    send(prepare(_image(_WARM_IMAGE)))
    small, large = prepare(_image(_WARM_IMAGE)), prepare(_image(size))
    with PeakMemory() as usual:  # what any call takes
        send(small)
    with PeakMemory() as peak:
        send(large)
    return max(0, peak.growth - usual.growth) / (size - _WARM_IMAGE)


def _sender(
    family: Any, name: str, url: str
) -> tuple[Callable[[str], Any], Callable[[Any], object]]:
    if name == RAW_IMAGE:
        return _ready_body, RawHTTP(url).send
    subject = _subject(family, name, url)
    return subject.picture, subject.show


def _image(size: int) -> str:
    """Return what begins as a PNG does, as `size` characters of base64."""
    data = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\2\0\0\0\1" + os.urandom(size * 3 // 4 - 24)
    return base64.b64encode(data).decode("ascii")


def _ready_body(image: str) -> bytes:
    message = {"role": "user", "content": image_parts("xingyun", image)}
    return json.dumps({"model": "gpt-4-turbo", "messages": [message]}).encode()


def _main() -> None:
    works = {"stream": _grown_by_stream, "image": _copies}
    parser = argparse.ArgumentParser(description="Measure how much this process grows.")
    parser.add_argument("what", choices=works)
    parser.add_argument("family", choices=subjects.FAMILIES)
    parser.add_argument("name")
    parser.add_argument("url")
    parser.add_argument("size", type=int, help="chunks, or characters of base64")
    given = parser.parse_args()
    quieten()
    growth = works[given.what](given.family, given.name, given.url, given.size)
    print(json.dumps({"growth": growth}))


if __name__ == "__main__":
    _main()

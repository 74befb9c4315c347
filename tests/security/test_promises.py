"""What SECURITY.md says is so: its files are there, its numbers are those of the code."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from xyashui import emulator
from xyashui.audio import MAX_AUDIO_BYTES
from xyashui.dimensions import MAX_IMAGE_PIXELS
from xyashui.emulator import bodies
from xyashui.images import MAX_IMAGE_BYTES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
FOLDERS = ("", "tests/security/")
NAMED = sorted(set(re.findall(r"`([\w/]+\.(?:py|md))`", PAGE)))
SECTIONS = re.split(r"(?m)^## .*\n", PAGE)


@pytest.mark.parametrize("name", NAMED)
def test_every_file_that_is_named_is_there(name: str) -> None:
    assert any((ROOT / folder / name).is_file() for folder in FOLDERS)


def test_every_promise_names_its_tests() -> None:
    _, _, promised, *_ = SECTIONS
    beginnings = re.findall(r"(?m)^\*\*(.+?)\*\*", promised)
    paragraphs = re.split(r"(?m)^(?=\*\*)", promised)[1:]
    assert len(beginnings) == len(paragraphs) > 5
    assert [words for words in paragraphs if "test_" not in words] == []


def test_every_test_of_security_is_named() -> None:
    there = {path.name for path in (ROOT / "tests/security").glob("test_*.py")}
    named = {name.rpartition("/")[2] for name in NAMED}
    assert there - named == set()


@pytest.mark.parametrize(
    "words",
    [
        f"over {MAX_IMAGE_BYTES // 1024**2} MB, or {MAX_IMAGE_PIXELS:,} pixels",
        f"Recordings: {MAX_AUDIO_BYTES // 1024**2} MB",
        f"has it read ({bodies.LARGEST // 1024**2} MB)",
        f"listens on {inspect.signature(emulator.serve).parameters['host'].default},",
    ],
)
def test_every_number_is_that_of_the_code(words: str) -> None:
    assert words in PAGE

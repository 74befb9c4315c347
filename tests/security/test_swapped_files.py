"""A file that becomes another one between the look at it and its opening.

The moment is exact: Python tells of every opening right before it happens.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.programs import run_program

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no links and FIFOs here")

SCRIPT = """
import os, sys
from xyashui import ConfigurationError
from xyashui.audio import audio_upload
from xyashui.images import image_part
kind, what, path = sys.argv[1:]
swapped = []
def swap(event, arguments):
    if event == "open" and arguments[0] == path and not swapped:
        swapped.append(path)
        os.rename(path, path + ".kept")
        os.symlink(path + ".kept", path) if kind == "link" else os.mkfifo(path)
sys.addaudithook(swap)
try:
    print("taken", image_part(path) if what == "picture" else audio_upload(path))
except ConfigurationError as error:
    print("refused", len(swapped), error)
"""
DATA = {"picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(40), "recording": b"fLaC" + bytes(400)}
WORDS = {"link": "symbolic links", "fifo": "no regular file"}


@pytest.mark.parametrize("kind", WORDS)
@pytest.mark.parametrize("what", DATA)
def test_is_refused_and_nobody_waits_for_it(what: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(DATA[what])
    done = run_program(SCRIPT, kind, what, path, timeout=20)
    assert done.stdout.startswith("refused 1 "), done.stderr
    assert WORDS[kind] in done.stdout

"""A small soak; `python -m soak` makes a long one."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("psutil")

pytestmark = pytest.mark.slow


def test_hundreds_of_streams_with_everything_going_wrong_leave_nothing_behind() -> None:
    command = [sys.executable, "-m", "soak", "--streams", "300", "--concurrency", "40"]
    done = subprocess.run(
        [*command, "--rounds", "3"], capture_output=True, text=True, check=False, timeout=300
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert "300 streams, 0 faults" in done.stdout

"""Progress bars, where they are wanted."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from xyashui.progress import progress_bar


def test_a_bar_counts_up_to_its_total(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    with progress_bar(10, "Embedding", unit="text") as advance:
        advance(4)
        advance(6)
    last = capsys.readouterr().err.split("\r")[-1]
    assert last.startswith("Embedding: 100%")
    assert "10/10" in last
    assert "text/s" in last


def test_a_bar_without_a_total_counts_on(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    with progress_bar(None, "Reading") as advance:
        advance(3)
    assert "Reading: 3 it" in capsys.readouterr().err


def test_a_bar_of_percent_shows_the_share_alone(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    with progress_bar(100, "Midjourney 1", unit="%") as advance:
        advance(100)
    last = capsys.readouterr().err.split("\r")[-1]
    assert last.startswith("Midjourney 1: 100%")
    assert "/" not in last


def test_a_bar_is_closed_where_the_work_fails(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    with suppress(ValueError), progress_bar(10, "Embedding") as advance:
        advance(3)
        raise ValueError
    err = capsys.readouterr().err
    assert "3/10" in err
    assert err.endswith("\n")


def test_threads_may_share_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    with progress_bar(2000, "Embedding") as advance, ThreadPoolExecutor(8) as threads:
        list(threads.map(advance, [1] * 2000))
    assert "2000/2000" in capsys.readouterr().err


def test_no_bar_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(10, "Embedding", wanted=False) as advance:
        advance(10)
    assert capsys.readouterr() == ("", "")


def test_without_tqdm_a_bar_says_what_to_install_and_no_bar_is_fine() -> None:
    code = (
        "import sys; sys.modules['tqdm'] = sys.modules['tqdm.auto'] = None\n"
        "from xyashui import ConfigurationError\n"
        "from xyashui.progress import progress_bar\n"
        "with progress_bar(1, 'x', wanted=False) as advance: advance(1)\n"
        "try:\n"
        "    with progress_bar(1, 'x'): print('begun')\n"
        "except ConfigurationError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'xyashui[notebook]'" in done.stdout
    assert "begun" not in done.stdout

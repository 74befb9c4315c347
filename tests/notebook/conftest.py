"""An IPython whose displays are kept, as a notebook's page would get them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notebook.pages import Page


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """A plain IPython, as `ipython` starts it, without its history."""
    interactive = pytest.importorskip("IPython.core.interactiveshell")
    from traitlets.config import Config

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    main = sys.modules["__main__"]  # IPython puts a module of its own in its place
    yield interactive.InteractiveShell.instance(
        config=Config(
            {"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor"}}
        )
    )
    interactive.InteractiveShell.clear_instance()
    sys.modules["__main__"] = main


@pytest.fixture
def page(shell: object) -> Iterator[Page]:
    """What a notebook's page is sent while the test runs."""
    pytest.importorskip("markdown_it")
    from IPython.utils.capture import capture_output

    with capture_output() as captured:
        yield Page(captured)

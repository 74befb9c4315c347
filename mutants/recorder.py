"""A pytest plugin, for runs of one mutant: writes down how each test ended, as it ends.

`pytest -p mutants.recorder`, with the file's path in the environment variable `MUTANTS_OUTCOMES`.
It refuses to look at any other copy of the project than the one in which pytest was started.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

__all__ = ["OUTCOMES", "read"]

OUTCOMES = "MUTANTS_OUTCOMES"
_RANKS = ("passed", "skipped", "failed", "error")


class _Recorder:
    def __init__(self, path: Path) -> None:
        self._path = path

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # What goes wrong around a test says nothing of what the test looks for.
        around = report.when != "call"
        if around and report.passed:
            return
        outcome = "error" if around and report.failed else report.outcome
        crash = getattr(report.longrepr, "reprcrash", None)
        said = str(getattr(crash, "message", "")).partition("\n")[0]
        line = {"test": report.nodeid, "outcome": outcome, "said": said}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(line)}\n")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to write, where the package that is tested is the one beside the tests."""
    import xyashui

    at = Path(xyashui.__file__)
    if not at.is_relative_to(config.rootpath):
        raise pytest.UsageError(f"xyashui is taken from {at}, and not from {config.rootpath}")
    config.pluginmanager.register(_Recorder(Path(os.environ[OUTCOMES])))


def read(path: Path) -> dict[str, tuple[str, str]]:
    """Return how each test of a run ended, by its node id, and what it said.

    A test ends "passed", "skipped" or "failed", or with an "error" where that was around it.
    """
    ended: dict[str, tuple[str, str]] = {}
    if not path.exists():
        return ended
    for line in path.read_text(encoding="utf-8").splitlines():
        found = json.loads(line)
        before = ended.get(found["test"], ("passed", ""))
        one = found["outcome"], found["said"]
        ended[found["test"]] = max(before, one, key=lambda two: _RANKS.index(two[0]))
    return ended

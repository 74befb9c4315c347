"""Runs tests in copies of the project, with a protection taken out and without."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mutants.protection import Protection
from mutants.recorder import OUTCOMES, read

__all__ = ["ROOT", "Ending", "Run", "Verdict", "judged", "run", "tried"]

ROOT = Path(__file__).resolve().parent.parent

_COPIED = (
    *("xyashui", "langchain_xyashui", "llama_index_xyashui", "tests", "mutants"),
    *("fuzz", "soak", "benchmarks", "scripts", "pyproject.toml"),
)
_PATIENCE = 300.0  # seconds
_LAST_WORDS = 2000  # characters of a run that went wrong
# A mutant must lose what it promises, and not fall over.
_NO_MUTANT = ("NameError", "UnboundLocalError", "SyntaxError", "ImportError", "ModuleNotFoundError")

Ending = Literal["killed", "survived", "untried", "at fault"]


@dataclass(frozen=True, slots=True)
class Run:
    """What came of running tests.

    Attributes:
        status: pytest's exit status; `None` where it was not over in time.
        ended: How each test ended ("passed", "failed", "skipped", "error"), and what it said.
        output: The last that pytest wrote.
    """

    status: int | None
    ended: dict[str, tuple[str, str]]
    output: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant.

    Attributes:
        protection: What was taken out.
        ending: "killed" where every test of its own noticed, "survived" where one did not,
            "untried" where they are all skipped on this machine, "at fault" where nothing can be
            told: the tests do not run, or fail without any change.
        why: In words.
        failed: How many cases of its tests failed.
    """

    protection: Protection
    ending: Ending
    why: str
    failed: int = 0


def tried(protection: Protection, before: Run) -> Verdict:
    """Take a protection out, run its tests, and say what became of it.

    Args:
        protection: What to take out.
        before: What comes of its tests while it is there.
    """
    whole = _of(protection, before.ended)
    if bad := [test for test, (outcome, _) in whole.items() if outcome in ("failed", "error")]:
        return Verdict(protection, "at fault", f"fails without any change: {bad[0]}")
    if missing := _unheard(protection, whole):
        words = before.output.strip().rpartition("\n")[2]
        return Verdict(protection, "at fault", f"does not run: {missing[0]} ({words})")
    if all(outcome == "skipped" for outcome, _ in whole.values()):
        return Verdict(protection, "untried", "its tests are skipped here")
    try:
        mutated = protection.taken_out(ROOT)
    except (OSError, ValueError) as error:
        return Verdict(protection, "at fault", str(error))
    return judged(protection, run(protection.tests, {protection.file: mutated}), whole)


def judged(protection: Protection, after: Run, whole: dict[str, tuple[str, str]]) -> Verdict:
    """Say what a run without a protection means.

    Args:
        protection: What was taken out.
        after: What came of its tests then.
        whole: How they had ended before.
    """
    if after.status is None:
        return Verdict(protection, "at fault", "its tests were not over in time")
    if after.status not in (0, 1):
        return Verdict(protection, "at fault", f"pytest: {after.status}; {after.output}")
    ended = _of(protection, after.ended)
    for test, (outcome, said) in ended.items():
        if outcome == "error":
            return Verdict(protection, "at fault", f"breaks around {test}: {said}")
        if outcome == "failed" and said.startswith(_NO_MUTANT):
            return Verdict(protection, "at fault", f"is no program: {said}")
    failed = [test for test, (outcome, _) in ended.items() if outcome == "failed"]
    noticed = {protection.covers(test) for test in failed}
    skipped = {one for one in protection.tests if _all_skipped(protection, one, whole)}
    for one in protection.tests:
        if one not in noticed | skipped:
            return Verdict(protection, "survived", f"passes all the same: {one}", len(failed))
    return Verdict(protection, "killed", ended[failed[0]][1], len(failed))


def _of(protection: Protection, ended: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    return {test: how for test, how in ended.items() if protection.covers(test)}


def _unheard(protection: Protection, ended: Iterable[str]) -> list[str]:
    heard = {protection.covers(test) for test in ended}
    return [one for one in protection.tests if one not in heard]


def _all_skipped(protection: Protection, one: str, ended: dict[str, tuple[str, str]]) -> bool:
    return all(
        outcome == "skipped"
        for test, (outcome, _) in ended.items()
        if protection.covers(test) == one
    )


def run(tests: Sequence[str], changed: dict[str, str] | None = None) -> Run:
    """Run tests in a copy of the project.

    Args:
        tests: Their node ids.
        changed: What files are to be in the copy.
    """
    with tempfile.TemporaryDirectory(prefix="mutant-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder, "project").resolve()
        _copy_to(copy)
        for name, text in (changed or {}).items():
            (copy / name).write_text(text, encoding="utf-8")
        outcomes = Path(folder, "outcomes.jsonl").resolve()
        status, output = _pytest(tests, copy, outcomes)
        return Run(status, read(outcomes), output[-_LAST_WORDS:].replace(str(copy), "..."))


def _copy_to(copy: Path) -> None:
    copy.mkdir()
    for name in _COPIED:
        if (ROOT / name).is_dir():
            # Compiled files are good in the copy too, and save a second each time.
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("*.pyc.*"))
        else:
            shutil.copy2(ROOT / name, copy / name)


def _pytest(tests: Sequence[str], copy: Path, outcomes: Path) -> tuple[int | None, str]:
    command = [
        *(sys.executable, "-m", "pytest", "-q", "--tb=line", "--no-header", "--color=no"),
        *("-p", "mutants.recorder", "-p", "no:cacheprovider", *tests),
    ]
    environment = os.environ | {"PYTHONPATH": str(copy), OUTCOMES: str(outcomes)}
    written = outcomes.with_name("output.txt")
    with written.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=copy,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that it can be ended with all that it has started
        )
        status = None
        try:
            with suppress(subprocess.TimeoutExpired):
                status = process.wait(_PATIENCE)
        finally:
            _end(process)
    return status, written.read_text(encoding="utf-8", errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

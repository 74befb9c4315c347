"""Verdicts as a table, for people and for `RESULTS.md`."""

from __future__ import annotations

import platform
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from mutants.protection import Protection
from mutants.trying import Ending, Verdict

__all__ = ["HEADING", "as_file", "listed", "row", "summary"]

HEADING = "| protection | what is promised | kept in | mutant |\n| --- | --- | --- | --- |"

_LONGEST = 120


def row(verdict: Verdict) -> str:
    """Return the row of one mutant."""
    if verdict.ending == "killed":
        ending = f"killed, {verdict.failed} {'case' if verdict.failed == 1 else 'cases'} failed"
    else:
        ending = f"{verdict.ending.upper()}: {_plain(verdict.why)}"
    one = verdict.protection
    return f"| {one.name} | {_plain(one.promise)} | {one.file} | {ending} |"


def listed(protection: Protection) -> str:
    """Return the lines that say what a protection is."""
    tests = "\n".join(f"    {test}" for test in protection.tests)
    return f"{protection.name}: {protection.promise}\n  {protection.file}\n{tests}"


def summary(verdicts: Sequence[Verdict]) -> str:
    """Return how many there are of each kind."""
    counts = Counter(one.ending for one in verdicts)
    kinds: tuple[Ending, ...] = ("killed", "survived", "at fault", "untried")
    told = ", ".join(
        f"{counts[kind]} {kind}" for kind in kinds if counts[kind] or kind in kinds[:2]
    )
    many = "protection" if len(verdicts) == 1 else "protections"
    return f"{len(verdicts)} {many} taken out: {told}"


def as_file(verdicts: Sequence[Verdict], command: str) -> str:
    """Return all of it as a page, with the command that makes it anew."""
    today = datetime.now(UTC).date().isoformat()
    rows = "\n".join(row(one) for one in verdicts)
    return (
        "# What became of the mutants\n\n"
        f"Made by `{command}` on {today}, with Python {platform.python_version()}; "
        "not written by hand.\n\n"
        f"**{summary(verdicts)}.**\n\n{HEADING}\n{rows}\n"
    )


def _plain(text: str) -> str:
    line = re.sub(r"\s+", " ", text).replace("|", "\\|")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"

"""Verdicts as a table, for people and for `RESULTS.md`."""

from __future__ import annotations

import platform
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

from mutants.protection import Protection
from mutants.trying import Ending, Verdict

__all__ = ["HEADING", "as_file", "listed", "row", "summary"]

HEADING = "| protection | what is promised | kept in | mutant |\n| --- | --- | --- | --- |"

_LONGEST = 120
_ROW = re.compile(
    r"^\| ([a-z0-9-]+) \| .* \| (killed|SURVIVED|AT FAULT|UNTRIED)[:,] .* \|$", re.MULTILINE
)


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


def summary(endings: Sequence[Ending]) -> str:
    """Return how many there are of each kind."""
    counts = Counter(endings)
    kinds: tuple[Ending, ...] = ("killed", "survived", "at fault", "untried")
    told = ", ".join(
        f"{counts[kind]} {kind}" for kind in kinds if counts[kind] or kind in kinds[:2]
    )
    many = "protection" if len(endings) == 1 else "protections"
    return f"{len(endings)} {many} taken out: {told}"


def as_file(
    verdicts: Sequence[Verdict], command: str, names: Sequence[str], before: str = ""
) -> str:
    """Return all of it as a page, with the command that makes it anew.

    Args:
        verdicts: What became of those that were tried now.
        command: The command.
        names: The names of all that there are, in their order.
        before: The page as it was: what was not tried now stays as it is there.
    """
    today = datetime.now(UTC).date().isoformat()
    rows = {match[1]: match[0] for match in _ROW.finditer(before)}
    rows |= {one.protection.name: row(one) for one in verdicts}
    kept = [rows[name] for name in names if name in rows]
    endings = [cast("Ending", match[2].lower()) for one in kept if (match := _ROW.fullmatch(one))]
    lines = "\n".join(kept)
    return (
        "# What became of the mutants\n\n"
        f"Made by `{command}`, last on {today}, with Python {platform.python_version()}; "
        "not written by hand.\n\n"
        f"**{summary(endings)}.**\n\n{HEADING}\n{lines}\n"
    )


def _plain(text: str) -> str:
    line = re.sub(r"\s+", " ", text).replace("|", "\\|")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"

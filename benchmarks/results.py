"""Results as a JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench, Result
from benchmarks.measuring import Row
from benchmarks.targets import Verdict

__all__ = ["as_dict", "read", "write"]

_DIGITS = 6  # significant, which is more than any measurement is worth


def as_dict(
    bench: Bench,
    machine: Mapping[str, Any],
    versions: Mapping[str, str],
    results: Mapping[str, Result],
    verdicts: Sequence[Verdict],
) -> dict[str, Any]:
    """Return everything that is worth keeping of a run.

    Returns:
        `{"date", "machine", "versions", "runs", "quick", "cases", "targets"}`. A case has a title,
        a unit, the names of its measures (the first is the one that counts) and rows; a row has
        the median, the spread (interquartile range) and all samples of each measure.
    """
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": dict(machine),
        "versions": dict(versions),
        "runs": bench.runs,
        "quick": bench.quick,
        "cases": {name: _case(result) for name, result in results.items()},
        "targets": [_target(verdict, results) for verdict in verdicts],
    }


def _case(result: Result) -> dict[str, Any]:
    case = result.case
    return {
        "title": case.title,
        "unit": case.unit,
        "measures": list(case.measures),
        "rows": {row.name: _row(row) for row in result.rows},
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "role": row.role,
        "family": row.family,
        **{
            measure: {
                "median": _rounded(row.median(measure)),
                "spread": _rounded(row.spread(measure)),
                "samples": [_rounded(value) for value in values],
            }
            for measure, values in row.samples.items()
        },
    }


def _target(verdict: Verdict, results: Mapping[str, Result]) -> dict[str, Any]:
    target = verdict.target
    return {
        "case": target.what.case,
        "who": target.what.row,
        "target": target.words(results[target.what.case].case.unit),
        "found": _rounded(verdict.found),
        "met": verdict.met,
    }


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def write(results: Mapping[str, Any], path: Path) -> None:
    """Write what `as_dict` returned."""
    text = json.dumps(results, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> dict[str, Any]:
    """Read what `write` wrote."""
    results: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return results

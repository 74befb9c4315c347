"""`python -m mutants`: take protections out, one by one, and fail where nobody notices."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mutants import report
from mutants.protection import Protection, check_table
from mutants.table import PROTECTIONS
from mutants.trying import ROOT, Run, Verdict, run, tried

_RESULTS = Path(__file__).parent / "RESULTS.md"


def main(arguments: Sequence[str] | None = None, table: Sequence[Protection] = PROTECTIONS) -> int:
    """Run what the command line says, on the entries of `table`; return its exit status."""
    options = _parsed(arguments, table)
    wanted = [one for one in table if not options.only or one.name in options.only]
    if options.list:
        print("\n".join(map(report.listed, wanted)))
        return 0
    if wrong := check_table(wanted, ROOT):
        print("\n".join(wrong), file=sys.stderr)
        return 1
    print(report.HEADING, flush=True)
    verdicts = []
    for verdict in _verdicts(wanted, options.jobs):
        verdicts.append(verdict)
        print(report.row(verdict), flush=True)
    print(f"\n{report.summary([one.ending for one in verdicts])}")
    if options.record:
        before = _RESULTS.read_text(encoding="utf-8") if _RESULTS.exists() else ""
        names = [one.name for one in table]
        page = report.as_file(verdicts, "python -m mutants --record", names, before)
        _RESULTS.write_text(page, encoding="utf-8")
    bad = [one for one in verdicts if one.ending not in ("killed", "untried")]
    for one in bad:
        print(f"{one.protection.name} {one.ending}: {one.why}", file=sys.stderr)
    return 1 if bad else 0


def _parsed(arguments: Sequence[str] | None, table: Sequence[Protection]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mutants", description=__doc__)
    parser.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        choices=[one.name for one in table],
        help="one of them, by its name; may be repeated",
    )
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (%(default)s)")
    parser.add_argument("--list", action="store_true", help="say what there is, and run nothing")
    parser.add_argument(
        "--record", action="store_true", help=f"keep what came of them in {_RESULTS.name}"
    )
    return parser.parse_args(arguments)


def _verdicts(wanted: Sequence[Protection], jobs: int) -> Iterator[Verdict]:
    """Give the verdicts in the order of the table, each as soon as it and those before are in."""
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        before = _before(wanted, pool, max(1, jobs))
        yield from pool.map(lambda one: tried(one, before), wanted)


def _before(wanted: Sequence[Protection], pool: ThreadPoolExecutor, jobs: int) -> Run:
    """Run all the tests once while every protection is there."""
    tests = sorted({test for one in wanted for test in one.tests})
    runs = list(pool.map(run, (tests[start::jobs] for start in range(min(jobs, len(tests))))))
    ended = {test: how for one in runs for test, how in one.ended.items()}
    return Run(
        status=next((one.status for one in runs if one.status), 0),
        ended=ended,
        output="\n".join(one.output for one in runs if one.status),
    )


if __name__ == "__main__":
    sys.exit(main())

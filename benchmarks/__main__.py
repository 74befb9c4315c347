"""`python -m benchmarks`: measure everything, print the tables, keep the results."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import chart, machine, results, server, table
from benchmarks.bench import Bench, Result
from benchmarks.cases import CASES
from benchmarks.targets import exit_code, judge


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the command line asks for."""

    cases: list[str]
    runs: int
    quick: bool
    json: Path | None
    chart: Path | None
    check: bool


def _parse(arguments: Sequence[str] | None) -> _Wanted:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure this package beside what it stands on and beside other clients.",
        epilog=f"NAME is one of: {', '.join(CASES)}.",
    )
    parser.add_argument(
        "--only", metavar="NAME", action="append", choices=CASES, help="one case; may be repeated"
    )
    parser.add_argument("--runs", type=_positive, metavar="N", help="rounds that count (5)")
    parser.add_argument(
        "--quick", action="store_true", help="see that everything works; the numbers are no good"
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="where to write the results; those of a full run go to benchmarks/results.json",
    )
    parser.add_argument(
        "--chart",
        type=Path,
        metavar="FILE",
        help="where to write the bar chart; that of a full run goes to benchmarks/results.svg",
    )
    parser.add_argument("--check", action="store_true", help="exit with 1 where a target is missed")
    given = parser.parse_args(arguments)
    full = not given.only and not given.quick
    return _Wanted(
        cases=given.only or list(CASES),
        runs=given.runs or (1 if given.quick else 5),
        quick=given.quick,
        json=given.json or (chart.RESULTS if full else None),
        chart=given.chart or (chart.CHART if full else None),
        check=given.check,
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1 round is needed")
    return number


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks; return the exit code."""
    wanted = _parse(arguments)
    out = table.console()
    machine.quieten()
    machine.raise_open_files()
    here = machine.describe()
    cores, server_core = machine.split_cores()
    machine.pin(cores)
    measured: dict[str, Result] = {}
    with server.running(server_core) as url, Bench(url, wanted.runs, wanted.quick) as bench:
        for name in wanted.cases:
            case = CASES[name]
            if reason := case.unavailable():
                out.print(f"{name} is left out: {reason}")
                continue
            with out.status(f"measuring {name} ..."):
                measured[name] = Result(case, case.run(bench))
            table.show_result(out, measured[name])
    for package in bench.missing:
        out.print(f"{package} is not installed, and not compared with.")
    verdicts = judge(measured)
    table.show_verdicts(out, verdicts, measured)
    _keep(wanted, results.as_dict(bench, here, machine.versions(), measured, verdicts))
    return exit_code(verdicts, check=wanted.check)


def _keep(wanted: _Wanted, found: Mapping[str, Any]) -> None:
    if wanted.json is not None:
        results.write(found, wanted.json)
    if wanted.chart is not None:
        chart.write(found, wanted.chart)


if __name__ == "__main__":
    sys.exit(main())

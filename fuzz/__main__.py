"""`python -m fuzz`: run targets, print a table, and fail where one of them did."""

from __future__ import annotations

import argparse
import sys
import traceback

from fuzz.engines import ENGINES, Result, available, run
from fuzz.targets import TARGETS

_SHORT_RUN = 20_000


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line says; return its exit status."""
    options = _parsed(arguments)
    if options.input is not None:
        return _reproduced(options.target or list(TARGETS), bytes.fromhex(options.input))
    names = options.target or list(TARGETS)
    each = max(1, options.executions // len(names))
    print("| target | driven by | executions | seconds | a second | result |")
    print("| --- | --- | ---: | ---: | ---: | --- |")
    results = []
    for name in names:
        result = run(name, each, options.seed, options.engine)
        results.append(result)
        print(_row(result), flush=True)
    print(f"\n{sum(one.executions for one in results):,} executions in all")
    for one in results:
        if one.failure:
            print(f"\n{one.target} failed:\n{one.failure}", file=sys.stderr)
    return 1 if any(one.failure for one in results) else 0


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument(
        "--target", action="append", choices=TARGETS, help="what to fuzz; all, unless told"
    )
    parser.add_argument(
        "--executions",
        type=int,
        default=_SHORT_RUN * len(TARGETS),
        help="how many in all, shared out evenly among the targets (%(default)s)",
    )
    parser.add_argument("--seed", type=int, default=1, help="where chance begins (%(default)s)")
    parser.add_argument("--engine", choices=ENGINES, default=available(), help="(%(default)s)")
    parser.add_argument("--input", metavar="HEX", help="run the targets once, on these bytes")
    return parser.parse_args(arguments)


def _row(result: Result) -> str:
    rate = result.executions / max(result.seconds, 1e-9)
    said = "FAILED" if result.failure else "nothing found"
    return (
        f"| {result.target} | {result.engine} | {result.executions:,} | {result.seconds:,.0f} "
        f"| {rate:,.0f} | {said} |"
    )


def _reproduced(names: list[str], data: bytes) -> int:
    failed = False
    for name in names:
        try:
            TARGETS[name](data)
        except Exception:
            failed = True
            print(f"{name} fails:", file=sys.stderr)
            traceback.print_exc()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

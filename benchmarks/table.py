"""Results and targets as tables, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from benchmarks.bench import Result
from benchmarks.measuring import Row
from benchmarks.targets import Verdict

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = ["console", "show_result", "show_verdicts"]

_STYLES = {"floor": "dim", "ours": "bold", "peer": ""}


def console() -> Console:
    """Return where tables are written."""
    try:
        from rich.console import Console
    except ImportError as error:
        raise ImportError(
            "the benchmarks print their tables with rich: pip install 'xyashui[bench]'",
            name=error.name,
        ) from error
    plain = Console()
    # Wide enough for the tables, where it is no terminal that says how wide it is.
    return plain if plain.is_terminal else Console(width=120)


def show_result(out: Console, result: Result) -> None:
    """Write a table of medians, how far the rounds lie apart, and how many floors each is."""
    case = result.case
    out.print(f"\n[bold]{case.title}[/] ({case.unit})")
    table = _table()
    table.add_column(case.name, no_wrap=True)
    for measure in case.measures:
        table.add_column(measure, justify="right", no_wrap=True)
    floors = {row.family: row for row in result.rows if row.name.endswith(" floor")}
    if floors:
        table.add_column("× floor", justify="right")
    for row in result.rows:
        cells = [_number(row, measure, case.digits) for measure in case.measures]
        if floors:
            cells.append(_times_floor(row, floors.get(row.family), case.measures[0]))
        table.add_row(row.name, *cells, style=_STYLES[row.role])
    out.print(table)


def _number(row: Row, measure: str, digits: int) -> str:
    if measure not in row.samples:
        return "-"
    number = f"{row.median(measure):.{digits}f}"
    return (
        number if len(row.samples[measure]) < 2 else f"{number} ± {row.spread(measure):.{digits}f}"
    )


def _times_floor(row: Row, floor: Row | None, measure: str) -> str:
    if floor is None or row.role == "floor":
        return ""
    return f"{row.median(measure) / floor.median(measure):.2f}"


def show_verdicts(out: Console, verdicts: Sequence[Verdict], results: Mapping[str, Result]) -> None:
    """Write a table of the targets, and how many are missed."""
    if not verdicts:
        return
    out.print("\n[bold]Targets[/]")
    table = _table()
    for heading in ("case", "who", "target"):
        table.add_column(heading)
    table.add_column("found", justify="right")
    table.add_column("")
    for verdict in verdicts:
        target = verdict.target
        unit = results[target.what.case].case.unit
        measure = f" ({target.what.measure})" if target.what.measure else ""
        mark = "[green]met[/]" if verdict.met else "[red]missed[/]"
        table.add_row(
            target.what.case,
            f"{target.what.row}{measure}",
            target.words(unit),
            f"{verdict.found:.2f}",
            mark,
        )
    out.print(table)
    missed = sum(not verdict.met for verdict in verdicts)
    out.print(f"{len(verdicts) - missed} of {len(verdicts)} targets met, {missed} missed.")


def _table() -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    return Table(box=SIMPLE_HEAD)

"""Questions over a table: highest, lowest, total, average, count, or one row's value."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .arithmetic import write
from .language import Language, language_of
from .relevance import features

Rows = Sequence[Sequence[str]]

_OPERATIONS: tuple[tuple[str, str], ...] = (
    (
        "max",
        r"\b(?:highest|most|maximum|max|best|largest|biggest|top|greatest)\b|最高|最多|最大|最好",
    ),
    ("min", r"\b(?:lowest|least|minimum|min|worst|smallest|fewest)\b|最低|最少|最小|最差"),
    ("mean", r"\b(?:average|mean)\b|平均"),
    ("sum", r"\b(?:total|sum|altogether|overall|combined)\b|总共|总和|合计|一共|总计|总"),
    ("count", r"\bhow many (?:rows|entries|records|lines)\b|\bnumber of rows\b|多少行|几行|多少条"),
)
_SAY: dict[tuple[str, Language], str] = {
    ("max", "en"): "The highest {measure} is {value} ({row}).",
    ("min", "en"): "The lowest {measure} is {value} ({row}).",
    ("mean", "en"): "The average {measure}{scope} is {value}.",
    ("sum", "en"): "The total {measure}{scope} is {value}.",
    ("max", "zh"): "{measure}最高为{value}（{row}）。",
    ("min", "zh"): "{measure}最低为{value}（{row}）。",
    ("mean", "zh"): "{scope}{measure}的平均值为{value}。",
    ("sum", "zh"): "{scope}{measure}的总和为{value}。",
}


@dataclass(frozen=True)
class Table:
    """A header and rows; numeric columns are those whose every cell is a number."""

    header: Sequence[str]
    rows: Rows

    @property
    def numeric(self) -> list[int]:
        """The indices of the numeric columns."""
        return [
            column
            for column in range(len(self.header))
            if self.rows and all(_number(row[column]) is not None for row in self.rows)
        ]


def answer(question: str, rows: Rows, language: Language) -> str | None:
    """Answer a question over rows whose first is the header; None if it is about none."""
    table = Table(rows[0], rows[1:])
    kept, named = _filter(question, table)
    operation = next((name for name, words in _OPERATIONS if re.search(words, question, re.I)), "")
    if operation == "count":
        size = len(table.rows)
        return f"表格共有{size}行数据。" if language == "zh" else f"The table has {size} rows."
    if operation and (measure := _measure(question, table)) is not None:
        return _aggregate(operation, measure, table, kept, named, language)
    if named:
        return "\n".join(_row(table, row, language) for row in kept)
    return None


def parse(text: str) -> list[list[str]] | None:
    """Read comma- or tab-separated text as rows; None, if it is no table."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    for separator in (",", "\t", "|"):
        rows = [
            [cell.strip() for cell in line.strip(" |").split(separator)]
            for line in lines
            if not re.fullmatch(r"[\s|:-]+", line)
        ]
        widths = {len(row) for row in rows}
        if len(rows) > 1 and len(widths) == 1 and widths.pop() > 1:
            return rows
    return None


def describe(rows: Rows, language: Language) -> str:
    """Say what a table holds, for a question that none of its cells answers."""
    header = ("、" if language == "zh" else ", ").join(rows[0])
    if language == "zh":
        return f"表格有{len(rows) - 1}行数据，列为：{header}。"
    return f"The table has {len(rows) - 1} rows with the columns {header}."


def _number(cell: str) -> float | None:
    try:
        return float(cell.replace(",", ""))
    except ValueError:
        return None


def _filter(question: str, table: Table) -> tuple[Rows, list[str]]:
    """Keep the rows that a cell named in the question belongs to."""
    named: list[str] = []
    kept: Rows = table.rows
    for column in range(len(table.header)):
        cells = {row[column] for row in kept if _number(row[column]) is None}
        hits = sorted(cell for cell in cells if _names(question, cell))
        if hits:
            kept = [row for row in kept if row[column] in hits]
            named += hits
    return kept, named


def _names(question: str, cell: str) -> bool:
    """Say whether a question names a cell, singular or plural."""
    if language_of(cell) == "zh":
        return cell in question
    wanted = features(cell).keys()
    return bool(wanted) and wanted <= features(question).keys()


def _measure(question: str, table: Table) -> int | None:
    """Choose the numeric column that the question names, else the last one."""
    if not table.numeric:
        return None
    asked = features(question)

    def fit(column: int) -> tuple[float, int]:
        own = features(table.header[column])
        exact = 2.0 if table.header[column].lower() in question.lower() else 0.0
        return exact + sum(asked[name] for name in sorted(own.keys() & asked.keys())), column

    return max(table.numeric, key=fit)


def _aggregate(
    operation: str,
    measure: int,
    table: Table,
    kept: Rows,
    named: list[str],
    language: Language,
) -> str:
    values = [_number(row[measure]) or 0.0 for row in kept]
    say = _SAY[operation, language]
    name = table.header[measure]
    if operation in ("max", "min"):
        pick: Callable[[list[float]], float] = max if operation == "max" else min
        value = pick(values)
        row = _row(table, kept[values.index(value)], language, but=measure)
        return say.format(measure=name, value=write(value), row=row)
    value = sum(values) / (len(values) if operation == "mean" else 1)
    joined = "、".join(named) if language == "zh" else ", ".join(named)
    scope = joined if language == "zh" else f" for {joined}" if named else ""
    return say.format(measure=name, value=write(round(value, 2)), scope=scope)


def _row(table: Table, row: Sequence[str], language: Language, but: int | None = None) -> str:
    colon, comma = ("：", "，") if language == "zh" else (": ", ", ")
    cells = [
        f"{name}{colon}{cell}"
        for index, (name, cell) in enumerate(zip(table.header, row, strict=True))
        if index != but
    ]
    return comma.join(cells)

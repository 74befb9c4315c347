"""The READMEs' figures of reliability are those that were recorded."""

from __future__ import annotations

import re

from tests.markdown import ROOT, Document, both
from tests.reliability.cases import CASES
from tests.reliability.test_reliability_cases import PLAYED


def recorded(part: str) -> str:
    return (ROOT / part / "RESULTS.md").read_text("utf-8")


def figure(pattern: str, text: str) -> str:
    found = re.findall(pattern, text, re.MULTILINE)
    assert len(found) == 1, f"{pattern}: {found}"
    return str(found[0])


@both
def test_cases_and_runs(document: Document) -> None:
    row = figure(r"^(.*`pytest tests/reliability`.*)$", document.text)
    assert f" {len(CASES)} " in row
    assert f" {len(PLAYED):,} " in row


@both
def test_fuzzing(document: Document) -> None:
    text = recorded("fuzz")
    each = re.findall(r"^([\d,]+) executions in all$", text, re.MULTILINE)
    total = f"{sum(int(one.replace(',', '')) for one in each):,}"
    assert text.splitlines()[2].startswith(f"{total} executions on ")
    row = figure(r"^(.*\(fuzz/RESULTS\.md\).*)$", document.text)
    assert f" {total} " in row
    for command in re.findall(r"^`python -m fuzz (.*?)(?: --seed \d+)?`$", text, re.MULTILINE):
        assert command in row


@both
def test_the_soak(document: Document) -> None:
    text = recorded("soak")
    streams = figure(r"^([\d,]+) streams, 0 faults$", text)
    outcomes = [line for line in text.splitlines() if re.match(r"\| [a-z]", line)][2:]
    cells = (cell.strip().replace(",", "") for line in outcomes for cell in line.split("|"))
    assert f"{sum(int(cell) for cell in cells if cell.isdigit()):,}" == streams
    row = figure(r"^(.*\(soak/RESULTS\.md\).*)$", document.text)
    assert f" {streams} " in row
    assert figure(r"^`(python -m soak .*?)` on ", text) in row


@both
def test_what_was_taken_out(document: Document) -> None:
    text = recorded("mutants")
    total = figure(r"^\*\*(\d+) protections taken out: \d+ killed, 0 survived\.\*\*$", text)
    assert f"{total} protections taken out: {total} killed" in text
    row = figure(r"^(.*\(mutants/RESULTS\.md\).*)$", document.text)
    assert re.findall(r"\d+", row) == [total, total]

"""The READMEs' figures of speed are those of the recorded results."""

from __future__ import annotations

import json
import re

import pytest

from tests.markdown import ROOT, Document, both

RESULTS = json.loads((ROOT / "benchmarks" / "results.json").read_text("utf-8"))

# Framework, its model of ours, the clients beside it; in the order of the table's columns.
WHO = [
    ("LangChain", "ChatXingYun", ["ChatOpenAI", "ChatMistralAI"]),
    ("LlamaIndex", "XingYun", ["OpenAILike"]),
]
MERGED = "{}(merge_buffered=True)"


def median(case: str, row: str, measure: str = "cpu") -> float:
    return float(RESULTS["cases"][case]["rows"][row][measure]["median"])


def shown(number: float) -> str:
    return f"{number:.1f}" if number < 100 else f"{number:.0f}"


@both
@pytest.mark.parametrize("case", ["stream", "concurrent", "spaced"])
@pytest.mark.parametrize(("framework", "ours", "others"), WHO, ids=[one[0] for one in WHO])
def test_the_table(
    document: Document, case: str, framework: str, ours: str, others: list[str]
) -> None:
    rows = [f"{framework} floor", ours, MERGED.format(ours), *others]
    measured = RESULTS["cases"][case]["rows"]
    figures = [shown(median(case, row)) if row in measured else "" for row in rows]
    figures += [""] * (5 - len(figures))
    row = "".join(f" {figure} |" if figure else "  |" for figure in figures)
    assert any(line.endswith(f"{framework} |{row}") for line in document.text.splitlines()), row


@both
def test_a_call(document: Document) -> None:
    for who in ("ChatXingYun", "XingYun", "ChatOpenAI", "ChatMistralAI", "httpx.post"):
        assert f"{median('call', who):.2f}" in document.text


@both
def test_the_floor_of_chunks_that_are_there(document: Document) -> None:
    moving = median("concurrent", "httpx.aiter_raw over aiohttp")
    for framework, *_ in WHO:
        assert shown(median("concurrent", f"{framework} doing nothing") + moving) in document.text


@both
def test_a_thousand_streams(document: Document) -> None:
    told = [line for line in document.text.splitlines() if "1,000" in line and "httpx" in line]
    assert len(told) == 1
    at = [
        median("thousand", who, "at 1,000") / median("thousand", who, "at 200")
        for who in ("XingYun", "ChatXingYun", "LangChain making chunks", "ChatXingYun._stream")
    ]
    assert re.findall(r"\b\d\.\d\b(?! MB)", told[0].split("1,000")[1]) == [f"{n:.1f}" for n in at]


@both
def test_the_machine_the_day_and_the_versions(document: Document) -> None:
    machine, versions = RESULTS["machine"], RESULTS["versions"]
    for fact in (RESULTS["date"][:10], machine["python"], machine["cpu"], machine["system"]):
        assert fact in document.text
    for package in ("langchain-core", "llama-index-core", "langchain-openai"):
        assert f"{package} {versions[package]}" in document.text


@both
def test_every_target_is_met(document: Document) -> None:
    met = [target["met"] for target in RESULTS["targets"]]
    assert all(met)
    assert str(len(met)) in document.text

"""The READMEs' figures of speed are those of the recorded results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
RESULTS = json.loads((ROOT / "benchmarks" / "results.json").read_text("utf-8"))
READMES = {name: (ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md")}

# Framework, its model of ours, the clients beside it; in the order of the table's columns.
WHO = [
    ("LangChain", "ChatXingYun", ["ChatOpenAI", "ChatMistralAI"]),
    ("LlamaIndex", "XingYun", ["OpenAILike"]),
]
MERGED = "{}(merge_buffered=True)"

readmes = pytest.mark.parametrize("readme", READMES.values(), ids=READMES)


def median(case: str, row: str, measure: str = "cpu") -> float | None:
    rows: dict[str, Any] = RESULTS["cases"][case]["rows"]
    return float(rows[row][measure]["median"]) if row in rows else None


def shown(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:.1f}" if number < 100 else f"{number:.0f}"


@readmes
@pytest.mark.parametrize("case", ["stream", "concurrent", "spaced"])
@pytest.mark.parametrize(("framework", "ours", "others"), WHO, ids=[one[0] for one in WHO])
def test_the_table(readme: str, case: str, framework: str, ours: str, others: list[str]) -> None:
    rows = [f"{framework} floor", ours, MERGED.format(ours), *others]
    figures = [shown(median(case, row)) for row in rows]
    figures += [""] * (5 - len(figures))
    row = "".join(f" {figure} |" if figure else "  |" for figure in figures)
    assert any(line.endswith(f"{framework} |{row}") for line in readme.splitlines()), row


@readmes
def test_a_call(readme: str) -> None:
    for who in ("ChatXingYun", "XingYun", "ChatOpenAI", "ChatMistralAI", "httpx.post"):
        assert f"{median('call', who):.2f}" in readme


@readmes
def test_the_machine_the_day_and_the_versions(readme: str) -> None:
    machine, versions = RESULTS["machine"], RESULTS["versions"]
    for fact in (RESULTS["date"][:10], machine["python"], machine["cpu"], machine["system"]):
        assert fact in readme
    for package in ("langchain-core", "llama-index-core", "langchain-openai"):
        assert f"{package} {versions[package]}" in readme


@readmes
def test_every_target_is_met(readme: str) -> None:
    met = [target["met"] for target in RESULTS["targets"]]
    assert all(met)
    assert str(len(met)) in readme

"""The benchmarks run, and say what they measured. How fast anything is, is not tested here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks import profile, server
from benchmarks.__main__ import main
from benchmarks.cases import CASES
from benchmarks.child import unavailable
from benchmarks.targets import TARGETS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
# All but those that start a process for each number.
QUICK = (
    "stream", "spaced", "concurrent", "thousand", "call", "construction", "first-token", "steady",
    "stages", "linear",
)  # fmt: skip
MODELS = ("ChatXingYun", "ChatAShui", "XingYun", "AShui")


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


class _QuickRun:
    def __init__(self, folder: Path) -> None:
        files = folder / "results.json", folder / "chart.svg"
        only = [word for name in QUICK for word in ("--only", name)]
        self.done = _run(
            "benchmarks", "--quick", *only, "--json", str(files[0]), "--chart", str(files[1])
        )
        assert self.done.returncode == 0, self.done.stderr
        self.results: dict[str, Any] = json.loads(files[0].read_text(encoding="utf-8"))
        self.chart = files[1].read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> _QuickRun:
    return _QuickRun(tmp_path_factory.mktemp("benchmarks"))


def test_every_model_is_measured_beside_the_floor(quick: _QuickRun) -> None:
    for case in ("stream", "concurrent"):
        rows = quick.results["cases"][case]["rows"]
        assert {*MODELS, "LangChain floor", "LlamaIndex floor"} <= rows.keys()
        assert all(rows[name]["cpu"]["median"] > 0 for name in MODELS)


def test_the_floor_is_the_framework_and_httpx_together(quick: _QuickRun) -> None:
    rows = quick.results["cases"]["stream"]["rows"]
    for family in ("LangChain", "LlamaIndex"):
        parts = [
            rows[name]["cpu"]["samples"] for name in ("httpx.iter_raw", f"{family} doing nothing")
        ]
        sums = [sum(column) for column in zip(*parts, strict=True)]
        assert rows[f"{family} floor"]["cpu"]["samples"] == pytest.approx(sums, rel=1e-4)


def test_every_target_of_the_cases_has_a_verdict_unless_a_client_is_missing(
    quick: _QuickRun,
) -> None:
    judged = [target["case"] for target in quick.results["targets"]]
    missing = quick.done.stdout.count("is not installed, and not compared with")
    for case in QUICK:
        wanted = sum(target.what.case == case for target in TARGETS)
        assert judged.count(case) == wanted or missing


def test_the_chart_is_svg_that_names_everybody(quick: _QuickRun) -> None:
    root = ElementTree.fromstring(quick.chart)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    words = "".join(root.itertext())
    assert all(name in words for name in MODELS)
    bars = root.findall("{http://www.w3.org/2000/svg}rect")
    charted = [
        row
        for case in ("stream", "concurrent")
        for name, row in quick.results["cases"][case]["rows"].items()
        if row["family"] != "no framework" and not name.endswith(("doing nothing", "making chunks"))
    ]
    assert len(bars) == len(charted) + 1  # and the page


def test_the_tables_say_what_was_found_of_the_targets(quick: _QuickRun) -> None:
    verdicts = quick.results["targets"]
    met = sum(target["met"] for target in verdicts)
    words = f"{met} of {len(verdicts)} targets met, {len(verdicts) - met} missed."
    assert words in quick.done.stdout


def test_results_name_versions_but_no_machine(quick: _QuickRun) -> None:
    assert {"xyashui", "httpx", "langchain-core"} <= quick.results["versions"].keys()
    assert quick.results["machine"].keys() == {
        "system", "cpu", "cores", "python", "load_at_start", "gc_thresholds",
    }  # fmt: skip


def test_a_case_that_does_not_exist_is_refused_with_the_names_of_those_that_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--only", "streams"])
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert all(name in said for name in CASES)


def test_a_profile_of_an_unknown_case_is_refused_with_the_names_of_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as caught:
        profile.main(["calls/ChatXingYun"])
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert "no case 'calls'; there are: stream, spaced, concurrent, call, construction" in said


def test_a_profile_shows_the_calls_and_what_each_function_takes_itself() -> None:
    pytest.importorskip("pyinstrument", reason="the extra `bench` has it")
    done = _run("benchmarks.profile", "ChatXingYun", "--seconds", "0.1")
    assert done.returncode == 0, done.stderr
    tree, _, itself = done.stdout.partition("What each function takes itself")
    assert "ChatXingYun._stream" in tree
    assert "xyashui/" in itself


@pytest.mark.skipif(unavailable() is not None, reason=unavailable() or "")
@pytest.mark.parametrize(
    ("what", "family", "name", "size"),
    [
        ("stream", "no framework", "xyashui.Client", "500"),
        ("stream", "LangChain", "ChatAShui._stream", "500"),
        ("image", "no framework", "httpx.post", "100000"),
        ("image", "LlamaIndex", "XingYun", "100000"),
    ],
)
def test_growth_is_measured_in_a_process_of_its_own(
    what: str, family: str, name: str, size: str
) -> None:
    with server.running() as url:
        done = _run("benchmarks.child", what, family, name, url, size)
    assert done.returncode == 0, done.stderr
    assert isinstance(json.loads(done.stdout)["growth"], float)

"""Protections that are taken out: who notices, and what is said where nobody does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mutants.__main__ import main
from mutants.protection import Protection, check_table
from mutants.report import as_file
from mutants.table import PROTECTIONS
from mutants.trying import ROOT, Run, Verdict, judged, tried

WARNING = "tests/xyashui/test_warnings.py::test_a_deprecation_is_an_error"


def entry(**changes: object) -> Protection:
    """An entry that is quick to try, with something changed about it."""
    given = {
        "name": "an-entry",
        "promise": "What is deprecated fails the tests.",
        "file": "pyproject.toml",
        "find": '  "error::DeprecationWarning",\n',
        "put": "",
        "tests": [f"{WARNING}[DeprecationWarning]"],
    }
    return Protection(**given | changes)  # type: ignore[arg-type]


# The table


def test_every_entry_fits_the_code_and_names_tests_that_are_there() -> None:
    assert check_table(PROTECTIONS, ROOT) == []


def test_every_promise_is_a_sentence() -> None:
    for one in PROTECTIONS:
        assert one.promise[0] in "[" or one.promise[0].isupper(), one.name
        assert one.promise.endswith("."), one.name


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"find": "no such text"}, "its text stands 0 times in pyproject.toml, not once"),
        ({"find": "error::"}, "its text stands 2 times in pyproject.toml, not once"),
        ({"put": '  "error::DeprecationWarning",\n'}, "nothing is taken out"),
        ({"file": "no/such/file.py"}, "No such file"),
        (
            {"file": "xyashui/retries.py", "find": "LONGEST_WAIT = 60.0", "put": "LONGEST_WAIT ="},
            "what is left is no Python",
        ),
        ({"tests": []}, "no test is named"),
        ({"tests": ["tests/xyashui/test_warnings.py"]}, "there is no test"),
        ({"tests": [f"{WARNING}s"]}, "there is no test"),
        ({"tests": ["tests/no_such_file.py::test_a"]}, "there is no test"),
    ],
)
def test_an_entry_that_does_not_fit_is_told(changes: dict[str, object], problem: str) -> None:
    (said,) = check_table([entry(**changes)], ROOT)
    assert problem in said


def test_so_are_two_of_one_name() -> None:
    assert check_table([entry(), entry()], ROOT) == ["an-entry: there are several"]


# One mutant after another


def test_quick_ones_are_killed(capsys: pytest.CaptureFixture[str]) -> None:
    names = ["deprecations", "longest-wait"]
    assert main([*(word for name in names for word in ("--only", name)), "--jobs", "1"]) == 0
    told = capsys.readouterr().out
    assert all(f"| {name} | " in told for name in names)
    assert "2 protections taken out: 2 killed, 0 survived" in told


def test_one_that_nobody_notices_survives(capsys: pytest.CaptureFixture[str]) -> None:
    unnoticed = entry(find='"-ra --strict-markers', put='"-ra --strict-markers -v')
    assert main(["--jobs", "1"], [unnoticed]) == 1
    printed = capsys.readouterr()
    assert "SURVIVED: passes all the same" in printed.out
    assert "an-entry survived" in printed.err


def test_one_whose_tests_are_not_there_is_at_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--jobs", "1"], [entry(tests=[f"{WARNING}[NoSuchWarning]"])]) == 1
    assert "AT FAULT: does not run" in capsys.readouterr().out


def test_nothing_is_run_where_the_table_does_not_fit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], [entry(find="no such text")]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "stands 0 times" in printed.err


def test_what_there_is_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    told = capsys.readouterr().out
    assert all(f"{one.name}: {one.promise}" in told for one in PROTECTIONS)


# What a run means

NAMED = ["tests/a.py::test_one", "tests/a.py::test_two[x]"]
PASSED = {"tests/a.py::test_one[1]": ("passed", ""), "tests/a.py::test_two[x]": ("passed", "")}
FAILED = dict.fromkeys(PASSED, ("failed", "AssertionError: no"))


@pytest.mark.parametrize(
    ("status", "ended", "ending", "why"),
    [
        (1, FAILED, "killed", "AssertionError: no"),
        (1, FAILED | {"tests/a.py::test_one[2]": ("passed", "")}, "killed", "AssertionError: no"),
        (1, FAILED | {"tests/a.py::test_two[x]": ("passed", "")}, "survived", "test_two[x]"),
        (0, PASSED, "survived", "tests/a.py::test_one"),
        (2, {}, "at fault", "pytest: 2"),
        (None, FAILED, "at fault", "not over in time"),
        (1, FAILED | {"tests/a.py::test_one[1]": ("error", "boom")}, "at fault", "breaks around"),
        (1, dict.fromkeys(PASSED, ("failed", "NameError: x")), "at fault", "is no program"),
    ],
)
def test_a_run_is_judged(
    status: int | None, ended: dict[str, tuple[str, str]], ending: str, why: str
) -> None:
    verdict = judged(entry(tests=NAMED), Run(status, ended), PASSED)
    assert verdict.ending == ending
    assert why in verdict.why


@pytest.mark.parametrize(
    ("before", "ending"),
    [
        (FAILED, "at fault"),
        ({"tests/a.py::test_one[1]": ("passed", "")}, "at fault"),
        (dict.fromkeys(PASSED, ("skipped", "")), "untried"),
    ],
)
def test_nothing_is_taken_out_where_it_could_tell_nothing(
    before: dict[str, tuple[str, str]], ending: str
) -> None:
    assert tried(entry(tests=NAMED), Run(0, before)).ending == ending


def test_the_page_says_how_it_was_made_and_nothing_of_this_machine() -> None:
    verdicts = [
        Verdict(entry(name="one"), "killed", "", 3),
        Verdict(entry(name="two"), "survived", "a | b\nc"),
    ]
    page = as_file(verdicts, "python -m mutants --record", ["one", "two"])
    assert "Made by `python -m mutants --record`, last on " in page
    assert "2 protections taken out: 1 killed, 1 survived" in page
    assert "| killed, 3 cases failed |" in page
    assert "| SURVIVED: a \\| b c |" in page
    assert str(Path.cwd()) not in page


def test_the_page_keeps_what_was_not_tried_again_as_long_as_it_is_there() -> None:
    names = ["one", "two", "new"]
    verdicts = [Verdict(entry(name=name), "killed", "", 1) for name in ("gone", "two", "one")]
    before = as_file(verdicts[:2], "x", ["gone", "two"])
    before = as_file(
        [Verdict(entry(name="one"), "at fault", "slow")], "x", ["gone", *names], before
    )
    assert "3 protections taken out: 2 killed, 0 survived, 1 at fault" in before
    tried = [
        Verdict(entry(name="one"), "killed", "", 2),
        Verdict(entry(name="new"), "killed", "", 1),
    ]
    page = as_file(tried, "x", names, before)
    assert "3 protections taken out: 3 killed, 0 survived." in page
    assert [line.split(" ")[1] for line in page.splitlines() if "killed, " in line][1:] == names
    assert "killed, 2 cases failed" in page


def test_every_protection_has_been_taken_out() -> None:
    # python -m mutants --record --only NAME
    page = (ROOT / "mutants" / "RESULTS.md").read_text(encoding="utf-8")
    killed = re.findall(r"^\| ([a-z0-9-]+) \| .* \| killed, ", page, re.MULTILINE)
    assert killed == [one.name for one in PROTECTIONS]

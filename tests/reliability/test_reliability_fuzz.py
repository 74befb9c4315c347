"""A short run of every fuzz target; `python -m fuzz` makes long ones."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

from fuzz.__main__ import main
from fuzz.engines import run
from fuzz.targets import TARGETS

SHORT = 600


@pytest.mark.parametrize("target", TARGETS)
def test_random_mutations_find_nothing(target: str) -> None:
    result = run(target, SHORT, 20, "mutations")
    assert result.failure == ""
    assert result.executions == SHORT


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed")
def test_nor_does_a_search_that_is_guided_by_the_code() -> None:
    result = run("answer", 200, 20, "atheris")
    assert result.failure == ""
    assert result.executions >= 200


# What was found once, by long runs.
FOUND = {
    "a line of a length at the limit": (
        "df64a0d8a5b4dff0c5475a81bcd2b26419dac896481471da57afd608bc27f07ae334243ecc2165be58af"
        "22ccbd6c7f67757b106aafa12caa98364a2cd1d3fb5d4f137e8cd7b9fae1a77afab3d84b9dc66b1aabac"
        "50b0fbbc8f89ec5f79bd221616ca5f700608eca9153d28821562a11be30348c7a421e82944385c857e10"
        "07d7b95dac64d892da5efc8d5c7d438a96bb86399207685d2578ac"
    ),
    "text behind the only call": (
        "9ffd270a507e06d9cbafc9ff802745c3c6b8e10640920781b76327a765283800bf6b7a7391ed8dbf76aa"
        "86d7ab86afdb1f70ab87814ed82cee55d47332667a4d"
    ),
    "a choice of which a stage hands nothing on": (
        "ef6e380acdc9d61c4d47ce8c6dff30804d30364b4d193861b6c8fb3b998ad696ce20bf4845079dee4661"
        "9a3abba858db3b93bce749ec2df6ace744ee41768434f9460d03fbe640fc082d10c2510afbcf7eb4cd02"
        "bc55291bff852f656fe0a5bc862e21007d955b25a93d7777856a587bdd37563640464a0efe9802012882"
        "dde55141c5ce985a9575a7d239500f2f8a58f3547c82aa190eee641e951152b036e4b49315ce9b6f6ed5"
        "a3984e537c44fb21cc41a5276c95624732438b37900e2fb867d5a819c02c9427"
    ),
}


@pytest.mark.parametrize("data", FOUND.values(), ids=FOUND)
def test_what_was_found_once_is_found_no_more(data: str) -> None:
    assert main(["--input", data]) == 0


def test_the_command_counts_and_says_where_it_failed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fuzz", "--engine", "mutations", "--target", "images",
         "--target", "sse", "--executions", "200"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "| images | mutations | 100 |" in done.stdout
    assert "200 executions in all" in done.stdout

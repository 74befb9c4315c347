"""Rounds, medians and targets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks import chart
from benchmarks.bench import Case, Result
from benchmarks.cases import CASES
from benchmarks.measuring import Entry, Row, Samples, rounds, summed, timed
from benchmarks.targets import TARGETS, Target, Value, Verdict, exit_code


def _entry(name: str, measure: Callable[[], Samples], ready: Callable[[], None]) -> Entry:
    return Entry(name, "ours", "LangChain", measure, ready)


def test_everybody_is_measured_in_turn_and_warm_rounds_do_not_count() -> None:
    order: list[str] = []

    def entry(name: str) -> Entry:
        def measure() -> Samples:
            order.append(name)
            return {"cpu": float(len(order))}

        return _entry(name, measure, lambda: order.append(f"{name} ready"))

    rows = rounds([entry("A"), entry("B")], runs=2, warm=1)
    assert order == ["A ready", "A", "B ready", "B"] * 3
    assert [row.samples["cpu"] for row in rows] == [[6.0, 10.0], [8.0, 12.0]]


def test_a_row_has_the_median_and_how_far_the_middle_half_lies_apart() -> None:
    row = Row("A", "ours", "LangChain", {"cpu": [5.0, 1.0, 4.0, 2.0, 100.0]})
    assert row.median("cpu") == 4.0
    assert row.spread("cpu") == 3.0
    assert Row("A", "ours", "LangChain", {"cpu": [5.0]}).spread("cpu") == 0.0


def test_a_floor_is_the_sum_of_its_parts_round_by_round() -> None:
    raw = Row("raw", "floor", "no framework", {"cpu": [1.0, 2.0], "wall": [3.0, 4.0]})
    idle = Row("idle", "floor", "LangChain", {"cpu": [10.0, 20.0], "wall": [30.0, 40.0]})
    floor = summed("floor", "LangChain", [raw, idle])
    assert floor.samples == {"cpu": [11.0, 22.0], "wall": [33.0, 44.0]}


def test_what_is_timed_is_done_once() -> None:
    done: list[int] = []
    samples = timed(lambda: done.append(1), units=10)
    assert done == [1]
    assert samples.keys() == {"cpu", "wall"}


# Targets


def _results(**medians: float) -> dict[str, Result]:
    case = Case("speed", "", "µs", ("cpu",), run=lambda bench: [])
    rows = [Row(name, "ours", "LangChain", {"cpu": [value]}) for name, value in medians.items()]
    return {"speed": Result(case, rows)}


@pytest.mark.parametrize(
    ("relation", "limit", "found", "met"),
    [
        ("at most", 30.0, 30.0, True),
        ("at most", 29.0, 30.0, False),
        ("times", 3.0, 3.0, True),
        ("times", 2.9, 3.0, False),
        ("times", 2.996, 3.0, True),
        ("above", 20.0, 20.0, True),
        ("above", 19.0, 20.0, False),
        ("times faster", 1 / 3, 1 / 3, True),
        ("times faster", 0.4, 1 / 3, False),
    ],
)
def test_a_target_is_a_limit(relation: str, limit: float, found: float, met: bool) -> None:
    base = None if relation == "at most" else Value("speed", "other")
    target = Target(Value("speed", "mine"), relation, limit, base)  # type: ignore[arg-type]
    value = target.found(_results(mine=30.0, other=10.0))
    assert value == found
    assert target.met_by(value) is met


def test_what_was_not_measured_is_not_judged() -> None:
    results = _results(mine=30.0)
    mine = Value("speed", "mine")
    assert Target(mine, "times", 2, Value("speed", "other")).found(results) is None
    assert Target(Value("memory", "mine"), "at most", 2).found(results) is None
    assert Target(Value("speed", "mine", "wall"), "at most", 2).found(results) is None


def test_a_missed_target_is_an_exit_code_only_where_that_is_asked_for() -> None:
    target = Target(Value("speed", "mine"), "at most", 1)
    met, missed = Verdict(target, 1.0, met=True), Verdict(target, 2.0, met=False)
    assert exit_code([met, missed], check=False) == 0
    assert exit_code([met, missed], check=True) == 1
    assert exit_code([met], check=True) == 0


def test_targets_are_of_cases_that_exist() -> None:
    assert {target.what.case for target in TARGETS} <= CASES.keys()
    for target in TARGETS:
        for value in filter(None, (target.what, target.base)):
            assert not value.measure or value.measure in CASES[value.case].measures


def test_a_chart_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="stream and concurrent"):
        chart.draw({"cases": {}})

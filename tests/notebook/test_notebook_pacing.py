"""How often there is something to draw."""

from __future__ import annotations

import pytest

from xyashui.notebook.pacing import Pace


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def draw(pace: Pace, clock: Clock, seconds: float = 0.0, size: int = 0) -> None:
    def drawing() -> int:
        clock.now += seconds
        return size

    pace.draw(drawing)


def drawings(
    pace: Pace, clock: Clock, *, seconds: float, step: float, cost: float = 0.0, size: int = 0
) -> int:
    """Offer something to draw every `step` seconds, where each drawing takes `cost`."""
    count, end = 0, clock.now + seconds
    while clock.now < end:
        if pace.due():
            draw(pace, clock, cost, size)
            count += 1
        clock.now += step
    return count


def test_the_first_drawing_is_due_at_once() -> None:
    assert Pace(clock=Clock()).due()


def test_the_next_is_due_a_twentieth_of_a_second_later() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    draw(pace, clock)
    assert not pace.due()
    clock.now += 0.049
    assert not pace.due()
    clock.now += 0.002
    assert pace.due()


def test_asking_does_not_count_as_drawing() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    assert pace.due()
    assert pace.due()


def test_there_are_at_most_twenty_a_second_whatever_the_rate_of_tokens() -> None:
    for step in (0.0001, 0.001, 0.03, 0.2):
        clock = Clock()
        count = drawings(Pace(clock=clock), clock, seconds=5, step=step)
        assert count <= 5 * 20 + 1
        assert count >= min(5 * 20, 5 / step) * 0.7


def test_drawing_that_takes_long_takes_a_fifth_of_the_time_at_most() -> None:
    for cost in (0.02, 0.1, 1.0):
        clock = Clock()
        count = drawings(Pace(clock=clock), clock, seconds=100, step=0.001, cost=cost)
        assert count * cost <= 100 * 0.2 + cost


def test_no_more_is_sent_than_a_server_passes_on() -> None:
    for size in (50_000, 1_000_000):
        clock = Clock()
        count = drawings(Pace(clock=clock), clock, seconds=100, step=0.001, size=size)
        assert count * size <= 100 * 400_000 + size


def test_a_drawing_that_fails_counts_all_the_same() -> None:
    clock = Clock()
    pace = Pace(clock=clock)

    def failing() -> int:
        raise OSError

    with pytest.raises(OSError, match=r"^$"):
        pace.draw(failing)
    assert not pace.due()

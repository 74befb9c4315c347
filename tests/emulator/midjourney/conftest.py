"""Emulators whose tasks take no time, or for ever; and pictures that are painted once."""

from collections.abc import Iterator

import pytest

import xyashui.emulator
from tests.emulator.midjourney.calling import Caller, Json
from xyashui.emulator import Emulator


@pytest.fixture(scope="session")
def fast() -> Iterator[Emulator]:
    with xyashui.emulator.serve(midjourney_seconds=0.05) as running:
        yield running


@pytest.fixture
def mj(fast: Emulator) -> Iterator[Caller]:
    caller = Caller(fast)
    yield caller
    caller.http.close()


@pytest.fixture(scope="session")
def grid(fast: Emulator) -> Json:
    return Caller(fast).imagine("a red boat at sea")


@pytest.fixture(scope="session")
def large(fast: Emulator, grid: Json) -> Json:
    return Caller(fast).pressed(grid, "U2")


@pytest.fixture
def slow() -> Iterator[Caller]:
    """Tasks here run for longer than any test does."""
    with xyashui.emulator.serve(midjourney_seconds=3_600) as running:
        caller = Caller(running)
        yield caller
        caller.http.close()

"""What all tests share: how they run, one emulator for the session, and no keys from outside."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Generator, Iterator

import hypothesis
import pytest

from xyashui.emulator import Emulator, serve

ENVIRONMENT = ("XINGYUN_API_KEY", "XINGYUN_BASE_URL", "ASHUI_API_KEY", "ASHUI_BASE_URL")

# A busy machine is no fault of the code's, and what passed once passes again: it is for `fuzz` to
# look for what is new.
hypothesis.settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("steady")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A job in a shell's background ignores Ctrl-C, and so would all that the tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """Run more tests at once than there are cores: many wait, for a timeout or another process."""
    here = getattr(os, "sched_getaffinity", None)
    return (len(here(0)) if here else os.cpu_count() or 1) + 2


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without looking for garbage: there is none, and a million objects to look through.

    Nor are they looked through afterwards, whenever a test has its own garbage collected.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take seconds, so that none is left alone at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*ENVIRONMENT, "LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with serve(midjourney_seconds=0.1) as running:
        yield running

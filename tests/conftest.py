"""What all tests share: one emulator for the session, and no keys from outside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from xyashui.emulator import Emulator, serve

ENVIRONMENT = ("XINGYUN_API_KEY", "XINGYUN_BASE_URL", "ASHUI_API_KEY", "ASHUI_BASE_URL")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*ENVIRONMENT, "LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with serve(midjourney_seconds=0.1) as running:
        yield running

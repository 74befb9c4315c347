"""A service that is down, an LLM of it, and a `Fallback` with one that answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from llama_index_xyashui import AShui, Fallback, XingYun
from tests.llama_index_xyashui.fallback.falling_back import REFUSAL
from tests.servers import FaultServer


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A service that is down, as long as it is told nothing else."""
    with FaultServer([REFUSAL]) as running:
        yield running


@pytest.fixture
def down(server: FaultServer) -> Callable[..., XingYun]:
    """An LLM of that service."""

    def make(**settings: Any) -> XingYun:
        given = {"api_key": "test-key", "base_url": server.url, "max_retries": 0}
        return XingYun(**given | settings)

    return make


@pytest.fixture
def pair(down: Callable[..., XingYun], ashui: Callable[..., AShui]) -> Callable[..., Fallback]:
    """An LLM of the service that is down, and one that answers, as one."""
    return lambda **settings: Fallback([down(), ashui(max_retries=0)], **settings)

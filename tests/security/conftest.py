"""What the tests of security share: a log of all that anybody logs."""

from __future__ import annotations

import logging

import pytest

LOGGERS = ("xyashui", "httpx", "httpcore", "aiohttp", "asyncio", "langchain_core", "llama_index")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    for name in (None, *LOGGERS):
        caplog.set_level(logging.DEBUG, name)
    return caplog

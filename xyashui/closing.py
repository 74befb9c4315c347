"""Async generators inside one another, closed in order even while their event loop shuts down.

The loop closes all of them at once then, each in a task of its own. So each waits a moment for the
loop to begin with those inside, and does not mind to find them closing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any, Generic, TypeVar

__all__ = ["close", "closing_in_order"]

_G = TypeVar("_G", bound=AsyncGenerator[Any, None])


async def close(generator: AsyncGenerator[Any, None]) -> None:
    """Close a generator that another one reads."""
    if getattr(generator, "ag_frame", None) is not None:
        await asyncio.sleep(0)
    with suppress(RuntimeError):
        await generator.aclose()


class closing_in_order(Generic[_G]):  # noqa: N801 - as `contextlib.aclosing`
    """Do what `contextlib.aclosing` does, in order."""

    def __init__(self, generator: _G) -> None:
        self._generator = generator

    async def __aenter__(self) -> _G:
        return self._generator

    async def __aexit__(self, *exc: object) -> None:
        await close(self._generator)

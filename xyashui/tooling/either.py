"""Written once, for clients with and without `await`.

What is done is a coroutine over either kind of client: a call of the sync one has its result at
once, so that the coroutine never waits and is over in one step.
"""

from __future__ import annotations

from collections.abc import Coroutine
from inspect import isawaitable
from typing import Any, TypeVar, cast

__all__ = ["over_at_once", "settled"]

T = TypeVar("T")


async def settled(value: Any) -> Any:
    """Return what a call gave, awaited where that is needed."""
    return await value if isawaitable(value) else value


def over_at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine over a sync client; return what it returns, raise what it raises."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return cast("T", end.value)
    coroutine.close()
    raise RuntimeError("a coroutine over a sync client had something to wait for")

"""What happens in between: something else, at each step of a piece of code.

As the garbage collector does, which ends what it finds at any moment, in whichever thread.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from types import FrameType, ModuleType
from typing import Any

__all__ = ["every_step", "in_between"]


def every_step(
    of: ModuleType,
    scene: Callable[[], tuple[Callable[[], Any], Callable[[], Any]]],
    *,
    but: str = "",
) -> Iterator[str]:
    """Play a scene again and again, with something else at its first step, its second ...

    Args:
        of: Whose code is meant.
        scene: Makes what is done, and what happens in between.
        but: A function of it in which nothing can.

    Yields:
        Where that was, after each: the moment to look at what has come of it.
    """
    for step in count(1):
        done, between = scene()
        with in_between(of, step, between, but) as places:
            done()
        if not places:
            assert step > 1, "there is code of it"
            return
        yield places[0]


@contextmanager
def in_between(
    of: ModuleType, step: int, between: Callable[[], Any], but: str = ""
) -> Iterator[list[str]]:
    """Have something happen before one step of the block; where, is in the list afterwards."""
    left, places = step, []

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        code = frame.f_code
        if code.co_filename != of.__file__ or code.co_name == but or places:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            left -= 1
            if left == 0:
                places.append(f"{code.co_qualname}, line {frame.f_lineno}")
                between()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield places
    finally:
        sys.settrace(before)

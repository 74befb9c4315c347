"""Mistakes of this package's own, told as what they are: neither the service's nor the network's.

Whoever calls gets one error of ours whatever happens, with what had arrived; and here one that
says whom to tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

from xyashui.errors import ConfigurationError, InternalError, XyashuiError
from xyashui.requests import shorten

if TYPE_CHECKING:
    from xyashui.outgoing import Outgoing

__all__ = ["is_mistake", "mistake", "mistakes_told"]

_KINDS = (
    *(ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, NameError),
    *(NotImplementedError, TypeError),
)
_OF_OTHERS = (XyashuiError, MemoryError, RecursionError, Warning)
_LONGEST_WORDS = 300
# Python's words for a client of a program's own that is called as httpx's are, and cannot be.
_UNLIKE_HTTPX = re.compile(
    r"send\(\) got an unexpected keyword argument '(stream|auth|follow_redirects)'"
)


def is_mistake(error: Exception) -> bool:
    """Whether `error`, of a call into other libraries, was raised in this package by mistake."""
    place = _last(error.__traceback__)
    return isinstance(error, _KINDS) and place is not None and _is_ours(place)


@contextmanager
def mistakes_told(call: Outgoing | None = None) -> Iterator[None]:
    """Raise what comes out of the block and is nobody's error as `InternalError`.

    Args:
        call: What was under way, which knows what had arrived.
    """
    try:
        yield
    except _OF_OTHERS:
        raise
    except Exception as error:
        told: XyashuiError = mistake(error)
        raise told if call is None else call.explained(told) from error


def mistake(error: Exception) -> InternalError | ConfigurationError:
    """Return the error that tells of a mistake: ours, or that of a client unlike httpx's."""
    if isinstance(error, TypeError) and (unlike := _UNLIKE_HTTPX.search(str(error))):
        return ConfigurationError(
            f"The http client that was given cannot be used: its send() takes no {unlike[1]}=..., "
            "which httpx's own does; let it take **kwargs and hand them on"
        )
    words = f": {shorten(str(error), _LONGEST_WORDS)}" if str(error) else ""
    return InternalError(
        f"A mistake in xyashui itself: please report it. {type(error).__name__}"
        f"{_where(error.__traceback__)}{words}"
    )


def _where(entry: TracebackType | None) -> str:
    """Name the last place in this package; no path, which is the machine's."""
    found = ""
    while entry is not None:
        if _is_ours(entry):
            frame = entry.tb_frame
            name = frame.f_globals.get("__name__")
            found = f" in {name}, {frame.f_code.co_name}, line {entry.tb_lineno}"
        entry = entry.tb_next
    return found


def _last(entry: TracebackType | None) -> TracebackType | None:
    while entry is not None and entry.tb_next is not None:
        entry = entry.tb_next
    return entry


def _is_ours(entry: TracebackType) -> bool:
    return str(entry.tb_frame.f_globals.get("__name__", "")).partition(".")[0] == "xyashui"

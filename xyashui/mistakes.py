"""Mistakes of this package's own, told as what they are: neither the service's nor the network's.

Whoever calls gets one error of ours whatever happens, with what had arrived; and here one that
says whom to tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from traceback import walk_tb
from types import FrameType
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
    if not isinstance(error, _KINDS):
        return False
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    return frames != [] and _is_ours(frames[-1])


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
        f"{_where(error)}{words}"
    )


def _where(error: Exception) -> str:
    """Name the last place in this package; no path, which is the machine's."""
    ours = [place for place in walk_tb(error.__traceback__) if _is_ours(place[0])]
    if not ours:
        return ""
    frame, line = ours[-1]
    return f" in {frame.f_globals['__name__']}, {frame.f_code.co_name}, line {line}"


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == "xyashui"

"""stdout and stderr, and an error as a user meets it."""

from __future__ import annotations

import sys
from contextlib import suppress

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from xyashui.errors import XyashuiError
from xyashui.providers import Provider
from xyashui.terminal.advice import what_to_do
from xyashui.terminal.cleaning import one_line
from xyashui.terminal.wrapping import wrap

__all__ = ["is_plain", "make_console", "say", "show_error"]

_PLAIN_WIDTH = 160  # a pipe has none; tables are to stay in one piece
_WIDEST = 100  # columns; longer lines are hard to read


def make_console(*, stderr: bool = False) -> Console:
    """Return a console; what it is given is text, not rich's markup."""
    stream = sys.stderr if stderr else sys.stdout
    with suppress(AttributeError):  # a stream of somebody's own
        # A terminal that cannot write Chinese should show "?" and not fail.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    console = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if is_plain(console):
        console.width = _PLAIN_WIDTH
    return console


def is_plain(console: Console) -> bool:
    """Whether a console shows text alone: a pipe, a file, or a terminal without a cursor."""
    return not console.is_terminal or console.is_dumb_terminal


def say(console: Console, text: str, style: str = "") -> None:
    """Write a sentence: wrapped for a terminal, as one line for anything else."""
    if not is_plain(console):
        text = wrap(text, min(console.width, _WIDEST) - 1, cell_len)
    console.print(Text(text, style=style), soft_wrap=True)


def show_error(console: Console, error: XyashuiError, provider: Provider, advice: str = "") -> None:
    """Write an error: its class and message, and what to do about it.

    Args:
        console: Where to.
        error: What was raised.
        provider: The service that was asked.
        advice: What to do, where the usual advice does not fit.
    """
    say(console, f"{type(error).__name__}: {one_line(str(error))}", "red")
    if advice := advice or what_to_do(error, provider):
        say(console, f"→ {advice}.")

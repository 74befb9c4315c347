"""A progress bar for what has many parts: embeddings, batches, Midjourney tasks.

`tqdm.auto` draws it: a widget in a notebook, a line of text in a terminal. It is imported
only where a bar is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from xyashui.errors import ConfigurationError

__all__ = ["Advance", "progress_bar"]

Advance = Callable[[int], None]
"""Moves the bar forward by so many units."""

_SHARE_ONLY: Final = "{l_bar}{bar}| {elapsed}"


@contextmanager
def progress_bar(
    total: int | None, description: str, *, unit: str = "it", wanted: bool = True
) -> Iterator[Advance]:
    """Show a progress bar while the block runs, and close it however the block ends.

    Args:
        total: How many units make up the whole, or `None` where nobody knows yet.
        description: What is going on, shown before the bar: "Embedding".
        unit: What is counted, in the singular: "text"; "%" shows no counts beside the share.
        wanted: Whether to show anything. Without it the function that the block gets does
            nothing, and `tqdm` is not imported.

    Yields:
        A function that moves the bar forward by so many units. Threads may share it.

    Raises:
        ConfigurationError: A bar is wanted and `tqdm` is not installed. It is raised before
            the block runs.

    Example:
        >>> with progress_bar(3, "Embedding", unit="text", wanted=False) as advance:
        ...     for batch in (["a", "b"], ["c"]):
        ...         advance(len(batch))
    """
    if not wanted:
        yield _stand_still
        return
    # A count of percent, and a rate of it, would say nothing that the share does not.
    form = _SHARE_ONLY if unit == "%" else None
    with _tqdm()(total=total, desc=description, unit=f" {unit}", bar_format=form) as bar:

        def advance(count: int) -> None:
            # `update` reads and then writes the count: two threads at once would lose one.
            with bar.get_lock():
                bar.update(count)

        yield advance


def _stand_still(count: int) -> None:
    """Move no bar: none is wanted."""


def _tqdm() -> Any:
    try:
        from tqdm.auto import tqdm
    except ImportError as error:
        raise ConfigurationError(
            "a progress bar needs tqdm: pip install 'xyashui[notebook]', or ask for no progress bar"
        ) from error
    return tqdm

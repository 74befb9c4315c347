"""Whether somebody looks on: a notebook, a terminal, or nobody."""

from __future__ import annotations

import sys
from importlib.util import find_spec

__all__ = ["in_notebook", "shows_progress"]


def in_notebook() -> bool:
    """Whether this runs in a notebook's kernel, which shows what a cell ends with."""
    ipython = sys.modules.get("IPython")  # where nobody has imported it, there is no kernel
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def shows_progress(asked: bool | None) -> bool:
    """Whether to show a progress bar.

    Args:
        asked: What the program says. `None` means: where somebody looks on, which is in a notebook
            and where stderr is a terminal, and only if `tqdm` is there to draw it.
    """
    if asked is not None:
        return asked
    looked_at = in_notebook() or (sys.stderr is not None and sys.stderr.isatty())
    return looked_at and find_spec("tqdm") is not None

"""The `xyashui` command: the door, which says what is missing before anything is needed.

The commands themselves are in `xyashui.commands`; they need the extra `cli`.
"""

from __future__ import annotations

import sys

__all__ = ["main"]

_EXTRA = ("typer", "rich")
_INTERRUPTED = 130  # what shells report for a program that Ctrl-C ended


def main() -> None:
    """Run the command that `sys.argv` asks for, and exit."""
    try:
        from xyashui.commands.app import app

        app(prog_name="xyashui")
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _EXTRA:
            raise
        sys.exit(f"The xyashui command needs {missing}: pip install 'xyashui[cli]'")
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)

"""A program in a process of its own, which may wait for ever, or take all the memory that there is.

done = run_program("import sys; print(sys.argv[1])", server.url)
assert (done.stdout, done.stderr) == (f"{server.url}\\n", "")
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Sequence

__all__ = ["run_program"]


def run_program(
    source: str, *arguments: object, options: Sequence[str] = (), timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run Python source, however far it is indented, with arguments and options of Python's."""
    command = [sys.executable, *options, "-c", textwrap.dedent(source), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)

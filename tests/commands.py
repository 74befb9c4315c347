"""The `xyashui` command: in a process of its own, as users run it, or here, in a tenth of the time.

done = run("chat", "hi", **pointed_at(emulator))
assert (done.returncode, done.stdout) == (0, "Hello!\n")
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

import xyashui
from xyashui.commands.app import app
from xyashui.emulator import Emulator

COMMAND = (sys.executable, "-m", "xyashui")
SERVICES = ("xingyun", "ashui")

Done = subprocess.CompletedProcess[str]

_ROOT = Path(xyashui.__file__).parents[1]
_OURS = ("XINGYUN_", "ASHUI_", "LANGSMITH_", "LANGCHAIN_")
_SHOWING = {"COLUMNS", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"}


def _is_foreign(name: str) -> bool:
    """Whether an environment variable would have a say in what a command does."""
    return name.startswith(_OURS) or name.lower().endswith("_proxy") or name in _SHOWING


def environment(**variables: str) -> dict[str, str]:
    """Return the environment of a process whose command is told `variables`, and nothing else."""
    kept = {name: value for name, value in os.environ.items() if not _is_foreign(name)}
    return kept | {"PYTHONPATH": str(_ROOT), "PYTHONIOENCODING": "utf-8"} | variables


def run(*arguments: str, stdin: str | bytes | None = None, **variables: str) -> Done:
    """Run a command here, with stdin, stdout, stderr and an environment of its own."""
    foreign = {name: None for name in os.environ if _is_foreign(name)}
    done = CliRunner().invoke(app, arguments, input=stdin, env=foreign | variables)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Done(arguments, done.exit_code, done.stdout, done.stderr)


def run_alone(*arguments: str, stdin: str | bytes | None = None, **variables: str) -> Done:
    """Run a command in a process of its own."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [*COMMAND, *arguments],
        input=data,
        stdin=subprocess.DEVNULL if data is None else None,
        capture_output=True,
        timeout=120,
        env=environment(**variables),
        check=False,
    )
    return Done(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def pointed_at(emulator: Emulator, key: str = "any") -> dict[str, str]:
    """Return the variables that lead to an emulator."""
    return {
        "XINGYUN_BASE_URL": emulator.xingyun_url,
        "ASHUI_BASE_URL": emulator.ashui_url,
        "XINGYUN_API_KEY": key,
        "ASHUI_API_KEY": key,
    }

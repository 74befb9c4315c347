"""The commands that a command tells its reader to type work in the terminal where they are read."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import environment, pointed_at
from xyashui.emulator import Emulator


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The command as pip installs it, in a directory that is not in PATH."""
    made = tmp_path / "an environment" / "bin" / "xyashui"
    made.parent.mkdir(parents=True)
    made.write_text(f"#!{sys.executable}\nfrom xyashui.cli import main\nmain()\n")
    made.chmod(0o700)
    return made


def shell(line: str, directory: Path, **variables: str) -> str:
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=directory,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def advised(said: str) -> str:
    """Return the command that `xyashui check` says is ready."""
    found = re.search(r"^Ready: (.+)$", said, re.MULTILINE)
    assert found, said
    return found[1]


def test_a_command_that_is_not_in_path_is_named_by_its_path(
    program: Path, emulator: Emulator, tmp_path: Path
) -> None:
    settings = pointed_at(emulator)
    said = shell("./bin/xyashui check -p ashui", program.parents[1], **settings)
    # In another directory than the one in which it was called, too.
    assert shell(f"{advised(said)} --no-stream", tmp_path, **settings)


def test_a_command_in_path_is_named_as_it_is_called(program: Path, emulator: Emulator) -> None:
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    said = shell("xyashui check -p ashui", program.parent, **pointed_at(emulator), PATH=path)
    assert advised(said) == "xyashui chat --provider ashui 你好"


def test_a_command_that_python_ran_is_run_by_the_same_python(
    emulator: Emulator, tmp_path: Path
) -> None:
    settings = pointed_at(emulator)
    said = shell(f"'{sys.executable}' -m xyashui check -p ashui", tmp_path, **settings)
    assert shell(f"{advised(said)} --no-stream", tmp_path, **settings)


@pytest.mark.slow
def test_so_are_the_commands_that_end_the_demo(
    program: Path, emulator: Emulator, tmp_path: Path
) -> None:
    line = "./bin/xyashui demo --fast --provider ashui --framework langchain"
    said = shell(line, program.parents[1])
    lines = said.partition("What next?")[2].splitlines()
    check, chat = lines[-2:]
    assert check.endswith(" check")
    assert "all is well" in shell(check, tmp_path, **pointed_at(emulator))
    assert shell(chat, tmp_path, **pointed_at(emulator))

"""The command's door: its version, its help, what it says of what is missing; and `models`."""

from __future__ import annotations

import subprocess
import sys

import pytest

import xyashui
from tests.commands import environment, pointed_at, run, run_alone
from xyashui.emulator import XINGYUN_MODELS, Emulator


def test_it_says_which_version_it_is() -> None:
    done = run_alone("--version")
    assert (done.returncode, done.stdout) == (0, f"xyashui {xyashui.__version__}\n")


def test_help_names_the_commands() -> None:
    done = run("--help")
    assert done.returncode == 0
    for name in ("demo", "chat", "check", "models", "emulate"):
        assert name in done.stdout


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_a_missing_extra_is_one_line_that_says_what_to_install(missing: str) -> None:
    program = f"import sys; sys.modules[{missing!r}] = None; from xyashui.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"The xyashui command needs {missing}: pip install 'xyashui[cli]'"
    ]


def test_a_missing_emulator_is_one_line_that_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['starlette'] = None; sys.argv = ['xyashui', 'chat', '--emulator',"
        " 'hi']; from xyashui.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=environment(),
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 1
    assert "pip install 'xyashui[emulator]'" in done.stderr
    assert "Traceback" not in done.stderr


# models


def test_models_are_listed_with_their_owners(emulator: Emulator) -> None:
    done = run("models", **pointed_at(emulator))
    assert done.returncode == 0
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows[0] == ["Model", "Owner"]
    assert ["qwen-turbo", "ali"] in rows
    assert [row[0] for row in rows[1:]] == list(XINGYUN_MODELS)
    assert f"{len(XINGYUN_MODELS)} models of 星芸AI" in done.stderr


def test_models_can_be_listed_without_a_key() -> None:
    done = run_alone("models", "--emulator")
    assert done.returncode == 0
    assert "gpt-4-turbo" in done.stdout


def test_models_of_a_service_without_a_list_are_wrong_use(emulator: Emulator) -> None:
    done = run("models", "--provider", "ashui", **pointed_at(emulator))
    assert (done.returncode, done.stdout) == (2, "")
    assert "documents no models" in done.stderr


def test_models_are_not_listed_for_a_wrong_key(emulator: Emulator) -> None:
    done = run("models", **pointed_at(emulator, key="invalid"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "AuthenticationError" in done.stderr

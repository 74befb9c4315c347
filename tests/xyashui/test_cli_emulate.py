"""`xyashui emulate`, in a process of its own, as whoever tries something against it has it."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields

from tests.commands import COMMAND, SERVICES, environment, run
from xyashui.emulator import PROMPT_TRIGGERS, TRIGGERS, Emulator, Faults


@contextmanager
def emulating(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [*COMMAND, "emulate", "--port", "0", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdout
    try:
        said = ""
        while not said.endswith("Ctrl-C ends it.\n"):
            line = process.stdout.readline()
            assert line, "it ended before it began"
            said += line
        yield process, said
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == 0


def test_emulate_says_how_to_reach_it() -> None:
    with emulating() as (_, said):
        lines = re.findall(r"^export (.+)$", said, re.MULTILINE)
        settings = dict(pair.split("=", 1) for line in lines for pair in line.split())
        assert sorted(settings) == [
            "ASHUI_API_KEY", "ASHUI_BASE_URL", "XINGYUN_API_KEY", "XINGYUN_BASE_URL"
        ]  # fmt: skip
        for provider in SERVICES:
            assert run("chat", "1+1=?", "-p", provider, **settings).stdout == "1 + 1 = 2.\n"


def test_emulate_goes_wrong_as_it_is_told() -> None:
    with emulating("--rate-limit", "1", "--retry-after", "0") as (_, said):
        url = re.search(r"http://\S+/ashui", said)
        assert url
        done = run("chat", "hi", "--base-url", url[0], ASHUI_API_KEY="any")
    assert done.returncode == 1
    assert done.stderr.startswith("RateLimitError: ")


def test_emulate_has_a_flag_for_every_fault() -> None:
    help_text = run("emulate", "--help", COLUMNS="120").stdout
    for field in fields(Faults):
        assert f"--{field.name.replace('_', '-')} " in help_text
    assert run("emulate", "--cut", "2").returncode == 2


def test_emulate_lists_the_triggers_and_serves_nothing(emulator: Emulator) -> None:
    # The port is taken by an emulator, as it is where somebody looks up what to send it.
    done = run("emulate", "--triggers", "--port", str(emulator.port))
    assert (done.returncode, done.stderr) == (0, "")
    for one in TRIGGERS:
        assert re.search(rf"{one.service}\s+{one.kind} {one.name}\s", done.stdout)
    for prompt in PROMPT_TRIGGERS:
        assert f"{prompt.section} prompt {prompt.words[0]}" in done.stdout
    assert "Ctrl-C" not in done.stdout
    assert "export" not in done.stdout


def test_a_port_in_use_is_one_line(emulator: Emulator) -> None:
    done = run("emulate", "--port", str(emulator.port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"Port {emulator.port} is in use already: choose another with --port, or --port 0\n"
    )

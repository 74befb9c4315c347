"""`xyashui emulate`: both services on this machine, and how to point a program at them."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from xyashui.commands.outcome import fail
from xyashui.providers import PROVIDERS
from xyashui.terminal.consoles import is_plain, make_console, say
from xyashui.transport import is_loopback

if TYPE_CHECKING:
    from xyashui.emulator import Emulator

__all__ = ["list_triggers", "run"]


def run(*, host: str, port: int, pace: float | None, settings: Mapping[str, Any]) -> None:
    """Serve until Ctrl-C.

    Args:
        host: The address to listen on.
        port: The port; 0 takes a free one.
        pace: Tokens a second; `None` sends answers at once.
        settings: What goes wrong, by the names of `xyashui.emulator.Faults`; others are ignored.
    """
    from xyashui import emulator

    names = {field.name for field in fields(emulator.Faults)}
    faults = emulator.Faults(**{name: settings[name] for name in names & settings.keys()})
    console = make_console()

    def greet(running: Emulator) -> None:
        _greet(console, running.url)
        say(console, "\nCtrl-C ends it.", "dim")
        console.file.flush()  # a program that started this one reads the addresses from a pipe

    try:
        emulator.run(host=host, port=port, tokens_per_second=pace, faults=faults, on_start=greet)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            fail(f"Port {port} is in use already: choose another with --port, or --port 0")
        fail(f"Cannot listen on {host}, port {port}: {error.strerror or error}")


def _greet(console: Console, url: str) -> None:
    say(console, "The offline emulator is running: no question leaves this machine.", "bold")
    if not is_loopback(url):
        say(console, "Other machines can reach it too: it listens beyond this one.", "red")
    for one in PROVIDERS.values():
        console.print(Text(f"\n{one.title}  ").append(f"{url}/{one.name}", style="bold"))
        line = _setting({one.base_url_variable: f"{url}/{one.name}", one.api_key_variable: "any"})
        console.print(Text(line, style="green"), soft_wrap=True)


def _setting(variables: Mapping[str, str]) -> str:
    """The line for a shell that sets environment variables."""
    if os.name == "nt":
        return "; ".join(f'$env:{name}="{value}"' for name, value in variables.items())
    return "export " + " ".join(f"{name}={value}" for name, value in variables.items())


def list_triggers() -> None:
    """List the keys, models and words that bring errors about; nothing is served."""
    from xyashui.emulator import PROMPT_TRIGGERS, TRIGGERS

    console = make_console()
    say(
        console,
        "These keys and models, and words in prompts for pictures, bring errors about; anything "
        "else is taken.",
        "bold",
    )
    table = Table(box=None if is_plain(console) else SIMPLE_HEAD, pad_edge=False)
    for heading in ("Service", "Send", "Code", "What it means"):
        table.add_column(heading, no_wrap=heading != "What it means")
    for one in TRIGGERS:
        # HTTP statuses tell 星芸's errors apart, and numbers of its own tell 阿水's.
        code = one.code if isinstance(one.code, int) else one.status
        table.add_row(
            one.service, Text(f"{one.kind} {one.name}"), Text(str(code)), Text(one.meaning)
        )
    for prompt in PROMPT_TRIGGERS:
        words = Text(f"{prompt.section} prompt {prompt.words[0]}")
        table.add_row("xingyun", words, Text(str(prompt.status)), Text(prompt.meaning))
    console.print(table)

"""How the demo looks: rules, panels and captions on a terminal, plain text anywhere else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from time import sleep

from rich.box import ROUNDED
from rich.cells import cell_len
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from xyashui.demo.picture import half_blocks
from xyashui.demo.scenes import Scene
from xyashui.errors import XyashuiError
from xyashui.providers import Provider
from xyashui.terminal.advice import what_to_do
from xyashui.terminal.calling import this_command
from xyashui.terminal.cleaning import Cleaner, one_line
from xyashui.terminal.consoles import is_plain, make_console
from xyashui.terminal.wrapping import Wrapper, wrap

__all__ = ["Stage"]

_WIDEST = 96
_INDENT = "   "
_REST = 0.25  # seconds between scenes, to look at what came
_LINK = re.compile(r"https?://[^\s()\[\]]+")

# Named colours of the terminal's own, dark enough for light ones and light enough for dark ones.
_KEYWORD = re.compile(r"\b(?:from|import|for|in|as|def|return|True|False|None)\b")
_NUMBER = re.compile(r"\b\d+(?:\.\d+)?\b")
_STRING = re.compile(r"""f?"[^"\n]*\"""")


class Stage:
    """Shows scenes.

    Args:
        fast: Make no pauses.
    """

    def __init__(self, *, fast: bool) -> None:
        self._console = make_console()
        self._plain = is_plain(self._console)
        self._width = 80 if self._plain else min(self._console.width, _WIDEST)
        self._console.width = self._width
        self.watched = not fast and not self._plain
        self._number = 0
        self._begin_result()

    # Between the scenes

    def open(self) -> None:
        """Say what this is, and what it is not."""
        self._panel(
            "xyashui demo",
            "The answers below come from the offline emulator on this machine, not from the "
            "services: no key, no network. It answers by rules, so look at how it is done and "
            "not at what it says.",
            "以下回答来自本机的离线模拟器，并非真实服务：无需密钥，也不联网。",
        )

    def announce(self, title: str, address: str) -> None:
        """Begin the part of one service."""
        self._number = 0
        self._console.print()
        if self._plain:
            self._console.print(f"=== {title}, {address} ===")
        else:
            heading = Text().append(title, style="bold").append(f"  {address}", style="dim")
            self._console.rule(heading, style="cyan")

    def introduce(self, scene: Scene, framework: str, lines: str) -> None:
        """Begin a scene: its caption, and its code."""
        self._number += 1
        self._console.print()
        title = Text().append(f"{self._number}  ", style="bold cyan")
        title.append(f"{framework}: {scene.title}", style="bold")
        if self._plain:
            self._console.print(f"{title}  {scene.chinese}", soft_wrap=True)
            self._console.print(_as_session(lines), soft_wrap=True)
        else:
            self._caption(title, scene.chinese)
            panel = Panel(
                _coloured(lines), box=ROUNDED, border_style="dim", width=self._width - len(_INDENT)
            )
            self._console.print(Padding(panel, (0, 0, 0, len(_INDENT))))
        self._begin_result()

    def end_scene(self) -> None:
        """End a scene's last line, and let it be looked at."""
        self._wrapper.feed(self._cleaner.finish())
        self._wrapper.flush()
        if self._wrapper.midline:
            self._console.print()
        if self.watched:
            sleep(_REST)

    def note(self, words: str) -> None:
        """Say a sentence between scenes."""
        self._console.print()
        self._say(one_line(words), "dim")

    def waiting(self, words: str) -> AbstractContextManager[object]:
        """Show that something takes its time."""
        return self._console.status(words)

    def close(self, seconds: float, providers: Sequence[Provider]) -> None:
        """Say what to do next."""
        self._console.print()
        self._panel(
            f"That was all, in {seconds:.0f} s. What next?",
            "With a key, the services themselves can be asked:",
            "设置密钥后，即可向真实服务提问：",
        )
        command = this_command()
        lines = [f"export {one.api_key_variable}=..." for one in providers]
        lines += [f"{command} check", f'{command} chat "你好" --provider {providers[0].name}']
        # To be copied: each is one line, however long, and nothing stands around it.
        self._console.print(Text("\n".join(lines)), soft_wrap=True)

    # Within a scene

    def print(self, *values: object, sep: str = " ", end: str = "\n", flush: bool = False) -> None:
        """Take the place of `print` in the code that is shown."""
        self._wrapper.feed(self._cleaner.feed(sep.join(map(str, values)) + end))

    def show_picture(self, path: Path) -> None:
        """Show a picture as what it is."""
        art, facts = half_blocks(path)
        if self._plain or self._console.color_system is None:
            self._say(facts)
            return
        grid = Table.grid(padding=(0, 2))
        grid.add_row(art, Text(facts, style="dim"))
        self._console.print(Padding(grid, (0, 0, 0, len(_INDENT) + 1)))

    def show_error(self, error: XyashuiError, provider: Provider) -> None:
        """Show an error as a user meets it, and what to do about it."""
        self._say(f"{type(error).__name__}: {one_line(str(error))}", "red")
        self._say(f"→ {what_to_do(error, provider)}.")

    # How

    def _begin_result(self) -> None:
        self._cleaner = Cleaner()
        self._wrapper = Wrapper(self._write, self._room, cell_len, _INDENT)

    @property
    def _room(self) -> int:
        # The last column stays free: some terminals wrap a line that fills it.
        return self._width - len(_INDENT) - 1

    def _write(self, piece: str) -> None:
        text = Text(piece)
        text.highlight_regex(_LINK, "underline")
        self._console.print(text, end="", soft_wrap=True)

    def _say(self, words: str, style: str = "") -> None:
        self._console.print(Text(wrap(words, self._room, cell_len, _INDENT), style=style))

    def _caption(self, title: Text, chinese: str) -> None:
        """The title at the left and its Chinese at the right, or below where there is no room."""
        room = self._width - cell_len(title.plain)
        if cell_len(chinese) + 2 <= room:
            title.append(" " * (room - cell_len(chinese))).append(chinese, style="dim")
            self._console.print(title)
        else:
            self._console.print(title)
            self._say(chinese, "dim")

    def _panel(self, title: str, *paragraphs: str) -> None:
        room = self._width - 4
        body = "\n".join(wrap(paragraph, room, cell_len) for paragraph in paragraphs)
        if self._plain:
            self._console.print(f"{title}\n{body}", soft_wrap=True)
        else:
            self._console.print(
                Panel(Text(body), title=title, box=ROUNDED, border_style="cyan", width=self._width)
            )


def _coloured(lines: str) -> Text:
    code = Text(lines.rstrip())
    code.highlight_regex(_KEYWORD, "magenta")
    code.highlight_regex(_NUMBER, "cyan")
    code.highlight_regex(_STRING, "green")  # last: a string holds no code
    return code


def _as_session(lines: str) -> str:
    """Write code as an interactive session shows it, to tell it from its output."""
    return "\n".join(
        ("... " if line.startswith(" ") else ">>> ") + line if line else ""
        for line in lines.rstrip().splitlines()
    )

"""Where a view is drawn: in a notebook's page, updated in place, or as text where no page is."""

from __future__ import annotations

import sys
from typing import Any, Protocol

from xyashui.errors import ConfigurationError
from xyashui.notebook import plain
from xyashui.notebook.views import Part, Passage, ToolUse, Turn, View
from xyashui.terminal.cleaning import Cleaner, clean

__all__ = ["Page", "Screen", "Terminal", "find_screen"]


class Screen(Protocol):
    """Something to draw a view on."""

    def draw(self, view: View) -> int:
        """Draw the view as it is now, and return how many bytes that took.

        The last time, the view's `state` says that nothing will change.
        """


def find_screen() -> Screen:
    """Return a page where there is one, and else the terminal, or whatever stdout is."""
    shell = _shell()
    # A terminal's IPython has the plain publisher, which prints; whoever shows pages has another.
    if shell is None or _is_plain(shell.display_pub):
        return Terminal()
    return Page()


def _shell() -> Any:
    """Return the IPython that this code runs in, or `None`; IPython is not imported for it."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


def _is_plain(publisher: object) -> bool:
    from IPython.core.displaypub import DisplayPublisher

    return type(publisher) is DisplayPublisher


class Page:
    """An output of a notebook's cell, replaced whenever it is drawn.

    Raises:
        ConfigurationError: markdown-it-py is missing.
    """

    def __init__(self) -> None:
        try:
            from xyashui.notebook.cards import Painter
        except ImportError as error:
            raise ConfigurationError(
                f"to show answers in a notebook needs {error.name}: pip install 'xyashui[notebook]'"
            ) from error
        self._painter = Painter()
        self._handle: Any = None

    def draw(self, view: View) -> int:
        """Show the view, in place of what was shown before."""
        from IPython.display import display

        html = self._painter.paint(view)
        # For those who read the notebook as a file: the finished answer is enough for them.
        text = plain.text(view) if view.ended else "…"
        bundle = {"text/html": html, "text/plain": text}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(bundle, raw=True)
        return len(html.encode()) + len(text.encode())


class Terminal:
    """stdout: the answer as it comes, line after line; what surrounds it once it has ended."""

    def __init__(self) -> None:
        self._headed = False
        self._current: tuple[Turn, Passage | None] | None = None  # what was written to last
        self._written: dict[int, int] = {}  # by a part's identity: characters
        self._cleaners: dict[int, Cleaner] = {}
        self._midline = False

    def draw(self, view: View) -> int:
        """Write what is new."""
        if view.heading and not self._headed:
            self._headed = True
            self._line(view.heading)
        for turn in view.turns:
            passed = view.ended or (turn is not view.turns[-1] and bool(view.turns[-1].parts))
            for part in turn.parts:
                if isinstance(part, Passage):
                    self._passage(turn, part, ended=view.ended)
                elif id(part) not in self._written and (passed or _is_complete(part)):
                    self._written[id(part)] = 1
                    self._turn_to(turn, None)
                    self._line(plain.row(part))
        if view.ended:
            for line in plain.tail(view):
                self._line(line)
        sys.stdout.flush()
        return 0  # only what is new: no pace is needed for it

    def _passage(self, turn: Turn, passage: Passage, *, ended: bool) -> None:
        cleaner = self._cleaners.setdefault(id(passage), Cleaner())
        fresh = cleaner.feed(passage.text[self._written.get(id(passage), 0) :])
        self._written[id(passage)] = len(passage)
        if ended:
            fresh += cleaner.finish()
        if not fresh:
            return
        self._turn_to(turn, passage)
        self._write(fresh.replace("\n", "\n" + plain.BAR) if passage.kind != "answer" else fresh)

    def _turn_to(self, turn: Turn, passage: Passage | None) -> None:
        """Say what follows, where it is something else than before."""
        last = self._current
        if last is not None and last[0] is turn and last[1] is passage:
            return
        self._current = (turn, passage)
        self._end_line()
        if turn.heading and (last is None or last[0] is not turn):
            self._line(f"[{turn.heading}]")
        if passage is not None and passage.kind == "reasoning":
            self._write(plain.part_heading(passage) + plain.BAR)

    def _line(self, line: str) -> None:
        self._end_line()
        self._write(clean(line) + "\n")

    def _end_line(self) -> None:
        if self._midline:
            self._write("\n")

    def _write(self, text: str) -> None:
        if text:
            sys.stdout.write(text)
            self._midline = not text.endswith("\n")


def _is_complete(part: Part) -> bool:
    return not isinstance(part, ToolUse) or part.result is not None

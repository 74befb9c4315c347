"""A view on a screen, drawn as often as it pays, and for the last time however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from xyashui.notebook.pacing import Pace
from xyashui.notebook.screens import Screen, find_screen
from xyashui.notebook.views import View

__all__ = ["Live", "live"]


class Live:
    """A view that is shown while it is filled.

    Args:
        view: What is shown.
        screen: Where; by default where this code runs.
        pace: How often to draw.
    """

    def __init__(self, view: View, screen: Screen | None = None, pace: Pace | None = None) -> None:
        self.view = view
        self._screen = screen or find_screen()
        self._pace = pace or Pace()

    def refresh(self) -> None:
        """Draw, if it is time to."""
        if self._pace.due():
            self.draw()

    def draw(self) -> None:
        """Draw now."""
        self._pace.draw(lambda: self._screen.draw(self.view))

    def end(self) -> None:
        """Draw for the last time: all has come."""
        self.view.end()
        self.draw()

    def cut(self, error: BaseException | str | None = None) -> None:
        """Draw for the last time: no more will come, and this is not all. See `View.cut`."""
        self.view.cut(error)
        self.draw()


@contextmanager
def live(view: View, *, explain: bool = True) -> Iterator[Live]:
    """Show a view while the block fills it.

    Where the block fails, or is interrupted, what had come stays and is marked as cut; the error
    goes on.

    Args:
        view: What is shown.
        explain: Whether to show what an error says.
    """
    shown = Live(view)
    shown.draw()
    try:
        yield shown
    except BaseException as error:
        shown.cut(error if explain else None)
        raise
    shown.end()

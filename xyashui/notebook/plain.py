"""A view -> text, for where no page is: a terminal, a log, a notebook that is read as a file.

What a terminal would obey is taken out.
"""

from __future__ import annotations

from collections.abc import Iterator

from xyashui.notebook.facts import SOURCES, THOUGHTS, facts, mark
from xyashui.notebook.views import Part, Passage, Picture, ToolUse, View
from xyashui.terminal.cleaning import clean, one_line

__all__ = ["BAR", "part_heading", "row", "tail", "text"]

BAR = "│ "  # before every line of reasoning
_ROW = 200
_URL = 2000


def text(view: View) -> str:
    """Return all of a view as text."""
    pieces = [view.heading] if view.heading else []
    for turn in view.turns:
        pieces += [f"[{turn.heading}]"] if turn.heading and turn.parts else []
        pieces += [_part(part) for part in turn.parts]
    return "\n".join([*(clean(piece).strip("\n") for piece in pieces), *tail(view)])


def part_heading(part: Passage) -> str:
    """Return the line above a passage, if it has one."""
    return f"{THOUGHTS}:\n" if part.kind == "reasoning" else ""


def row(part: ToolUse | Picture) -> str:
    """Return a tool that is called, or an image, as one line."""
    if isinstance(part, Picture):
        # An image in the text itself is thousands of characters that nobody can read.
        shown = one_line(part.url.partition(",")[0] if part.url[:5] == "data:" else part.url, _URL)
        return f"[image: {one_line(part.title, _ROW)} {shown}]"
    line = f"> {one_line(part.name)} {one_line(part.arguments, _ROW)}"
    if part.result is None:
        return line
    return f"{line} {'failed:' if part.failed else '->'} {one_line(part.result, _ROW)}"


def tail(view: View) -> Iterator[str]:
    """Return what comes below the answer, line by line: sources, how it was cut, the footer."""
    if view.sources:
        yield ""
        yield SOURCES
        for number, source in enumerate(view.sources, 1):
            where = one_line(source.url, _URL) or one_line(source.text, _ROW)
            yield f"{number}. {one_line(source.title, _ROW)}  {where}"
    if marked := mark(view):
        yield f"{marked}: {one_line(view.error)}" if view.error else marked
    if words := facts(view):
        yield "(" + " · ".join(words) + ")"


def _part(part: Part) -> str:
    if not isinstance(part, Passage):
        return row(part)
    if part.kind == "answer":
        return part.text
    return part_heading(part) + BAR + part.text.strip("\n").replace("\n", "\n" + BAR)

"""An `Answer` as a notebook shows it when it is a cell's last line."""

from __future__ import annotations

from xyashui.answers import Answer
from xyashui.citations import sources
from xyashui.notebook.facts import SOURCES, THOUGHTS
from xyashui.notebook.reading.readers import AnswerReader
from xyashui.notebook.safety import web_address
from xyashui.notebook.views import View
from xyashui.terminal.cleaning import one_line

__all__ = ["answer_html", "answer_markdown"]


def answer_html(answer: Answer) -> str | None:
    """Return an answer as a card; `None` where what it needs is not installed."""
    try:
        from xyashui.notebook.cards import card
    except ImportError:
        return None
    view = View(streamed=False)
    AnswerReader(view).feed(answer)
    view.end()
    return card(view)


def answer_markdown(answer: Answer) -> str | None:
    """Return an answer as Markdown; `None` where what it needs is not installed.

    Its own Markdown, with HTML shown as text, links to http(s) only and no image from elsewhere.
    """
    try:
        from xyashui.notebook.rewriting import escape_markdown, to_markdown
    except ImportError:
        return None
    pieces = []
    if answer.reasoning:
        pieces.append(
            f"> **{THOUGHTS}**\n>\n> " + to_markdown(answer.reasoning).replace("\n", "\n> ")
        )
    pieces.append(to_markdown(answer.text))
    pieces += [
        f"`{one_line(one.name)}` {escape_markdown(one.arguments)}" for one in answer.tool_calls
    ]
    if cited := sources(answer.citations):
        lines = [
            f"{number}. [{escape_markdown(one_line(one.title))}](<{web_address(one.url)}>)"
            for number, one in enumerate(cited, 1)
        ]
        pieces.append("\n".join([f"**{SOURCES}**", "", *lines]))
    return "\n\n".join(piece for piece in pieces if piece)

"""A view -> HTML: one card, complete in itself, without a line of JavaScript."""

from __future__ import annotations

from xyashui.citations import Source
from xyashui.notebook.facts import SOURCES, THOUGHTS, facts, mark, thoughts
from xyashui.notebook.markdown import to_html
from xyashui.notebook.safety import escape, is_picture, link, shown_host, web_address
from xyashui.notebook.styles import STYLE
from xyashui.notebook.views import Part, Passage, Picture, ToolUse, Turn, View
from xyashui.terminal.cleaning import one_line

__all__ = ["Painter", "card"]

_TAIL = 60  # characters to show of reasoning that is still going on
_ROW = 120  # characters to show of a tool's arguments, and of its result
_RESULT = 20_000  # characters of a result to put into the page


def card(view: View) -> str:
    """Return a view as HTML."""
    return Painter().paint(view)


class Painter:
    """Draws one view as often as it changes; what has not changed is not made anew."""

    def __init__(self) -> None:
        self._passages: dict[int, tuple[int, str]] = {}  # by identity: length, HTML

    def paint(self, view: View) -> str:
        """Return the view as HTML, as far as it is."""
        inner = (
            _heading(view)
            + "".join(self._turn(turn, view) for turn in view.turns if turn.parts)
            + _sources(view.sources)
            + _cut(view)
            + _footer(view)
        )
        # The last two classes keep MathJax out, which would make links of what a model writes.
        return (
            f'<div class="xya xya-{view.state} mathjax_ignore tex2jax_ignore">'
            f"<style>{STYLE}</style>{inner}</div>"
        )

    def _turn(self, turn: Turn, view: View) -> str:
        who = f'<div class="xya-who">{escape(turn.heading)}</div>' if turn.heading else ""
        parts = "".join(self._part(part, turn, view) for part in turn.parts)
        return f'<section class="xya-turn">{who}{parts}</section>'

    def _part(self, part: Part, turn: Turn, view: View) -> str:
        if isinstance(part, ToolUse):
            return _tool(part)
        if isinstance(part, Picture):
            return _picture(part)
        if part.kind == "answer":
            return f'<div class="xya-text xya-answer">{self._html(part)}</div>'
        going_on = view.state == "arriving" and part is turn.parts[-1]
        tail = f" …{escape(one_line(part.text[-_TAIL:]))}" if going_on else ""
        return (
            f'<details class="xya-thoughts"><summary>{THOUGHTS} · {thoughts(part)}'
            f'<span class="xya-tail">{tail}</span></summary>'
            f'<div class="xya-text">{self._html(part)}</div></details>'
        )

    def _html(self, passage: Passage) -> str:
        length, rendered = self._passages.get(id(passage), (-1, ""))
        if length != len(passage):
            rendered = to_html(passage.text)
            self._passages[id(passage)] = (len(passage), rendered)
        return rendered


def _heading(view: View) -> str:
    return f'<div class="xya-head">{escape(view.heading)}</div>' if view.heading else ""


def _tool(use: ToolUse) -> str:
    result, bad = "", ' class="xya-bad"' if use.failed else ""
    if use.result is not None:
        result = f" <span{bad}>→ {escape(one_line(use.result, _ROW))}</span>"
    row = f"<b>{escape(use.name)}</b> {escape(one_line(use.arguments, _ROW))}{result}"
    whole = f"<pre>{escape(_shortened(use.arguments))}</pre>" if use.arguments else ""
    if use.result is not None:
        whole += f"<pre{bad}>{escape(_shortened(use.result))}</pre>"
    return f'<details class="xya-tool"><summary>{row}</summary>{whole}</details>'


def _shortened(text: str) -> str:
    rest = len(text) - _RESULT
    return text if rest <= 0 else f"{text[:_RESULT]}\n… {rest:,} more characters"


def _picture(picture: Picture) -> str:
    title = escape(picture.title)
    if is_picture(picture.url):
        inner = f'<img src="{escape(picture.url)}" alt="{title}">'
    elif address := web_address(picture.url):
        # Shown only once it is clicked: to load it is to tell its server that somebody reads this.
        inner = link(address, f"image: {title or escape(one_line(address, _ROW))}")
    else:
        inner = f"image: {title or escape(one_line(picture.url, _ROW))}"
    return f'<div class="xya-picture">{inner}</div>'


def _sources(sources: list[Source]) -> str:
    if not sources:
        return ""
    items = "".join(f"<li>{_source(source)}</li>" for source in sources)
    return f'<div class="xya-sources"><b>{SOURCES}</b><ol>{items}</ol></div>'


def _source(source: Source) -> str:
    address = web_address(source.url)
    title = escape(one_line(source.title or source.url, _ROW))
    if address:
        return f"{link(address, title)}<span>{escape(shown_host(address))}</span>"
    return f"{title}<span>{escape(one_line(source.text, _ROW))}</span>"


def _cut(view: View) -> str:
    if not (marked := mark(view)):
        return ""
    why = f" {escape(one_line(view.error))}" if view.error else ""
    return f'<div class="xya-cut"><b>{marked}</b>{why}</div>'


def _footer(view: View) -> str:
    spans = "".join(f"<span>{escape(fact)}</span>" for fact in facts(view))
    return f'<div class="xya-foot"><i></i>{spans}</div>'

"""A model's Markdown -> HTML that is safe in a page. Needs markdown-it-py.

What the text has of HTML is shown as text, links lead to http(s) only, and an image that is not in
the text itself is a link to click. Math is left as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from xyashui.notebook.safety import escape, is_picture, link, shown_host, web_address
from xyashui.terminal.cleaning import clean, one_line

__all__ = ["parser", "to_html", "too_deep"]

_DEEPEST = 40  # lists in lists; beyond it, a parser that calls itself would run out of stack
_NO_LINK = 80  # characters to show of an address that is none
# A dollar is mostly money: math has no space inside its dollars, and no digit behind them.
_MATH = re.compile(
    r"""
      \\\( .{1,2000}? \\\) | \\\[ .{1,2000}? \\\] | \$\$ .{1,2000}? \$\$
    | \$ (?=[^\s$\d]) [^$\n]{1,500}? (?<=[^\s\\]) \$ (?!\d)
    """,
    re.DOTALL | re.VERBOSE,
)


def to_html(text: str) -> str:
    r"""Return a Markdown text as HTML.

    Args:
        text: Markdown, whole or cut anywhere: a table or a piece of code that has not ended yet is
            shown as far as it is there. What nests deeper than anybody writes is shown as text.

    Example:
        >>> to_html("**今天** <b>晴</b>")
        '<p><strong>今天</strong> &lt;b&gt;晴&lt;/b&gt;</p>\n'
    """
    text = clean(text)
    markdown = _renderer()
    env: dict[str, Any] = {}
    # A text that a parser chokes on is a text all the same.
    with suppress(Exception):
        tokens = markdown.parse(text, env)
        if not too_deep(tokens):
            return str(markdown.renderer.render(tokens, markdown.options, env))
    return f'<p class="xya-plain">{escape(text)}</p>\n'


def too_deep(tokens: Sequence[Token]) -> bool:
    """Whether a text nests so deeply that a parser has left out what is inside."""
    return any(token.nesting == 1 and token.level >= _DEEPEST - 1 for token in tokens)


@cache
def parser() -> MarkdownIt:
    """Return the parser that reads what models write."""
    return _parser(RendererHTML)


@cache
def _renderer() -> MarkdownIt:
    return _parser(_Renderer)


def _parser(renderer: type[RendererHTML]) -> MarkdownIt:
    options = {"html": False, "linkify": False, "breaks": True, "maxNesting": _DEEPEST}
    markdown = MarkdownIt("js-default", options, renderer_cls=renderer)
    # Asked for links and images alike; the renderer tells them apart.
    markdown.validateLink = _allowed  # type: ignore[method-assign]
    markdown.inline.ruler.before("escape", "math", _math)
    return markdown


def _math(state: StateInline, silent: bool) -> bool:
    """Take math as it is written: read as Markdown, it loses its backslashes and asterisks."""
    found = _MATH.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("code_inline", "code", 0).content = found[0]
    state.pos = found.end()
    return True


def _allowed(url: str) -> bool:
    return web_address(url) is not None or is_picture(url)


class _Renderer(RendererHTML):
    """Writes links, images and code in ways of its own, and leaves the rest to the library."""

    def link_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        url = str(tokens[idx].attrGet("href") or "")
        env.setdefault("open", []).append(url)
        if web_address(url) is None:
            return "["
        return link(url, "").removesuffix("</a>")

    def link_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        url = env["open"].pop()
        if web_address(url) is None:
            return f"]({escape(one_line(url, _NO_LINK))})"
        return "</a>"

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        token = tokens[idx]
        url = str(token.attrGet("src") or "")
        title = one_line(self.renderInlineAsText(token.children, options, env))
        if is_picture(url):
            return f'<img src="{escape(url)}" alt="{escape(title)}">'
        shown = f"image: {escape(title)} ({escape(shown_host(url))})"
        # No link in a link: browsers end the outer one where the inner one begins.
        return shown if env.get("open") else link(url, shown)

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        language = one_line(tokens[idx].info.partition(" ")[0], 30)
        code = f"<pre><code>{escape(tokens[idx].content)}</code></pre>\n"
        if not language:
            return code
        return f'<div class="xya-code"><span>{escape(language)}</span>{code}</div>\n'

    def table_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return '<div class="xya-table"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</table></div>\n"

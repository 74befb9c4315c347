"""A model's Markdown -> Markdown that is safe in any page. Needs markdown-it-py.

What shows Markdown mostly lets HTML through, loads images and follows any link. So the text is
read, and written anew with everything escaped that is no Markdown: what its reader did not
understand cannot mean anything to the next one either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from markdown_it.tree import SyntaxTreeNode

from xyashui.notebook.markdown import parser, too_deep
from xyashui.notebook.safety import is_picture, shown_host, web_address
from xyashui.terminal.cleaning import clean

__all__ = ["escape_markdown", "to_markdown"]

_BREAK: Final = "  \n"  # two spaces: a line of the source is a line of what is shown
_SPECIAL: Final = re.compile(r"[\\&<$]|[`*_\[\]|~#>!]|^[ \t]*(?:[-+=]|\d+(?=[.)]))", re.MULTILINE)
_TICKS: Final = re.compile(r"`+")
_BAR: Final = re.compile(r"(?<!\\)\|")
_WORD: Final = re.compile(r"[\w+#.-]{1,30}")


def to_markdown(text: str) -> str:
    r"""Return a Markdown text without HTML, remote images and links to anything but http(s).

    Example:
        >>> to_markdown("**a** <b> ![i](https://example.com/i.png)")
        '**a** &#60;b\\> [image: i (example.com)](<https://example.com/i.png>)'
    """
    text = clean(text)
    tokens = parser().parse(text)
    if too_deep(tokens):
        return _BREAK.join(escape_markdown(line.strip()) for line in text.splitlines())
    return _blocks(SyntaxTreeNode(tokens).children)


def escape_markdown(text: str) -> str:
    """Return text that means nothing but itself in Markdown."""
    return _SPECIAL.sub(_escaped, clean(text))


def _escaped(found: re.Match[str]) -> str:
    special = found[0]
    if special in "\\&<$":
        # Not with a backslash: what looks for math in a text does not know of that.
        return f"&#{ord(special)};"
    if special[-1].isdigit():
        return special + "&#8203;"  # of no width: the point behind it is no list's
    return f"{special[:-1]}\\{special[-1]}"


# Blocks


def _blocks(nodes: Iterable[SyntaxTreeNode]) -> str:
    return "\n\n".join(block for block in map(_block, nodes) if block)


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "heading":
            return f"{'#' * int(node.tag[1:])} {_inline(node.children).replace(_BREAK, ' ')}"
        case "fence" | "code_block":
            return _code(node)
        case "blockquote":
            return _indented(_blocks(node.children), "> ", "> ")
        case "bullet_list":
            return "\n".join(_indented(_blocks(item.children), "- ") for item in node.children)
        case "ordered_list":
            first = int(node.attrs.get("start", 1))
            return "\n".join(
                _indented(_blocks(item.children), f"{number}. ")
                for number, item in enumerate(node.children, first)
            )
        case "table":
            return _table(node)
        case "hr":
            return "***"
        case _:
            return _inline(node.children)


def _indented(text: str, first: str, rest: str | None = None) -> str:
    rest = " " * len(first) if rest is None else rest
    return first + text.replace("\n", f"\n{rest}")


def _code(node: SyntaxTreeNode) -> str:
    longest = max(map(len, _TICKS.findall(node.content)), default=0)
    fence = "`" * max(3, longest + 1)
    word = _WORD.match(node.info) if node.type == "fence" else None
    return f"{fence}{word[0] if word else ''}\n{node.content.rstrip(chr(10))}\n{fence}"


def _table(node: SyntaxTreeNode) -> str:
    rows = [row for part in node.children for row in part.children]
    lines = ["| " + " | ".join(map(_cell, row.children)) + " |" for row in rows]
    lines.insert(1, "|" + " --- |" * len(rows[0].children))
    return "\n".join(lines)


def _cell(node: SyntaxTreeNode) -> str:
    return _BAR.sub(r"\|", _inline(node.children).replace(_BREAK, " "))


# What stands in a line


def _inline(nodes: Iterable[SyntaxTreeNode]) -> str:
    return "".join(map(_piece, nodes))


def _piece(node: SyntaxTreeNode) -> str:
    match node.type:
        case "text":
            return escape_markdown(node.content)
        case "softbreak" | "hardbreak":
            return _BREAK
        case "code_inline":
            return _inline_code(node.content)
        case "strong":
            return f"**{_inline(node.children)}**"
        case "em":
            return f"*{_inline(node.children)}*"
        case "s":
            return f"~~{_inline(node.children)}~~"
        case "link":
            return _link(_inline(node.children), str(node.attrs.get("href", "")))
        case "image":
            return _image(node)
        case _:
            return _inline(node.children)


def _inline_code(content: str) -> str:
    longest = max(map(len, _TICKS.findall(content)), default=0)
    ticks = "`" * (longest + 1)
    inner = content.replace("\n", " ")
    return f"{ticks} {inner} {ticks}" if longest else f"{ticks}{inner}{ticks}"


def _link(inner: str, url: str) -> str:
    return f"[{inner}](<{url}>)" if web_address(url) else f"{inner} ({escape_markdown(url)})"


def _image(node: SyntaxTreeNode) -> str:
    url, title = str(node.attrs.get("src", "")), escape_markdown(node.content)
    if is_picture(url):
        return f"![{title}](<{url}>)"
    return _link(f"image: {title} ({escape_markdown(shown_host(url))})", url)

"""The links in an answer -> citations with offsets.

Services that search the web name their sources as Markdown links in the text itself. What
counts as a link is CommonMark's rule, as far as answers use it: inline links, links by
reference and footnote marks; not images, not code, not bare URLs.

    blocks      `_read_blocks`   the text without fenced code and without `[1]: url` lines
    links       `_find_links`    brackets matched by a stack, code spans left out
    sentences   `_cite`          what each link stands for

Every step passes over the text once, however hostile the text: a pattern never gives back
what it took (`*+`), and what failed once is not looked for again.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from io import StringIO
from itertools import islice, zip_longest
from typing import Any, Final, NamedTuple

__all__ = ["Citation", "Source", "find_citations", "sources"]


@dataclass(frozen=True, slots=True)
class Citation:
    """A link in an answer.

    Attributes:
        url: Where it leads, http(s).
        title: The text of the link; the number or name of a footnote mark.
        start: Where the link begins: `text[start:end]` is all of `[title](url)`. In
            characters (Unicode code points) from the start of the answer.
        end: Where it ends.
        cited_text: The sentence that the link supports, with links reduced to their titles.
    """

    url: str
    title: str
    start: int
    end: int
    cited_text: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dict that JSON can hold."""
        return asdict(self)


def find_citations(text: str) -> list[Citation]:
    """Return the http(s) links of a Markdown text, in order.

    The same URL linked twice gives two citations. Takes time linear in the text.

    Args:
        text: A whole answer.

    Example:
        >>> find_citations("济南今日晴。请参考[天气预报](https://www.tianqi.com/jinan/)。")
        [Citation(url='https://www.tianqi.com/jinan/', title='天气预报', start=9, end=46,
        cited_text='请参考天气预报。')]
    """
    if "](" not in text and "]:" not in text:
        return []
    blocks, definitions = _read_blocks(text)
    return [
        citation
        for start, end in blocks
        if (links := _find_links(text, start, end, definitions))
        for citation in _cite(text, start, end, links)
    ]


@dataclass(frozen=True, slots=True)
class Source:
    """A page that an answer cites, once or several times.

    Attributes:
        url: Its address.
        title: What the answer calls it, the first time.
        text: The sentences that cite it, a line each.
    """

    url: str
    title: str
    text: str


def sources(citations: Iterable[Citation]) -> list[Source]:
    """Put the citations of the same page together, pages in the order of their first mention."""
    pages: dict[str, list[Citation]] = {}
    for citation in citations:
        pages.setdefault(citation.url, []).append(citation)
    return [
        Source(url, cited[0].title, "\n".join(dict.fromkeys(one.cited_text for one in cited)))
        for url, cited in pages.items()
    ]


# Blocks. A link does not reach over a blank line, nor from one list item into the next.

_MARKER = r"(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)"
_BREAK: Final = re.compile(
    rf"""^[ \t>]*+ {_MARKER}? (?:
            (?P<fence>`{{3,}}+(?=[^`\n]*+$) | ~{{3,}}+) [^\n]*+
          | \[ (?P<label>[^\[\]\\\n]{{1,999}}) \]: [ \t]*+
            (?: <(?P<pointed>[^<>\n]*+)> | (?P<bare>[^\s<]\S*+) )
            (?: [ \t]++ (?: "[^"\n]*+" | '[^'\n]*+' | \([^()\n]*+\) ) )? [ \t\r]*+ $
         )
       | ^[ \t>]*+ (?: {_MARKER} | \#{{1,6}}[ \t]++ )
       | ^(?: [ \t>\r]*+ \n )++""",
    re.MULTILINE | re.VERBOSE,
)
_CLOSING_FENCE: Final = re.compile(r"^[ \t>]*+(`{3,}+|~{3,}+)[ \t\r]*+$", re.MULTILINE)


def _read_blocks(text: str) -> tuple[list[tuple[int, int]], dict[str, str]]:
    """Return where links may stand, and the URLs of `[label]: url` lines by their labels."""
    blocks: list[tuple[int, int]] = []
    definitions: dict[str, str] = {}
    start = at = 0
    while found := _BREAK.search(text, at):
        blocks.append((start, found.start()))
        start = at = found.end()
        if fence := found["fence"]:
            start = at = _end_of_code(text, at, fence)
        elif found["label"]:
            url = found["pointed"] or found["bare"] or ""
            definitions.setdefault(_normal(found["label"]), url)
    blocks.append((start, len(text)))
    return [(a, b) for a, b in blocks if text.find("]", a, b) >= 0], definitions


def _end_of_code(text: str, at: int, fence: str) -> int:
    for closing in _CLOSING_FENCE.finditer(text, at):
        if closing[1].startswith(fence):
            return closing.end()
    return len(text)  # a fence that nothing closes runs to the end


def _normal(label: str) -> str:
    return " ".join(label.split()).casefold()


# Links.


class _Link(NamedTuple):
    """`text[start:end]` is a link or, if `url` is `None`, an image."""

    start: int
    end: int
    title: slice
    url: str | None
    is_mark: bool = False  # a footnote mark, like [1] or [^note]


class _Target(NamedTuple):
    """Where a link leads, as it stands behind the title."""

    url: str
    end: int
    is_mark: bool = False


_BACKTICKS: Final = re.compile("`++")
_TOKEN: Final = re.compile(r"\\.|`++|!?\[|\]", re.DOTALL)


def _find_links(text: str, start: int, end: int, definitions: dict[str, str]) -> list[_Link]:
    """Return the outermost links and images between `start` and `end`, in order."""
    links: list[_Link] = []
    openers: list[int] = []
    spent = 0  # so many of the openers are before a link; links do not hold links
    ticks = _backtick_runs(text, start, end)
    at = start
    while token := _TOKEN.search(text, at, end):
        at = token.end()
        match text[token.start()]:
            case "`":
                at = _end_of_code_span(ticks, token.start(), at)
            case "[" | "!":
                openers.append(token.start())
            case "]" if openers:
                opener = openers.pop()
                is_image = text[opener] == "!"
                is_spent = len(openers) < spent and not is_image
                spent = min(spent, len(openers))
                title = slice(opener + 1 + is_image, token.start())
                target = None if is_spent else _target(text, title, end, definitions)
                if target is None:
                    continue
                at = target.end
                while links and links[-1].start > opener:
                    links.pop()  # an image in the title of this one
                url = None if is_image else target.url
                links.append(_Link(opener, at, title, url, target.is_mark))
                if not is_image:
                    spent = len(openers)
    return links


def _backtick_runs(text: str, start: int, end: int) -> dict[int, deque[int]]:
    """Return where runs of backticks begin, by their lengths."""
    runs: dict[int, deque[int]] = {}
    if text.find("`", start, end) >= 0:
        for run in _BACKTICKS.finditer(text, start, end):
            runs.setdefault(len(run[0]), deque()).append(run.start())
    return runs


def _end_of_code_span(runs: dict[int, deque[int]], start: int, end: int) -> int:
    """Return where the code that backticks at `start:end` open ends; `end` if it never does."""
    same = runs.get(end - start, deque())
    while same and same[0] <= start:
        same.popleft()
    return same[0] + end - start if same else end


# No white space, and parentheses only in pairs or escaped. The innermost pairs, as in
# "Moon_(film)", are left to the pattern; `_end_of_destination` counts the others.
_WORD = r"[^\s()\\\x00-\x1f\x7f]*+"
_DESTINATION: Final = re.compile(rf"{_WORD}(?:(?:\\\S|\({_WORD}\)){_WORD})*")
_POINTED: Final = re.compile(r"<([^<>\\\n]*+(?:\\.[^<>\\\n]*+)*+)>")
_TAIL: Final = re.compile(
    r"""(?: \s++ (?: "[^"\\]*+(?:\\.[^"\\]*+)*+"
                   | '[^'\\]*+(?:\\.[^'\\]*+)*+'
                   | \([^()\\]*+(?:\\.[^()\\]*+)*+\) ) )? \s*+ \)""",
    re.DOTALL | re.VERBOSE,
)
_SPACE: Final = re.compile(r"\s*+")
_LABEL: Final = re.compile(r"\[([^\[\]\n]{0,999})\]")
_MARK_LABEL: Final = re.compile(r"\d+|\^.+")
# Deeper ones are refused: each level is one more time that a hostile text is read.
_DEEPEST_PARENTHESES: Final = 4


def _target(text: str, title: slice, end: int, definitions: dict[str, str]) -> _Target | None:
    """Return where the title leads that ends at the bracket `title.stop`."""
    after = title.stop + 1
    if text.startswith("(", after) and (target := _inline_target(text, after + 1, end)):
        return target
    return _reference(text, title, end, definitions) if definitions else None


def _inline_target(text: str, at: int, end: int) -> _Target | None:
    """Read `url)`, `<url>)` or `url "tooltip")`."""
    at = _end_of(_SPACE, text, at, end)
    if pointed := _POINTED.match(text, at, end):
        url, at = pointed[1].strip(), pointed.end()
    else:
        stop = _end_of_destination(text, at, end)
        url, at = text[at:stop], stop
    tail = _TAIL.match(text, at, end)
    return _Target(_unescaped(url), tail.end()) if tail else None


def _end_of_destination(text: str, start: int, end: int) -> int:
    """Return where a URL without `<>` ends; `start` where its parentheses do not pair."""
    at, depth = start, 0
    while (at := _end_of(_DESTINATION, text, at, end)) < end:
        if text[at] == "(" and depth < _DEEPEST_PARENTHESES:
            depth += 1
        elif text[at] == ")" and depth > 0:
            depth -= 1
        else:
            break
        at += 1
    return start if depth else at


def _end_of(pattern: re.Pattern[str], text: str, at: int, end: int) -> int:
    found = pattern.match(text, at, end)
    return found.end() if found else at


def _reference(text: str, title: slice, end: int, definitions: dict[str, str]) -> _Target | None:
    """Read `[title][label]`, `[label][]` or `[label]`."""
    after = title.stop + 1
    own = _normal(text[title]) if title.stop - title.start < 1000 else ""
    # CommonMark takes "[1][2]" for a link to 2 that is titled 1. In answers it is two marks.
    if own in definitions and _MARK_LABEL.fullmatch(own):
        return _Target(definitions[own], after, is_mark=True)
    label = _LABEL.match(text, after, end)
    name = (_normal(label[1]) if label else "") or own
    if name not in definitions:
        return None
    return _Target(definitions[name], label.end() if label else after)


# Sentences. Links are masked while they are told apart: "?" and "." in them end nothing.

_LINK: Final = "\ufffc"
_MARK: Final = "\ufffb"
_MASK: Final = re.compile(f"[{_LINK}{_MARK}]")
# Straight quotes and emphasis close only where no word follows: 雨。**雪。** opens the first.
_CLOSERS = r"""(?:[”’»」』）)\]】]|["'*_~`]++(?!\w))*"""
_ABBREVIATIONS = r"(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\bcf)(?<!\bDr)(?<!\bMr)(?<!\bMs)"
_SENTENCE_END: Final = re.compile(
    rf"""(?: [。！？!?]++ | {_ABBREVIATIONS} \.++ (?= {_CLOSERS} (?: [\s{_LINK}{_MARK}] | $ ) ) )
         {_CLOSERS}
         # A source often stands behind the full stop of the sentence that it supports:
         (?: {_MARK}++                                    # "Snow. [1] Then rain."
           | {_LINK}++ (?= \s | $ )                       # "Snow.[title](url) Then rain."
           | [ \t]*+ [(（\[【] {_LINK}++ (?: [,;，；、 \t]++ {_LINK}++ )*+ [)）\]】] [.。]?+
           | [^\w\n。！？!?.]*+                            # "Snow. [title](url)." and no more
             (?: (?: [。！？!?]++ | \.++ (?= \s | $ ) ) {_CLOSERS} | (?= \n | $ ) )
         )?
       | \n++""",
    re.VERBOSE,
)
_WEB: Final = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)
_IMAGE: Final = re.compile(r"!\[([^\[\]]*+)\]\([^()]*+\)")
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")


def _cite(text: str, start: int, end: int, links: list[_Link]) -> Iterator[Citation]:
    """Yield the citations among the links of the block `text[start:end]`."""
    rest = iter(links)
    for sentence in _sentences(_masked(text, start, end, links)):
        if _LINK not in sentence and _MARK not in sentence:
            continue
        pieces = _MASK.split(sentence.strip().lstrip("> \t"))
        inside = list(islice(rest, len(pieces) - 1))
        if not any(link.url and _WEB.match(link.url) for link in inside):
            continue
        titles = [_title(text, link) for link in inside]
        # A mark is no part of the sentence's wording, so it stays a mark: "Snow [1]."
        shown = [
            text[link.start : link.end] if link.is_mark else title
            for link, title in zip(inside, titles, strict=True)
        ]
        cited = "".join(a + b for a, b in zip_longest(pieces, shown, fillvalue=""))
        for link, title in zip(inside, titles, strict=True):
            if link.url and _WEB.match(link.url):
                yield Citation(link.url, title, link.start, link.end, cited)


def _masked(text: str, start: int, end: int, links: list[_Link]) -> str:
    masked = StringIO()
    for link in links:
        masked.write(_MASK.sub(" ", text[start : link.start]))
        masked.write(_MARK if link.is_mark else _LINK)
        start = link.end
    masked.write(_MASK.sub(" ", text[start:end]))
    return masked.getvalue()


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for found in _SENTENCE_END.finditer(text):
        yield text[start : found.end()]
        start = found.end()
    yield text[start:]


def _title(text: str, link: _Link) -> str:
    title = _unescaped(_IMAGE.sub(r"\1", text[link.title]))
    return title.removeprefix("^") if link.is_mark else title


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text

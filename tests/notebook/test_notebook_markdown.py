"""Markdown that nobody can trust becomes HTML that harms nobody."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notebook.pages import check_harmless, shown

pytest.importorskip("markdown_it")

from markdown_it import MarkdownIt

from xyashui.notebook.markdown import to_html
from xyashui.notebook.rewriting import to_markdown

PNG = "data:image/png;base64,iVBORw0KGgo="

HOSTILE = [
    "<script>alert(1)</script>",
    "text <script src=https://evil.example/x.js></script>",
    '<img src=x onerror="alert(1)">',
    "<img src=https://evil.example/pixel.png>",
    "<svg onload=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<button data-commandlinker-command="terminal:create-new">x</button>',
    "<style>* { display: none }</style>",
    "<iframe src=https://evil.example></iframe>",
    "<details open ontoggle=alert(1)>",
    "<!-- comment --> <?php ?> <![CDATA[x]]>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x]( javascript:alert(1) )",
    "[x](<javascript:alert(1)>)",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;&#x61;vascript&colon;alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](data:image/svg+xml;base64,PHN2Zz4=)",
    f"[x]({PNG})",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](/lab/tree)",
    "[x](https:evil.example)",
    "[x](https://)",
    "<javascript:alert(1)>",
    "[x]\n\n[x]: javascript:alert(1)",
    "[x][y]\n\n[y]: <data:text/html,x>",
    "![x](https://evil.example/pixel.png?secret)",
    "![x][y]\n\n[y]: https://evil.example/pixel.png",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](data:text/html;base64,PHNjcmlwdD4=)",
    '![x" onerror="alert(1)](data:image/png;base64,iVBORw0KGgo=)',
    '[x](https://a.example/"onmouseover="alert(1))',
    '[x](https://a.example "title\\" onclick=\\"alert(1)")',
    "[![x](https://evil.example/i.png)](https://a.example)",
    f"[![x]({PNG})](javascript:alert(1))",
    '```"><script>alert(1)</script>\n```',
    "```html\n<script>alert(1)</script>",
    "~~~ <b>\n<script>",
    "`<script>`",
    "| <script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "|a|b|\n|-|-|\n|1",
    "|a|b|\n|-",
    "- <script>\n  - [x](javascript:1)\n> <b>",
    "**bold *never <b>ends",
    "<details><summary>never ends",
    "$\\href{javascript:alert(1)}{x}$ \\(\\href{javascript:alert(1)}{x}\\)",
    "a\x00b\x1b[31mc\u202egnp.exe\ud83d",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_hostile_is_shown_as_text(text: str) -> None:
    check_harmless(to_html(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_it_is_as_harmless_wherever_a_stream_has_got_to(text: str) -> None:
    for end in range(len(text) + 1):
        check_harmless(to_html(text[:end]))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ('<img src=x onerror="alert(1)">', '<img src=x onerror="alert(1)">'),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[x](data:text/html,hi)", "[x](data:text/html,hi)"),
        (f"[x]({PNG})", f"[x]({PNG})"),
        ("<details><summary>never ends", "<details><summary>never ends"),
        ("![x](data:image/svg+xml;base64,PHN2Zz4=)", "![x](data:image/svg+xml;base64,PHN2Zz4=)"),
        ("```html\n<script>alert(1)", "html<script>alert(1)"),
    ],
)
def test_nothing_of_it_is_lost(text: str, words: str) -> None:
    assert shown(to_html(text)).strip() == words


def test_a_remote_image_is_a_link_that_says_where_it_leads() -> None:
    document = check_harmless(to_html("![a **cat**](https://example.com/cat.png)"))
    (link,) = document.all("a")
    assert link["href"] == link["title"] == "https://example.com/cat.png"
    assert "image: a cat (example.com)" in "".join(document.words)
    assert not document.all("img")


def test_an_image_inside_a_link_does_not_end_the_link() -> None:
    document = check_harmless(to_html("[![cat](https://a.example/cat.png) x](https://b.example)"))
    assert [link["href"] for link in document.all("a")] == ["https://b.example"]


def test_an_image_in_the_text_itself_is_shown() -> None:
    (image,) = check_harmless(to_html(f"![cat]({PNG})")).all("img")
    assert image == {"src": PNG, "alt": "cat"}


def test_links_open_elsewhere_and_tell_the_other_side_nothing() -> None:
    (link,) = check_harmless(to_html("[济南](https://www.tianqi.com/济南?a=1&b=2)")).all("a")
    assert link["href"] == "https://www.tianqi.com/%E6%B5%8E%E5%8D%97?a=1&b=2"


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("# a", {"h1"}),
        ("**a** *b* ~~c~~ `d`", {"p", "strong", "em", "s", "code"}),
        ("1. a\n2. b\n   - c", {"ol", "ul", "li"}),
        ("> a", {"blockquote", "p"}),
        ("| a |\n|---|\n| b |", {"div", "table", "thead", "tbody", "tr", "th", "td"}),
        ("```py\na = 1\n```", {"div", "span", "pre", "code"}),
        ("a\n\n---\n\nb", {"p", "hr"}),
    ],
)
def test_markdown_is_rendered(text: str, tags: set[str]) -> None:
    assert {tag for tag, _ in check_harmless(to_html(text)).tags} == tags


@pytest.mark.parametrize(
    "text",
    ["$a_1*b_2*c$", r"\(x_1\) and \[ y \\ z \]", "$$\n\\frac{a_1}{b_1}\n$$", "from $5 to $6"],
)
def test_math_and_money_are_left_as_they_are_written(text: str) -> None:
    assert shown(to_html(text)).split() == text.split()


def test_a_line_break_is_a_line_break() -> None:
    assert "一<br>\n二" in to_html("一\n二")


@pytest.mark.parametrize("nested", ["> ", "- ", "1. ", "[", "![", "**a ", "`a", "$a", "\\("])
def test_a_text_that_nests_without_end_is_shown(nested: str) -> None:
    check_harmless(to_html(nested * 3000))


MARKS = [
    "![", "](", "[", "]", ")", "<", ">", "`", "```", "~~~", "\n", "\n\n", "    ", "\t", "|", "\\",
    "*", "_", "#", "&lt;", "&#60;", "]: ", "!", "$", "- ", "> ", "1. ", "-->", "  \n",
]  # fmt: skip
WORDS = re.findall(r"\S+|\s+", " ".join(HOSTILE))
PIECES = st.lists(st.sampled_from([*WORDS, *MARKS]), max_size=15).map("".join)


@given(PIECES)
def test_no_text_makes_html_that_does_anything(text: str) -> None:
    check_harmless(to_html(text))


@given(PIECES)
def test_markdown_that_is_written_anew_is_harmless_to_any_reader(text: str) -> None:
    # The next reader lets HTML through, as most do.
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    blocks = reader.parse(to_markdown(text))
    for token in [*blocks, *(child for block in blocks for child in block.children or ())]:
        assert token.type not in ("html_block", "html_inline")
        if token.type == "link_open":
            assert re.match(r"https?://[^/]", str(token.attrGet("href")), re.IGNORECASE)
        if token.type == "image":
            assert str(token.attrGet("src")).startswith("data:image/")


@pytest.mark.parametrize(
    "text",
    [
        "# a `b` c",
        "**a** *b* ~~c~~ [d](<https://a.example/x>)",
        "1. a\n2. b\n\n> c\n> d",
        "```py\na < 1 and `b`\n```",
        "| a | b |\n| --- | --- |\n| 1 | `x\\|y` |",
        f"![cat](<{PNG}>)",
        "a &#60;b\\>  \nc",
        "2026&#8203;. a",
    ],
)
def test_markdown_that_is_written_anew_stays_what_it_is(text: str) -> None:
    assert to_markdown(to_markdown(text)) == to_markdown(text)

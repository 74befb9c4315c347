"""What models and services write is data: pages and terminals show it, and obey none of it."""

from __future__ import annotations

from mutants.protection import Protection

__all__ = ["SHOWING"]

_MARKDOWN = "tests/notebook/test_notebook_markdown.py"
_CARDS = "tests/notebook/test_notebook_cards.py"
_ADDRESSES = "tests/notebook/test_notebook_addresses.py"
_DEPTHS = "tests/notebook/test_notebook_depths.py"
_TERMINAL = "tests/xyashui/test_terminal.py"
_PICTURES = "tests/xyashui/test_pictures.py"
_SAFETY = "xyashui/notebook/safety.py"

SHOWING = (
    Protection(
        name="proxy-passwords",
        promise="The password of a proxy does not show in a traceback with variables.",
        file="xyashui/transport.py",
        find="*(concealed_key(os.environ.get(name)) for name in _ENVIRONMENT)",
        put="*(os.environ.get(name) for name in _ENVIRONMENT)",
        tests=[
            "tests/xyashui/test_environment.py"
            "::test_a_password_of_a_proxy_is_not_among_the_variables_of_a_traceback",
        ],
    ),
    Protection(
        name="logs-while-clients-are-made",
        promise="Lines are cleaned while other threads make clients, and lose them.",
        file="xyashui/secrecy.py",
        find="for one in _keepers.copy() if",
        put="for one in _keepers if",
        tests=["tests/xyashui/test_secrecy.py::test_clients_come_and_go_while_something_is_logged"],
    ),
    Protection(
        name="html-escaped",
        promise="Words from elsewhere are text in a page.",
        file=_SAFETY,
        find="    return html.escape(clean(text))\n",
        put="    return clean(text)\n",
        tests=[
            f"{_CARDS}::test_whatever_comes_from_elsewhere_is_text",
            f"{_MARKDOWN}::test_what_is_hostile_is_shown_as_text",
        ],
    ),
    Protection(
        name="html-in-markdown",
        promise="HTML in a model's Markdown is shown as text.",
        file="xyashui/notebook/markdown.py",
        find='"html": False',
        put='"html": True',
        tests=[f"{_MARKDOWN}::test_what_is_hostile_is_shown_as_text"],
    ),
    Protection(
        name="links-to-the-web",
        promise="Links lead to http(s) only.",
        file="xyashui/notebook/markdown.py",
        find=(
            "        if web_address(url) is None:\n"
            '            return "["\n'
            '        return link(url, "").removesuffix("</a>")\n'
        ),
        put='        return link(url, "").removesuffix("</a>")\n',
        tests=[f"{_MARKDOWN}::test_what_is_hostile_is_shown_as_text"],
    ),
    Protection(
        name="addresses-with-hosts",
        promise="What only looks like an address is none.",
        file=_SAFETY,
        find='_WEB: Final = re.compile(r"https?://[^\\s/?#\\\\]", re.IGNORECASE)\n',
        put='_WEB: Final = re.compile(r"[a-z]+:", re.IGNORECASE)\n',
        tests=[f"{_ADDRESSES}::test_it_is_no_link_anywhere"],
    ),
    Protection(
        name="remote-images",
        promise="An image elsewhere is not loaded: it is a link that says where it leads.",
        file="xyashui/notebook/markdown.py",
        find="        if is_picture(url):\n",
        put="        if True:\n",
        tests=[
            f"{_MARKDOWN}::test_a_remote_image_is_a_link_that_says_where_it_leads",
            f"{_MARKDOWN}::test_what_is_hostile_is_shown_as_text",
        ],
    ),
    Protection(
        name="images-of-cards",
        promise="Nor is one that a framework hands on.",
        file="xyashui/notebook/cards.py",
        find="    if is_picture(picture.url):\n",
        put="    if True:\n",
        tests=[f"{_CARDS}::test_whatever_comes_from_elsewhere_is_text"],
    ),
    Protection(
        name="svg",
        promise="An SVG, which is a document with scripts, is no picture.",
        file=_SAFETY,
        find="data:image/(?:png|jpe?g|gif|webp);base64",
        put="data:image/(?:png|jpe?g|gif|webp|svg\\+xml);base64",
        tests=[f"{_MARKDOWN}::test_what_is_hostile_is_shown_as_text"],
    ),
    Protection(
        name="links-tell-nothing",
        promise="Links open elsewhere, and tell the other side nothing.",
        file=_SAFETY,
        find="        f'rel=\"noopener noreferrer nofollow\">{inner}</a>'\n",
        put="        f'>{inner}</a>'\n",
        tests=[f"{_MARKDOWN}::test_links_open_elsewhere_and_tell_the_other_side_nothing"],
    ),
    Protection(
        name="mathjax",
        promise="MathJax, which makes links of what a model writes, is kept out.",
        file="xyashui/notebook/cards.py",
        find=" mathjax_ignore tex2jax_ignore",
        put="",
        tests=[f"{_CARDS}::test_mathjax_is_kept_out_of_a_card"],
    ),
    Protection(
        name="markdown-that-nests",
        promise="Markdown that nests deeper than it is read is shown as text, and loses nothing.",
        file="xyashui/notebook/markdown.py",
        find="        if not too_deep(tokens):\n",
        put="        if True:\n",
        tests=[f"{_DEPTHS}::test_nothing_is_lost_however_deep_it_lies"],
    ),
    Protection(
        name="markdown-nesting-limit",
        promise="Markdown is not read deeper than anybody writes.",
        file="xyashui/notebook/markdown.py",
        find="_DEEPEST = 40 ",
        put="_DEEPEST = 4_000 ",
        tests=[f"{_DEPTHS}::test_and_no_more"],
    ),
    Protection(
        name="long-results",
        promise="Of a tool's result no more gets into a page than it can bear.",
        file="xyashui/notebook/cards.py",
        find="    return text if rest <= 0 else ",
        put="    return text if rest is not None else ",
        tests=[f"{_CARDS}::test_a_long_result_of_a_tool_is_shortened_and_says_so"],
    ),
    Protection(
        name="pictures-as-links",
        promise="The address of a picture is a link only where it is a web address.",
        file="xyashui/pictures.py",
        find='        if self.url is None or not self.url.startswith(("http://", "https://")):\n',
        put="        if self.url is None:\n",
        tests=[f"{_PICTURES}::TestShowing::test_shows_no_foreign_markup"],
    ),
    Protection(
        name="pictures-words",
        promise="The words of a picture are text in a page.",
        file="xyashui/pictures.py",
        find='        words = html.escape(self.revised_prompt or "")\n',
        put='        words = self.revised_prompt or ""\n',
        tests=[f"{_PICTURES}::TestShowing::test_shows_no_foreign_markup"],
    ),
    Protection(
        name="pictures-addresses",
        promise="So is its address.",
        file="xyashui/pictures.py",
        find="        address = html.escape(self.url)\n",
        put="        address = self.url\n",
        tests=[
            f"{_PICTURES}::TestShowing::test_shows_no_foreign_markup",
            f"{_PICTURES}::TestShowing::test_loads_nothing_by_itself",
        ],
    ),
    Protection(
        name="control-sequences",
        promise="A terminal is shown no control sequences.",
        file="xyashui/terminal/cleaning.py",
        find=(
            '    return text if text.isprintable() else _SEQUENCE.sub("", '
            "text).translate(_UNWANTED)\n"
        ),
        put="    return text\n",
        tests=[
            f"{_TERMINAL}::test_what_a_terminal_would_obey_is_taken_out",
            "tests/notebook/test_notebook_terminal.py"
            "::test_what_a_terminal_would_obey_is_never_written",
        ],
    ),
    Protection(
        name="control-sequences-in-pieces",
        promise="Nor one that comes in two pieces.",
        file="xyashui/terminal/cleaning.py",
        find="        begun = _begun(text)\n",
        put="        begun = len(text)\n",
        tests=["tests/xyashui/test_terminal_pieces.py::test_wherever_it_is_cut"],
    ),
    Protection(
        name="text-that-runs-backwards",
        promise="Nor characters that show text in another order than it is written.",
        file="xyashui/terminal/cleaning.py",
        find="    | dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])\n",
        put="",
        tests=[f"{_TERMINAL}::test_what_a_terminal_would_obey_is_taken_out"],
    ),
)

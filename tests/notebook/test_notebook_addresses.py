"""What looks like a web address, and is none or leads elsewhere."""

from __future__ import annotations

import pytest

from tests.notebook.pages import check_harmless

pytest.importorskip("markdown_it")

from xyashui.citations import Source
from xyashui.notebook.cards import card
from xyashui.notebook.markdown import to_html
from xyashui.notebook.safety import web_address
from xyashui.notebook.views import Picture, View

NO_ADDRESSES = (
    "javascript://a.example/%0aalert(1)",
    "vbscript://a.example/x",
    "data://a.example/text/html,x",
    "file://a.example/etc/passwd",
    "ftp://a.example/x",
    "https:a.example",
    "https:/a.example",
    "https://",
    "https:///x",
    "http://?x",
    "https://[::1",
    "//a.example",
    "a.example",
)


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_it_is_no_link_anywhere(url: str) -> None:
    assert web_address(url) is None
    view = View()
    view.turn("one").show(Picture(url, "cat"))
    view.add_source(Source(url, "title", "text"))
    view.end()
    for page in (to_html(f"[x](<{url}>)"), to_html(f"![x](<{url}>)"), card(view)):
        assert not check_harmless(page).all("a")


@pytest.mark.parametrize("url", ["https://a.example", "HTTP://a.example:8080/x?y=z#w"])
def test_a_web_address_is(url: str) -> None:
    assert web_address(url) == url

"""What a page was sent, and what is in it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from xyashui.emulator import Emulator, serve

# Whatever loads, runs, submits or embeds something.
ACTIVE = {
    "applet", "audio", "base", "embed", "form", "frame", "iframe", "input", "link", "math", "meta",
    "object", "script", "source", "svg", "template", "textarea", "track", "video",
}  # fmt: skip
VOID = {"br", "hr", "img", "input", "link", "meta"}


class Page:
    """The displays of a cell, as IPython publishes them."""

    def __init__(self, captured: Any) -> None:
        self._captured = captured

    @property
    def sent(self) -> list[dict[str, Any]]:
        """Everything that was sent: `data`, `transient`, and `update` for all but the first."""
        return list(self._captured._outputs)

    @property
    def htmls(self) -> list[str]:
        return [one["data"]["text/html"] for one in self.sent if "text/html" in one["data"]]

    @property
    def html(self) -> str:
        """What is shown in the end."""
        return self.htmls[-1]

    @property
    def text(self) -> str:
        return shown(self.html)

    @property
    def cards(self) -> dict[str, str]:
        """What is shown in the end of each card, by its display id."""
        return {one["transient"]["display_id"]: one["data"]["text/html"] for one in self.sent}


@contextmanager
def watched_emulator(page: Page, updates: int) -> Iterator[Emulator]:
    """An emulator that takes its time until the page has been sent so much, and none from then."""
    with serve(tokens_per_second=20) as emulator:
        over = threading.Event()

        def hurry() -> None:
            while len(page.sent) < updates:
                if over.wait(0.01):
                    return
            emulator.tokens_per_second = None

        thread = threading.Thread(target=hurry)
        thread.start()
        try:
            yield emulator
        finally:
            over.set()
            thread.join()


class Document(HTMLParser):
    """Tags, attributes and text of some HTML."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.words: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    def all(self, name: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag == name]

    def with_class(self, name: str) -> list[dict[str, str]]:
        return [one for _, one in self.tags if name in one.get("class", "").split()]


def shown(html: str) -> str:
    """The text that somebody reads."""
    return re.sub(r"\s+", " ", "".join(Document(html).words))


def check_harmless(html: str) -> Document:
    """Assert that nothing in `html` runs, nor loads anything, nor leads anywhere but to the web."""
    document = Document(html)
    assert not document.unbalanced
    assert not document.open
    for tag, attributes in document.tags:
        assert tag not in ACTIVE, tag
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name not in ("srcset", "srcdoc", "action", "formaction", "ping", "background")
            assert not name.startswith("data-"), (tag, name)
            if name == "href":
                assert tag == "a"
                assert urlsplit(value).scheme.lower() in ("http", "https"), value
                assert urlsplit(value).hostname, value
            if name == "src":
                assert tag == "img"
                assert re.match(r"data:image/(png|jpe?g|gif|webp);base64,", value), value
            if name == "style":
                assert "url" not in value, value
    for link in document.all("a"):
        assert link["target"] == "_blank"
        assert {"noopener", "noreferrer"} <= set(link["rel"].split())
    return document

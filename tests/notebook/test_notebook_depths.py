"""Markdown that nests: read as deeply as anybody writes, and shown as text beyond that."""

from __future__ import annotations

import pytest

from tests.notebook.pages import check_harmless, shown

pytest.importorskip("markdown_it")

from xyashui.notebook.markdown import to_html
from xyashui.notebook.rewriting import to_markdown

MARKS = {"quotations": "> ", "lists": "- ", "numbered lists": "1. ", "both": "> - "}
each_mark = pytest.mark.parametrize("mark", MARKS.values(), ids=MARKS)


@each_mark
@pytest.mark.parametrize("depth", [1, 5, 10, 18, 19, 20, 21, 38, 39, 40, 41, 200, 3000])
def test_nothing_is_lost_however_deep_it_lies(mark: str, depth: int) -> None:
    text = f"before\n\n{mark * depth}deep\n\nafter"
    for words in (shown(to_html(text)), to_markdown(text)):
        assert "before" in words
        assert "deep" in words
        assert "after" in words


@each_mark
def test_what_anybody_may_write_is_read(mark: str) -> None:
    document = check_harmless(to_html(mark * 8 + "deep"))
    depth = sum(len(document.all(tag)) for tag in ("blockquote", "li"))
    assert depth == 8 * len(mark.split())
    assert to_markdown(mark * 8 + "deep") == mark * 8 + "deep"


@each_mark
def test_and_no_more(mark: str) -> None:
    document = check_harmless(to_html(mark * 3000 + "deep"))
    assert not document.all("blockquote") + document.all("li")
    assert not to_markdown(mark * 3000 + "deep").startswith(mark)

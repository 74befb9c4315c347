"""What a card shows, and how."""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.notebook.pages import Document, check_harmless, shown

pytest.importorskip("markdown_it")

import xyashui
from xyashui.citations import Citation, Source
from xyashui.notebook.cards import Painter, card
from xyashui.notebook.plain import text
from xyashui.notebook.styles import STYLE
from xyashui.notebook.views import Picture, View

PNG = "data:image/png;base64,iVBORw0KGgo="
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(1)">'


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def filled(clock: Clock | None = None) -> View:
    """An answer with everything that an answer can have."""
    clock = clock or Clock()
    view = View(heading="天气", clock=clock)
    turn = view.turn("1")
    clock.now += 0.5
    turn.think("It is about **weather**.")
    call = turn.call("a")
    call.id, call.name, call.arguments = "a", "web_search", '{"query": "济南"}'
    call.result = "晴"
    clock.now += 2
    turn.say("今天**晴**。")
    turn.show(Picture(PNG, "sun"))
    view.cite([Citation("https://www.tianqi.com/jinan/", "济南天气", 0, 1, "晴")])
    view.facts.add(model="gpt-4-web", input_tokens=12, output_tokens=50, finish_reason="stop")
    return view


def test_a_card_has_all_of_an_answer() -> None:
    view = filled()
    view.end()
    document = check_harmless(card(view))
    words = shown(card(view))
    for part in (
        "天气",
        "Reasoning 思考过程 · 24 characters",
        "web_search",
        '{"query": "济南"} → 晴',
        "今天晴。",
        "Sources 来源",
        "济南天气",
        "www.tianqi.com",
        "gpt-4-web",
        "12 + 50 tokens",
        "0.50 s to first token",
        "25 tokens/s",
    ):
        assert part in words
    assert [one["href"] for one in document.all("a")] == ["https://www.tianqi.com/jinan/"]
    assert [one["src"] for one in document.all("img")] == [PNG]


def test_reasoning_and_tools_are_folded_away() -> None:
    document = Document(card(filled()))
    folded = document.all("details")
    assert len(folded) == 2
    assert all("open" not in one for one in folded)


def test_sources_are_a_numbered_list_each_page_once() -> None:
    view = View()
    view.turn(1).say("a")
    for title in ("first", "second"):
        view.cite([{"url": "https://a.example/", "title": title}])
    view.cite([{"url": "https://b.example/", "title": "other"}, "no citation", {"url": 5}])
    view.add_source(Source("", "notes.txt", "what it says"))
    document = check_harmless(card(view))
    assert len(document.all("ol")) == 1
    assert len(document.all("li")) == 3
    assert "notes.txt" in shown(card(view))
    assert "what it says" in shown(card(view))


def test_what_is_not_known_is_left_out() -> None:
    view = View(streamed=False)
    view.turn(1).say("hello")
    view.end()
    assert shown(card(view)).split() == ["hello", "≈", "2", "tokens"]


def test_an_answer_without_a_count_of_tokens_has_a_guess_that_says_so() -> None:
    clock = Clock()
    view = View(clock=clock)
    view.turn(1).say("今天")
    clock.now += 1
    view.turn(1).say("天气")
    view.end()
    assert "≈ 4 tokens" in shown(card(view))
    assert "4 tokens/s" in shown(card(view))


def test_a_speed_that_means_nothing_is_left_out() -> None:
    view = View(clock=Clock())
    view.turn(1).say("all at once")
    view.end()
    assert "tokens/s" not in shown(card(view))


def test_an_answer_that_ran_into_a_limit_says_so() -> None:
    view = filled()
    view.facts.add(finish_reason="length")
    view.end()
    assert "cut at the limit of tokens" in shown(card(view))


def test_before_anything_comes_a_card_says_what_it_waits_for() -> None:
    view = View()
    assert shown(card(view)) == "waiting for the first token"
    view.facts.add(model="gpt-4-turbo")
    assert shown(card(view)) == "gpt-4-turbowaiting for the first token"


def test_while_a_model_thinks_the_end_of_its_thoughts_is_to_be_seen() -> None:
    view = View()
    view.turn(1).think("one two\nthree")
    assert "…one two three" in shown(card(view))
    view.turn(1).say("so")
    assert "…" not in shown(card(view))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyboardInterrupt(), "Cut short 回答不完整"),
        (asyncio.CancelledError(), "Cut short 回答不完整"),
        (None, "Cut short 回答不完整"),
        (xyashui.StreamInterruptedError("the end is missing"), "the end is missing"),
        (ValueError(HOSTILE), "alert(1)"),
        ("what a span said", "what a span said"),
    ],
)
def test_an_answer_that_is_cut_stays_and_is_marked(
    error: BaseException | str | None, words: str
) -> None:
    view = filled()
    view.cut(error)
    check_harmless(card(view))
    assert "今天晴。" in shown(card(view))
    assert words in shown(card(view))
    assert Document(card(view)).with_class("xya-cut")


def test_where_nothing_came_a_card_says_so() -> None:
    view = View()
    view.cut(ValueError("why"))
    assert shown(card(view)) == "No answer 没有回答 ValueError: why"


def test_whatever_comes_from_elsewhere_is_text() -> None:
    view = View(heading=HOSTILE)
    turn = view.turn(1, HOSTILE)
    turn.think(HOSTILE)
    turn.say(HOSTILE)
    call = turn.call(1)
    call.name = call.arguments = call.result = HOSTILE
    for url in (HOSTILE, "javascript:alert(1)", "data:image/svg+xml;base64,PHN2Zz4=", "file:///x"):
        turn.show(Picture(url, HOSTILE))
        view.add_source(Source(url, HOSTILE, HOSTILE))
    turn.show(Picture("https://evil.example/pixel.png", HOSTILE))
    view.facts.add(model=HOSTILE, finish_reason=HOSTILE)
    view.cut(RuntimeError(HOSTILE))
    document = check_harmless(card(view))
    assert not document.all("img")
    assert [one["href"] for one in document.all("a")] == ["https://evil.example/pixel.png"]
    assert shown(card(view)).count("<script>alert(1)</script>") > 10


def test_mathjax_is_kept_out_of_a_card() -> None:
    # It would make links, to anything, of what a model writes.
    outer = Document(card(filled())).tags[0][1]["class"].split()
    assert {"mathjax_ignore", "tex2jax_ignore"} <= set(outer)


def test_a_card_follows_the_theme_and_touches_nothing_else() -> None:
    assert "var(--jp-content-font-color1" in STYLE
    assert "var(--jp-layout-color1" in STYLE
    assert "PingFang SC" in STYLE
    selectors = [
        selector
        for group in re.findall(r"(?:^|\})([^{}]+)\{", STYLE)
        for selector in group.split(",")
    ]
    assert len(selectors) > 40
    assert all(selector.startswith(".xya") for selector in selectors)
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_what_has_not_changed_is_not_rendered_anew() -> None:
    painter = Painter()
    view = View()
    view.turn(1).say("**a**")
    before = painter.paint(view)
    assert painter.paint(view) == before
    view.turn(1).say(" **b**")
    assert "<strong>b</strong>" in painter.paint(view)


def test_a_long_result_of_a_tool_is_shortened_and_says_so() -> None:
    view = View()
    call = view.turn(1).call(1)
    call.name, call.result = "read", "x" * 50_000
    assert "30,000 more characters" in shown(card(view))


def test_where_no_page_is_there_is_text() -> None:
    view = filled()
    view.end()
    assert text(view).splitlines() == [
        "天气",
        "Reasoning 思考过程:",
        "│ It is about **weather**.",
        '> web_search {"query": "济南"} -> 晴',
        "今天**晴**。",
        "[image: sun data:image/png;base64]",
        "",
        "Sources 来源",
        "1. 济南天气  https://www.tianqi.com/jinan/",
        "(gpt-4-web · 12 + 50 tokens · 0.50 s to first token · 25 tokens/s)",
    ]

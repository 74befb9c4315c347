"""What counts as a citation, where it stands, and what it supports."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xyashui.citations import Citation, Source, find_citations, sources

MEGABYTE = 1 << 20


def links(text: str) -> list[tuple[str, str]]:
    return [(citation.title, citation.url) for citation in find_citations(text)]


def test_the_link_of_the_providers_own_example() -> None:
    text = "今日晴。您可以参考[济南天气预报](https://www.tianqi.com/jinan/)获取更多详细信息。"

    assert find_citations(text) == [
        Citation(
            url="https://www.tianqi.com/jinan/",
            title="济南天气预报",
            start=9,
            end=48,
            cited_text="您可以参考济南天气预报获取更多详细信息。",
        )
    ]


def test_offsets_count_characters_not_bytes() -> None:
    text = "😀 你好 [a](https://a.cn)!"
    [citation] = find_citations(text)

    assert text[citation.start : citation.end] == "[a](https://a.cn)"
    assert text.encode()[citation.start : citation.end] != b"[a](https://a.cn)"


def test_a_citation_is_json() -> None:
    [citation] = find_citations("See [a](https://a.cn).")

    assert json.loads(json.dumps(citation.to_dict())) == {
        "url": "https://a.cn",
        "title": "a",
        "start": 4,
        "end": 21,
        "cited_text": "See a.",
    }


def test_a_url_cited_twice_is_two_citations() -> None:
    first, second = find_citations("[a](https://a.cn)，[a](https://a.cn)")

    assert first.url == second.url
    assert first.end < second.start


class TestInlineLinks:
    @pytest.mark.parametrize(
        ("text", "title", "url"),
        [
            ("[a](https://a.cn)", "a", "https://a.cn"),
            ("[a](HTTP://A.CN)", "a", "HTTP://A.CN"),
            ("[a](<https://a.cn/x y>)", "a", "https://a.cn/x y"),
            ('[a](https://a.cn "tip (1)")', "a", "https://a.cn"),
            ("[a](https://a.cn 'tip')", "a", "https://a.cn"),
            ("[a](https://a.cn (tip))", "a", "https://a.cn"),
            ("[a]( https://a.cn\n)", "a", "https://a.cn"),
            ("[Moon](https://w.org/Moon_(film))", "Moon", "https://w.org/Moon_(film)"),
            ("[a](https://a.cn/(b(c)d))", "a", "https://a.cn/(b(c)d)"),
            (r"[a](https://a.cn/\(b)", "a", "https://a.cn/(b"),
            ("[[1]](https://a.cn)", "[1]", "https://a.cn"),
            ("[a [b [c]] d](https://a.cn)", "a [b [c]] d", "https://a.cn"),
            (r"[a \] b](https://a.cn)", "a ] b", "https://a.cn"),
            ("[`]` in code](https://a.cn)", "`]` in code", "https://a.cn"),
            ("（[来源](https://a.cn)）。", "来源", "https://a.cn"),
            ("看！[来源](https://a.cn)", "来源", "https://a.cn"),
            ("**[a](https://a.cn)**", "a", "https://a.cn"),
            ("| [a](https://a.cn) | b |", "a", "https://a.cn"),
            ("[a](https://a.cn/路径?q=1&r=2#三)", "a", "https://a.cn/路径?q=1&r=2#三"),
            ("[x [a](https://a.cn)", "a", "https://a.cn"),
            ("[![logo](https://a.cn/l.png)](https://a.cn)", "logo", "https://a.cn"),
        ],
    )
    def test_are_citations(self, text: str, title: str, url: str) -> None:
        assert links(text) == [(title, url)]

    @pytest.mark.parametrize(
        "text",
        [
            "https://a.cn is a bare URL",
            "<https://a.cn>",
            "![a picture](https://a.cn/p.png)",
            "[mail](mailto:a@a.cn) [ftp](ftp://a.cn) [here](/a) [js](javascript:alert(1))",
            "[no host](https://)",
            "[a] (https://a.cn)",
            "[a](https://a.cn",
            "[a](https://a.cn/x y)",
            "[a](https://a.cn/(b)",
            r"\[a](https://a.cn)",
            r"[a\](https://a.cn)",
            "[a\n\nb](https://a.cn)",
            "- [a\n- b](https://a.cn)",
            "`[a](https://a.cn)`",
            "``[a](https://a.cn) ` ``",
            "```\n[a](https://a.cn)\n```",
            "~~~md\n[a](https://a.cn)\n```\n~~~~",
            "1. ```\n   [a](https://a.cn)\n   ```",
            "```\n[a](https://a.cn), never closed",
        ],
    )
    def test_that_are_none(self, text: str) -> None:
        assert links(text) == []

    def test_do_not_hold_links(self) -> None:
        assert links("[a [b](https://b.cn) c](https://a.cn)") == [("b", "https://b.cn")]

    def test_stand_after_code_that_never_ends(self) -> None:
        assert links("a ` b [c](https://c.cn)") == [("c", "https://c.cn")]
        assert links("a ` b\n\n[c](https://c.cn) ` d") == [("c", "https://c.cn")]

    def test_stand_after_code_that_ends(self) -> None:
        assert links("```\n[a](https://a.cn)\n```\n[b](https://b.cn)") == [("b", "https://b.cn")]


class TestReferences:
    @pytest.mark.parametrize(
        ("text", "title"),
        [
            ("See [that page][1].\n\n[1]: https://a.cn", "that page"),
            ("See [That  Page][].\n\n[that page]: <https://a.cn>", "That  Page"),
            ('See [page].\n\n[page]: https://a.cn "tip"', "page"),
            ("Snow [1].\n[1]: https://a.cn", "1"),
            ("Snow[^1].\r\n\r\n[^1]: https://a.cn\r\n", "1"),
            ("- [^n]: https://a.cn\n\nSnow[^n].", "n"),
        ],
    )
    def test_are_citations_of_the_url_that_a_line_defines(self, text: str, title: str) -> None:
        assert links(text) == [(title, "https://a.cn")]

    def test_stand_where_they_are_used(self) -> None:
        text = "Snow [page][1].\n\n[1]: https://a.cn"
        [citation] = find_citations(text)

        assert text[citation.start : citation.end] == "[page][1]"

    def test_two_marks_side_by_side_are_two_citations(self) -> None:
        text = "Snow[1][2]\n\n[1]: https://a.cn\n[2]: https://b.cn"

        assert links(text) == [("1", "https://a.cn"), ("2", "https://b.cn")]

    def test_the_first_definition_counts(self) -> None:
        assert links("[a]\n\n[a]: https://a.cn\n[A]: https://b.cn") == [("a", "https://a.cn")]

    @pytest.mark.parametrize(
        "text",
        ["[1] and [2][3]", "[1]\n```\n[1]: https://a.cn\n```", "[1]\n\n[1]: see https://a.cn"],
    )
    def test_of_what_nothing_defines_are_none(self, text: str) -> None:
        assert links(text) == []


class TestCitedText:
    @pytest.mark.parametrize(
        ("text", "cited"),
        [
            ("One. Two [b](https://b.cn) two! Three?", "Two b two!"),
            ("一。二[乙](https://b.cn)二！三？", "二乙二！"),
            ("一\n二[乙](https://b.cn)二\n三", "二乙二"),
            ("- 一\n- 二[乙](https://b.cn)", "二乙"),
            ("## 二[乙](https://b.cn)\n三", "二乙"),
            ("> 二[乙](https://b.cn)", "二乙"),
            ("Up 3.14 % e.g. [b](https://b.cn) or v1.2. Next.", "Up 3.14 % e.g. b or v1.2."),
            ("Is [what? yes. no!](https://b.cn/?q=1.) so?", "Is what? yes. no! so?"),
            ("Both [a](https://a.cn) and ![p](https://p.cn/?a) b. Next.", "Both a and p b."),
        ],
    )
    def test_is_the_sentence_with_links_reduced_to_titles(self, text: str, cited: str) -> None:
        assert find_citations(text)[0].cited_text == cited

    @pytest.mark.parametrize(
        ("text", "cited"),
        [
            ("Rain. Snow. ([b.cn](https://b.cn)) Sun.", "Snow. (b.cn)"),
            ("Rain. Snow. [b](https://b.cn)", "Snow. b"),
            ("雨。雪。[乙](https://b.cn)\n晴。", "雪。乙"),
            ("雨。**雪。**（[乙](https://b.cn)）晴。", "**雪。**（乙）"),
            ("Rain. Snow.[1] Sun.\n\n[1]: https://b.cn", "Snow.[1]"),
            ("雨。雪。[1]晴。\n\n[1]: https://b.cn", "雪。[1]"),
        ],
    )
    def test_takes_in_the_sentence_that_a_source_stands_behind(self, text: str, cited: str) -> None:
        assert find_citations(text)[0].cited_text == cited

    def test_is_shared_by_the_links_of_a_sentence(self) -> None:
        first, second = find_citations("从[甲](https://a.cn)到[乙](https://b.cn)。完。")

        assert first.cited_text == second.cited_text == "从甲到乙。"


PIECES = (
    "[", "]", "(", ")", "![", "](https://a.cn)", "[a](https://b.cn/x)", "[1]", "\\", "`", "```",
    "-", "<", ">", "。", ".", ". ", '"', "你", "😀", " ", "\n", "\n\n", "\r\n", "\n- ", "\n> ",
    "\n[1]: https://c.cn\n", "\ufffb", "\ufffc",
)  # fmt: skip
MARKDOWN = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


class TestSources:
    def test_put_the_citations_of_a_page_together(self) -> None:
        text = "从[甲](https://a.cn)来。到[乙](https://b.cn)去。回[甲页](https://a.cn)。"

        assert sources(find_citations(text)) == [
            Source("https://a.cn", "甲", "从甲来。\n回甲页。"),
            Source("https://b.cn", "乙", "到乙去。"),
        ]

    def test_name_a_sentence_once(self) -> None:
        (source,) = sources(find_citations("[甲](https://a.cn)和[甲](https://a.cn)。"))

        assert source.text == "甲和甲。"


@given(MARKDOWN)
def test_offsets_are_those_of_the_link(text: str) -> None:
    end = 0
    for citation in find_citations(text):
        assert end <= citation.start < citation.end <= len(text)
        end = citation.end
        link = text[citation.start : citation.end]
        assert link.startswith("[")
        assert link.endswith((")", "]"))
        assert citation.url.startswith("https://")
        if "\\" not in link and "![" not in link:
            assert citation.title in link
            assert citation.title in citation.cited_text
        if link.endswith(")"):
            assert citation.url in link.replace("\\", "")


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    assert find_citations(text) == []


def assert_quick(text: str) -> None:
    began = time.thread_time()  # of this thread alone: others may be busy
    find_citations(text)

    # It takes a second at most, where a quadratic scan would take minutes.
    assert time.thread_time() - began < 15


@pytest.mark.parametrize("piece", ["[", "](", "("])
def test_a_hostile_megabyte_is_read_once(piece: str) -> None:
    assert_quick(piece * (MEGABYTE // len(piece)) + " [a](https://a.cn)")


HOSTILE = (
    "]", "[](", "![", "[x](<", "[x](()", '[x](u "', "[x](u '", "[x](\\(", "[x](a(b", "`[", "\\[",
    "[1]", "[a][1]", "[a]: ", "\n[1]: u", "[a](https://b.cn).", "! ", ". ", "> ", "- ", "\n",
    "```\n", "[x](" + "()" * 99,
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_is_read_once(piece: str) -> None:
    text = piece * (MEGABYTE // 8 // len(piece))
    assert_quick(f"{text} [a](https://a.cn)\n\n[1]: https://b.cn")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000 + "]" * 50_000 + "\n\n[1]: https://a.cn",
        "![" * 20_000 + "](https://b.cn)" * 20_000,
        " ".join("`" * length for length in range(1, 500)) + " [a](https://a.cn)",
    ],
    ids=["brackets in brackets", "images in images", "backticks of many lengths"],
)
def test_deep_text_is_read_once(text: str) -> None:
    assert_quick(text)

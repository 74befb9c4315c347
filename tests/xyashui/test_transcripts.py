"""A transcript as subtitles, as text, and as it is shown."""

from __future__ import annotations

import pytest

from xyashui import Segment, Transcript
from xyashui.errors import ConfigurationError

TALK = Transcript(
    "大家好。\nHello & <b>welcome</b>.",
    language="chinese",
    duration=3725.0,
    segments=(
        Segment(0.0, 2.4, "大家好。"),
        Segment(2.4, 3725.0006, "Hello & <b>welcome</b>."),
    ),
)


def test_as_subrip() -> None:
    assert TALK.to_srt() == (
        "1\n00:00:00,000 --> 00:00:02,400\n大家好。\n\n"
        "2\n00:00:02,400 --> 01:02:05,001\nHello & <b>welcome</b>.\n\n"
    )


def test_as_webvtt_where_signs_are_escaped() -> None:
    assert TALK.to_vtt() == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:02.400\n大家好。\n\n"
        "00:00:02.400 --> 01:02:05.001\nHello &amp; &lt;b&gt;welcome&lt;/b&gt;.\n\n"
    )


@pytest.mark.parametrize("late", [1e306, float("inf"), float("nan")])
def test_a_time_that_none_can_be_is_shown_as_some(late: float) -> None:
    odd = Transcript("x", segments=(Segment(late, late, "x"),))
    for shown in (odd.to_srt(), odd.to_vtt(), odd._repr_html_()):
        assert len(shown) < 200


def test_a_text_ends_no_subtitle_early() -> None:
    odd = Transcript("", segments=(Segment(0, 1, " one\n\n \n2\n00:00 --> 00:01\ntwo "),))
    assert odd.to_srt() == "1\n00:00:00,000 --> 00:00:01,000\none\n2\n00:00 → 00:01\ntwo\n\n"
    assert odd.to_vtt().count("-->") == 1


def test_what_came_as_subtitles_stays_as_it_is() -> None:
    assert Transcript("1\n...", format="srt").to_srt() == "1\n..."
    assert Transcript("WEBVTT\n...", format="vtt").to_vtt() == "WEBVTT\n..."


@pytest.mark.parametrize("form", ["json", "text", "srt"])
def test_without_times_there_are_no_subtitles(form: str) -> None:
    with pytest.raises(ConfigurationError, match="has no times, as it was asked for as"):
        Transcript("你好", format=form).to_vtt()


def test_silence_has_none_and_that_is_no_fault() -> None:
    assert Transcript("").to_srt() == ""
    assert Transcript(" ").to_vtt() == "WEBVTT\n\n"


def test_it_is_printed_short_and_read_as_its_text() -> None:
    assert str(TALK) == TALK.text
    assert repr(TALK).endswith(", chinese, 3725.0 s, 2 segments)")
    assert len(repr(Transcript("word " * 10_000))) < 200


def test_a_notebook_shows_text_and_runs_nothing() -> None:
    shown = TALK._repr_html_()
    assert "<b>" not in shown
    assert "&lt;b&gt;welcome" in shown
    assert "01:02:05" not in shown
    assert ">00:00:02<" in shown
    assert Transcript("<script>")._repr_html_() == (
        '<div style="white-space:pre-wrap">&lt;script&gt;</div>'
    )

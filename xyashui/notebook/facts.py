"""The words around an answer, the same in a page and in a terminal."""

from __future__ import annotations

from xyashui.notebook.views import Passage, View
from xyashui.terminal.cleaning import one_line

__all__ = ["SOURCES", "THOUGHTS", "facts", "mark", "thoughts"]

SOURCES = "Sources 来源"
THOUGHTS = "Reasoning 思考过程"
_CUT = "Cut short 回答不完整"
_NOTHING = "No answer 没有回答"
_WAITING = "waiting for the first token"


def mark(view: View) -> str:
    """Return what an answer that is not whole is marked with; "" for one that may yet be."""
    if view.state != "cut":
        return ""
    return _NOTHING if view.empty else _CUT


def thoughts(passage: Passage) -> str:
    """Say how much reasoning there is."""
    return f"{len(passage):,} characters"


def facts(view: View) -> list[str]:
    """Return what the footer says, as far as it is known: model, tokens, speed."""
    known = [one_line(view.facts.model)] if view.facts.model else []
    if view.state == "waiting":
        return [*known, _WAITING]
    known += _tokens(view)
    if (first := view.seconds_to_first) is not None:
        known.append(f"{first:.2f} s to first token")
    if (speed := view.tokens_per_second()) is not None:
        known.append(f"{speed:,.0f} tokens/s")
    if view.facts.finish_reason == "length":
        known.append("cut at the limit of tokens")
    elif view.facts.finish_reason == "content_filter":
        known.append("cut by the service's content filter")
    return known


def _tokens(view: View) -> list[str]:
    written, counted = view.output_tokens()
    if not counted:
        return [f"≈ {written:,} tokens"] if written else []
    if view.facts.input_tokens is None:
        return [f"{written:,} tokens"]
    return [f"{view.facts.input_tokens:,} + {written:,} tokens"]

"""Completion."""

from __future__ import annotations

from xyashui.sending import AsyncSender, Sender

__all__ = ["AsyncCompletionCalls", "CompletionCalls"]


class CompletionCalls(Sender):
    """Completion, for `Client`."""


class AsyncCompletionCalls(AsyncSender):
    """Completion, for `AsyncClient`."""

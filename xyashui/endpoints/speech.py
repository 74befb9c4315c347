"""Speech."""

from __future__ import annotations

from xyashui.sending import AsyncSender, Sender

__all__ = ["AsyncSpeechCalls", "SpeechCalls"]


class SpeechCalls(Sender):
    """Speech, for `Client`."""


class AsyncSpeechCalls(AsyncSender):
    """Speech, for `AsyncClient`."""

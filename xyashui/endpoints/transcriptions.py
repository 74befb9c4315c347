"""Transcription."""

from __future__ import annotations

from xyashui.sending import AsyncSender, Sender

__all__ = ["AsyncTranscriptionCalls", "TranscriptionCalls"]


class TranscriptionCalls(Sender):
    """Transcription, for `Client`."""


class AsyncTranscriptionCalls(AsyncSender):
    """Transcription, for `AsyncClient`."""

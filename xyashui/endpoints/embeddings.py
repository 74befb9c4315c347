"""Embedding."""

from __future__ import annotations

from xyashui.sending import AsyncSender, Sender

__all__ = ["AsyncEmbeddingCalls", "EmbeddingCalls"]


class EmbeddingCalls(Sender):
    """Embedding, for `Client`."""


class AsyncEmbeddingCalls(AsyncSender):
    """Embedding, for `AsyncClient`."""

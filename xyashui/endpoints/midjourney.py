"""Midjourney."""

from __future__ import annotations

from xyashui.sending import AsyncSender, Sender

__all__ = ["AsyncMidjourneyCalls", "MidjourneyCalls"]


class MidjourneyCalls(Sender):
    """Midjourney, for `Client`."""


class AsyncMidjourneyCalls(AsyncSender):
    """Midjourney, for `AsyncClient`."""

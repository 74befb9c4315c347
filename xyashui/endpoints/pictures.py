"""Picture."""

from __future__ import annotations

from xyashui.sending import AsyncSender, Sender

__all__ = ["AsyncPictureCalls", "PictureCalls"]


class PictureCalls(Sender):
    """Picture, for `Client`."""


class AsyncPictureCalls(AsyncSender):
    """Picture, for `AsyncClient`."""

"""What a service lacks, supplied on this side. Sans-IO."""

from __future__ import annotations

from xyashui.emulation.stop import StopStage
from xyashui.providers.provider import Provider
from xyashui.requests import ChatRequest
from xyashui.streaming import Stage

__all__ = ["stages"]


def stages(provider: Provider, request: ChatRequest) -> list[Stage]:
    """Return what must be done to the chunks of the answer to `request`, in order."""
    needed: list[Stage] = []
    if request.stop and not provider.capabilities.stop:
        needed.append(StopStage(request.stop))
    return needed

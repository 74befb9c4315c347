"""A service that answers whoever asks with what it was told last."""

from __future__ import annotations

from typing import Any

from tests.servers import FaultServer, chunked, http
from tests.wire import DONE, event

__all__ = ["Answering"]


class Answering(FaultServer):
    """Answers every request alike."""

    def answer(self, *deltas: dict[str, Any], finish: str | None = "stop", **fields: Any) -> None:
        """Stream these deltas of one answer; without a reason to finish, it is cut short."""
        events = [event({"choices": [{"index": 0, "delta": delta}], **fields}) for delta in deltas]
        if finish is not None:
            end = {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}
            events += [event(end), DONE]
        self.stream(*events)

    def stream(self, *pieces: bytes) -> None:
        """Stream these bytes, whatever they are."""
        self.play([chunked(*pieces)])

    def answer_whole(self, message: dict[str, Any], finish: str = "stop", **fields: Any) -> None:
        """Answer with one JSON completion, asked for a stream or not."""
        choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
        self.play([http({"choices": [choice], **fields})])

"""What LlamaIndex's engines and workflows stream: tokens, and what comes beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from llama_index.core.base.response.schema import (
    AsyncStreamingResponse,
    Response,
    StreamingResponse,
)
from llama_index.core.chat_engine.types import AgentChatResponse, StreamingAgentChatResponse
from workflows.handler import WorkflowHandler

from xyashui.notebook.reading.llama_index import LlamaIndexReader, add_nodes, add_outputs
from xyashui.notebook.views import View

__all__ = ["ChatEngineReader", "QueryReader", "is_engine_stream", "items_of", "reader_of"]

_STREAMS = (StreamingResponse, AsyncStreamingResponse, StreamingAgentChatResponse, WorkflowHandler)


def is_engine_stream(given: object) -> bool:
    """Whether `given` is one of the responses that this module opens."""
    return isinstance(given, _STREAMS)


def items_of(given: Any) -> Any:
    """Return what to iterate over; with `async for` where the response was awaited."""
    if isinstance(given, StreamingResponse):
        return given.response_gen
    if isinstance(given, AsyncStreamingResponse):
        return given.async_response_gen()
    if isinstance(given, WorkflowHandler):
        return _events(given)
    return given.response_gen if given.achat_stream is None else given.async_response_gen()


def reader_of(given: Any, view: View) -> LlamaIndexReader:
    """Return who reads its items."""
    if isinstance(given, StreamingResponse | AsyncStreamingResponse):
        return QueryReader(view, given)
    if isinstance(given, StreamingAgentChatResponse):
        return ChatEngineReader(view, given)
    return LlamaIndexReader(view)


class QueryReader(LlamaIndexReader):
    """Reads the tokens of a query engine; the finished message is a `Response`."""

    def __init__(self, view: View, stream: StreamingResponse | AsyncStreamingResponse) -> None:
        super().__init__(view)
        self._stream = stream
        add_nodes(view, stream.source_nodes)

    def finish(self) -> Response:
        """Return the whole response."""
        # Kept in the stream as well: it would otherwise ask a generator that has ended.
        self._stream.response_txt = text = str(super().finish())
        return Response(text, self._stream.source_nodes, self._stream.metadata)


class ChatEngineReader(LlamaIndexReader):
    """Reads the tokens of a chat engine; the finished message is an `AgentChatResponse`."""

    def __init__(self, view: View, stream: StreamingAgentChatResponse) -> None:
        super().__init__(view)
        self._stream = stream
        add_outputs(view, stream.sources)

    def finish(self) -> AgentChatResponse:
        """Return the whole response."""
        stream = self._stream
        stream.set_source_nodes()
        add_nodes(self._view, stream.source_nodes)
        return AgentChatResponse(
            response=stream.response or str(super().finish()),
            sources=stream.sources,
            source_nodes=stream.source_nodes,
        )


async def _events(handler: WorkflowHandler) -> AsyncIterator[Any]:
    try:
        async for event in handler.stream_events():
            yield event
        # What went wrong in the workflow is raised here, and not by its events.
        await handler
    except (GeneratorExit, asyncio.CancelledError):
        # Whoever was shown this run does not want the rest of it.
        await handler.cancel_run()
        raise

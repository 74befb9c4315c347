"""`watching`: what happens inside LlamaIndex's engines and agents, as it happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events import BaseEvent
from llama_index.core.instrumentation.events.agent import AgentToolCallEvent
from llama_index.core.instrumentation.events.exception import ExceptionEvent
from llama_index.core.instrumentation.events.llm import (
    LLMChatEndEvent,
    LLMChatInProgressEvent,
    LLMChatStartEvent,
    LLMCompletionEndEvent,
    LLMCompletionInProgressEvent,
    LLMCompletionStartEvent,
)
from llama_index.core.instrumentation.events.query import QueryEndEvent, QueryStartEvent
from llama_index.core.instrumentation.events.retrieval import RetrievalEndEvent, RetrievalStartEvent
from llama_index_instrumentation import get_dispatcher
from llama_index_instrumentation.events.span import SpanDropEvent
from pydantic import PrivateAttr

from xyashui.notebook.live import Live
from xyashui.notebook.reading.llama_index import add_nodes, say, settle
from xyashui.notebook.reading.readers import counted
from xyashui.notebook.views import View

__all__ = ["NotebookEventHandler", "watching"]

_STARTS = (LLMChatStartEvent, LLMCompletionStartEvent)
_PIECES = (LLMChatInProgressEvent, LLMCompletionInProgressEvent)
_ENDS = (LLMChatEndEvent, LLMCompletionEndEvent)


class NotebookEventHandler(BaseEventHandler):
    """Shows what engines, retrievers and models do; mostly by way of `watching`.

    Each model call has a heading and is shown as it streams, tools are rows with what they were
    given and gave back, and what retrievers find are sources. See `show` for how it looks and what
    is shown of untrusted text.

    Added to a dispatcher by hand, it makes a card for each query, and for each model call outside
    one.

    Attributes:
        heading: A title above each card.
        one_card: Whether to put everything on one card, until `close`.

    Example:
        >>> get_dispatcher().add_event_handler(NotebookEventHandler())  # doctest: +SKIP
    """

    heading: str = ""
    one_card: bool = False

    _live: Live | None = PrivateAttr(default=None)
    _open: set[tuple[str | None, str]] = PrivateAttr(default_factory=set)  # span, what
    _streamed: set[str | None] = PrivateAttr(default_factory=set)
    _failures: set[str] = PrivateAttr(default_factory=set)  # what errors have said already
    _lock: Any = PrivateAttr(default_factory=RLock)

    @classmethod
    def class_name(cls) -> str:
        """Return the name that LlamaIndex knows it by."""
        return "NotebookEventHandler"

    def handle(self, event: BaseEvent, **kwargs: Any) -> None:
        """Show what an event says."""
        with self._lock:
            if isinstance(event, _STARTS):
                self._begin_turn(event)
            elif isinstance(event, _PIECES):
                self._streamed.add(event.span_id)
                self._view().streamed = True
                say(self._view().turn(event.span_id), event.response)
                self._refresh()
            elif isinstance(event, _ENDS):
                self._end_turn(event)
            elif isinstance(event, QueryStartEvent):
                self._enter(event, "query")
            elif isinstance(event, QueryEndEvent):
                self._leave(event, "query")
            elif isinstance(event, RetrievalStartEvent):
                self._begin_retrieval(event)
            elif isinstance(event, RetrievalEndEvent):
                self._end_retrieval(event)
            elif isinstance(event, AgentToolCallEvent):
                use = self._view().turn(event.id_).row(0)
                use.name, use.arguments = event.tool.get_name(), event.arguments
                self._refresh()
            elif isinstance(event, ExceptionEvent):
                self._fail(event.span_id, event.exception, str(event.exception))
            elif isinstance(event, SpanDropEvent):
                self._fail(event.span_id, None, event.err_str)

    def close(self, error: BaseException | str | None = None) -> None:
        """End the card that is shown.

        Args:
            error: What it was cut by, if it was.
        """
        with self._lock:
            live, self._live = self._live, None
            said, self._failures = self._failures, set()
            self._open.clear()
            self._streamed.clear()
            if live is not None and error is None:
                live.end()
            elif live is not None:
                live.cut(None if str(error) in said else error)

    # Models

    def _begin_turn(self, event: LLMChatStartEvent | LLMCompletionStartEvent) -> None:
        self._enter(event, "model")
        if isinstance(event, LLMChatStartEvent):
            for message in event.messages:
                self._give_back(message)
        model = event.model_dict.get("model") or event.model_dict.get("model_name") or "model"
        self._view().turn(event.span_id, str(model))
        self._refresh()

    def _end_turn(self, event: LLMChatEndEvent | LLMCompletionEndEvent) -> None:
        if event.response is not None:
            view = self._view()
            if event.span_id not in self._streamed:
                say(view.turn(event.span_id), event.response)
            settle(view, event.response)
        self._leave(event, "model")

    def _give_back(self, message: ChatMessage) -> None:
        """Take what a tool gave back from what a model is told of it: there is no event for it."""
        if message.role != MessageRole.TOOL:
            return
        use = self._view().find_call(message.additional_kwargs.get("tool_call_id"))
        if use is not None and use.result is None:
            use.result = message.content or ""

    # Retrievers

    def _begin_retrieval(self, event: RetrievalStartEvent) -> None:
        self._enter(event, "retrieval")
        asked = event.str_or_query_bundle
        use = self._view().turn(event.span_id).row("retrieval")
        use.name = "retriever"
        use.arguments = asked if isinstance(asked, str) else asked.query_str
        self._refresh()

    def _end_retrieval(self, event: RetrievalEndEvent) -> None:
        view = self._view()
        add_nodes(view, event.nodes)
        view.turn(event.span_id).row("retrieval").result = counted(len(event.nodes), "node")
        self._leave(event, "retrieval")

    # Cards

    def _view(self) -> View:
        if self._live is None:
            self._live = Live(View(heading=self.heading, streamed=False))
        return self._live.view

    def _refresh(self) -> None:
        if self._live is not None:
            self._live.refresh()

    def _enter(self, event: BaseEvent, what: str) -> None:
        self._open.add((event.span_id, what))

    def _leave(self, event: BaseEvent, what: str) -> None:
        self._open.discard((event.span_id, what))
        self._streamed.discard(event.span_id)
        if self._open or self.one_card:
            self._refresh()
        else:
            self.close()

    def _fail(self, span_id: str | None, error: BaseException | None, words: str) -> None:
        failed = {one for one in self._open if one[0] == span_id}
        self._open -= failed
        if not failed or self._live is None:
            return
        if self._open or self.one_card:
            use = self._live.view.turn(span_id).row("error")
            use.name, use.result, use.failed = "model", words, True
            self._failures.add(words)
            self._refresh()
        else:
            self.close(error or words)


@contextmanager
def watching(heading: str = "") -> Iterator[NotebookEventHandler]:
    """Show what LlamaIndex does in the block, on one card.

    Args:
        heading: A title above it.

    Example:
        >>> with watching():  # doctest: +SKIP
        ...     answer = query_engine.query("...")
    """
    root = get_dispatcher()
    handler = NotebookEventHandler(heading=heading, one_card=True)
    root.add_event_handler(handler)
    try:
        yield handler
    except BaseException as error:
        handler.close(error)
        raise
    else:
        handler.close()
    finally:
        root.event_handlers = [one for one in root.event_handlers if one is not handler]

"""`NotebookCallbackHandler`: what happens inside LangChain's chains and agents, as it happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import RLock
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, GenerationChunk, LLMResult

from xyashui.notebook.live import Live
from xyashui.notebook.reading.langchain import add_document, cite, say, settle
from xyashui.notebook.reading.readers import counted
from xyashui.notebook.views import ToolUse, View
from xyashui.types import as_json

__all__ = ["NotebookCallbackHandler"]


@dataclass(slots=True)
class _Card:
    """What is shown of one run and all runs inside it."""

    live: Live
    root: UUID
    shown: bool = False  # whether anything of it has been


class NotebookCallbackHandler(BaseCallbackHandler):
    """Shows what a chain, an agent or a model does: a card for each run that is called by you.

    Each model call has a heading and is shown as it streams, tools are rows with what they were
    given and gave back, and what retrievers find are sources. See `show` for how it looks and what
    is shown of untrusted text.

    A model streams inside `invoke` only where it is told to: make it with `streaming=True`, or
    call `stream`. Otherwise its answer is shown in one piece.

    Example:
        >>> handler = NotebookCallbackHandler()
        >>> agent.invoke(question, config={"callbacks": [handler]})  # doctest: +SKIP
    """

    # In an event loop the callbacks come in order then, and in its own thread.
    run_inline = True

    def __init__(self) -> None:
        self._cards: dict[UUID, _Card] = {}  # by run
        self._uses: dict[UUID, ToolUse] = {}  # by run of a tool or a retriever
        self._streamed: set[UUID] = set()  # models that have said something already
        self._lock = RLock()  # runs may be parallel

    # Chains: only what begins and ends a card

    def on_chain_start(
        self,
        serialized: dict[str, Any],
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        """Note which card a chain belongs to."""
        with self._lock:
            self._card(run_id, parent_run_id)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """End the card, if it is the outermost chain's."""
        with self._lock:
            self._leave(run_id)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Mark the card as cut, if it is the outermost chain's."""
        with self._lock:
            self._leave(run_id, error)

    # Models

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Begin a turn."""
        self._begin_turn(run_id, parent_run_id, metadata, kwargs)

    def on_llm_start(
        self,
        serialized: dict[str, Any],
        prompts: list[str],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Begin a turn."""
        self._begin_turn(run_id, parent_run_id, metadata, kwargs)

    def on_llm_new_token(
        self,
        token: Any,
        *,
        chunk: GenerationChunk | ChatGenerationChunk | None = None,
        run_id: UUID,
        **kwargs: Any,
    ) -> None:
        """Add to the turn."""
        with self._lock:
            card = self._card(run_id, None)
            turn = card.live.view.turn(run_id)
            self._streamed.add(run_id)
            card.live.view.streamed = True
            if isinstance(chunk, ChatGenerationChunk) and isinstance(chunk.message, AIMessage):
                say(turn, chunk.message)
            else:
                turn.say(token if isinstance(token, str) else "")
            card.live.refresh()

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """End the turn: all of the answer, where it was not streamed, its sources and tokens."""
        with self._lock:
            view = self._card(run_id, None).live.view
            for number, choices in enumerate(response.generations):
                self._settle(view, (run_id, number) if number else run_id, run_id, choices[0])
            self._leave(run_id)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Say that a model failed; a chain may go on without it."""
        with self._lock:
            card = self._card(run_id, None)
            if run_id != card.root:
                use = card.live.view.turn(run_id).row("error")
                use.name, use.result, use.failed = "model", _words(error), True
            self._leave(run_id, error)

    # Tools and retrievers

    def on_tool_start(
        self,
        serialized: dict[str, Any],
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        inputs: dict[str, Any] | None = None,
        tool_call_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Add a row, unless the model's own call is there already."""
        with self._lock:
            card = self._card(run_id, parent_run_id)
            use = card.live.view.find_call(tool_call_id)
            if use is None:
                arguments = as_json(inputs) if inputs else input_str
                use = self._row(card, run_id, (serialized or {}).get("name", "tool"), arguments)
                use.id = tool_call_id
            self._uses[run_id] = use
            self._show(card)

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Add what the tool gave back."""
        with self._lock:
            view = self._card(run_id, None).live.view
            if isinstance(output, ToolMessage):
                self._give_back(run_id, str(output.text), failed=output.status == "error")
                cite(view, output.artifact)
            else:
                self._give_back(run_id, output if isinstance(output, str) else as_json(output))
            self._leave(run_id)

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Say what the tool failed of."""
        with self._lock:
            self._give_back(run_id, _words(error), failed=True)
            self._leave(run_id, error)

    def on_retriever_start(
        self,
        serialized: dict[str, Any],
        query: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        """Add a row."""
        with self._lock:
            card = self._card(run_id, parent_run_id)
            name = kwargs.get("name") or "retriever"
            self._uses[run_id] = self._row(card, run_id, name, query)
            self._show(card)

    def on_retriever_end(
        self, documents: Sequence[Document], *, run_id: UUID, **kwargs: Any
    ) -> None:
        """Add what was found to the sources."""
        with self._lock:
            view = self._card(run_id, None).live.view
            for document in documents:
                add_document(view, document)
            self._give_back(run_id, counted(len(documents), "document"))
            self._leave(run_id)

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Say what the retriever failed of."""
        with self._lock:
            self._give_back(run_id, _words(error), failed=True)
            self._leave(run_id, error)

    # How

    def _card(self, run_id: UUID, parent_run_id: UUID | None) -> _Card:
        """Return the run's card: that of the run it belongs to, or a new one."""
        card = self._cards.get(run_id)
        if card is None:
            card = self._cards.get(parent_run_id) if parent_run_id is not None else None
            self._cards[run_id] = card = card or _Card(Live(View(streamed=False)), run_id)
        return card

    def _begin_turn(
        self,
        run_id: UUID,
        parent_run_id: UUID | None,
        metadata: dict[str, Any] | None,
        given: dict[str, Any],
    ) -> None:
        with self._lock:
            card = self._card(run_id, parent_run_id)
            asked = (metadata or {}).get("ls_model_name") or given.get("name") or "model"
            card.live.view.turn(run_id, str(asked))
            self._show(card)

    def _settle(self, view: View, key: Any, run_id: UUID, generation: Any) -> None:
        turn = view.turn(key)
        if not isinstance(generation, ChatGeneration):
            turn.say("" if run_id in self._streamed else generation.text)
        elif isinstance(generation.message, AIMessage):
            if run_id not in self._streamed:
                say(turn, generation.message)
            settle(view, generation.message)

    def _row(self, card: _Card, run_id: UUID, name: str, arguments: str) -> ToolUse:
        use = card.live.view.turn(run_id).row(run_id)
        use.name, use.arguments = name, arguments
        return use

    def _give_back(self, run_id: UUID, result: str, *, failed: bool = False) -> None:
        if (use := self._uses.pop(run_id, None)) is not None:
            use.result, use.failed = result, failed

    def _show(self, card: _Card) -> None:
        card.shown = True
        card.live.refresh()

    def _leave(self, run_id: UUID, error: BaseException | None = None) -> None:
        card = self._cards.pop(run_id, None)
        self._streamed.discard(run_id)
        if card is None or not card.shown:
            return
        if card.root != run_id:
            card.live.refresh()
        elif error is not None:
            card.live.cut(error)
        else:
            card.live.end()


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"

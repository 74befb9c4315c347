"""What LangChain and LangGraph stream -> a view.

Messages whole and in chunks; text; documents; what `stream` of a graph yields in each of its
modes; what `astream_events` yields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any

from langchain_core.documents import Document
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ToolMessage,
    message_chunk_to_message,
)
from langchain_core.runnables.utils import AddableDict

from xyashui.citations import Source
from xyashui.json_beginnings import UNCLOSABLE
from xyashui.notebook.reading.readers import unreadable
from xyashui.notebook.views import Picture, Turn, View
from xyashui.types import as_json

__all__ = ["LangChainReader", "add_document", "cite", "say", "settle"]

# Where a chain keeps the text that it was run for.
_ANSWERS = frozenset({"answer", "output"})


class LangChainReader:
    """Reads what LangChain streams.

    The finished message is the last `AIMessage`; where there is none, it is what came: the text,
    the documents, or the sum of a chain's dicts.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._chunks: dict[str, list[AIMessageChunk]] = {}
        self._whole: dict[str, AIMessage] = {}
        self._seen: set[Any] = set()
        self._documents: list[Document] = []
        self._text = StringIO()
        self._sum: AddableDict | None = None

    def feed(self, item: Any) -> None:
        """Take the next item of a stream, or a whole message."""
        if isinstance(item, AddableDict):
            self._sum = item if self._sum is None else self._sum + item
        if not self._read(item):
            raise unreadable(item)

    def finish(self) -> Any:
        """Add sources and facts, and return the finished message."""
        for key, chunks in self._chunks.items():
            # All at once: two by two, a long answer would be copied as often as it has chunks.
            message = message_chunk_to_message(chunks[0] + chunks[1:] if chunks[1:] else chunks[0])
            if isinstance(message, AIMessage):
                self._whole[key] = message
                settle(self._view, message)
        if self._sum is not None:
            return self._sum
        if self._whole:
            return list(self._whole.values())[-1]
        return self._documents or self._text.getvalue()

    def _read(self, item: Any) -> bool:
        """Take what can be read in `item`; return whether it is of a kind that can be."""
        if isinstance(item, str):
            self._view.turn("text").say(item)
            self._text.write(item)
        elif isinstance(item, BaseMessage):
            self._message(item)
        elif isinstance(item, Document):
            self._documents.append(item)
            add_document(self._view, item)
        elif isinstance(item, tuple) and item:
            self._event(item)
        elif isinstance(item, Mapping):
            self._mapping(item)
        else:
            return False
        return True

    # Events of graphs and chains

    def _event(self, event: tuple[Any, ...]) -> None:
        """(message, metadata), (mode, data), (namespace, data) or (namespace, mode, data)."""
        inner = event[0] if isinstance(event[0], BaseMessage) else event[-1]
        if isinstance(inner, BaseMessage | tuple | Mapping):
            self._read(inner)

    def _mapping(self, given: Mapping[Any, Any]) -> None:
        if "ns" in given and "data" in given:
            self._event((given["data"],))
        elif "event" in given and isinstance(given.get("data"), Mapping):
            data = given["data"]
            found = data.get("chunk") if given["event"] == "on_chat_model_stream" else None
            if given["event"] in ("on_tool_end", "on_retriever_end"):
                found = data.get("output")
            self._values(found)
        else:
            for name, value in given.items():
                if isinstance(value, str):
                    if name in _ANSWERS:
                        self._read(value)
                else:
                    self._values(value)

    def _values(self, value: Any) -> None:
        """Take messages and documents, wherever they are in a graph's state."""
        if isinstance(value, BaseMessage | Document):
            self._read(value)
        elif isinstance(value, Mapping):
            self._mapping(value)
        elif isinstance(value, list | tuple):
            for one in value:
                if isinstance(one, BaseMessage | Document):
                    self._read(one)

    # Messages

    def _message(self, message: BaseMessage) -> None:
        if isinstance(message, AIMessageChunk):
            key = message.id or ""
            self._chunks.setdefault(key, []).append(message)
            self._seen.add(key)
            say(self._view.turn(key), message)
            return
        # A graph's state has the same messages again and again.
        key = message.id or f"message {id(message)}"
        if key in self._seen:
            return
        self._seen.add(key)
        if isinstance(message, AIMessage):
            self._whole[key] = message
            turn = self._view.turn(key)
            say(turn, message)
            settle(self._view, message)
        elif isinstance(message, ToolMessage):
            add_result(self._view, message)


def say(turn: Turn, message: AIMessage) -> None:
    """Add what a message, or a chunk of one, says and calls."""
    if isinstance(message.content, str):
        reasoning = message.additional_kwargs.get("reasoning_content")
        turn.think(reasoning if isinstance(reasoning, str) else "")
        turn.say(message.content)
    else:
        for block in message.content_blocks:
            _block(turn, block)
    if isinstance(message, AIMessageChunk):
        for piece in message.tool_call_chunks:
            call = turn.call(piece["index"] if piece["index"] is not None else piece["id"])
            call.id = call.id or piece["id"]
            call.name += piece["name"] or ""
            call.arguments += (piece["args"] or "").removesuffix(UNCLOSABLE)
    else:
        for number, made in enumerate((*message.tool_calls, *message.invalid_tool_calls)):
            call = turn.call(number)
            call.id, call.name = made["id"], made["name"] or ""
            call.arguments = _arguments(made["args"])


def _arguments(given: Any) -> str:
    return given.removesuffix(UNCLOSABLE) if isinstance(given, str) else as_json(given or {})


def _block(turn: Turn, block: Mapping[str, Any]) -> None:
    kind = block.get("type")
    if kind == "text":
        turn.say(str(block.get("text") or ""))
    elif kind == "reasoning":
        turn.think(str(block.get("reasoning") or ""))
    elif kind == "image":
        if block.get("base64"):
            turn.show(Picture(f"data:{block.get('mime_type')};base64,{block['base64']}"))
        elif block.get("url"):
            turn.show(Picture(str(block["url"])))


def settle(view: View, message: AIMessage) -> None:
    """Add what is known of a whole message: sources, tokens, calls that cannot be made."""
    cite(view, message.additional_kwargs.get("citations"))
    reasons = message.additional_kwargs.get("tool_call_errors") or {}
    for made in message.invalid_tool_calls:
        if (call := view.find_call(made["id"])) is not None:
            call.result = reasons.get(made["id"]) or made["error"] or "this call cannot be made"
            call.failed = True
    usage, metadata = message.usage_metadata, message.response_metadata
    view.facts.add(
        model=metadata.get("model_name") or metadata.get("model"),
        input_tokens=usage["input_tokens"] if usage else None,
        output_tokens=usage["output_tokens"] if usage else None,
        finish_reason=metadata.get("finish_reason"),
    )


def add_result(view: View, message: ToolMessage) -> None:
    """Add what a tool gave back to the call that it answers."""
    call = view.find_call(message.tool_call_id)
    if call is None:
        call = view.turn(f"tool {message.tool_call_id}").row(0)
        call.name, call.id = message.name or "", message.tool_call_id
    call.result, call.failed = str(message.text), message.status == "error"
    # The web search of this package hands its sources on beside its text.
    cite(view, message.artifact)


def cite(view: View, citations: Any) -> None:
    """Add sources, wherever somebody else may have put something else."""
    if isinstance(citations, Iterable) and not isinstance(citations, str | bytes | Mapping):
        view.cite(citations)


def add_document(view: View, document: Document) -> None:
    """Add a document as a source."""
    metadata = document.metadata
    where = str(metadata.get("url") or metadata.get("source") or "")
    title = str(metadata.get("title") or where or document.id or "document")
    view.add_source(Source(where, title, document.page_content))

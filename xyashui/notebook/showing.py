"""`show`: anything that a model says, shown as it arrives."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Iterable
from typing import Any

from xyashui.notebook.live import Live, live
from xyashui.notebook.reading.opening import Opened, is_awaited, open_given
from xyashui.notebook.reading.readers import Reader
from xyashui.notebook.views import View

__all__ = ["show", "show_stream"]


def show(stream: Any, *, heading: str = "") -> Any:
    """Show an answer as it arrives, and return the finished message.

    In a notebook it is a card that is updated in place, at most 20 times a second: Markdown, the
    reasoning folded away, tool calls as rows, sources with links, images, and below it the model,
    its tokens and its speed. In a terminal it is text.

    What a model sends is not trusted: HTML is shown as text, links lead to http(s) only, and no
    image is loaded from elsewhere.

    An answer that breaks off, or that is interrupted, stays as far as it came and is marked; the
    error goes on.

    Args:
        stream: What arrives, sync or async: `Client.stream(...)`, a LangChain model's or chain's
            `stream` or `astream`, what LangGraph streams, a LlamaIndex LLM's `stream_chat` or
            `astream_chat`, an engine's streaming response, a workflow's handler or its events. Or
            what is whole already: a message, a response, an `Answer`.
        heading: A title above it.

    Returns:
        The finished message: an `Answer`, an `AIMessage`, a `ChatResponse`, a `Response`, a
        workflow's result, or text. For what is async, something to await for it.

    Raises:
        ConfigurationError: There is nothing to be read in it, or markdown-it-py is missing.

    Example:
        >>> message = show(model.stream("你好"))  # doctest: +SKIP
        >>> message = await show(model.astream("你好"))  # doctest: +SKIP
    """
    if is_awaited(stream):
        return _awaited(stream, heading)
    view = View(heading=heading)
    opened = open_given(stream, view)
    if opened.items is None:
        return _whole(stream, opened.reader, view)
    if opened.asynchronous:
        return _ashow(opened, view)
    return show_stream(opened, view)


def show_stream(opened: Opened, view: View, *, explain: bool = True) -> Any:
    """Show what is iterated over, and return the finished message.

    Args:
        opened: The stream.
        view: What its reader fills.
        explain: Whether to show what an error says.
    """
    items = opened.items
    assert isinstance(items, Iterable)  # noqa: S101 - what is async has gone another way
    view.start()
    with live(view, explain=explain) as shown:
        try:
            for item in items:
                opened.reader.feed(item)
                shown.refresh()
        finally:
            # A stream that is given up would hold its connection for as long as somebody holds it.
            close = getattr(items, "close", None)
            if callable(close):
                close()
        return opened.reader.finish()


async def _ashow(opened: Opened, view: View) -> Any:
    items = opened.items
    assert isinstance(items, AsyncIterable)  # noqa: S101
    view.start()
    with live(view) as shown:
        try:
            async for item in items:
                opened.reader.feed(item)
                shown.refresh()
        finally:
            close = getattr(items, "aclose", None)
            if callable(close):
                await close()
        return opened.reader.finish()


async def _awaited(given: Awaitable[Any], heading: str) -> Any:
    shown = show(await given, heading=heading)
    return await shown if is_awaited(shown) else shown


def _whole(given: Any, reader: Reader, view: View) -> Any:
    view.streamed = False
    reader.feed(given)
    reader.finish()
    Live(view).end()
    return given

"""Deltas that came with one read, joined: `merge_buffered`. Sans-IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xyashui.answers import Chunk

__all__ = ["merged"]


def merged(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Join neighbours that are nothing but text of the same choice; likewise reasoning.

    Everything else (tool calls, finish reasons, what has no name here) stays a chunk of its own, in
    its place. What came before an error is given before it is raised.

    Example:
        >>> [chunk.text for chunk in merged([Chunk("济"), Chunk("南"), Chunk("", "嗯")])]
        ['济南', '']
    """
    run: list[Chunk] = []
    try:
        for chunk in chunks:
            if run and not _goes_on(run[-1], chunk):
                yield _joined(run)
                run = []
            run.append(chunk)
    except Exception:
        if run:
            yield _joined(run)
        raise
    if run:
        yield _joined(run)


def _goes_on(last: Chunk, chunk: Chunk) -> bool:
    return (
        _is_plain(last)
        and _is_plain(chunk)
        and last.index == chunk.index
        and bool(last.reasoning) == bool(chunk.reasoning)
    )


def _is_plain(chunk: Chunk) -> bool:
    only_one = not (chunk.text and chunk.reasoning)
    return only_one and not (chunk.tool_calls or chunk.finish_reason or chunk.extra)


def _joined(run: list[Chunk]) -> Chunk:
    if len(run) == 1:
        return run[0]
    text = "".join([chunk.text for chunk in run])
    reasoning = "".join([chunk.reasoning for chunk in run])
    last = run[-1]
    return Chunk(text, reasoning, index=last.index, raw=last.unread_raw)

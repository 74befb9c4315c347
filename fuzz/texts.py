"""What is fuzzed of an answer's text: all that reads it once it has come."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from fuzz.seeds import TOKENS
from fuzz.source import Source
from xyashui import Chunk
from xyashui.citations import find_citations, sources
from xyashui.emulation.schemas import violation
from xyashui.emulation.stop import StopStage
from xyashui.emulation.structured import JSONStage
from xyashui.emulation.tool_parser import ToolCallStage
from xyashui.endpoints.midjourney.records import TaskRecord
from xyashui.notebook.safety import is_picture, shown_host, web_address
from xyashui.terminal.cleaning import Cleaner
from xyashui.terminal.wrapping import Wrapper
from xyashui.transcripts import Segment, Transcript

__all__ = ["SCHEMAS", "citations", "json_output", "shown", "text_of", "tools"]

SCHEMAS: dict[str, dict[str, Any]] = {
    "f": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
    "g": {"type": "object"},
}
_FORMS: tuple[dict[str, Any], ...] = (
    SCHEMAS["g"],
    SCHEMAS["f"],
    {"type": "array", "uniqueItems": True},
    {"type": ["string", "number", "null"]},
)


def text_of(source: Source) -> str:
    """Return the rest as a text: of words that mean something, or as it is."""
    if source.below(2):
        return "".join(source.choice(TOKENS) for _ in range(min(source.left, 200)))
    return source.rest().decode("utf-8", "replace")


def _in_pieces(source: Source, data: bytes) -> tuple[str, list[str]]:
    """Return the rest as a text, and the same cut anywhere."""
    text = text_of(source)
    cut = Source(data[::-1]).pieces(text.encode("utf-32-le"))
    pieces = [piece.decode("utf-32-le") for piece in _aligned(cut)]
    assert "".join(pieces) == text
    return text, pieces


def tools(data: bytes) -> None:
    """The parser of prompted tool calls, and what else is done to the text on this side."""
    source = Source(data)
    make: Callable[[], Any] = source.choice(
        (
            lambda: ToolCallStage(SCHEMAS),
            lambda: ToolCallStage(SCHEMAS, forced="f", final=True),
            lambda: ToolCallStage(SCHEMAS, forced="", single=True),
            lambda: ToolCallStage(SCHEMAS, single=True, final=True),
            lambda: StopStage(["<tool_call>", "}", "你好"]),
        )
    )
    text, pieces = _in_pieces(source, data)
    assert _staged(make(), [text]) == _staged(make(), pieces), "cut elsewhere, the calls differ"


def _aligned(pieces: Iterable[bytes]) -> Iterable[bytes]:
    """Move what is no whole character from the end of a piece to the beginning of the next."""
    held = b""
    for piece in pieces:
        held += piece
        whole = len(held) // 4 * 4
        yield held[:whole]
        held = held[whole:]


def _staged(stage: Any, pieces: Iterable[str]) -> Any:
    chunks: list[Chunk] = []
    taken = 0
    for piece in pieces:
        if stage.done:
            break
        taken += len(piece)
        chunks += stage.feed(Chunk(piece))
    chunks += stage.close()
    calls = [call for chunk in chunks for call in chunk.tool_calls]
    text = "".join(chunk.text for chunk in chunks)
    assert len(text) <= max(taken * 6 + 10, 100), "more out than in"
    for call in calls:
        assert call.id
        assert call.name is not None
        call.arguments.encode()
        if call.error is None:
            assert isinstance(json.loads(call.arguments), dict)
    return text, [(one.index, one.name, one.arguments, one.error) for one in calls]


def json_output(data: bytes) -> None:
    """JSON by prompt: what comes out fits the schema, or there is a reason why nothing does."""
    source = Source(data)
    form = source.choice(_FORMS)
    text, pieces = _in_pieces(source, data)
    whole, fault = _json_of([text], form)
    assert (whole, fault) == _json_of(pieces, form), "cut elsewhere, the JSON differs"
    assert (whole == "") == (fault is not None)
    if fault is None:
        assert violation(json.loads(whole), form) is None, "it does not fit"
        assert len(whole) <= len(text) * 6 + 100, "more out than in"
    else:
        assert 0 < len(fault.encode()) < 5000


def _json_of(pieces: Iterable[str], form: dict[str, Any]) -> tuple[str, str | None]:
    stage = JSONStage(form)
    for piece in pieces:
        assert stage.feed(Chunk(piece)) == [], "text that is handed on before it is whole"
    said = "".join(chunk.text for chunk in stage.close())
    assert stage.fault is None or stage.rejected == stage.held
    return said, stage.fault


def citations(data: bytes) -> None:
    """The finder of citations: offsets that are right, and no address but http(s)."""
    text = text_of(Source(data))
    found = find_citations(text)
    assert len(found) <= text.count("]"), "more links than brackets"
    end = 0
    for one in found:
        assert end <= one.start < one.end <= len(text), "they stand in order"
        assert text[one.start] == "["
        assert one.url.lower().startswith(("http://", "https://"))
        assert isinstance(one.title + one.cited_text, str)
        end = one.end
    assert {one.url for one in sources(found)} == {one.url for one in found}


def shown(data: bytes) -> None:
    """What is shown to people: nothing is lost, and nothing does what is not for it to do."""
    source = Source(data)
    width = source.choice((10, 40, 80))
    text, pieces = _in_pieces(source, data)
    clean = _cleaned([text])
    assert clean == _cleaned(pieces), "cut elsewhere, another text is shown"
    assert all(one.isprintable() or one.isspace() for one in clean if one < "\xa0")
    written = _wrapped(_shifted(clean, pieces), width)
    assert "".join(written.split()) == "".join(clean.split()), "words are lost"
    for subtitles in _subtitles(text):
        assert "\n\n" not in subtitles.strip("\n"), "a subtitle ends early"
    for action in ("DESCRIBE", "SHORTEN"):
        task = TaskRecord("1", {"action": action, "prompt": text, "progress": text})
        assert sum(map(len, task.descriptions + task.prompts)) <= len(text)
        assert 0 <= task.progress <= 100
    assert bool(shown_host(text)) == (web_address(text) is not None)
    assert not is_picture(text) or text.lower().startswith("data:image/")


def _cleaned(pieces: Iterable[str]) -> str:
    cleaner = Cleaner()
    return "".join([*map(cleaner.feed, pieces), cleaner.finish()])


def _shifted(text: str, pieces: Iterable[str]) -> Iterator[str]:
    """Cut `text` where `pieces` were cut."""
    at = 0
    for piece in pieces:
        yield text[at : at + len(piece)]
        at += len(piece)


def _wrapped(pieces: Iterable[str], width: int) -> str:
    written: list[str] = []
    wrapper = Wrapper(written.append, width, len)
    for piece in pieces:
        wrapper.feed(piece)
    wrapper.flush()
    return "".join(written)


def _subtitles(text: str) -> Iterator[str]:
    transcript = Transcript(text, segments=[Segment(0, 1, f"x{text}")])
    yield transcript.to_srt()
    yield transcript.to_vtt().removeprefix("WEBVTT\n\n")

"""What is supplied on this side, and should cost nothing where there is nothing to supply.

Bytes are read without a socket, by the reader that the clients use: a microsecond more or less is
lost in what httpx takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from benchmarks import wire
from benchmarks.bench import Bench, Case
from benchmarks.measuring import Entry, Row, Samples, rounds, timed
from xyashui import ASHUI, Chunk
from xyashui.citations import find_citations
from xyashui.emulation import Plan
from xyashui.requests import ChatRequest
from xyashui.streaming import AnswerReader

__all__ = ["LINEAR", "STAGES"]

PLAIN = "an answer of 阿水"
_TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "今天的天气",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def _request(**options: Any) -> ChatRequest:
    return ASHUI.request("今天天气怎么样?", stream=True, **options)


def _plan_with_tools() -> Plan:
    return Plan(ASHUI, _request(tools=[_TOOL], tool_calling="prompted"))


def _read(request: ChatRequest, events: Sequence[bytes]) -> None:
    plan = Plan(ASHUI, request)
    reader = AnswerReader(
        ASHUI, plan.request.model, cites=ASHUI.cites(plan.request), stages=plan.stages()
    )
    for data in events:
        for _ in reader.feed(data):
            pass
    for _ in reader.close():
        pass


def _stages(bench: Bench) -> list[Row]:
    count = bench.size(10_000, 500)
    events = wire.events("ashui", count)
    requests = {
        PLAIN: _request(),
        f"{PLAIN}, tools by prompt": _request(tools=[_TOOL], tool_calling="prompted"),
        f"{PLAIN}, citations": _request(web_search=True),
        f"{PLAIN}, stop sequences": _request(stop=["结束"]),
    }
    entries = [
        Entry(name, "ours", "no framework", partial(timed, partial(_read, request, events), count))
        for name, request in requests.items()
    ]
    return rounds(entries, bench.runs, warm=2)


STAGES = Case(
    name="stages",
    title="Reading bytes, with nothing to find for what is supplied on this side",
    unit="µs per chunk",
    measures=("cpu", "wall"),
    run=_stages,
    digits=2,
)


# Linear in the text, be the text hostile

_TOOL_TEXTS = {
    "tools: plain text": "秋天来得很安静，",
    "tools: beginnings of tags": "<tool_call <tool_",
    "tools: tags that are only spoken of": "<tool_call> ",
    "tools: a call that does not end": '{"a": "',
}
_CITATION_TEXTS = {
    "citations: plain text": "秋天来得很安静，",
    "citations: open brackets": "[",
    "citations: links that do not end": "[a](",
    "citations: brackets in brackets": "![[",
    "citations: backticks": "`a``",
    "citations: definitions": "[a]: b\n",
    "citations: links": "[a](https://b.example/) ",
}


def _linear(bench: Bench) -> list[Row]:
    few, many = bench.size(4000, 200), bench.size(40_000, 1000)
    works: dict[str, Callable[[int], object]] = {
        **{name: partial(_cite, text) for name, text in _CITATION_TEXTS.items()},
        **{name: partial(_parse_calls, text) for name, text in _TOOL_TEXTS.items()},
    }
    entries = [
        Entry(name, "ours", "no framework", partial(_short_and_long, work, few, many))
        for name, work in works.items()
    ]
    return rounds(entries, bench.runs)


def _short_and_long(work: Callable[[int], object], few: int, many: int) -> Samples:
    """Measure one long text, and as much of short ones."""

    def short() -> None:
        for _ in range(many // few):
            work(few)

    return {
        "long": timed(partial(work, many), many)["cpu"],
        "short": timed(short, many // few * few)["cpu"],
    }


def _cite(text: str, count: int) -> None:
    find_citations(text * count)


def _parse_calls(text: str, count: int) -> None:
    [stage] = _plan_with_tools().stages()
    stage.feed(Chunk("<tool_call>" if text.startswith("{") else ""))
    for _ in range(count):
        stage.feed(Chunk(text))
    stage.close()


LINEAR = Case(
    name="linear",
    title="Plain and hostile text, ten times as long",
    unit="µs of CPU per piece",
    measures=("long", "short"),
    run=_linear,
    digits=3,
)

"""Stop sequences where calls are prompted: they end what the model says, and cut no call."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

import pytest

from tests.servers import FaultServer, chunked, hold, http
from tests.wire import DONE, completion, delta
from xyashui import ASHUI, XINGYUN, Client
from xyashui.answers import AnswerBuilder, Chunk, ToolCallDelta
from xyashui.emulation.tool_parser import ToolCallStage
from xyashui.emulation.tools import render_call

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}
CALL = render_call("weather", {"city": "济南 END"})
BAD_CALL = render_call("weather", {"city": 3})


def read(pieces: list[str], stop: list[str], **settings: Any) -> Any:
    """Send `pieces` through a stage; return its text, cities, finish reason, and whether done."""
    stage = ToolCallStage({"weather": SCHEMA}, stop=stop, **settings)
    builder = AnswerBuilder()
    chunks = [*map(Chunk, pieces), Chunk(finish_reason="stop")]
    for chunk in [out for one in chunks for out in stage.feed(one)]:
        builder.add(chunk)
    for chunk in stage.close():
        builder.add(chunk)
    answer = builder.build()
    cities = [json.loads(call.arguments)["city"] for call in answer.tool_calls]
    return answer.text, cities, answer.finish_reason, stage.done


@pytest.mark.parametrize(
    ("written", "stop", "text", "calls", "done"),
    [
        pytest.param(CALL, "\n", "", 1, False, id="our line breaks"),
        pytest.param(CALL, "}", "", 1, False, id="our braces"),
        pytest.param(CALL, "<", "", 1, False, id="our tags"),
        pytest.param(CALL, "END", "", 1, False, id="in an argument"),
        pytest.param(f"Look.\n{CALL}", "\n", "Look.", 1, False, id="the line before a call"),
        pytest.param(f"Look END.\n{CALL}", "END", "Look ", 0, True, id="before a call"),
        pytest.param(f"{CALL}\nSo END it.", "END", "So ", 1, True, id="behind a call"),
        pytest.param(f"{CALL}\n{CALL}\nEND\n{CALL}", "END", "", 2, True, id="between calls"),
        pytest.param(f"E{CALL}ND", "END", "END", 1, False, id="around a call"),
        pytest.param(f"{CALL}\nEN", "END", "EN", 1, False, id="half, at the end"),
        pytest.param("A <tool_call> tag.", "tag", "A <tool_call> ", 0, True, id="a tag in prose"),
        pytest.param("Sunny.\nReally.", "\n", "Sunny.", 0, True, id="no call"),
        pytest.param("Sunny.", "\n", "Sunny.", 0, False, id="neither"),
    ],
)
def test_end_the_text_and_cut_no_call_however_the_answer_is_cut(
    written: str, stop: str, text: str, calls: int, done: bool
) -> None:
    finish = "tool_calls" if calls else "stop"
    expected = (text, ["济南 END"] * calls, finish, done)
    assert read([written], [stop]) == expected
    assert read(list(written), [stop]) == expected
    for left, right in combinations(range(0, len(written), 3), 2):
        assert read([written[:left], written[left:right], written[right:]], [stop]) == expected


def test_a_call_behind_one_cannot_be_wrong() -> None:
    stage = ToolCallStage({"weather": SCHEMA}, stop=["END"])
    stage.feed(Chunk(f"Well. END {BAD_CALL}"))
    (last,) = stage.close()
    assert (stage.fault, last.tool_calls, last.finish_reason) == (None, (), "stop")


def test_a_call_before_one_can() -> None:
    stage = ToolCallStage({"weather": SCHEMA}, stop=["END"])
    stage.feed(Chunk(f"{BAD_CALL} END"))
    assert stage.close() == []
    assert "not of type 'string'" in (stage.fault or "")


def test_neither_is_a_call_behind_one_that_the_service_makes_out() -> None:
    stage = ToolCallStage({"weather": SCHEMA}, stop=["END"])
    (chunk,) = stage.feed(Chunk("Well. END", tool_calls=(ToolCallDelta(0, "1", "weather", "{}"),)))
    assert (chunk.text, chunk.tool_calls, stage.done) == ("Well. ", (), True)


def test_are_none_in_the_reasoning() -> None:
    stage = ToolCallStage({"weather": SCHEMA}, stop=["END"])
    (chunk,) = stage.feed(Chunk("Well", reasoning="no END"))
    assert (chunk.text, chunk.reasoning, stage.done) == ("Well", "no END", False)


def test_are_none_in_text_that_is_dropped_for_a_call_that_must_be() -> None:
    assert read([f"Sure:\n\n{CALL}"], ["\n"], forced="") == (
        "", ["济南 END"], "tool_calls", False,
    )  # fmt: skip


@pytest.mark.parametrize("stop", ["\n", "}", "<", "weather"])
@pytest.mark.parametrize("provider", [ASHUI, XINGYUN], ids=lambda one: one.name)
def test_a_call_is_made_in_one_request(provider: Any, stop: str) -> None:
    # A service that knows stop sequences would find them in our markup: none is sent to it.
    streamed = [chunked(delta(CALL[:20]), delta(CALL[20:], "stop"), DONE)]
    with FaultServer([http(json.dumps(completion(CALL)).encode())], streamed) as server:
        asker = Client(provider, api_key="test-key", base_url=server.url)
        asked: dict[str, Any] = {"tools": [WEATHER], "tool_calling": "prompted", "stop": [stop]}
        whole = asker.chat("?", **asked)
        stream = asker.stream("?", **asked)
        list(stream)
    for answer in (whole, stream.answer):
        assert [call.name for call in answer.tool_calls] == ["weather"]
        assert (answer.text, answer.finish_reason) == ("", "tool_calls")
    assert [("stop" in sent.json) for sent in server.requests] == [False, False]


def test_one_hangs_up() -> None:
    with FaultServer([chunked(delta("one END"), delta(CALL))[:-5], hold]) as server:
        asker = Client(ASHUI, api_key="test-key", base_url=server.url)
        stream = asker.stream("?", tools=[WEATHER], stop=["END"])
        assert "".join(chunk.text for chunk in stream) == "one "
        assert server.client_left()
    assert (stream.answer.tool_calls, stream.answer.finish_reason) == ([], "stop")
    assert len(server.requests) == 1


def test_of_a_service_that_knows_them_are_its_own_where_no_call_is_prompted() -> None:
    with FaultServer([http(json.dumps(completion("好。")).encode())] * 2) as server:
        asker = Client(XINGYUN, api_key="test-key", base_url=server.url)
        asker.chat("?", tools=[WEATHER], stop=["\n"])
    assert server.requests[0].json["stop"] == ["\n"]


@pytest.mark.parametrize("written", ["A <tool_call> tag END.", "A <tool_call> tag END. <tool_"])
def test_one_in_what_proves_to_be_prose_at_the_end_is_why_the_answer_ended(written: str) -> None:
    stage = ToolCallStage({"weather": SCHEMA}, stop=["END"])
    stage.feed(Chunk(written, finish_reason="length"))
    (last,) = stage.close()
    assert (last.text, last.finish_reason) == ("<tool_call> tag ", "stop")


def test_behind_one_nothing_is_held() -> None:
    stage = ToolCallStage({"weather": SCHEMA}, stop=["END"])
    (chunk,) = stage.feed(Chunk('Well. END or <tool_call>{"na'))
    assert (chunk.text, stage.held) == ("Well. ", "")

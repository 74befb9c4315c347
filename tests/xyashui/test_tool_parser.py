"""Tool calls by prompt, read as they stream."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xyashui.answers import AnswerBuilder, Chunk, ToolCall
from xyashui.emulation.tool_parser import ToolCallStage
from xyashui.emulation.tools import render_call
from xyashui.errors import ProtocolError

SCHEMAS: dict[str, dict[str, Any]] = {
    "weather": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city"],
    },
    "anything": {"type": "object"},
}


def read(pieces: list[str], *, finish: str | None = "stop", **settings: Any) -> Any:
    """Send `pieces` through a stage; return the text, the calls and the finish reason."""
    stage = ToolCallStage(SCHEMAS, final=True, **settings)
    builder = AnswerBuilder()
    for piece in pieces:
        for chunk in stage.feed(Chunk(piece)):
            builder.add(chunk)
    if finish:
        for chunk in stage.feed(Chunk(finish_reason=finish)):
            builder.add(chunk)
    for chunk in stage.close():
        builder.add(chunk)
    answer = builder.build()
    return answer.text, answer.tool_calls, answer.finish_reason


def cut(text: str, places: list[int]) -> list[str]:
    edges = sorted({place % (len(text) + 1) for place in places} | {0, len(text)})
    return [text[left:right] for left, right in pairwise(edges)]


def arguments(call: ToolCall) -> Any:
    assert call.error is None, call.error
    return json.loads(call.arguments)


# Text that the markup leaves alone: it neither has a tag of its own nor is nothing but space.
prose = st.text(
    st.one_of(st.sampled_from("<>/_tolcal \n{}[]\"'`\\好"), st.characters(codec="utf-8")),
    min_size=1,
).filter(lambda text: "<tool_call" not in text and text.strip())
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just("</tool_call>\n<tool_call>"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
calls = st.dictionaries(st.text(), values, max_size=4)
turns = st.lists(
    st.one_of(prose.map(lambda text: ("text", text)), calls.map(lambda c: ("call", c)))
)


@given(turns, st.lists(st.integers(0, 10_000), max_size=12))
def test_text_and_calls_come_out_as_they_went_in(
    turns: list[tuple[str, Any]], places: list[int]
) -> None:
    # Two texts in a row are one; a tag that two of them would make between them is none of ours.
    written = "\n".join(
        content if kind == "text" else render_call("anything", content) for kind, content in turns
    )
    runs: list[str] = []
    before = "call"
    for kind, content in turns:
        if kind == "text":
            if before == "text":
                runs[-1] += "\n" + content
            else:
                runs.append(content)
        before = kind
    text, found, _ = read(cut(written, places))
    assert [arguments(call) for call in found] == [c for kind, c in turns if kind == "call"]
    assert text == "".join(runs)


@given(st.text(st.sampled_from('<tool_cal>/ \n{}"\\:,na[]`')), st.lists(st.integers(0, 500)))
def test_junk_gives_the_same_however_it_is_cut_and_raises_nothing(
    junk: str, places: list[int]
) -> None:
    whole_text, whole_calls, _ = read([junk])
    text, found, _ = read(cut(junk, places))
    assert text == whole_text
    assert [(c.name, c.arguments, c.error) for c in found] == [
        (c.name, c.arguments, c.error) for c in whole_calls
    ]


def test_text_before_a_call_streams_through_at_once() -> None:
    stage = ToolCallStage(SCHEMAS)
    assert [chunk.text for chunk in stage.feed(Chunk("Let me look. "))] == ["Let me look. "]
    assert [chunk.text for chunk in stage.feed(Chunk("a < b <to"))] == ["a < b "]
    assert [chunk.text for chunk in stage.feed(Chunk("day>"))] == ["<today>"]


def test_a_call_is_handed_on_when_its_json_ends() -> None:
    stage = ToolCallStage(SCHEMAS)
    assert stage.feed(Chunk('<tool_call>{"name": "weather", "arguments": {"city": "济')) == []
    (chunk,) = stage.feed(Chunk('南"}}'))
    assert chunk.tool_calls[0].name == "weather"
    assert json.loads(chunk.tool_calls[0].arguments) == {"city": "济南"}


def test_several_calls_keep_their_order_and_have_ids_of_their_own() -> None:
    text = render_call("weather", {"city": "北京"}) + render_call("weather", {"city": "上海"})
    _, found, reason = read([text])
    assert [arguments(call)["city"] for call in found] == ["北京", "上海"]
    assert len({call.id for call in found}) == 2
    assert reason == "tool_calls"


@pytest.mark.parametrize(
    "block",
    [
        pytest.param('{"name": "weather", "arguments": {"city": "济南"}}', id="plain"),
        pytest.param('{"name": "weather", "parameters": {"city": "济南"}}', id="parameters"),
        pytest.param('{"name":"weather","arguments":"{\\"city\\": \\"济南\\"}"}', id="twice JSON"),
        pytest.param(
            '{"function": {"name": "weather", "arguments": {"city": "济南"}}}', id="nested"
        ),
        pytest.param('[{"name": "weather", "arguments": {"city": "济南"}}]', id="in a list"),
        pytest.param('```json\n{"name":"weather","arguments":{"city":"济南"}}\n```', id="fenced"),
        pytest.param('{"name": "weather", "arguments": {"city": "济南"}}}', id="a brace too many"),
    ],
)
def test_the_ways_in_which_models_write_a_call(block: str) -> None:
    text, found, _ = read([f"<tool_call>\n{block}\n</tool_call>"])
    assert [arguments(call) for call in found] == [{"city": "济南"}]
    assert text == ""


def test_a_line_break_inside_a_string_survives() -> None:
    code = "print(\"a\")\nprint('b')\n"
    raw = json.dumps({"name": "anything", "arguments": {"code": code}}).replace("\\n", "\n")
    _, found, _ = read([f"<tool_call>{raw}</tool_call>"])
    assert arguments(found[0]) == {"code": code}


def test_a_call_that_is_not_closed_counts_when_its_json_is_whole() -> None:
    _, found, _ = read(['<tool_call>{"name": "weather", "arguments": {"city": "济南"}}'])
    assert arguments(found[0]) == {"city": "济南"}


def test_prose_after_a_call_is_kept() -> None:
    text, found, _ = read([render_call("weather", {"city": "济南"}) + "\nDone."])
    assert text == "Done."
    assert len(found) == 1


def test_prose_that_speaks_of_the_tag_is_prose() -> None:
    text = "A model writes <tool_call> before a call."
    assert read([text])[:2] == (text, [])


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        pytest.param('{"name": "wether", "arguments": {}}', "Did you mean 'weather'", id="unknown"),
        pytest.param('{"name": "weather", "arguments": {}}', "'city' is a required", id="missing"),
        pytest.param(
            '{"name": "weather", "arguments": {"city": 3}}', "city: 3 is not of type", id="type"
        ),
        pytest.param('{"name": "weather", "arguments": [1]}', "no JSON object", id="a list"),
        pytest.param('{"name": "weather", "arguments": "x"}', "no JSON", id="text"),
        pytest.param('{"arguments": {}}', 'no "name"', id="no name"),
        pytest.param('weather(city="济南")', "no JSON", id="python"),
        pytest.param("{'name': 'weather'}", "no JSON", id="single quotes"),
        pytest.param('{"name": "weather", "arguments": {"city": "济', "no JSON", id="broken off"),
    ],
)
def test_a_call_that_cannot_be_made_comes_out_with_the_reason(block: str, reason: str) -> None:
    text, found, _ = read([f"Well.\n<tool_call>\n{block}\n</tool_call>"])
    assert text == "Well."
    assert len(found) == 1
    assert reason in (found[0].error or "")
    assert block in found[0].arguments
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(found[0].arguments)


def test_a_turn_that_must_be_a_call_drops_the_text_around_it() -> None:
    text, found, _ = read(["Sure: " + render_call("weather", {"city": "济南"})], forced="")
    assert text == ""
    assert len(found) == 1


def test_of_several_calls_the_first_ends_the_answer_where_one_is_wanted() -> None:
    text = render_call("weather", {"city": "北京"}) + render_call("weather", {"city": "上海"})
    stage = ToolCallStage(SCHEMAS, single=True)
    (chunk,) = stage.feed(Chunk(text))
    assert [json.loads(call.arguments)["city"] for call in chunk.tool_calls] == ["北京"]
    assert stage.done
    assert [last.finish_reason for last in stage.close()] == ["tool_calls"]


def test_prose_that_speaks_of_the_tag_hides_no_call() -> None:
    said = "I use a <tool_call> block:\n"
    text, found, _ = read([said + render_call("weather", {"city": "济南"})])
    assert text == "I use a <tool_call> block:"
    assert arguments(found[0]) == {"city": "济南"}


def test_prose_that_speaks_of_the_tag_is_not_held_back_for_ever() -> None:
    stage = ToolCallStage(SCHEMAS)
    stage.feed(Chunk("A <tool_call> is a tag. "))
    assert sum(len(out.text) for out in stage.feed(Chunk("x" * 3000))) > 3000


class TestBounds:
    """No model writes without end, and what does must end before it fills the machine."""

    def test_a_thousand_calls_are_calls(self) -> None:
        assert len(read([render_call("anything", {}) * 1000])[1]) == 1000
        assert len(read([render_call("nothing", {}) * 1000])[1]) == 1000

    @pytest.mark.parametrize("name", ["anything", "nothing"])
    def test_one_more_is_an_error(self, name: str) -> None:
        with pytest.raises(ProtocolError, match="more than 1000 tool calls"):
            read([render_call(name, {}) * 1001])

    def test_so_is_one_more_in_a_list(self) -> None:
        with pytest.raises(ProtocolError, match="more than 1000 tool calls"):
            read([f"<tool_call>[{'{},' * 1000}{{}}]</tool_call>"])

    def test_so_is_one_that_is_longer_than_any_model_writes(self) -> None:
        text = '<tool_call>{"name": "' + "x" * 4_000_000 + '"}</tool_call>'
        with pytest.raises(ProtocolError, match="more than 4000000 characters"):
            read([text[:100], text[100:]])

    def test_it_is_not_waited_for_where_it_does_not_end(self) -> None:
        stage = ToolCallStage(SCHEMAS)
        stage.feed(Chunk('<tool_call>{"name": "'))
        for _ in range(4):
            stage.feed(Chunk("x" * 1_000_000))
        with pytest.raises(ProtocolError, match="more than 4000000 characters"):
            stage.feed(Chunk("x"))

    def test_so_are_those_that_cannot_be_made_where_they_are_as_long_together(self) -> None:
        with pytest.raises(ProtocolError, match="more than 4000000 characters"):
            read([render_call("nothing", {"a": "x" * 100_000})] * 50)

    def test_nothing_is_lost_by_that(self) -> None:
        written = "Well. " + '<tool_call>{"name": "nothing"}</tool_call>' * 1500
        stage = ToolCallStage(SCHEMAS)
        (said,) = stage.feed(Chunk(written))
        with pytest.raises(ProtocolError):
            stage.feed(Chunk("And so on."))
        assert said.text == "Well. "
        assert stage.held == (written + "And so on.").removeprefix("Well. ")

    def test_what_tools_there_are_is_said_once(self) -> None:
        reasons = [call.error for call in read([render_call("nothing", {}) * 3])[1]]
        assert reasons == [
            "there is no tool 'nothing'. Did you mean 'anything'? Known are: weather, anything",
            "there is no tool 'nothing'",
            "there is no tool 'nothing'",
        ]


class TestFault:
    """What a model is told, where it is to be asked again."""

    def judge(self, text: str, **settings: Any) -> tuple[str | None, list[Any]]:
        stage = ToolCallStage(SCHEMAS, **settings)
        chunks = [*stage.feed(Chunk(text)), *stage.close()]
        return stage.fault, [call for chunk in chunks for call in chunk.tool_calls]

    def test_is_the_reason_why_the_only_call_cannot_be_made(self) -> None:
        fault, handed_on = self.judge(render_call("weather", {"city": 3}))
        assert "not of type 'string'" in (fault or "")
        assert handed_on == []

    def test_is_none_where_another_call_can_be_made(self) -> None:
        calls = render_call("weather", {}) + render_call("weather", {"city": "济南"})
        fault, handed_on = self.judge(calls)
        assert fault is None
        assert [call.error is None for call in handed_on] == [True, False]

    def test_is_none_where_the_model_is_asked_no_more(self) -> None:
        fault, handed_on = self.judge(render_call("weather", {}), final=True)
        assert fault is None
        assert len(handed_on) == 1

    @pytest.mark.parametrize("written", ["Sunny.", render_call("anything", {})])
    def test_is_that_the_tool_that_must_be_called_was_not(self, written: str) -> None:
        fault, handed_on = self.judge(written, forced="weather", final=True)
        assert fault is not None
        assert handed_on == []


def test_cut_short_without_a_finish_reason_nothing_is_lost() -> None:
    assert read(["abc\n<tool"], finish=None)[0] == "abc\n<tool"


def test_it_depends_on_no_cut_whether_a_tag_that_is_closed_late_is_prose():
    text = "See <tool_call>" + "x" * 2100 + "</tool_call> there."
    whole = read([text])
    assert whole[:2] == (text, [])
    assert read([text[:200], text[200:2050], text[2050:]])[0] == text
    assert read(list(text))[0] == text


def test_what_stands_behind_the_only_call_that_is_wanted_is_dropped_wherever_it_is_cut():
    text = "Let me see.\n" + render_call("anything", {}) + "\nAnd so on."
    for place in range(len(text)):
        told, calls, _ = read([text[:place], text[place:]], single=True)
        assert (told, len(calls)) == ("Let me see.", 1)


def called(arguments: str) -> ToolCall:
    """Return the call that is written with these arguments."""
    written = f'<tool_call>{{"name": "anything", "arguments": {arguments}}}</tool_call>'
    (call,) = read([written])[1]
    return call


def test_half_a_surrogate_pair_in_arguments_can_be_written_down():
    assert arguments(called('{"a": "\\ud83d"}')) == {"a": "\ufffd"}


def test_arguments_may_nest_deeply():
    nest = "[" * 400 + "]" * 400
    assert called(f'{{"a": {nest}}}').arguments == f'{{"a":{nest}}}'

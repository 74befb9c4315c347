"""Events with several choices, and with an error: what goes where, stages or none. No sockets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.wire import DONE, completion, delta, error, event, piece
from xyashui import ASHUI, Answer, Chunk
from xyashui.emulation.stop import StopStage
from xyashui.emulation.structured import JSONStage
from xyashui.emulation.tool_parser import ToolCallStage
from xyashui.errors import ProtocolError, ServerError, StreamInterruptedError, XyashuiError
from xyashui.streaming import AnswerReader

CALL = '<tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call>'
NATIVE = {"index": 0, "id": "call_1", "function": {"name": "g", "arguments": '{"b": 2}'}}


def tool_stage(**settings: Any) -> ToolCallStage:
    return ToolCallStage({"f": {"type": "object"}}, **settings)


STAGES: dict[str, Callable[[], list[Any]]] = {
    "none": list,
    "stop": lambda: [StopStage(["你好。Q"])],
    "tools": lambda: [tool_stage()],
    "a tool": lambda: [tool_stage(forced="f")],
    "JSON": lambda: [JSONStage({"type": "object"})],
    "all": lambda: [StopStage(["你好。Q"]), tool_stage(), JSONStage({"type": "object"})],
}


@pytest.fixture(params=STAGES.values(), ids=STAGES)
def stages(request: pytest.FixtureRequest) -> list[Any]:
    """What is done on this side: a stage of each kind, none, or all."""
    return request.param()


def read(*reads: bytes, **settings: Any) -> tuple[list[Chunk], Answer]:
    reader = AnswerReader(ASHUI, "m", **settings)
    chunks = [chunk for data in reads for chunk in reader.feed(data)]
    chunks += reader.close()
    return chunks, reader.answer


def error_of(*reads: bytes, **settings: Any) -> XyashuiError:
    with pytest.raises(XyashuiError) as caught:
        read(*reads, **settings)
    return caught.value


def texts(answer: Answer | None) -> list[str]:
    assert answer is not None
    return [choice.text for choice in answer.choices]


class TestAnErrorBesideChoices:
    @pytest.mark.parametrize("begun", ["", "好"])
    def test_has_their_text(self, stages, begun):
        beside = event({**piece("你"), **error("坏了")})
        caught = error_of(delta(begun), beside, stages=stages)
        assert type(caught) is ServerError
        assert caught.text == f"{begun}你"

    def test_has_it_too_where_the_event_is_named_after_it(self, stages):
        beside = b"event: error\n" + event({**piece("你"), **error("坏了")})
        assert error_of(delta("好"), beside, stages=stages).text == "好你"

    def test_has_what_stood_before_a_choice_that_cannot_be_read(self, stages):
        odd = event({"choices": [*piece("你")["choices"], "no"]})
        assert error_of(delta("好"), odd, stages=stages).text == "好你"


class TestAnAnswerThatNobodyAskedFor:
    def test_goes_past_the_stages(self, stages):
        begun = delta("你") + delta("no", index=1)
        caught = error_of(begun + delta("好。"), stages=stages)
        assert texts(caught.partial) == ["你好。", "no"]

    def test_does_not_hold_back_text_of_the_one(self):
        stream = delta("你") + delta("no", "stop", 1) + delta("好。", "stop") + DONE
        chunks, answer = read(stream, stages=[StopStage(["你好。Q"])])
        assert texts(answer) == ["你好。", "no"]
        assert [(chunk.index, chunk.text) for chunk in chunks] == [(1, "no"), (0, "你好。")]

    def test_does_not_get_into_its_json(self):
        stream = delta('{"a"') + delta("no", "stop", 1) + delta(":1}", "stop") + DONE
        answer = read(stream, stages=[JSONStage({"type": "object"})])[1]
        assert texts(answer) == ['{"a":1}', "no"]

    def test_is_not_taken_for_it_where_nothing_of_it_has_come(self, stages):
        caught = error_of(delta(role="assistant"), delta("no", index=1), stages=stages)
        assert texts(caught.partial) == ["", "no"]

    def test_is_read_apart_where_many_of_its_events_come(self, stages):
        begun = [delta(text, index=1) for text in "abcdef"]
        caught = error_of(delta("你"), *begun, b"".join(begun), stages=stages)
        assert texts(caught.partial) == ["你", "abcdef" * 2]


def choice(text: str, form: str, index: int | None = 0, finish: str | None = "stop") -> Any:
    """A choice as a document has it, in one of three forms."""
    said = {form: text if form == "text" else {"content": text}, "finish_reason": finish}
    return said if index is None else {"index": index, **said}


def body(*payloads: Any) -> bytes:
    return b"\n".join(json.dumps(one).encode() for one in payloads)


class TestAnswersOfOneNumber:
    @pytest.mark.parametrize("asked", [1, 2])
    @pytest.mark.parametrize("form", ["message", "text", "delta"])
    @pytest.mark.parametrize("index", [0, 1, None])
    def test_are_two_in_a_document(self, form, index, asked):
        document = {"choices": [choice("甲", form, index), choice("乙", form, index)]}
        chunks, answer = read(body(document), choices=asked)
        assert texts(answer) == ["甲", "乙"]
        assert len({chunk.index for chunk in chunks}) == 2

    def test_go_on_behind_those_that_have_one_of_their_own(self):
        three = [choice("甲", "message"), choice("乙", "message"), choice("丙", "message", 1)]
        assert texts(read(body({"choices": three}), choices=3)[1]) == ["甲", "乙", "丙"]

    @pytest.mark.parametrize("form", ["message", "text"])
    @pytest.mark.parametrize("asked", [1, 2])
    def test_are_two_in_two_documents(self, form, asked):
        two = [{"choices": [choice(text, form)]} for text in "甲乙"]
        for whole in (body(*two), body(two)):
            assert texts(read(whole, choices=asked)[1]) == ["甲", "乙"]

    def test_are_two_in_two_documents_that_do_not_end_where_two_were_asked_for(self):
        two = [{"choices": [choice(text, "message", 0, None)]} for text in "甲乙"]
        assert texts(read(body(*two), choices=2)[1]) == ["甲", "乙"]

    @pytest.mark.parametrize("form", ["message", "text", "delta"])
    def test_are_one_in_pieces_of_which_the_last_has_ended(self, form):
        pieces = [{"choices": [choice("甲", form, 0, None)]}, {"choices": [choice("乙", form)]}]
        assert texts(read(body(*pieces))[1]) == ["甲乙"]
        assert texts(read(b"".join(map(event, pieces)))[1]) == ["甲乙"]

    @pytest.mark.parametrize("whole", [completion("甲"), choice("甲", "text"), None])
    @pytest.mark.parametrize(
        "more",
        [
            {"delta": {}, "finish_reason": None},
            {"delta": {}, "finish_reason": "stop"},
            {"finish_reason": "stop"},
            {"message": {"content": ""}, "finish_reason": "stop"},
            {"delta": {"content": "", "annotations": [{"type": "url_citation"}]}},
        ],
    )
    @pytest.mark.parametrize("asked", [1, 2])
    def test_are_one_where_nothing_more_is_said_with_the_usage(self, whole, more, asked):
        whole = {"choices": [whole]} if whole is not None and "choices" not in whole else whole
        first = delta("甲", "stop") if whole is None else event(whole)
        last = {"choices": [{"index": 0, **more}], "usage": {"prompt_tokens": 1}}
        answer = read(first, event(last), DONE, choices=asked)[1]
        assert [(one.text, one.finish_reason) for one in answer.choices] == [("甲", "stop")]

    def test_are_one_where_one_tells_the_text_and_the_other_the_calls(self):
        said = {"index": 0, "message": {"content": "看看"}, "finish_reason": "tool_calls"}
        calls = {"index": 0, "message": {"content": None, "tool_calls": [NATIVE]}}
        for both in ([said, calls], [calls, said]):
            answer = read(body({"choices": both}))[1]
            assert (answer.text, [call.name for call in answer.tool_calls]) == ("看看", ["g"])
            two = read(body({"choices": both}), choices=2)[1]
            assert len(two.choices) == 2

    def test_are_two_in_a_stream_where_they_are_whole_messages(self):
        stream = event(completion("甲")) + event(completion("乙")) + DONE
        assert texts(read(stream)[1]) == ["甲", "乙"]

    def test_are_one_where_they_are_deltas(self):
        two = [choice("甲", "delta", 0, None), choice("乙", "delta")]
        assert texts(read(event({"choices": two}) + DONE)[1]) == ["甲乙"]
        lines = body({"choices": two[:1]}, {"choices": two[1:]})
        assert texts(read(lines)[1]) == ["甲乙"]
        ended = body(*({"choices": [choice(text, "delta")]} for text in "甲乙"))
        assert texts(read(ended)[1]) == ["甲乙"]

    @pytest.mark.parametrize(
        "stream",
        [
            delta("甲", "stop") + delta("乙", "stop"),
            delta("甲") + delta("乙") + delta("", "stop") * 2,
            delta("甲", "stop") + delta(tool_calls=[NATIVE]),
        ],
        ids=["in turn", "at once", "a call"],
    )
    def test_are_none_in_a_stream_where_several_were_asked_for(self, stream):
        assert type(error_of(stream, DONE, choices=2)) is ProtocolError
        assert len(read(stream, DONE)[1].choices) == 1, "one that goes on behind its end is one"
        both = read(stream, delta("丙", "stop", 1), DONE, choices=2)[1]
        assert len(both.choices) == 2, "and so are two that do"

    def test_are_kept_apart_where_the_last_is_cut_short(self):
        two = [completion("甲乙"), completion("丙丁")]
        for whole in (body(*two), body(two)):
            cut = whole.decode("unicode_escape").partition("丁")[0].encode()
            caught = error_of(cut)
            assert type(caught) is StreamInterruptedError
            assert texts(caught.partial) == ["甲乙", "丙"]


class TestAllOfItOnceMoreAsAMessage:
    @pytest.mark.parametrize("said", ["", "说 "])
    @pytest.mark.parametrize("settings", [{}, {"forced": "f"}], ids=["may", "must"])
    def test_calls_nothing_twice(self, said, settings):
        stream = delta(said + CALL) + event(completion(said + CALL)) + DONE
        answer = read(stream, stages=[tool_stage(**settings)])[1]
        assert [(call.name, call.arguments) for call in answer.tool_calls] == [("f", '{"a":1}')]
        assert answer.text == ("" if settings else said)

    def test_is_no_second_answer_behind_a_stage(self):
        stream = delta(reasoning_content="嗯") + delta("你")
        again = completion("你好。")
        again["choices"][0]["message"]["reasoning_content"] = "嗯。"
        before = Answer()
        before.choices[0].reasoning = "啊"
        answer = read(stream, event(again), stages=[StopStage(["你好。Q"])], before=before)[1]
        assert (answer.text, answer.reasoning) == ("你好。", "啊嗯。")


class TestCallsOfTheServicesOwn:
    """Where tools are supplied on this side: nobody asked the service for any."""

    @pytest.mark.parametrize(
        "stream",
        [
            delta(CALL, tool_calls=[NATIVE]),
            delta(tool_calls=[NATIVE]) + delta(CALL),
            delta(CALL) + delta(tool_calls=[NATIVE]),
            delta(tool_calls=[{**NATIVE, "function": {"name": "g", "arguments": '{"b"'}}])
            + delta(CALL)
            + delta(tool_calls=[{"index": 0, "function": {"arguments": ": 2}"}}]),
        ],
        ids=["beside", "before", "behind", "around"],
    )
    def test_are_kept_apart_from_those_in_the_text(self, stream):
        answer = read(stream + delta("", "tool_calls"), stages=[tool_stage()])[1]
        assert {call.name: json.loads(call.arguments) for call in answer.tool_calls} == {
            "f": {"a": 1},
            "g": {"b": 2},
        }

    @pytest.mark.parametrize(
        ("forced", "name", "is_one"),
        [("", "f", True), ("f", "f", True), ("", "zzz", False), ("f", "g", False)],
    )
    def test_are_calls_where_one_is_demanded_if_it_is_that(self, forced, name, is_one):
        stage = ToolCallStage({"f": {}, "g": {}}, forced=forced)
        call = {**NATIVE, "function": {"name": name, "arguments": "{}"}}
        read(delta(tool_calls=[call]) + delta("", "tool_calls"), stages=[stage])
        assert (stage.fault is None) is is_one

    def test_of_no_known_tool_do_not_stand_in_for_one_that_cannot_be_made(self):
        stage = tool_stage()
        broken = '<tool_call>{"name": "f", "arguments": 7}</tool_call>'
        read(delta(broken, tool_calls=[NATIVE]) + delta("", "stop"), stages=[stage])
        assert stage.fault is not None

    @pytest.mark.parametrize("finish", ["tool_calls", "length", "stop"])
    def test_leave_the_reason_why_the_answer_ended(self, finish):
        answer = read(delta(tool_calls=[NATIVE]) + delta("", finish), stages=[tool_stage()])[1]
        assert answer.finish_reason == finish


class TestWhatHadArrived:
    def test_has_its_citations_though_it_was_held_back(self):
        text = '{"a": "[天气](https://www.tianqi.com/)"'
        caught = error_of(delta(text), stages=[JSONStage({"type": "object"})], cites=True)
        assert caught.partial is not None
        (citation,) = caught.partial.citations
        assert text[citation.start : citation.end] == "[天气](https://www.tianqi.com/)"

    def test_has_the_text_around_a_call_that_is_demanded(self):
        caught = error_of(delta("It is sunny. <tool_"), stages=[tool_stage(forced="f")])
        assert caught.text == "It is sunny. <tool_"
        assert "19 characters had arrived" in str(caught)


def test_a_reader_is_no_larger_than_python_is_quick_with():
    # Instances of a class share their keys up to 29 of them; beyond, all that is read is slower.
    assert len(vars(AnswerReader(ASHUI, "m"))) < 30

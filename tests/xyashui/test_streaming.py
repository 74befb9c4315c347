"""Bytes of a response -> an answer: when it is complete, and what is in it. No sockets."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire import DONE, STREAM, completion, delta, envelope, error, event, piece
from xyashui import ASHUI, XINGYUN, Answer, Chunk
from xyashui.emulation.stop import StopStage
from xyashui.errors import (
    ModelNotFoundError,
    ProtocolError,
    ServerError,
    StreamInterruptedError,
    XyashuiError,
)
from xyashui.streaming import AnswerReader

MESSAGE = json.dumps(completion(), ensure_ascii=False).encode()
PRETTY = json.dumps(piece("你好。", "stop"), ensure_ascii=False, indent=2).encode()
PARTS = [{"type": "text", "text": "你"}, "好", {"type": "text", "text": "。"}]


def read(*pieces: bytes, provider: Any = XINGYUN, **settings: Any) -> tuple[list[Chunk], Answer]:
    reader = AnswerReader(provider, "model-asked", **settings)
    chunks = []
    for data in pieces:
        if not reader.done:
            chunks += reader.feed(data)
    chunks += reader.close()
    return chunks, reader.answer


def read_fails(*pieces: bytes, provider: Any = XINGYUN, **settings: Any) -> XyashuiError:
    with pytest.raises(XyashuiError) as caught:
        read(*pieces, provider=provider, **settings)
    return caught.value


def cut(data: bytes, *places: int) -> list[bytes]:
    return [data[start:end] for start, end in pairwise([0, *sorted(places), len(data)])]


# Every one of these says 你好。
COMPLETE: dict[str, bytes] = {
    "as it should be": STREAM,
    "CRLF": STREAM.replace(b"\n", b"\r\n"),
    "CR": STREAM.replace(b"\n", b"\r"),
    "no space after the colon": STREAM.replace(b"data: ", b"data:"),
    "heartbeats": b": ping\n\n" + STREAM.replace(b"\n\n", b"\n\n: ping\n\n"),
    "id and retry": STREAM.replace(b"data:", b"id: 1\nretry: 3000\nevent: message\ndata:"),
    "a BOM": b"\xef\xbb\xbf" + STREAM,
    "empty lines first": b"\r\n\n" + STREAM,
    "no empty line at the end": STREAM.rstrip(),
    "no [DONE]": STREAM.removesuffix(DONE),
    "no finish reason": delta("你好。") + DONE,
    "finish reason with the text": delta("你好。", "stop"),
    "text after the finish reason": delta("你", "stop") + delta("好。") + DONE,
    "what follows [DONE] is not the answer": STREAM + delta("!") + b"data: nonsense\n\n",
    "escapes": event(json.dumps(piece("你好。"))) + DONE,
    "data lines": event(PRETTY.decode().replace("\n", "\ndata: ")) + DONE,
    "阿水's page": b"data:\n" + PRETTY + b"\ndata:[DONE]\n",
    "阿水's page, without a line end": b"data:\n" + PRETTY + b"\ndata:[DONE]",
    "no empty lines between": STREAM.replace(b"\n\n", b"\n"),
    "two documents in one event": delta("你").rstrip()
    + delta("好。", "stop").removeprefix(b"data:"),
    "[DONE] in the last event": delta("你好。").rstrip() + b"\n" + DONE,
    "choices empty, null and missing": event({"choices": []})
    + event({"choices": None})
    + event({"id": "x"})
    + STREAM,
    "null for an event": event("null") + STREAM,
    "null for a choice": event({"choices": [None]}) + STREAM,
    "null for a delta": event({"choices": [{"index": 0, "delta": None}]}) + STREAM,
    "no index": STREAM.replace(b'"index": 0, ', b""),
    "an index in quotes": STREAM.replace(b'"index": 0', b'"index": "0"'),
    "null for content": delta(role="assistant", content=None) + STREAM,
    "null for the finish reason, in quotes": delta("你", "null") + delta("好。", "stop"),
    "content in parts": delta(content=PARTS) + DONE,
    "a message in a stream": event(completion()) + DONE,
    "a text completion": event({"choices": [{"text": "你好。", "index": 0}]}) + DONE,
    "an error that is null": event({**piece("你好。", "stop"), "error": None}),
    "an error that is empty": event({**piece("你好。", "stop"), "error": {}}),
    "a usage event at the end": STREAM.removesuffix(DONE) + event({"choices": [], "usage": {}}),
    "one JSON document": MESSAGE,
    "one JSON document, indented": json.dumps(completion(), indent=1).encode(),
    "one JSON document, white space around": b" \r\n\xef\xbb\xbf\n" + MESSAGE + b"\n\n",
    "one JSON document, no finish reason": MESSAGE.replace(b'"stop"', b"null"),
    "a list of one document": b"[" + MESSAGE + b"]",
    "a document on each line": b"".join(
        json.dumps(one).encode() + b"\n" for one in (piece("你"), piece("好。", "stop"))
    ),
    "a text completion in one document": json.dumps(
        {"choices": [{"text": "你好。", "finish_reason": "stop"}]}
    ).encode(),
}


@pytest.mark.parametrize("stream", COMPLETE.values(), ids=COMPLETE)
class TestComplete:
    def test_the_answer_is_whole(self, stream):
        chunks, answer = read(stream)
        assert answer.text == "你好。"
        assert "".join(chunk.text for chunk in chunks) == "你好。"
        assert answer.model == "model-asked"

    def test_cut_at_every_place(self, stream):
        whole = read(stream)[1]
        for place in range(len(stream) + 1):
            assert read(*cut(stream, place))[1] == whole, place

    def test_byte_by_byte(self, stream):
        assert read(*cut(stream, *range(len(stream))))[1] == read(stream)[1]

    @given(draw=st.data())
    def test_cut_anywhere(self, stream, draw):
        places = draw.draw(st.lists(st.integers(0, len(stream)), max_size=8))
        assert read(*cut(stream, *places))[1] == read(stream)[1]


# What is cut short, and the text that had arrived.
INTERRUPTED: dict[str, tuple[bytes, str]] = {
    "nothing at all": (b"", ""),
    "white space": (b" \r\n", ""),
    "heartbeats only": (b": ping\n\n: ping\n\n", ""),
    "no choices yet": (event({"id": "x", "choices": []}), ""),
    "no text yet": (delta(role="assistant"), ""),
    "neither finish reason nor [DONE]": (delta("你好"), "你好"),
    'a finish reason of ""': (delta("你好", ""), "你好"),
    'a finish reason of "null"': (delta("你好", "null"), "你好"),
    "in the middle of an event": (delta("你好") + delta("。", "stop")[:-40], "你好"),
    "in the middle of a character": (delta("你好") + delta("。")[:-60], "你好"),
    "in the middle of [DONE]": (delta("你好") + b"data: [DO", "你好"),
    "in the middle of data": (delta("你好") + b"da", "你好"),
    "a message in a stream, no finish reason": (
        event({"choices": [{"message": {"content": "你好"}}]}),
        "你好",
    ),
    "one of two choices is open": (delta("你", "stop", 0) + delta("好", None, 1), "你"),
    "JSON not closed": (MESSAGE[:-1], "你好。"),
    "JSON cut in a character": (MESSAGE[: MESSAGE.index("好".encode()) + 2], "你"),
    "JSON of a chunk only": (json.dumps(piece("你好")).encode(), "你好"),
    "a document on each line, the last cut": (
        json.dumps(piece("你")).encode() + b"\n" + json.dumps(piece("好", "stop")).encode()[:-30],
        "你好",
    ),
}


@pytest.mark.parametrize(("stream", "text"), INTERRUPTED.values(), ids=INTERRUPTED)
def test_an_answer_cut_short_is_no_answer(stream, text):
    for pieces in ([stream], cut(stream, *range(len(stream)))):
        error = read_fails(*pieces)
        assert type(error) is StreamInterruptedError
        assert error.text == text
        assert error.retryable
        assert error.provider == "xingyun"
        assert (error.partial is None) == (not text and b"delta" not in stream)


def test_every_prefix_of_a_stream_is_complete_or_interrupted():
    stream = delta("你") + delta("好。", "stop") + event({"choices": [], "usage": {}}) + DONE
    said_so = len(delta("你") + delta("好。", "stop")) - 2  # the empty line is not needed
    for end in range(len(stream)):
        if end >= said_so:
            assert read(stream[:end])[1].text == "你好。"
        else:
            assert isinstance(read_fails(stream[:end]), StreamInterruptedError), end


def test_every_prefix_of_a_document_is_an_error():
    for end in range(len(MESSAGE)):
        failure = read_fails(MESSAGE[:end])
        assert isinstance(failure, StreamInterruptedError), end
        assert "你好。".startswith(failure.text)


def test_fewer_choices_than_asked_for_are_not_whole_unless_said_to_be():
    one = delta("你好", "stop")
    assert read_fails(one, choices=2).text == "你好"
    assert len(read(one + DONE, choices=2)[1].choices) == 1, "by [DONE]"
    assert len(read(MESSAGE, choices=2)[1].choices) == 1, "or by closing the document"


UNREADABLE: dict[str, bytes] = {
    "[DONE] alone": DONE,
    "[DONE] after no choices": event({"choices": []}) + DONE,
    "HTML": b"<!DOCTYPE html><html><title>Welcome</title></html>",
    "HTML after white space": b"\n\n <html></html>",
    "plain text": b"upstream connect error",
    "Chinese text": "服务不可用".encode(),
    "text in an event": b"data: upstream connect error\n\n",
    "text after an event": b"data: " + json.dumps(piece("x")).encode() + b" oops\n\n",
    "a JSON string": b'"no"',
    "JSON of no meaning": b'{"hello": "world"}',
    "an empty object": b"{}",
    "an empty list": b"[]",
    "a list of numbers": b"[1, 2]",
    "no JSON at all": b"{oops",
    "a number in an event": b"data: 42\n\n",
    "a list in an event": b"data: [1]\n\n",
    "bytes that are nothing": bytes(range(128, 256)),
    "choices as an object": event({"choices": {"0": {}}}),
    "choices as text": event({"choices": "no"}),
    "choices as a number": event({"choices": 1}),
    "a choice as text": event({"choices": ["no"]}),
    "a choice as a list": event({"choices": [[1]]}),
    "an index as a list": event({"choices": [{"index": [1], "delta": {}}]}),
    "an index as an object": event({"choices": [{"index": {"a": 1}, "delta": {}}]}),
    "an index as text": event({"choices": [{"index": "first", "delta": {}}]}),
    "an index without end": b'data: {"choices": [{"index": 1e999}]}\n\n',
    "an index that is no number": b'data: {"choices": [{"index": NaN}]}\n\n',
    "a delta as text": event({"choices": [{"delta": "no"}]}),
    "a delta as a list": event({"choices": [{"delta": [1]}]}),
    "a message as text": event({"choices": [{"message": "no"}]}),
    "tool calls as a number": delta(tool_calls=1),
    "tool calls as text": delta(tool_calls="no"),
    "a tool call as text": delta(tool_calls=["no"]),
    "a function as text": delta(tool_calls=[{"function": "no"}]),
    "a function's name as a list": delta(tool_calls=[{"function": {"name": ["no"]}}]),
    "a tool call's id as an object": delta(tool_calls=[{"id": {"a": 1}, "function": {}}]),
    "a tool call's index as a list": delta(tool_calls=[{"index": [1], "function": {}}]),
    "nested too deeply": b"data: " + b"[" * 100_000 + b"\n\n",
    "a document nested too deeply": b"[" * 100_000,
    "a number too long to read": b'data: {"choices": ' + b"9" * 10_000 + b"}\n\n",
}


@pytest.mark.parametrize("stream", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("provider", [XINGYUN, ASHUI], ids=["xingyun", "ashui"])
def test_what_is_no_answer_is_a_protocol_error(stream, provider):
    error = read_fails(stream, provider=provider)
    assert type(error) is ProtocolError
    assert not error.retryable
    assert provider.title in str(error)
    assert len(str(error)) < 2000


def test_a_protocol_error_quotes_what_came_and_keeps_what_had_arrived():
    assert "upstream connect error" in str(read_fails(b"upstream connect error"))
    error = read_fails(delta("你好") + b"data: oops\n\n")
    assert isinstance(error, ProtocolError)
    assert error.text == "你好"
    assert "oops" in str(error)


ERRORS: dict[str, tuple[Any, bytes, type[XyashuiError]]] = {
    "星芸, whole body": (XINGYUN, json.dumps(error("坏了")).encode(), ServerError),
    "星芸, event": (XINGYUN, event(error("坏了")), ServerError),
    "星芸, event without an empty line": (XINGYUN, event(error("坏了")).rstrip(), ServerError),
    "星芸, text": (XINGYUN, event({"error": "坏了"}), ServerError),
    "星芸, beside choices": (XINGYUN, event({**piece("x", "stop"), **error("坏了")}), ServerError),
    "星芸, event named error": (
        XINGYUN,
        b"event: error\n" + event({"message": "坏了"}),
        ServerError,
    ),
    "星芸, event named error, no JSON": (
        XINGYUN,
        "event: error\ndata: 坏了\n\n".encode(),
        ServerError,
    ),
    "阿水, whole body": (ASHUI, json.dumps(envelope(700, "坏了")).encode(), ModelNotFoundError),
    "阿水, event": (ASHUI, event(envelope(700, "坏了")), ModelNotFoundError),
    "阿水, as its page shows it": (
        ASHUI,
        b"data:\n" + json.dumps(envelope(700, "坏了"), indent=2).encode(),
        ModelNotFoundError,
    ),
    "阿水, in 星芸's form": (ASHUI, event(error("坏了")), ServerError),
}


@pytest.mark.parametrize(("provider", "stream", "kind"), ERRORS.values(), ids=ERRORS)
def test_an_error_under_http_200_is_that_error(provider, stream, kind):
    for before in (b"", b": ping\n\n", delta("你好")):
        if before and stream.startswith(b"{"):
            continue  # a document has nothing before it
        for pieces in ([before, stream], cut(before + stream, *range(len(before + stream)))):
            error = read_fails(*pieces, provider=provider)
            assert type(error) is kind
            assert error.message == "坏了"
            assert error.status_code == 200
            assert ("你好" in error.text) == (before == delta("你好"))


def test_ashuis_envelope_may_hold_the_answer():
    for stream in (
        json.dumps(envelope(0, "", completion())).encode(),
        event(envelope(0, "", piece("你好。"))) + DONE,
        event(envelope("0", None, piece("你好。"))) + DONE,
    ):
        assert read(stream, provider=ASHUI)[1].text == "你好。"
    assert isinstance(read_fails(event(envelope(0)), provider=ASHUI), StreamInterruptedError)


class TestContents:
    def test_names_come_from_the_first_event_that_has_them(self):
        first = {"id": "", "model": "", "choices": [], "prompt_filter_results": []}
        answer = read(event(first) + STREAM)[1]
        assert (answer.id, answer.reported_model) == ("chatcmpl-1", "reported")
        assert (answer.created, answer.finish_reason) == (1724669253, "stop")

    def test_an_empty_id_and_model_are_no_loss(self):
        # So 星芸's own example of a web search answers, with `usage` first.
        body = {"usage": {"prompt_tokens": 3, "total_tokens": 5}, **completion(id="", model="")}
        answer = read(json.dumps(body).encode())[1]
        assert (answer.id, answer.reported_model, answer.usage.input_tokens) == ("", None, 3)

    def test_reasoning_is_kept_apart_whatever_it_is_called(self):
        stream = delta(reasoning_content="嗯") + delta(reasoning="。") + STREAM
        chunks, answer = read(stream)
        assert (answer.reasoning, answer.text) == ("嗯。", "你好。")
        assert [chunk.reasoning for chunk in chunks][:2] == ["嗯", "。"]

    def test_unknown_fields_are_kept(self):
        stream = (
            delta("你", refusal="no", audio={"id": "a", "data": "xx"}, annotations=[1], score=0)
            + delta("好", refusal="!", audio={"data": "yy"}, annotations=[2], score=None)
            + delta("。", "stop", empty="", nothing=None)
        )
        answer = read(stream)[1]
        assert answer.extra == {
            "refusal": "no!",
            "audio": {"id": "a", "data": "xxyy"},
            "annotations": [1, 2],
            "score": 0,
        }

    def test_parts_that_are_no_text_are_kept(self):
        image = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
        answer = read(delta(content=[*PARTS, image]) + DONE)[1]
        assert answer.text == "你好。"
        assert answer.extra == {"content_parts": [image]}

    @pytest.mark.parametrize(("content", "text"), [(42, "42"), (0, "0"), (1.5, "1.5")])
    def test_a_number_for_content_is_its_text(self, content, text):
        assert read(delta(content=content) + DONE)[1].text == text

    def test_bytes_that_are_no_utf8_are_replaced(self):
        stream = STREAM.replace("好".encode(), b"\xff")
        assert read(stream)[1].text == "你\ufffd。"
        assert read(MESSAGE.replace("好".encode(), b"\xff"))[1].text == "你\ufffd。"

    def test_half_a_surrogate_pair_is_replaced_as_a_byte_that_is_no_utf8_is(self):
        document = json.dumps(completion("你\ud83d")).encode()
        for stream in (event(json.dumps(piece("你\ud83d"))) + DONE, document):
            assert read(stream)[1].text == "你\ufffd"

    @pytest.mark.parametrize("field", ["content", "reasoning_content"])
    def test_a_surrogate_pair_that_was_cut_in_two_is_put_together(self, field):
        halves = [event(json.dumps(piece(**{field: text}))) for text in ("a\ud83d", "\ude00b")]
        answer = read(*halves, DONE)[1]
        assert answer.text + answer.reasoning == "a😀b"

    def test_one_that_is_cut_in_two_in_the_arguments_of_a_call_too(self):
        calls = [{"index": 0, "function": {"name": "f", "arguments": '{"a": "\ud83d'}}]
        rest = [{"index": 0, "function": {"arguments": '\ude00"}'}}]
        stream = b"".join(event(json.dumps(piece(tool_calls=one))) for one in (calls, rest))
        assert read(stream + DONE)[1].tool_calls[0].arguments == '{"a": "😀"}'

    def test_a_half_whose_other_does_not_come_is_not_lost(self):
        half = event(json.dumps(piece("a\ud83d")))
        assert read(half + delta("b") + DONE)[1].text == "a\ufffdb"
        chunks, answer = read(half + half + DONE)
        assert answer.text == "a\ufffda\ufffd" == "".join(chunk.text for chunk in chunks)

    def test_line_ends_in_the_text_stay_as_they_are(self):
        assert read(delta("a\r\nb\rc\nd\u2028e\n\n", "stop"))[1].text == "a\r\nb\rc\nd\u2028e\n\n"

    def test_several_choices_are_kept_apart(self):
        stream = delta("a", None, 1) + delta("b") + delta("c", "stop", 1) + delta("d", "length")
        chunks, answer = read(stream, choices=2)
        assert [chunk.index for chunk in chunks] == [1, 0, 1, 0]
        assert [(one.text, one.finish_reason) for one in answer.choices] == [
            ("bd", "length"),
            ("ac", "stop"),
        ]

    def test_a_service_may_count_from_one(self):
        chunks, answer = read(delta("你", None, 1) + delta("好", "stop", 1))
        assert answer.text == "你好"
        assert [chunk.index for chunk in chunks] == [0, 0], "else a stream would take none of it"

    def test_an_answer_that_nobody_asked_for_does_not_get_into_the_one(self):
        answer = read(delta("你") + delta("no", "stop", 1) + delta("好", "stop"))[1]
        assert [choice.text for choice in answer.choices] == ["你好", "no"]

    def test_every_chunk_carries_what_it_came_from(self):
        chunks = read(STREAM)[0]
        assert [chunk.raw["choices"][0]["delta"].get("content") for chunk in chunks] == [
            "你", "好。", "",
        ]  # fmt: skip

    def test_an_event_that_adds_nothing_gives_no_chunk(self):
        assert len(read(delta(role="assistant") + delta("") + STREAM)[0]) == 3


class TestBounds:
    @pytest.mark.parametrize(
        "stream",
        [b"data: " + b"x" * 500, b'{"a": "' + b"x" * 500, b"<" + b"x" * 500, b"x" * 500],
        ids=["event", "document", "HTML", "nothing"],
    )
    def test_what_is_longer_than_the_limit_is_refused(self, stream):
        for pieces in ([stream], cut(stream, *range(len(stream)))):
            error = read_fails(*pieces, max_event_bytes=300)
            assert type(error) is ProtocolError
            assert "max_event_bytes" in str(error)

    def test_a_long_answer_of_short_events_is_no_matter(self):
        answer = read(*[delta("x" * 100)] * 100, DONE, max_event_bytes=300)[1]
        assert len(answer.text) == 10_000


def test_what_is_cut_on_this_side_is_complete_though_the_service_goes_on():
    stream = delta("一二") + delta("三四") + delta("五")
    reader = AnswerReader(ASHUI, "m", stages=[StopStage(["三"])])
    texts = [chunk.text for chunk in reader.feed(stream)]
    assert texts == ["一二", ""]
    assert reader.done
    assert reader.cut
    assert list(reader.close()) == []
    assert (reader.answer.text, reader.answer.finish_reason) == ("一二", "stop")


def test_what_a_stage_held_back_is_given_when_the_answer_is_complete():
    chunks, answer = read(delta("一 <") + DONE, stages=[StopStage(["<end>"])])
    assert [chunk.text for chunk in chunks] == ["一 ", "<"]
    assert answer.text == "一 <"

"""What was asked for in a form, and cut at `max_tokens`: it says so, and is asked for once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.forms import CALL, CITY, WEATHER
from tests.servers import FaultServer, chunked, http
from tests.wire import DONE, completion, delta
from xyashui import ASHUI, Answer, Client, MalformedOutputError
from xyashui.emulation.tools import render_call

OPENED = len("<tool_call>")
WHOLE = CALL.index("\n</tool_call>")
REACHED = "the answer was cut at its limit (finish_reason 'length'): raise max_tokens"


def cut(text: str, *, stream: bool) -> Any:
    """A script that answers `text`, and says that its end is not the end."""
    if stream:
        return [chunked(*map(delta, text), delta("", "length"), DONE)]
    document = completion(text)
    document["choices"][0]["finish_reason"] = "length"
    return [http(json.dumps(document).encode())]


def ask(server: FaultServer, *, stream: bool, **asked: Any) -> Answer:
    client = Client(ASHUI, api_key="test-key", base_url=server.url)
    if not stream:
        return client.chat("?", **asked)
    answering = client.stream("?", **asked)
    list(answering)
    return answering.answer


@pytest.fixture(params=[False, True], ids=["whole", "streamed"])
def stream(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.mark.parametrize("length", range(1, len(CALL) + 1, 2))
def test_a_call_is_seen_wherever_it_is_cut(length: int, stream: bool) -> None:
    with FaultServer(cut(f"Well. {CALL}"[: 6 + length], stream=stream)) as server:
        answer = ask(server, stream=stream, tools=[WEATHER])

    assert len(server.requests) == 1
    assert answer.finish_reason == "length"
    if length < OPENED:  # it may still be text
        assert (answer.text, answer.tool_calls) == ("Well. " + CALL[:length], [])
        return
    (call,) = answer.tool_calls
    assert answer.text == "Well. "
    if length < WHOLE:
        assert REACHED in (call.error or "")
        assert CALL[:length].strip() in call.arguments
    else:
        assert (call.error, call.arguments) == (None, '{"city":"济南"}')


def test_a_call_that_was_cut_stands_beside_one_that_was_not(stream: bool) -> None:
    with FaultServer(cut(f"{CALL}\n{CALL[:-20]}", stream=stream)) as server:
        answer = ask(server, stream=stream, tools=[WEATHER])
    assert [REACHED in (call.error or "") for call in answer.tool_calls] == [False, True]
    assert (answer.text, answer.finish_reason) == ("", "length")


def test_a_call_that_was_wrong_and_whole_has_its_own_reason(stream: bool) -> None:
    wrong = render_call("weather", {"city": 3})
    with FaultServer(cut(f"{wrong}\n{CALL[:-20]}", stream=stream)) as server:
        answer = ask(server, stream=stream, tools=[WEATHER])
    assert [REACHED in (call.error or "") for call in answer.tool_calls] == [False, True]
    assert "not of type 'string'" in (answer.tool_calls[0].error or "")
    assert len(server.requests) == 1


def test_of_an_answer_with_the_only_call_that_was_wanted_nothing_was_cut(stream: bool) -> None:
    with FaultServer(cut(f"{CALL}\n{CALL[:-20]}", stream=stream)) as server:
        answer = ask(server, stream=stream, tools=[WEATHER], parallel_tool_calls=False)
    assert [call.error for call in answer.tool_calls] == [None]
    assert answer.finish_reason == "tool_calls"


@pytest.mark.parametrize("written", [CALL[:5], CALL[:OPENED], CALL[:30], "Let me think:"])
def test_a_call_that_must_be_is_an_error_at_once(written: str, stream: bool) -> None:
    with (
        FaultServer(cut(written, stream=stream)) as server,
        pytest.raises(MalformedOutputError) as caught,
    ):
        ask(server, stream=stream, tools=[WEATHER], tool_choice="required")
    assert REACHED in str(caught.value)
    assert "again" not in str(caught.value)
    assert caught.value.text == written
    assert len(server.requests) == 1


@pytest.mark.parametrize("written", ["", '{"name": "济', "Here it is:", '{"people": 9} And'])
def test_so_is_json(written: str, stream: bool) -> None:
    with (
        FaultServer(cut(written, stream=stream)) as server,
        pytest.raises(MalformedOutputError) as caught,
    ):
        ask(server, stream=stream, response_format=CITY)
    assert REACHED in str(caught.value)
    assert "again" not in str(caught.value)
    assert caught.value.text == written
    assert caught.value.partial is not None
    assert caught.value.partial.finish_reason == "length"
    assert len(server.requests) == 1


def test_json_that_was_whole_by_then_is_an_answer(stream: bool) -> None:
    with FaultServer(cut('{"name": "济南"} is', stream=stream)) as server:
        answer = ask(server, stream=stream, response_format=CITY)
    assert (answer.text, answer.finish_reason) == ('{"name":"济南"}', "length")


def test_where_the_second_answer_is_cut_it_says_so(stream: bool) -> None:
    whole = [http(json.dumps(completion("济南")).encode())]
    first = [chunked(delta("济南", "stop"), DONE)] if stream else whole
    with (
        FaultServer(first, cut('{"name": "济', stream=stream)) as server,
        pytest.raises(MalformedOutputError) as caught,
    ):
        ask(server, stream=stream, response_format=CITY)
    assert REACHED in str(caught.value)
    assert len(server.requests) == 2

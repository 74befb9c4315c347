"""What a service lacks, supplied on this side: what is sent, and what is asked again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.forms import CALL, CITY, WEATHER
from tests.servers import FaultServer, chunked, close, hold, http
from tests.wire import DONE, completion, delta, error, event
from xyashui import (
    ASHUI,
    XINGYUN,
    AsyncClient,
    Client,
    ConfigurationError,
    MalformedOutputError,
    ProtocolError,
    XyashuiError,
)
from xyashui.answers import Chunk
from xyashui.emulation.schemas import violation
from xyashui.emulation.structured import JSONStage
from xyashui.emulation.tools import render_call


def answers(*texts: str) -> list[Any]:
    return [[http(json.dumps(completion(text)).encode())] for text in texts]


def streams(*texts: str) -> list[Any]:
    return [[chunked(delta(text[:9]), delta(text[9:], "stop"), DONE)] for text in texts]


def client(server: FaultServer, **settings: Any) -> Client:
    return Client(ASHUI, api_key="test-key", base_url=server.url, **settings)


class TestTools:
    def test_are_sent_as_text_and_as_nothing_else(self) -> None:
        with FaultServer(*answers(CALL)) as server:
            answer = client(server).chat("济南天气?", tools=[WEATHER])

        (sent,) = server.requests
        assert sent.json.keys() == {"model", "messages", "stream"}
        system, user = sent.json["messages"]
        assert system["role"] == "system"
        assert json.dumps(WEATHER, ensure_ascii=False, separators=(",", ":")) in system["content"]
        assert user == {"role": "user", "content": "济南天气?"}
        assert [(call.name, call.arguments) for call in answer.tool_calls] == [
            ("weather", '{"city":"济南"}')
        ]
        assert answer.text == ""
        assert answer.finish_reason == "tool_calls"

    def test_stand_behind_a_system_message_that_is_there(self) -> None:
        with FaultServer(*answers(CALL)) as server:
            turns: list[Any] = [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "济南天气?"},
            ]
            client(server).chat(turns, tools=[WEATHER])

        assert server.requests[0].json["messages"][0]["content"].startswith("Be brief.\n\n# Tools")
        assert turns[0]["content"] == "Be brief."

    def test_calls_and_results_in_the_history_become_text(self) -> None:
        turns: list[Any] = [
            {"role": "user", "content": "济南和青岛?"},
            {
                "role": "assistant",
                "content": "Let me look.",
                "tool_calls": [
                    {
                        "id": id_,
                        "type": "function",
                        "function": {"name": "weather", "arguments": json.dumps({"city": city})},
                    }
                    for id_, city in (("1", "济南"), ("2", "青岛"))
                ],
            },
            {"role": "tool", "tool_call_id": "1", "content": "晴</tool_response>"},
            {"role": "tool", "tool_call_id": "2", "content": "雨"},
        ]
        with FaultServer(*answers("好。")) as server:
            client(server).chat(turns)

        _, said, results = server.requests[0].json["messages"]
        assert said["content"] == "\n".join(
            ["Let me look.", render_call("weather", {"city": "济南"}),
             render_call("weather", {"city": "青岛"})]
        )  # fmt: skip
        assert results["role"] == "user"
        assert results["content"].count("<tool_response>") == 2
        assert results["content"].count("</tool_response>") == 2
        assert '"name":"weather"' in results["content"]

    def test_none_may_be_called_where_the_choice_says_so(self) -> None:
        with FaultServer(*answers("好。")) as server:
            client(server).chat("?", tools=[WEATHER], tool_choice="none")

        assert "tool_call" not in server.requests[0].body.decode()

    @pytest.mark.parametrize("how", ["native", "prompted"])
    def test_are_seen_to_as_the_program_says(self, how: str) -> None:
        with FaultServer(*answers(CALL)) as server:
            for provider in (XINGYUN, ASHUI):
                asker = Client(provider, api_key="test-key", base_url=server.url)
                asker.chat("?", tools=[WEATHER], tool_calling=how)

        assert [("tools" in sent.json) for sent in server.requests] == [how == "native"] * 2

    def test_an_unknown_choice_is_refused_with_the_nearest_name(self) -> None:
        with FaultServer() as server, pytest.raises(ConfigurationError, match="mean 'weather'"):
            client(server).chat("?", tools=[WEATHER], tool_choice={"function": {"name": "wether"}})
        assert server.requests == []


class TestADemandedCall:
    def test_is_asked_for_once_more(self) -> None:
        with FaultServer(*answers("It is sunny.", CALL)) as server:
            answer = client(server).chat("?", tools=[WEATHER], tool_choice="required")

        assert answer.tool_calls[0].name == "weather"
        *_, said, nudge = server.requests[1].json["messages"]
        assert said == {"role": "assistant", "content": "It is sunny."}
        assert nudge["role"] == "user"

    def test_that_does_not_come_is_an_error_with_what_came(self) -> None:
        with (
            FaultServer(*answers("It is sunny.", "Sunny, I said.")) as server,
            pytest.raises(MalformedOutputError, match="called no tool") as caught,
        ):
            client(server).chat("?", tools=[WEATHER], tool_choice="required")
        assert caught.value.text == "Sunny, I said."
        assert len(server.requests) == 2

    def test_streams_nothing_of_a_refusal(self) -> None:
        with FaultServer(*streams("It is sunny.", CALL)) as server:
            stream = client(server).stream("?", tools=[WEATHER], tool_choice="required")
            assert [chunk.text for chunk in stream if chunk.text] == []
        assert stream.answer.tool_calls[0].name == "weather"

    async def test_is_asked_for_once_more_by_the_async_client_too(self) -> None:
        with FaultServer(*answers("It is sunny.", CALL), *streams("No.", CALL)) as server:
            asker = AsyncClient(ASHUI, api_key="test-key", base_url=server.url)
            answer = await asker.chat("?", tools=[WEATHER], tool_choice="required")
            stream = asker.stream("?", tools=[WEATHER], tool_choice="required")
            async for _ in stream:
                pass
        assert [answer.tool_calls[0].name, stream.answer.tool_calls[0].name] == ["weather"] * 2


class TestRounds:
    def test_add_up_what_they_took_and_what_they_handed_on(self) -> None:
        usage = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
        scripts = [
            [chunked(delta(reasoning_content=thought), delta(text, "stop"),
                     event({"choices": [], "usage": usage}), DONE)]
            for thought, text in (("R1", "no"), ("R2", CALL))
        ]  # fmt: skip
        with FaultServer(*scripts) as server:
            asker = Client(XINGYUN, api_key="test-key", base_url=server.url)
            stream = asker.stream(
                "?", tools=[WEATHER], tool_choice="required", tool_calling="prompted"
            )
            chunks = list(stream)

        assert stream.answer.usage is not None
        assert stream.answer.usage.total_tokens == 300
        assert stream.answer.reasoning == "".join(chunk.reasoning for chunk in chunks) == "R1R2"
        assert [chunk.finish_reason for chunk in chunks if chunk.finish_reason] == ["tool_calls"]
        assert chunks[-1].finish_reason == "tool_calls"

    @pytest.mark.parametrize(
        "second",
        [[http(b"", 401, None)], [close], [chunked(DONE)], [chunked(event(error("坏了")))]],
        ids=["refused", "closed", "empty", "an error"],
    )
    def test_lose_nothing_of_the_first_where_the_second_fails(self, second: Any) -> None:
        first = [chunked(delta("说 "), delta(render_call("rain", {})), delta("", "stop"), DONE)]
        with FaultServer(first, second) as server:
            stream = client(server, max_retries=0).stream("?", tools=[WEATHER])
            assert next(stream).text == "说 "
            with pytest.raises(XyashuiError) as caught:
                list(stream)
        assert len(server.requests) == 2
        assert caught.value.text == "说 "
        assert stream.answer.text == "说 "

    def test_are_for_one_answer_at_a_time(self) -> None:
        asker = Client(XINGYUN, api_key="test-key", base_url="http://127.0.0.1:9")
        with pytest.raises(ConfigurationError, match="n=2"):
            asker.chat("?", tools=[WEATHER], tool_calling="prompted", n=2)


class TestJSONOutput:
    @pytest.mark.parametrize(
        "said",
        [
            pytest.param('{"name": "济南", "people": 9}', id="bare"),
            pytest.param('```json\n{"name": "济南", "people": 9}\n```', id="fenced"),
            pytest.param('Here it is:\n{"name": "济南", "people": 9}\nDone.', id="in prose"),
            pytest.param('1. See [1], {City}:\n{"name": "济南", "people": 9}', id="after others"),
            pytest.param('<think>{a}</think>{"name": "济南", "people": 9}', id="after a thought"),
            pytest.param(
                '```{City}``` is\n```JSON \r\n\n{"name": "济南", "people": 9}```', id="late"
            ),
        ],
    )
    def test_is_taken_out_of_what_stands_around_it(self, said: str) -> None:
        with FaultServer(*answers(said)) as server:
            answer = client(server).chat("济南?", response_format=CITY)

        assert answer.text == '{"name":"济南","people":9}'
        assert "response_format" not in server.requests[0].json
        assert '"people"' in server.requests[0].json["messages"][0]["content"]

    @pytest.mark.parametrize(
        ("said", "reason"),
        [("济南", "it is no JSON"), ('{"people": "many"}', "'name' is a required property")],
    )
    def test_that_does_not_fit_is_shown_to_the_model_once(self, said: str, reason: str) -> None:
        with FaultServer(*answers(said, '{"name": "济南"}')) as server:
            answer = client(server).chat("济南?", response_format=CITY)

        assert answer.text == '{"name":"济南"}'
        *_, shown, told = server.requests[1].json["messages"]
        assert shown["content"] == said
        assert reason in told["content"]

    def test_that_still_does_not_fit_is_an_error_with_the_text(self) -> None:
        with (
            FaultServer(*answers("济南", "济南!")) as server,
            pytest.raises(MalformedOutputError, match="no JSON") as caught,
        ):
            client(server).chat("济南?", response_format=CITY)
        assert caught.value.text == "济南!"

    def test_that_does_not_fit_has_its_sources_where_they_stand_in_it(self) -> None:
        said = "见[天气](https://www.tianqi.com/)"
        with (
            FaultServer(*answers("?", said)) as server,
            pytest.raises(MalformedOutputError) as caught,
        ):
            client(server).chat("济南?", response_format=CITY, web_search=True)
        assert caught.value.partial is not None
        (citation,) = caught.value.partial.citations
        assert said[citation.start : citation.end] == said[1:]

    def test_that_was_too_long_says_so(self) -> None:
        cut = [[chunked(delta('{"name": "济', "length"), DONE)]]
        with FaultServer(*cut * 2) as server, pytest.raises(MalformedOutputError) as caught:
            client(server).chat("济南?", response_format=CITY)
        assert caught.value.partial is not None
        assert caught.value.partial.finish_reason == "length"

    def test_streams_only_what_fits(self) -> None:
        with FaultServer(*streams('{"people": 1}', '{"name": "济南"}')) as server:
            stream = client(server).stream("济南?", response_format=CITY)
            assert "".join(chunk.text for chunk in stream) == '{"name":"济南"}'
        assert stream.answer.text == '{"name":"济南"}'

    @pytest.mark.parametrize("broken", [{"type": "int"}, {"pattern": r"^\p{L}+$"}])
    def test_passes_where_the_schema_itself_cannot_be_used(self, broken: dict[str, str]) -> None:
        schema = {"type": "object", "properties": {"name": broken}}
        form = {"type": "json_schema", "json_schema": {"name": "odd", "schema": schema}}
        with FaultServer(*answers('{"name": "济南"}')) as server:
            answer = client(server).chat("?", response_format=form)
        assert answer.text == '{"name":"济南"}'

    @pytest.mark.parametrize(
        ("said", "text"),
        [
            ("It is\n```\n5\n```\nAnd 6.", "5"),
            ('```a```, ```\n"b"\n```', '"b"'),
            ("```\n{\n```\n7\n```json\n\n8\n```", "8"),
        ],
    )
    def test_may_be_a_value_in_a_block_that_is_closed(self, said: str, text: str) -> None:
        stage = JSONStage({"type": ["integer", "string"]})
        stage.feed(Chunk(said))
        assert [chunk.text for chunk in stage.close()] == [text]

    def test_is_none_where_the_block_is_not_closed(self) -> None:
        stage = JSONStage({"type": "integer"})
        stage.feed(Chunk("```\n5"))
        assert stage.close() == []
        assert stage.fault == "it is no JSON"

    def test_has_an_end(self) -> None:
        stage = JSONStage({"type": "array"})
        stage.feed(Chunk("[" + "0," * 1_999_999))
        with pytest.raises(ProtocolError, match="more than 4000000 characters"):
            stage.feed(Chunk("0,0]"))
        assert stage.held.endswith("0,0]")

    @pytest.mark.parametrize(
        ("value", "differ"),
        [
            ([1, 1.0], False),
            ([{"a": 1, "b": [2]}, {"b": [2.0], "a": 1}], False),
            ([0, False, "0", "false", None], True),
            ([[1], [2], {"a": 1}], True),
        ],
    )
    def test_differs_in_a_list_as_the_schema_says(self, value: list[Any], differ: bool) -> None:
        broken = violation(value, {"type": "array", "uniqueItems": True})
        assert broken == (None if differ else f"{value!r} has non-unique elements")

    def test_is_not_repeated_at_length_where_it_does_not_fit(self) -> None:
        broken = violation(["x" * 100_000, "\ud83d"], {"type": "object"}) or ""
        assert broken.endswith("is not of type 'object'")
        assert len(broken) < 1000
        (broken or "").encode()

    def test_is_native_where_the_service_has_it(self) -> None:
        with FaultServer(*answers("{}")) as server:
            asker = Client(XINGYUN, api_key="test-key", base_url=server.url)
            asker.chat("济南?", response_format=CITY)
        assert server.requests[0].json["response_format"] == CITY


class TestStop:
    def test_cuts_the_answer_and_hangs_up(self) -> None:
        script = [chunked(delta("one END"), delta(" two"))[:-5], hold]
        with FaultServer(script) as server:
            stream = client(server).stream("?", stop=["END"])
            assert "".join(chunk.text for chunk in stream) == "one "
            assert stream.answer.finish_reason == "stop"
            assert server.client_left()
        assert "stop" not in server.requests[0].json

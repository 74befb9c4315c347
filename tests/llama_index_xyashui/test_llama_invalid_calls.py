"""Calls that cannot be made: they reach the agent, which tells the model, and nothing breaks."""

from __future__ import annotations

import json

import pytest
from llama_index.core.agent.workflow import FunctionAgent, ReActAgent
from llama_index.core.tools import FunctionTool

from tests.servers import FaultServer, Script, chunked, http
from tests.wire import DONE, completion, delta


def get_weather(city: str) -> str:
    """Get the weather of a city."""
    if not isinstance(city, str):
        raise TypeError(f"city must be a name, not {city!r}")
    return f"{city}: 晴, 25℃"


@pytest.fixture(params=[True, False], ids=["streaming", "whole"])
def streaming(request: pytest.FixtureRequest) -> bool:
    return request.param


def native(name: str, arguments: str, *, streaming: bool) -> Script:
    """星芸: a call in the field that is made for it."""
    call = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}}
    if streaming:
        return [chunked(delta(tool_calls=[{"index": 0, **call}]), delta("", "tool_calls"), DONE)]
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    return [http(completion(choices=[choice]))]


def said(text: str, *, streaming: bool) -> Script:
    """A text; on 阿水 it may be a call."""
    if streaming:
        return [chunked(*(delta(piece) for piece in text), delta("", "stop"), DONE)]
    return [http(completion(text))]


def prompted(text: str, *, streaming: bool) -> Script:
    return said(f"<tool_call>\n{text}\n</tool_call>", streaming=streaming)


RIGHT = '{"name": "get_weather", "arguments": {"city": "济南"}}'


def told_after(server: FaultServer, answers: int) -> str:
    """What the model is told, once it has given so many answers, of its call."""
    return json.dumps(server.requests[answers].json["messages"][2:], ensure_ascii=False)


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("get_weather", '{"city": "济', "the arguments are no JSON object"),
        ("get_weather", "[1]", "the arguments are no JSON object"),
        ("weather_of", '{"city": "济南"}', "weather_of not found"),
        ("", "{}", "not found"),
        ("get_weather", "{}", "missing 1 required positional argument: 'city'"),
        ("get_weather", '{"town": "济南"}', "unexpected keyword argument 'town'"),
        ("get_weather", '{"city": 3}', "city must be a name, not 3"),
    ],
)
async def test_an_agent_corrects_a_native_call(
    xingyun, streaming: bool, name: str, arguments: str, told: str
) -> None:
    scripts = [
        native(name, arguments, streaming=streaming),
        native("get_weather", '{"city": "济南"}', streaming=streaming),
        said("济南: 25℃", streaming=streaming),
    ]
    with FaultServer(*scripts) as server:
        llm = xingyun(base_url=server.url)
        agent = FunctionAgent(
            tools=[get_weather], llm=llm, streaming=streaming, system_prompt="Help."
        )
        result = await agent.run("济南天气怎么样?")

        assert str(result) == "济南: 25℃"
        assert [call.tool_output.is_error for call in result.tool_calls] == [True, False]
        assert told in told_after(server, 1)
        # The model is shown its own words.
        (call,) = server.requests[1].json["messages"][2]["tool_calls"]
        assert call["function"]["name"] == name
        assert _same(call["function"]["arguments"], arguments)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"name": "get_weather", "arguments": {"city": 3}}', "city: 3 is not of type 'string'"),
        ('{"name": "get_weather", "arguments": {}}', "'city' is a required property"),
        ('{"name": "get_weather", "arguments": [1]}', "the arguments are no JSON object"),
        ('{"name": "get_weather", "arguments": {"city"', "JSON"),
        ('{"name": "weather_of", "arguments": {}}', "weather_of not found"),
        ('{"arguments": {"city": "济南"}}', "not found"),
    ],
)
async def test_an_agent_corrects_a_prompted_call(
    ashui, streaming: bool, text: str, told: str
) -> None:
    wrong = prompted(text, streaming=streaming)
    scripts = [
        wrong,
        wrong,  # it has been asked again at once, before the agent is bothered
        prompted(RIGHT, streaming=streaming),
        said("济南: 25℃", streaming=streaming),
    ]
    with FaultServer(*scripts) as server:
        llm = ashui(base_url=server.url)
        agent = FunctionAgent(
            tools=[get_weather], llm=llm, streaming=streaming, system_prompt="Help."
        )
        result = await agent.run("济南天气怎么样?")

        assert str(result) == "济南: 25℃"
        assert [call.tool_output.is_error for call in result.tool_calls] == [True, False]
        assert told in told_after(server, 2)


async def test_an_agent_corrects_an_action(make, streaming: bool) -> None:
    scripts = [
        said("Action: get_weather, I think", streaming=streaming),
        said(
            'Thought: I need it.\nAction: weather_of\nAction Input: {"city": "济南"}',
            streaming=streaming,
        ),
        said(
            'Thought: I see.\nAction: get_weather\nAction Input: {"city": "济南"}',
            streaming=streaming,
        ),
        said("Thought: I can answer.\nAnswer: 济南: 25℃", streaming=streaming),
    ]
    with FaultServer(*scripts) as server:
        llm = make(base_url=server.url)
        agent = ReActAgent(tools=[get_weather], llm=llm, streaming=streaming)
        result = await agent.run("济南天气怎么样?")

        assert str(result) == "济南: 25℃"
        assert "Error while parsing" in str(server.requests[1].json["messages"])
        assert "weather_of not found" in str(server.requests[2].json["messages"])


@pytest.mark.parametrize("error_on_tool_error", [False, True])
async def test_predict_and_call_knows_no_such_tool(xingyun, error_on_tool_error: bool) -> None:
    tools = [FunctionTool.from_defaults(get_weather)]
    with FaultServer(native("get_wether", '{"city": "济南"}', streaming=False)) as server:
        llm = xingyun(base_url=server.url)
        if error_on_tool_error:
            with pytest.raises(ValueError, match="Did you mean 'get_weather'"):
                llm.predict_and_call(tools, "?", error_on_tool_error=True)
            return
        for outcome in (
            llm.predict_and_call(tools, "?"),
            await llm.apredict_and_call(tools, "?"),
        ):
            (source,) = outcome.sources
            assert source.is_error
            assert "There is no tool 'get_wether'" in str(outcome)


def test_a_prompted_call_that_cannot_be_made_says_why(ashui) -> None:
    text = '{"name": "get_weather", "arguments": {"city": 3}}'
    with FaultServer(prompted(text, streaming=False)) as server:
        llm = ashui(base_url=server.url)
        response = llm.chat_with_tools([FunctionTool.from_defaults(get_weather)], "?")
    (call,) = llm.get_tool_calls_from_response(response)
    reason, invalid = call.tool_kwargs
    assert "city: 3 is not of type 'string'" in reason
    assert invalid == "invalid_json"
    assert text in call.tool_kwargs["invalid_json"]


def _same(sent: str, written: str) -> bool:
    try:
        return json.loads(sent) == json.loads(written)
    except ValueError:
        return sent == written

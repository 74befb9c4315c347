"""Agents from end to end: native tools on 星芸, tools by prompt on 阿水, the same agent."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core._api import LangChainBetaWarning
from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage
from langchain_core.tools import ToolException, tool
from pydantic import BaseModel, Field

from langchain_xyashui import XingYunWebSearch
from langchain_xyashui.tool_calls import written
from tests.servers import FaultServer, chunked
from tests.wire import DONE, STREAM, delta
from xyashui.emulator import Emulator

Make = Callable[..., Any]
Sent = Callable[[], list[Any]]


@tool
def get_weather(city: str) -> str:
    """Get the weather of a city."""
    return f"{city}: 晴, 25℃"


@tool
def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


@tool
def broken_oven(dish: str) -> str:
    """Bake a dish in the oven."""
    raise ToolException(f"The oven is broken: no {dish} today")


broken_oven.handle_tool_error = True


async def _invoke(agent: Any, state: dict[str, Any]) -> list[Any]:
    return list(agent.invoke(state)["messages"])


async def _ainvoke(agent: Any, state: dict[str, Any]) -> list[Any]:
    return list((await agent.ainvoke(state))["messages"])


async def _stream(agent: Any, state: dict[str, Any]) -> list[Any]:
    parts = list(agent.stream(state, stream_mode=["messages", "values"]))
    assert any(mode == "messages" and isinstance(x[0], AIMessageChunk) for mode, x in parts)
    return list(parts[-1][1]["messages"])


async def _astream(agent: Any, state: dict[str, Any]) -> list[Any]:
    parts = [part async for part in agent.astream(state, stream_mode=["messages", "values"])]
    assert any(mode == "messages" and isinstance(x[0], AIMessageChunk) for mode, x in parts)
    return list(parts[-1][1]["messages"])


async def _events_v3(agent: Any, state: dict[str, Any]) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LangChainBetaWarning)
        return list(agent.stream_events(state, version="v3").output["messages"])


async def _aevents_v3(agent: Any, state: dict[str, Any]) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LangChainBetaWarning)
        run = await agent.astream_events(state, version="v3")
        return list((await run.output())["messages"])


WAYS = [_invoke, _ainvoke, _stream, _astream, _events_v3, _aevents_v3]


@pytest.fixture(params=WAYS, ids=lambda run: run.__name__[1:])
def run(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.mark.parametrize("finish", ["length", "tool_calls"])
async def test_half_a_call_is_not_executed(xingyun: Make, run: Any, finish: str) -> None:
    multiplied = []

    @tool
    def double(a: int) -> int:
        """Double a number."""
        multiplied.append(a)
        return 2 * a

    function = {"name": "double", "arguments": '{"a": 10'}  # of 1000, as it may be
    call = delta(tool_calls=[{"index": 0, "id": "c", "function": function}])
    with FaultServer([chunked(call, delta("", finish), DONE)], [chunked(STREAM)]) as server:
        agent = create_agent(xingyun(base_url=server.url), tools=[double])
        messages = await run(agent, asked("What is 1000 * 2?"))
    assert multiplied == []
    assert [call["name"] for call in messages[-1].invalid_tool_calls] == ["double"]


NO_CALLS = ["nonsense", "[1]", '{"a": 1}}', '{"a": 1} and', '{"a": "C:\\x"}', "{'a': 1}"]


@pytest.mark.parametrize("arguments", NO_CALLS)
async def test_nor_is_one_with_arguments_that_are_no_object(
    xingyun: Make, run: Any, arguments: str
) -> None:
    ran = []

    @tool
    def order(a: int = 7) -> str:
        """Order."""
        ran.append(a)
        return "done"

    def call(arguments: str, **more: Any) -> bytes:
        function = {"arguments": arguments, **more}
        return delta(tool_calls=[{"index": 0, "id": "c", "function": function}])

    pieces = [call(arguments[:5], name="order"), call(arguments[5:])]
    answer = chunked(*pieces, delta("", "tool_calls"), DONE)
    with FaultServer([answer], [chunked(STREAM)]) as server:
        agent = create_agent(xingyun(base_url=server.url), tools=[order])
        messages = await run(agent, asked("Order one"))
    assert ran == []
    (invalid,) = messages[-1].invalid_tool_calls
    assert (invalid["id"], invalid["name"], written(invalid["args"])) == ("c", "order", arguments)


async def test_nor_is_one_that_this_side_refuses(ashui: Make, run: Any) -> None:
    ran = []

    @tool
    def order(a: int = 7) -> str:
        """Order."""
        ran.append(a)
        return "done"

    calls = [
        f'<tool_call>{{"name": "order", "arguments": {{"a": {a}}}}}</tool_call>'
        for a in ("2", '"many"')
    ]
    answer = chunked(delta("".join(calls)), delta("", "stop"), DONE)
    with FaultServer([answer], [chunked(STREAM)]) as server:
        agent = create_agent(ashui(base_url=server.url), tools=[order])
        messages = await run(agent, asked("Order two, and many"))
    assert ran == [2]
    made = next(message for message in messages if isinstance(message, AIMessage))
    assert [call["args"] for call in made.tool_calls] == [{"a": 2}]
    assert [call["name"] for call in made.invalid_tool_calls] == ["order"]


def calls_of(messages: list[Any]) -> list[tuple[str, Any]]:
    said = [message for message in messages if isinstance(message, AIMessage)]
    return [(call["name"], call["args"]) for message in said for call in message.tool_calls]


def asked(question: str) -> dict[str, Any]:
    return {"messages": [("user", question)]}


async def test_three_turns_with_two_tools(either: Make, run: Any) -> None:
    agent = create_agent(either(), tools=[get_weather, multiply])
    messages: list[Any] = []
    for question, call, words in (
        ("What is the weather in 济南?", ("get_weather", {"city": "济南"}), "25℃"),
        ("What is 12 multiplied by 7?", ("multiply", {"a": 12, "b": 7}), "84"),
        ("What is the weather in 青岛?", ("get_weather", {"city": "青岛"}), "青岛"),
    ):
        before = len(messages)
        messages = await run(agent, {"messages": [*messages, ("user", question)]})
        assert calls_of(messages[before:]) == [call]
        assert words in messages[-1].text
        assert "<tool" not in messages[-1].text


async def test_parallel_calls(either: Make, run: Any) -> None:
    agent = create_agent(either(), tools=[get_weather, multiply])
    messages = await run(agent, asked("北京和上海的天气怎么样?"))

    cities = [{"city": "北京"}, {"city": "上海"}]
    assert calls_of(messages) == [("get_weather", city) for city in cities]
    first = next(message for message in messages if isinstance(message, AIMessage))
    results = [message for message in messages if isinstance(message, ToolMessage)]
    assert [one.tool_call_id for one in results] == [call["id"] for call in first.tool_calls]
    assert len({one.tool_call_id for one in results}) == 2
    assert "北京" in messages[-1].text
    assert "上海" in messages[-1].text


async def test_a_tool_that_fails(either: Make, run: Any) -> None:
    agent = create_agent(either(), tools=[get_weather, broken_oven])
    messages = await run(agent, asked("Bake a dish in the oven: lasagne"))

    (result,) = [message for message in messages if isinstance(message, ToolMessage)]
    assert result.status == "error"
    assert "broken" in messages[-1].text


async def test_web_search_stays_with_the_model_through_every_turn(
    either: Make, run: Any, sent: Sent
) -> None:
    agent = create_agent(either(web_search=True), tools=[get_weather])
    await run(agent, asked("What is the weather in 济南?"))

    assert [one.get("web_search") or one["model"] == "gpt-4-web" for one in sent()] == [True] * 2


async def test_a_picture_stays_with_the_question_through_every_turn(
    either: Make, run: Any, sent: Sent, emulator: Emulator
) -> None:
    model = either(images=[f"{emulator.files_url}/cat.png"])
    await run(create_agent(model, tools=[get_weather]), asked("What is the weather in 济南?"))

    turns = [[one for one in body["messages"] if one["role"] == "user"] for body in sent()]
    assert len(turns) == 2
    for first, *_ in turns:
        assert [part["type"] for part in first["content"]] == ["text", "image_url"]


async def test_a_file_stays_with_the_model_through_every_turn(
    ashui: Make, run: Any, sent: Sent, emulator: Emulator
) -> None:
    files = [f"{emulator.files_url}/sales.csv"]
    agent = create_agent(ashui(file_list=files), tools=[get_weather])
    await run(agent, asked("What is the weather in 济南?"))

    assert [body["file_list"] for body in sent()] == [files] * 2


async def test_another_model_searches_the_web_by_a_tool(
    either: Make, run: Any, emulator: Emulator
) -> None:
    search = XingYunWebSearch(provider="ashui", api_key="test-key", base_url=emulator.ashui_url)
    agent = create_agent(either(), tools=[search])
    messages = await run(agent, asked("Search the web: 今天济南天气怎么样?"))

    (result,) = [message for message in messages if isinstance(message, ToolMessage)]
    assert "https://www.tianqi.com/jinan/" in str(result.artifact)
    assert "25℃" in messages[-1].text


class Person(BaseModel):
    """A person who is mentioned."""

    name: str = Field(description="The person's name")
    age: int = Field(description="The person's age in years")


async def test_a_structured_response(either: Make) -> None:
    agent = create_agent(either(), tools=[get_weather], response_format=Person)
    state = await agent.ainvoke(asked("Bob is 42 years old."), {"recursion_limit": 12})
    assert state["structured_response"] == Person(name="Bob", age=42)

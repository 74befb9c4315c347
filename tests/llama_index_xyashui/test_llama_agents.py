"""Agents from end to end: native tools on 星芸, tools by prompt on 阿水, the same agent.

LlamaIndex's agents are async; what it has of agents without `await` is `predict_and_call`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core import Document, VectorStoreIndex
from llama_index.core.agent.workflow import (
    AgentStream,
    AgentWorkflow,
    FunctionAgent,
    ReActAgent,
    ToolCallResult,
)
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.embeddings import MockEmbedding
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.tools import FunctionTool, QueryEngineTool
from llama_index.core.workflow import Context
from pydantic import BaseModel

from xyashui import QuotaExceededError
from xyashui.emulator import Emulator

QUESTION = "What is the weather in 济南?"


def get_weather(city: str) -> str:
    """Get the weather of a city."""
    return f"{city}: 晴, 25℃"


def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


def broken_oven(dish: str) -> str:
    """Bake a dish in the oven."""
    raise RuntimeError(f"The oven is broken: no {dish} today")


TOOLS = [get_weather, multiply]


@pytest.fixture(params=[FunctionAgent, ReActAgent])
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=[True, False], ids=["streaming", "whole"])
def streaming(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture
def agent(make, kind: Any, streaming: bool) -> Callable[..., Any]:
    """Each kind of agent, on each service, streaming and not."""

    def build(tools: list[Any], **settings: Any) -> Any:
        llm = settings.pop("llm", None) or make(**settings.pop("of_llm", {}))
        return kind(tools=tools, llm=llm, streaming=streaming, **settings)

    return build


@pytest.fixture
def sent(emulator: Emulator) -> Callable[[], list[Any]]:
    """The bodies that this test has sent."""
    before = len(emulator.requests)
    return lambda: [request.body for request in emulator.requests[before:]]


def calls_of(result: Any) -> list[tuple[str, Any]]:
    return [(call.tool_name, call.tool_kwargs) for call in result.tool_calls]


# Any agent


async def test_three_turns_with_two_tools(agent) -> None:
    assistant = agent(TOOLS)
    context = Context(assistant)
    for question, call, words in (
        (QUESTION, ("get_weather", {"city": "济南"}), "25℃"),
        ("What is 12 multiplied by 7?", ("multiply", {"a": 12, "b": 7}), "84"),
        ("What is the weather in 青岛?", ("get_weather", {"city": "青岛"}), "青岛"),
    ):
        result = await assistant.run(question, ctx=context)
        assert calls_of(result) == [call]
        assert words in str(result)
        assert "<tool" not in str(result)


async def test_a_conversation_is_remembered(agent, sent) -> None:
    memory = ChatMemoryBuffer.from_defaults(token_limit=8000)
    await agent(TOOLS).run(QUESTION, memory=memory)
    # Another agent, and another day: the calls and results of the first are in the history.
    result = await agent(TOOLS).run("What is 12 multiplied by 7?", memory=memory)
    assert "84" in str(result)
    assert "25℃" in str(sent()[-1]["messages"])
    assert QUESTION in str(sent()[-1]["messages"])


async def test_a_tool_that_fails(agent) -> None:
    result = await agent([get_weather, broken_oven]).run("Bake a dish in the oven: lasagne")

    (call,) = result.tool_calls
    assert call.tool_name == "broken_oven"
    assert call.tool_output.is_error
    assert "oven is broken" in str(result)


async def test_several_calls(agent, kind) -> None:
    result = await agent(TOOLS).run("北京和上海的天气怎么样?")

    calls = calls_of(result)  # LlamaIndex runs them in threads: which is over first is by chance
    assert len(calls) == 2
    assert all(("get_weather", {"city": city}) in calls for city in ("北京", "上海"))
    assert len({call.tool_id for call in result.tool_calls}) == 2
    assert "北京" in str(result)
    assert "上海" in str(result)


async def test_parallel_calls_are_of_one_turn(make, streaming: bool, sent) -> None:
    assistant = FunctionAgent(tools=TOOLS, llm=make(), streaming=streaming)
    await assistant.run("北京和上海的天气怎么样?")
    assert len(sent()) == 2


async def test_calls_one_at_a_time(make, streaming: bool, sent) -> None:
    assistant = FunctionAgent(
        tools=TOOLS, llm=make(), streaming=streaming, allow_parallel_tool_calls=False
    )
    result = await assistant.run("北京和上海的天气怎么样?")
    assert [call.tool_kwargs["city"] for call in result.tool_calls] == ["北京", "上海"]
    assert len(sent()) == 3


async def test_the_answer_streams_and_no_markup_with_it(make) -> None:
    assistant = FunctionAgent(tools=TOOLS, llm=make())
    handler = assistant.run(QUESTION)
    events = [event async for event in handler.stream_events()]
    result = await handler

    pieces = [event for event in events if isinstance(event, AgentStream)]
    said = "".join(piece.delta for piece in pieces)
    assert said == str(result)
    assert sum(1 for piece in pieces if piece.delta) > 3
    (called,) = [event for event in events if isinstance(event, ToolCallResult)]
    assert str(called.tool_output) == "济南: 晴, 25℃"


async def test_an_initial_tool_choice(make, streaming: bool) -> None:
    assistant = FunctionAgent(
        tools=TOOLS, llm=make(), streaming=streaming, initial_tool_choice="multiply"
    )
    result = await assistant.run("济南: 3, 4")
    assert calls_of(result)[0] == ("multiply", {"a": 3, "b": 4})


async def test_errors_of_the_service_come_through(agent) -> None:
    with pytest.raises(QuotaExceededError):
        await agent(TOOLS, of_llm={"api_key": "no-quota"}).run(QUESTION)


# Hand-overs


@pytest.mark.parametrize(
    "question",
    [
        "Hand this off to the mathematician: what is 12 multiplied by 7?",
        "What is 12 multiplied by 7?",
        "请交给mathematician: 12乘以7是多少?",
    ],
)
async def test_a_hand_over(make, kind: Any, streaming: bool, sent, question: str) -> None:
    llm = make()
    weatherman = kind(
        name="weatherman",
        description="Knows the weather",
        tools=[get_weather],
        llm=llm,
        streaming=streaming,
    )
    mathematician = kind(
        name="mathematician",
        description="Multiplies numbers",
        tools=[multiply],
        llm=llm,
        streaming=streaming,
    )
    workflow = AgentWorkflow([weatherman, mathematician], root_agent="weatherman")
    result = await workflow.run(question)

    (handed, to), multiplied = calls_of(result)
    assert (handed, to["to_agent"]) == ("handoff", "mathematician")
    assert multiplied == ("multiply", {"a": 12, "b": 7})
    assert result.current_agent_name == "mathematician"
    assert "84" in str(result)
    first, *_, last = map(str, sent())
    assert "get_weather" in first
    assert "get_weather" not in last  # each has its own tools


class Weather(BaseModel):
    """The weather in a city."""

    city: str
    temperature: int


async def test_a_workflow_with_a_form_for_its_answer(make, streaming: bool) -> None:
    assistant = FunctionAgent(tools=[get_weather], llm=make(), streaming=streaming)
    workflow = AgentWorkflow([assistant], output_cls=Weather)
    result = await workflow.run("What is the weather in Paris?")
    weather = result.get_pydantic_model(Weather)
    assert isinstance(weather, Weather)
    assert weather.temperature == 25


async def test_a_workflow_of_functions(make) -> None:
    workflow = AgentWorkflow.from_tools_or_functions(TOOLS, llm=make())
    assert isinstance(workflow.agents["Agent"], FunctionAgent)
    assert "25℃" in str(await workflow.run(QUESTION))


# Agents over an index: what `as_chat_engine` of "react" and "openai" was


def test_chat_modes_that_are_gone_say_what_to_use(make) -> None:
    index = VectorStoreIndex([], embed_model=MockEmbedding(2))
    for mode in ("react", "openai"):
        with pytest.raises(ValueError, match="FunctionAgent"):
            index.as_chat_engine(chat_mode=mode, llm=make())


async def test_an_agent_that_queries_an_index(agent, make) -> None:
    documents = [Document(text="Jinan is known for its springs.")]
    index = VectorStoreIndex.from_documents(documents, embed_model=MockEmbedding(2))
    tool = QueryEngineTool.from_defaults(
        index.as_query_engine(llm=make()), name="cities", description="what cities are known for"
    )
    result = await agent([tool]).run("What is Jinan known for?")
    assert [call.tool_name for call in result.tool_calls] == ["cities"]
    assert "springs" in str(result)


# Options stay through every turn


async def test_web_search_stays(agent, sent) -> None:
    result = await agent(TOOLS, of_llm={"web_search": True}).run(QUESTION)
    assert [name for name, _ in calls_of(result)] == ["get_weather"]
    asked = [body.get("web_search") or body["model"] == "gpt-4-web" for body in sent()]
    assert asked == [True, True]


async def test_a_picture_stays_with_the_question(make, streaming: bool, sent, emulator) -> None:
    llm = make(images=[f"{emulator.files_url}/cat.png"])
    await FunctionAgent(tools=TOOLS, llm=llm, streaming=streaming).run(QUESTION)

    turns = [[one for one in body["messages"] if one["role"] == "user"] for body in sent()]
    assert len(turns) == 2
    for first, *_ in turns:
        assert [part["type"] for part in first["content"]] == ["text", "image_url"]


async def test_a_picture_in_the_question_stays(agent, sent, emulator) -> None:
    blocks = [
        {"block_type": "text", "text": QUESTION},
        {"block_type": "image", "url": f"{emulator.files_url}/cat.png"},
    ]
    await agent(TOOLS).run(ChatMessage(role="user", blocks=blocks))
    assert len(sent()) == 2
    for body in sent():
        assert "image_url" in str(body["messages"])


async def test_files_stay(ashui, kind: Any, streaming: bool, sent, emulator) -> None:
    files = [f"{emulator.files_url}/sales.csv"]
    assistant = kind(tools=TOOLS, llm=ashui(file_list=files), streaming=streaming)
    await assistant.run(QUESTION)
    assert [body["file_list"] for body in sent()] == [files] * 2


# Without an agent


def test_predict_and_call_several(make) -> None:
    outcome = make().predict_and_call(
        _tools(), "北京和上海的天气怎么样?", allow_parallel_tool_calls=True
    )
    assert str(outcome) == "北京: 晴, 25℃\n\n上海: 晴, 25℃"
    assert [source.raw_output for source in outcome.sources] == str(outcome).split("\n\n")


async def test_apredict_and_call_several(make) -> None:
    outcome = await make().apredict_and_call(
        _tools(), "北京和上海的天气怎么样?", allow_parallel_tool_calls=True
    )
    assert str(outcome) == "北京: 晴, 25℃\n\n上海: 晴, 25℃"


def test_predict_and_call_where_the_tool_fails(make) -> None:
    question = "Bake a dish in the oven: lasagne"
    outcome = make().predict_and_call(_tools(), question)
    assert outcome.sources[0].is_error
    assert "oven is broken" in str(outcome)
    with pytest.raises(ValueError, match="oven is broken"):
        make().predict_and_call(_tools(), question, error_on_tool_error=True)


def test_predict_and_call_where_no_tool_is_called(make) -> None:
    with pytest.raises(ValueError, match="called no tool"):
        make().predict_and_call(_tools(), "Hello!")
    outcome = make().predict_and_call(_tools(), "Hello!", error_on_no_tool_call=False)
    assert str(outcome)
    assert outcome.sources == []


def _tools() -> list[Any]:
    return [FunctionTool.from_defaults(one) for one in (*TOOLS, broken_oven)]

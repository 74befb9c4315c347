"""Tools by prompt: calls that cannot be made, and models that do not call when they must."""

from __future__ import annotations

from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import HumanMessage, ToolMessage
from pydantic import BaseModel

from langchain_xyashui import ChatAShui
from langchain_xyashui.errors import MalformedOutputError
from tests.servers import FaultServer, chunked, http
from tests.wire import DONE, completion, delta
from xyashui import errors
from xyashui.emulation.tools import render_call


def weather(city: str) -> str:
    """The weather of a city."""
    return f"{city}: 晴"


class City(BaseModel):
    """A city."""

    name: str


def said(*texts: str, stream: bool) -> list[Any]:
    """Scripts that answer `texts`, one after the other."""
    if stream:
        return [[chunked(delta(text[:20]), delta(text[20:], "stop"), DONE)] for text in texts]
    return [[http(completion(text))] for text in texts]


def model(server: FaultServer) -> ChatAShui:
    return ChatAShui(api_key="test-key", base_url=server.url)


@pytest.fixture(params=[False, True], ids=["whole", "streamed"])
def stream(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def ask(runnable: Any, question: Any, *, stream: bool) -> Any:
    if not stream:
        return runnable.invoke(question)
    first, *rest = runnable.stream(question)
    for part in rest:
        first += part
    return first


BAD_CALLS = {
    "an unknown tool": ('{"name": "wether", "arguments": {"city": "济南"}}', "mean 'weather'"),
    "the schema broken": ('{"name": "weather", "arguments": {"city": 3}}', "not of type 'string'"),
    "no JSON": ("weather('济南')", "no JSON"),
}


@pytest.mark.parametrize(("block", "reason"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_a_call_that_cannot_be_made_is_invalid_and_says_why(
    block: str, reason: str, stream: bool
) -> None:
    text = f"<tool_call>\n{block}\n</tool_call>"
    with FaultServer(*said("Let me see.\n" + text, text, stream=stream)) as server:
        answer = ask(model(server).bind_tools([weather]), "?", stream=stream)

    assert answer.content == "Let me see."
    assert answer.tool_calls == []
    assert [block in call["args"] for call in answer.invalid_tool_calls] == [True]
    (shown,) = [one for one in answer.content_blocks if one["type"] == "invalid_tool_call"]
    assert reason in shown["error"]


@pytest.mark.parametrize(("block", "reason"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_a_model_is_told_once_why_its_call_cannot_be_made(
    block: str, reason: str, stream: bool
) -> None:
    wrong = f"<tool_call>\n{block}\n</tool_call>"
    right = render_call("weather", {"city": "济南"})
    with FaultServer(*said(wrong, right, stream=stream)) as server:
        answer = ask(model(server).bind_tools([weather]), "?", stream=stream)

    assert [call["args"] for call in answer.tool_calls] == [{"city": "济南"}]
    assert answer.invalid_tool_calls == []
    *_, written, told = server.requests[1].json["messages"]
    assert written == {"role": "assistant", "content": wrong}
    assert reason in told["content"]


async def test_an_agent_goes_on_after_a_call_that_could_not_be_made(stream: bool) -> None:
    texts = [
        '<tool_call>{"name": "weather", "arguments": {"city": 3}}</tool_call>',
        render_call("weather", {"city": "济南"}),
        "It is sunny in 济南.",
    ]
    with FaultServer(*said(*texts, stream=stream)) as server:
        asker = ChatAShui(api_key="test-key", base_url=server.url, streaming=stream)
        state = create_agent(asker, tools=[weather]).invoke({"messages": [("user", "?")]})

    assert state["messages"][-1].text == "It is sunny in 济南."


def test_a_call_that_could_not_be_made_goes_back_as_the_model_wrote_it(stream: bool) -> None:
    block = '<tool_call>{"name": "wether", "arguments": {}}</tool_call>'
    right = render_call("weather", {"city": "济南"})
    with FaultServer(*said(block, block, right, stream=stream)) as server:
        agent = model(server).bind_tools([weather])
        wrong = ask(agent, "?", stream=stream)
        reason = wrong.content_blocks[0]["error"]
        again: list[Any] = [
            HumanMessage("?"),
            wrong,
            ToolMessage(reason, tool_call_id=wrong.invalid_tool_calls[0]["id"]),
        ]
        answer = ask(agent, again, stream=stream)

    _, _, written, result = server.requests[2].json["messages"]
    assert written["content"] == block
    assert "Did you mean 'weather'" in result["content"]
    assert answer.tool_calls[0]["args"] == {"city": "济南"}


def test_a_call_that_does_not_come_is_an_error_of_both_kinds(stream: bool) -> None:
    with FaultServer(*said("Sunny.", "Sunny!", stream=stream)) as server:
        forced = model(server).bind_tools([weather], tool_choice="any")
        with pytest.raises(MalformedOutputError) as caught:
            ask(forced, "?", stream=stream)

    assert isinstance(caught.value, errors.MalformedOutputError)
    assert isinstance(caught.value, OutputParserException)
    assert caught.value.llm_output == "Sunny!"


def test_json_that_does_not_fit_is_repaired_once() -> None:
    with FaultServer(*said("{}", '{"name": "济南"}', stream=False)) as server:
        assert model(server).with_structured_output(City).invoke("?") == City(name="济南")
    assert len(server.requests) == 2


async def test_json_that_never_fits_is_told_with_the_raw_text() -> None:
    with FaultServer(*said("{}", "{}", "{}", "[]", stream=False)) as server:
        structured = model(server).with_structured_output(City, include_raw=True)
        told = [structured.invoke("?"), await structured.ainvoke("?")]

    assert [one["raw"].content for one in told] == ["{}", "[]"]
    assert [one["parsed"] for one in told] == [None, None]
    assert all(isinstance(one["parsing_error"], MalformedOutputError) for one in told)

"""Tools and objects, whichever LLM answers."""

from __future__ import annotations

from typing import Any

import pytest
from llama_index.core import PromptTemplate
from llama_index.core.agent.workflow import FunctionAgent, ReActAgent
from llama_index.core.llms import ChatMessage, ChatResponse, MockLLM
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.types import PydanticProgramMode

from llama_index_xyashui import Fallback, XingYun
from tests.llama_index_xyashui.asking import (
    ADD,
    ANSWER,
    JINAN,
    QUESTION,
    SUM,
    TEXT,
    TOOL_WAYS,
    City,
    ask,
    every_form,
    predict,
)
from tests.llama_index_xyashui.fallback.falling_back import SECOND
from tests.servers import http
from tests.wire import completion
from xyashui import ConfigurationError


@pytest.mark.parametrize("way", TOOL_WAYS)
async def test_the_next_calls_tools(pair, way: str) -> None:
    llm = pair()
    responses = await ask(llm, way, SUM)
    for response in responses:  # agents look at every piece
        llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
    (call,) = llm.get_tool_calls_from_response(responses[-1])
    assert (call.tool_name, call.tool_kwargs) == ("add", {"a": 17, "b": 25})
    assert responses[-1].additional_kwargs["answered_by"] == SECOND


@pytest.mark.parametrize("way", TOOL_WAYS)
async def test_what_is_said_of_tools_reaches_the_one_that_is_asked(
    pair, server, sent, way: str
) -> None:
    await ask(pair(), way, SUM, tool_required=True, allow_parallel_tool_calls=False)
    body = server.requests[0].json
    assert (body["tool_choice"], body["parallel_tool_calls"]) == ("required", False)
    assert body["tools"][0]["function"]["name"] == "add"
    assert "add" in str(sent()["messages"]), "阿水 is told of tools by prompt"


def test_what_went_before_reaches_it_too(pair, server) -> None:
    history = [ChatMessage("My name is Bob."), ChatMessage("Hello Bob!", role="assistant")]
    pair().chat_with_tools([ADD], ChatMessage(SUM), chat_history=history)
    contents = [message["content"] for message in server.requests[0].json["messages"]]
    assert contents == ["My name is Bob.", "Hello Bob!", SUM]
    assert len(history) == 2


async def test_tools_are_called_once(pair) -> None:
    assert str(pair().predict_and_call([ADD], SUM)) == "42"
    assert str(await pair().apredict_and_call([ADD], SUM)) == "42"


@pytest.mark.parametrize("kind", [FunctionAgent, ReActAgent])
@pytest.mark.parametrize("streaming", [True, False])
async def test_agents_go_on_with_the_next(pair, kind: Any, streaming: bool) -> None:
    agent = kind(llm=pair(failures=1), tools=[ADD], streaming=streaming)
    assert "42" in str(await agent.run("Add 17 and 25 with the tool."))


@pytest.mark.parametrize("way", TOOL_WAYS)
async def test_tools_are_there_only_where_all_have_them(pair, way: str) -> None:
    llm = Fallback([MockLLM(), *pair().llms])
    assert not llm.metadata.is_function_calling_model
    with pytest.raises(ConfigurationError, match=r"MockLLM .* calls no tools"):
        await ask(llm, way, SUM)


async def test_where_they_are_not_an_agent_can_call_them_in_text(ashui) -> None:
    llm = Fallback([ashui(), MockLLM()])
    assert "42" in str(await ReActAgent(llm=llm, tools=[ADD]).run("Add 17 and 25 with the tool."))
    with pytest.raises(ConfigurationError, match=r"MockLLM .* calls no tools"):
        llm.predict_and_call([ADD], SUM)


class Other(XingYun):
    """An LLM that keeps its tool calls elsewhere."""

    def get_tool_calls_from_response(self, response: ChatResponse, **_: Any) -> list[ToolSelection]:
        return [ToolSelection(tool_id="1", tool_name="other", tool_kwargs={})]


@pytest.mark.parametrize(("answers", "names"), [("first", []), ("second", ["other"])])
def test_a_response_is_read_by_the_llm_that_it_is_of(
    server, down, emulator, answers: str, names: list[str]
) -> None:
    if answers == "first":
        server.play([http(completion())])
    theirs = Other(api_key="test-key", base_url=emulator.xingyun_url)
    llm = Fallback([down(), theirs])
    response = llm.chat([ChatMessage(QUESTION)])
    calls = llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
    assert [call.tool_name for call in calls] == names


# Structured output


@every_form
async def test_the_next_answers_with_an_object(pair, way: str) -> None:
    llm = pair(failures=1)
    for _ in range(2):
        assert await predict(llm, way, text=TEXT) == JINAN
    assert llm.breakers[0].state == "open"


@every_form
async def test_an_answer_in_no_form_is_asked_of_the_next(pair, server, way: str) -> None:
    server.play([http(completion("I would rather not."))])
    llm = pair(failures=1)
    assert await predict(llm, way, text=TEXT) == JINAN
    assert llm.breakers[0].state == "closed", "the service is not down"


@every_form
async def test_other_ways_to_a_form_are_llama_indexs(pair, way: str) -> None:
    llm = pair(pydantic_program_mode=PydanticProgramMode.FUNCTION)
    assert await predict(llm, way, text=TEXT) == JINAN


async def test_an_object_may_be_all_that_it_answers_with(pair) -> None:
    llm = pair().as_structured_llm(City)
    messages = [ChatMessage(f"Which city is this about? {TEXT}")]
    assert llm.chat(messages).raw == JINAN
    assert (await llm.achat(messages)).raw == JINAN
    assert list(llm.stream_chat(messages))[-1].raw == JINAN


@every_form
async def test_its_system_prompt_goes_before_a_prompt_for_an_object(
    pair, sent, server, way: str
) -> None:
    prompt = PromptTemplate('Which city is this about? {text} {"not": "a variable"} {{}} {other}')
    await predict(pair(system_prompt="Think of Shandong."), way, City, prompt, text=TEXT)
    system, user = server.requests[0].json["messages"]
    assert (system["role"], system["content"]) == ("system", "Think of Shandong.")
    assert user["content"] == prompt.format(text=TEXT)


async def test_its_system_prompt_goes_before_a_prompt(pair, server) -> None:
    llm = pair(system_prompt="Be brief.")
    assert llm.predict(PromptTemplate(QUESTION)) == ANSWER
    assert "".join(llm.stream(PromptTemplate(QUESTION))) == ANSWER
    assert await llm.apredict(PromptTemplate(QUESTION)) == ANSWER
    for request in server.requests:
        assert request.json["messages"][0]["content"] == "Be brief."

"""Structured output: by a tool call on 星芸, by JSON that is checked on 阿水; the same objects."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from llama_index.core import PromptTemplate
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock
from llama_index.core.program import FunctionCallingProgram
from llama_index.core.prompts import ChatPromptTemplate
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel, RootModel, field_validator, model_validator

from tests.llama_index_xyashui.asking import JINAN, PROMPT, TEXT, City, every_form, predict
from tests.servers import FaultServer, Script, chunked, http
from tests.wire import DONE, completion, delta
from xyashui import MalformedOutputError


class Person(BaseModel):
    """A person."""

    name: str
    age: int

    @field_validator("age")
    @classmethod
    def _lives(cls, age: int) -> int:
        if age > 150:
            raise ValueError("nobody is that old")
        return age


BOB = "Bob is 42 years old"


@every_form
async def test_a_prompt_is_answered_with_an_object(make, way: str) -> None:
    assert await predict(make(), way, City, PROMPT, text=TEXT) == JINAN


@every_form
async def test_a_statement_that_asks_for_nothing_is_no_reason_for_prose(make, way: str) -> None:
    assert await predict(make(), way, Person, PromptTemplate(BOB)) == Person(name="Bob", age=42)


@every_form
async def test_options_of_the_call_and_the_system_prompt_are_sent(make, way: str, sent) -> None:
    llm = make(system_prompt="Be exact.", top_p=0.5)
    settled = {"tool_choice": "auto", "tool_required": False, "allow_parallel_tool_calls": True}
    await predict(llm, way, City, PROMPT, llm_kwargs={"temperature": 0.3} | settled, text=TEXT)
    assert (sent()["temperature"], sent()["top_p"]) == (0.3, 0.5)
    assert sent()["messages"][0]["role"] == "system"
    assert sent()["messages"][0]["content"].startswith("Be exact.")


@every_form
async def test_the_call_is_demanded_by_name(xingyun, way: str, sent) -> None:
    await predict(xingyun(), way, City, PROMPT, text=TEXT)
    assert sent()["tool_choice"] == {"type": "function", "function": {"name": "City"}}
    assert sent()["parallel_tool_calls"] is False


@every_form
async def test_a_model_without_tools_is_told_the_schema(ashui, way: str, sent) -> None:
    await predict(ashui(), way, City, PROMPT, text=TEXT)
    assert not {"tools", "tool_choice", "response_format"} & set(sent())
    assert '"population"' in sent()["messages"][0]["content"]


@every_form
async def test_tools_by_prompt_where_that_is_wanted(xingyun, way: str, sent) -> None:
    assert await predict(xingyun(tool_calling="prompted"), way, City, PROMPT, text=TEXT) == JINAN
    assert "tools" not in sent()
    assert "<tools>" in sent()["messages"][0]["content"]


# As an LLM of its own


def test_as_structured_llm(make) -> None:
    llm = make().as_structured_llm(City)
    assert llm.complete(TEXT).raw == JINAN
    response = llm.chat([ChatMessage(TEXT)])
    assert response.raw == JINAN
    assert json.loads(response.message.content) == JINAN.model_dump()
    assert list(llm.stream_chat([ChatMessage(TEXT)]))[-1].raw == JINAN


async def test_as_structured_llm_async(make) -> None:
    llm = make().as_structured_llm(City)
    assert (await llm.acomplete(TEXT)).raw == JINAN
    assert (await llm.achat([ChatMessage(TEXT)])).raw == JINAN
    stream = await llm.astream_chat([ChatMessage(TEXT)])
    assert [response.raw async for response in stream][-1] == JINAN


def test_braces_in_a_message_are_no_template(make, sent) -> None:
    text = TEXT + ' {"a": {b}} {name}'
    assert make().as_structured_llm(City).complete(text).raw == JINAN
    assert sent()["messages"][-1]["content"] == text


def test_a_picture_in_a_message_is_sent(make, sent, emulator) -> None:
    picture = ImageBlock(url=f"{emulator.files_url}/cat.png")
    message = ChatMessage(role="user", blocks=[TextBlock(text=TEXT), picture])
    make().as_structured_llm(City).chat([message])
    parts = sent()["messages"][-1]["content"]
    assert [part["type"] for part in parts] == ["text", "image_url"]


@pytest.mark.parametrize("streaming", [False, True])
async def test_an_agent_with_a_form_for_its_answer(make, streaming: bool) -> None:
    agent = FunctionAgent(llm=make(), tools=[], output_cls=Person, streaming=streaming)
    result = await agent.run(BOB)
    assert result.get_pydantic_model(Person) == Person(name="Bob", age=42)


def test_programs_of_llama_index_work_as_well(make) -> None:
    program = FunctionCallingProgram.from_defaults(City, llm=make(), prompt=PROMPT)
    assert program(text=TEXT) == JINAN
    llm = make(pydantic_program_mode=PydanticProgramMode.FUNCTION)
    assert llm.structured_predict(City, PROMPT, text=TEXT) == JINAN
    assert list(llm.stream_structured_predict(City, PROMPT, text=TEXT))[-1] == JINAN


# What arrives


def _called(*arguments: str) -> Script:
    """A stream with one call, whose arguments come in these pieces."""
    head = {"index": 0, "id": "c", "type": "function", "function": {"name": "x", "arguments": ""}}
    more = [{"index": 0, "function": {"arguments": piece}} for piece in arguments]
    deltas = [delta(tool_calls=[call]) for call in (head, *more)]
    return [chunked(*deltas, delta("", "tool_calls"), DONE)]


def _wrote(text: str, *, streamed: bool, finish: str = "stop") -> Script:
    if streamed:
        return [chunked(delta(text), delta("", finish), DONE)]
    message = {"role": "assistant", "content": text}
    return [http(completion(choices=[{"index": 0, "message": message, "finish_reason": finish}]))]


def test_an_object_grows_as_it_arrives(xingyun) -> None:
    with FaultServer(_called('{"name', '": "Ji', "nan", '", ', '"population": 9', "}")) as server:
        llm = xingyun(base_url=server.url)
        seen = list(llm.stream_structured_predict(City, PROMPT, text=TEXT))
    # What adds nothing is not repeated.
    assert [(one.name, one.population) for one in seen] == [
        ("Ji", None),
        ("Jinan", None),
        ("Jinan", 9),
        ("Jinan", 9),
    ]
    assert type(seen[-1]) is City


def test_no_half_of_a_character_is_in_it_at_any_time(xingyun) -> None:
    pieces = ['{"name": "Ji\\ud8', "3d", "\\ud", "e00", "n\\ude00", '", "population": 9', "}"]
    with FaultServer(_called(*pieces)) as server:
        llm = xingyun(base_url=server.url)
        seen = [one.name for one in llm.stream_structured_predict(City, PROMPT, text=TEXT)]
    assert list(dict.fromkeys(seen)) == ["Ji", "Ji😀", "Ji😀n\ufffd"]


class Labelled(BaseModel):
    label: str
    text: str

    @model_validator(mode="before")
    @classmethod
    def _joined(cls, data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "label": data["text"][:2]}  # counts on all being there


def test_a_class_that_counts_on_all_its_fields_may_grow_too(xingyun) -> None:
    with FaultServer(_called('{"label": "x"', ', "text": "Jin', 'an"}')) as server:
        llm = xingyun(base_url=server.url)
        first, *_, last = llm.stream_structured_predict(Labelled, PROMPT, text=TEXT)
    assert (first.label, first.text) == ("x", None)
    assert last == Labelled(label="Ji", text="Jinan")


async def _leave(llm: Any) -> None:
    stream = llm.stream_structured_predict(City, PROMPT, text=TEXT)
    assert next(stream).name == "Jinan"
    stream.close()


async def _aleave(llm: Any) -> None:
    stream = await llm.astream_structured_predict(City, PROMPT, text=TEXT)
    assert (await anext(stream)).name == "Jinan"
    await stream.aclose()


@pytest.mark.parametrize("leave", [_leave, _aleave])
async def test_a_stream_that_is_left_early_closes_its_connection(xingyun, leave) -> None:
    (script,) = _called('{"name": "Jinan"', "}")
    begun = script[: script.index(b'}"}')]
    with FaultServer([begun]) as server:
        await leave(xingyun(base_url=server.url))
        assert await asyncio.to_thread(server.client_left)


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "Jinan", "population": 9000000}',
        'Here you are:\n```json\n{"name": "Jinan", "population": 9000000}\n```\nAnything else?',
    ],
)
@every_form
async def test_json_from_a_model_that_ignores_tools_is_taken(xingyun, way: str, text: str) -> None:
    streamed = "stream" in way
    with FaultServer(_wrote(text, streamed=streamed)) as server:
        assert await predict(xingyun(base_url=server.url), way, City, PROMPT, text=TEXT) == JINAN


@every_form
async def test_half_a_character_in_its_json_is_replaced(xingyun, ashui, way: str) -> None:
    text = '{"name": "Ji\\ud83d", "population": 9}'
    for make in (xingyun, ashui):
        with FaultServer(_wrote(text, streamed="stream" in way)) as server:
            city = await predict(make(base_url=server.url), way, City, PROMPT, text=TEXT)
        assert city == City(name="Ji\ufffd", population=9)


@pytest.mark.parametrize("text", ["It is about Jinan.", "", '{"name": "Jinan"}'])
@every_form
async def test_prose_raises_with_the_text(xingyun, way: str, text: str) -> None:
    with (
        FaultServer(_wrote(text, streamed="stream" in way)) as server,
        pytest.raises(MalformedOutputError, match="no City") as caught,
    ):
        await predict(xingyun(base_url=server.url), way, City, PROMPT, text=TEXT)
    assert caught.value.text == text


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ('{"name": "Bob", "age": "old"}', "age: .*valid integer"),
        ('{"name": "Bob", "age": 900}', "nobody is that old"),
        ('{"name": "Bob", "ag', "Invalid JSON"),
        ("", "name: Field required"),
    ],
)
def test_arguments_that_do_not_fit_raise_with_the_text(
    xingyun, arguments: str, reason: str
) -> None:
    with FaultServer(_called(*arguments)) as server:
        llm = xingyun(base_url=server.url)
        with pytest.raises(MalformedOutputError, match=reason) as caught:
            list(llm.stream_structured_predict(Person, PROMPT, text=BOB))
    assert caught.value.text == arguments


@every_form
async def test_a_model_without_tools_is_shown_its_error_once(ashui, way: str) -> None:
    wrong, right = '{"name": "Jinan"}', '{"name": "Jinan", "population": 9000000}'
    streamed = "stream" in way
    scripts = [_wrote(text, streamed=streamed) for text in (wrong, right)]
    with FaultServer(*scripts) as server:
        assert await predict(ashui(base_url=server.url), way, City, PROMPT, text=TEXT) == JINAN
        told = server.requests[1].json["messages"][-2:]
    assert told[0] == {"role": "assistant", "content": wrong}
    assert "'population' is a required property" in told[1]["content"]


@every_form
async def test_an_error_that_stays_raises_with_the_text(ashui, way: str) -> None:
    with FaultServer(_wrote("never", streamed="stream" in way)) as server:
        with pytest.raises(MalformedOutputError, match="it is no JSON") as caught:
            await predict(ashui(base_url=server.url), way, City, PROMPT, text=TEXT)
        assert len(server.requests) == 2
    assert caught.value.text == "never"


@every_form
async def test_what_was_cut_at_its_limit_says_so(xingyun, ashui, way: str) -> None:
    cut = _wrote('{"name": "Ji', streamed="stream" in way, finish="length")
    for make in (xingyun, ashui):
        with FaultServer(cut) as server:
            with pytest.raises(MalformedOutputError, match="raise max_tokens") as caught:
                await predict(make(base_url=server.url), way, City, PROMPT, text=TEXT)
            assert len(server.requests) == 1
        assert caught.value.text == '{"name": "Ji'
        assert caught.value.partial.finish_reason == "length"


def test_what_only_the_class_checks_raises_with_the_text(ashui) -> None:
    old = '{"name":"Bob","age":900}'  # the schema has nothing against it
    with (
        FaultServer(_wrote(old, streamed=False)) as server,
        pytest.raises(MalformedOutputError, match="nobody is that old") as caught,
    ):
        ashui(base_url=server.url).structured_predict(Person, PROMPT, text=BOB)
    assert caught.value.text == old


def test_a_list_is_a_form_too(ashui) -> None:
    cities = RootModel[list[City]]
    answer = '[{"name": "Jinan", "population": 9000000}]'
    with FaultServer(_wrote(answer, streamed=False)) as server:
        found = ashui(base_url=server.url).structured_predict(cities, PROMPT, text=TEXT)
    assert found.root == [JINAN]


def test_conversations_are_prompts(make, sent) -> None:
    prompt = ChatPromptTemplate([ChatMessage("Be brief", role="system"), ChatMessage("{text}")])
    assert make().structured_predict(City, prompt, text=TEXT) == JINAN
    assert sent()["messages"][-1] == {"role": "user", "content": TEXT}

"""Structured output: what fits comes as asked for, what does not is an error with the text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.runnables import RunnableLambda
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from langchain_xyashui import ChatXingYun
from langchain_xyashui.errors import ConfigurationError, MalformedOutputError
from langchain_xyashui.parsers import DictText, PydanticText
from xyashui.json_beginnings import UNCLOSABLE

Make = Callable[..., Any]


class Person(BaseModel):
    """A person who is mentioned."""

    name: str
    age: int = Field(ge=0)


class PersonDict(TypedDict):
    """A person who is mentioned."""

    name: str
    age: int


METHODS = ["json_schema", "function_calling", "json_mode"]
QUESTION = "Bob is 42 years old. Answer as JSON with the keys 'name' and 'age'."


async def ask(runnable: Any, way: str) -> Any:
    if way == "invoke":
        return runnable.invoke(QUESTION)
    if way == "ainvoke":
        return await runnable.ainvoke(QUESTION)
    if way == "stream":
        return list(runnable.stream(QUESTION))[-1]
    return [part async for part in runnable.astream(QUESTION)][-1]


@pytest.fixture(params=["invoke", "ainvoke", "stream", "astream"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("method", METHODS)
async def test_a_pydantic_class_gives_its_instances(either: Make, method: str, way: str) -> None:
    structured = either().with_structured_output(Person, method=method)
    assert await ask(structured, way) == Person(name="Bob", age=42)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [PersonDict, Person.model_json_schema()], ids=["typed", "json"])
async def test_other_schemas_give_dicts(either: Make, method: str, schema: Any, way: str) -> None:
    structured = either().with_structured_output(schema, method=method)
    assert await ask(structured, way) == {"name": "Bob", "age": 42}


@pytest.mark.parametrize("method", METHODS)
async def test_the_raw_message_comes_too_where_it_is_wanted(
    either: Make, method: str, way: str
) -> None:
    structured = either().with_structured_output(Person, method=method, include_raw=True)
    told = await ask(structured, way)
    assert told["parsed"] == Person(name="Bob", age=42)
    assert told["parsing_error"] is None
    assert told["raw"].response_metadata["model_provider"] in ("xingyun", "ashui")


def call(arguments: str) -> dict[str, Any]:
    function = {"name": "Person", "arguments": arguments}
    return {"tool_calls": [{"index": 0, "id": "1", "type": "function", "function": function}]}


DEEP = '{"name": "Bob", "age": 4, "x": ' + "[" * 150 + "]" * 150 + "}"
WRONG = {
    "prose, and no call": ("function_calling", {"content": "Bob is 42."}, "Bob is 42."),
    "a call that is no JSON": ("function_calling", call("Bob, 42"), "Bob, 42"),
    "a call that breaks the schema": ("function_calling", call('{"name": "Bob"}'), "Bob"),
    "a value that is forbidden": ("function_calling", call('{"name": "B", "age": -1}'), "-1"),
    "prose, and no JSON": ("json_schema", {"content": "Bob is 42."}, "Bob is 42."),
    "JSON that breaks the schema": ("json_schema", {"content": '{"name": "Bob"}'}, "Bob"),
    "JSON that breaks off": ("json_schema", {"content": '{"name": "Bob", "age": 4'}, "Bob"),
    "a number without end": ("json_schema", {"content": "9" * 5000}, "999"),
    "lists without end": ("json_mode", {"content": "[" * 100_000}, "[[["),
    "a call that breaks off": ("function_calling", call('{"name": "Bob", "age": 4'), '"age": 4'),
    "a call with lists in each other": ("function_calling", call(DEEP), "[[["),
}


@pytest.mark.parametrize(("method", "message", "written"), WRONG.values(), ids=WRONG)
async def test_what_does_not_fit_is_an_error_with_the_text(
    service: Any, method: str, message: dict[str, Any], written: str, way: str
) -> None:
    if "stream" in way:
        service.answer(message)
    else:
        service.answer_whole({"role": "assistant", **message})
    model = ChatXingYun(api_key="test-key", base_url=service.url)

    with pytest.raises(MalformedOutputError) as caught:
        await ask(model.with_structured_output(Person, method=method), way)
    assert written in caught.value.text
    assert UNCLOSABLE not in caught.value.text
    assert isinstance(caught.value, OutputParserException)

    told = await ask(model.with_structured_output(Person, method=method, include_raw=True), way)
    assert isinstance(told["parsing_error"], MalformedOutputError)
    assert told["parsed"] is None


@pytest.mark.parametrize(
    ("method", "message", "written"),
    [
        ("function_calling", call('{"name": "Bob", "age": 4'), '{"name": "Bob", "age": 4'),
        ("function_calling", {"content": "Let me"}, "Let me"),
        ("json_schema", {"content": '{"name'}, '{"name'),
        ("json_mode", {"content": ""}, ""),
    ],
    ids=["a call", "no call", "JSON", "nothing"],
)
@pytest.mark.parametrize("schema", [Person, PersonDict])
async def test_what_was_cut_at_its_limit_says_so(
    service: Any, schema: Any, method: str, message: dict[str, Any], written: str, way: str
) -> None:
    if "stream" in way:
        service.answer(message, finish="length")
    else:
        service.answer_whole({"role": "assistant", **message}, finish="length")
    model = ChatXingYun(api_key="test-key", base_url=service.url)
    with pytest.raises(MalformedOutputError, match="raise max_tokens") as caught:
        await ask(model.with_structured_output(schema, method=method), way)
    assert caught.value.text == written
    assert caught.value.partial is not None
    assert caught.value.partial.finish_reason == "length"


class Anything(Person):
    """A person, and whatever there is besides."""

    x: Any = None


@pytest.mark.parametrize("schema", [PersonDict, Anything])
async def test_lists_too_deep_in_each_other_are_no_answer(
    service: Any, schema: Any, way: str
) -> None:
    structured = _deep_answer(service, schema, way)
    with pytest.raises(MalformedOutputError, match="nest more than 100 deep") as caught:
        await ask(structured, way)
    assert caught.value.text == DEEP


async def test_unless_they_stand_in_what_the_class_ignores(service: Any, way: str) -> None:
    assert await ask(_deep_answer(service, Person, way), way) == Person(name="Bob", age=4)


def _deep_answer(service: Any, schema: Any, way: str) -> Any:
    if "stream" in way:
        service.answer({"content": DEEP})
    else:
        service.answer_whole({"role": "assistant", "content": DEEP})
    model = ChatXingYun(api_key="test-key", base_url=service.url)
    return model.with_structured_output(schema, method="json_mode")


@pytest.mark.parametrize("method", METHODS)
async def test_half_a_character_in_it_is_replaced(service: Any, method: str, way: str) -> None:
    text = '{"name": "B\\ud83d", "age": 4}'
    message = call(text) if method == "function_calling" else {"content": text}
    if "stream" in way:
        service.answer(message)
    else:
        service.answer_whole({"role": "assistant", **message})
    model = ChatXingYun(api_key="test-key", base_url=service.url)
    person = await ask(model.with_structured_output(Person, method=method), way)
    assert person == Person(name="B\ufffd", age=4)


def test_a_call_that_breaks_off_grows_and_is_an_error_then(service: Any) -> None:
    first, second = call('{"name": "Bob", '), call('"age": 4')
    service.answer(first, second, finish="length")
    model = ChatXingYun(api_key="test-key", base_url=service.url)
    stream = model.with_structured_output(Person).stream(QUESTION)
    assert next(stream) == Person(name="Bob", age=4)  # so far
    with pytest.raises(MalformedOutputError, match="Expecting ','"):
        next(stream)


CITING = '根据[1]和[2, 3]：{"name": "Bob", "age": 42}'
BOB = {"name": "Bob", "age": 42}
TEXTS = [(DictText(), BOB), (PydanticText(pydantic_object=Person), Person(**BOB))]


@pytest.mark.parametrize(("parser", "person"), TEXTS, ids=["dict", "pydantic"])
def test_a_citation_is_not_taken_for_the_answer(parser: Any, person: Any) -> None:
    assert parser.invoke(AIMessage(CITING)) == person
    chunks = iter([AIMessageChunk(character) for character in CITING])
    parts = list(parser.transform(chunks))
    assert parts[-1] == person
    assert all(isinstance(part, type(person)) for part in parts)


def test_a_list_is_no_answer_where_an_object_was_asked_for() -> None:
    with pytest.raises(MalformedOutputError, match="no JSON object"):
        DictText().invoke(AIMessage('[{"name": "Bob"}]'))


def test_a_runnable_is_a_tool_as_well(either: Make) -> None:
    def shout(text: str) -> str:
        return text.upper()

    tool = RunnableLambda(shout).as_tool(name="shout", description="Shout a text")
    assert either().bind_tools([tool]).kwargs["tools"][0]["function"]["name"] == "shout"


@pytest.mark.parametrize("nonsense", [3, "a string", {"no": "schema"}])
def test_what_is_no_schema_is_refused(either: Make, nonsense: Any) -> None:
    with pytest.raises(ConfigurationError, match="cannot be made a tool"):
        either().with_structured_output(nonsense)
    with pytest.raises(ConfigurationError, match="cannot be made a tool"):
        either().bind_tools([nonsense])


def test_an_unknown_method_is_refused(either: Make) -> None:
    with pytest.raises(ConfigurationError, match="method must be"):
        either().with_structured_output(Person, method="magic")


@pytest.mark.parametrize("method", [None, "function_calling", "json_schema", "json_mode"])
@pytest.mark.parametrize(
    "given", [{"tools": [len]}, {"tool_choice": "auto"}, {"response_format": {"type": "text"}}]
)
def test_tools_and_forms_beside_the_form_are_refused_at_once(
    either: Make, method: Any, given: dict[str, Any]
) -> None:
    words = f"with_structured_output takes no {next(iter(given))}: .*create_agent"
    with pytest.raises(ConfigurationError, match=words):
        either().with_structured_output(Person, method=method, **given)


def test_none_is_not_given(either: Make) -> None:
    either().with_structured_output(Person, tools=None, tool_choice=None, response_format=None)


async def test_what_is_done_anyway_may_be_said(either, ask):
    for given in ({"parallel_tool_calls": False}, {"tools": []}):
        model = either().with_structured_output(Person, **given)
        assert isinstance(await ask(model, "Describe Ann, who is 7"), Person)


async def test_none_for_an_option_of_the_model_is_none_for_it(either, ask, sent):
    await ask(either(temperature=0.5).with_structured_output(Person, temperature=None), "Ann, 7")
    assert all("temperature" not in body for body in sent())

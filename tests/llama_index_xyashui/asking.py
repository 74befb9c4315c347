"""The ways to ask an LLM, what is asked, and what the emulator answers."""

from __future__ import annotations

from typing import Any

import pytest
from llama_index.core import PromptTemplate
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

QUESTION, ANSWER = "What is 17 * 3?", "17 * 3 = 51."
WAYS = [
    f"{await_}{stream}{kind}"
    for kind in ("chat", "complete")
    for await_ in ("", "a")
    for stream in ("", "stream_")
]
TOOL_WAYS = [f"{way}_with_tools" for way in WAYS if way.endswith("chat")]
FORMS = [f"{way}structured_predict" for way in ("", "a", "stream_", "astream_")]

every_form = pytest.mark.parametrize("way", FORMS)
every_way = pytest.mark.parametrize("way", WAYS)
every_stream = pytest.mark.parametrize("way", [way for way in WAYS if "stream" in way])


class City(BaseModel):
    """A city."""

    name: str
    population: int


PROMPT = PromptTemplate("Which city is this about? {text}")
TEXT = "Jinan has a population of 9000000"
JINAN = City(name="Jinan", population=9_000_000)


def add(a: int, b: int) -> int:
    """Add two integers."""
    return a + b


ADD = FunctionTool.from_defaults(add)
SUM = "Add 17 and 25."


async def ask(llm: Any, way: str, question: str = QUESTION, **options: Any) -> list[Any]:
    """Ask in the way of the method `way`; return the responses: of a call, the one."""
    given: tuple[Any, ...] = (question,) if "complete" in way else ([ChatMessage(question)],)
    if "tools" in way:
        given = ([ADD], question)
    result = getattr(llm, way)(*given, **options)
    if way.startswith("a"):
        result = await result
        return [one async for one in result] if "stream" in way else [result]
    return list(result) if "stream" in way else [result]


def text_of(response: Any) -> str:
    return response.message.content if hasattr(response, "message") else response.text


async def predict(llm: Any, way: str, kind: Any = City, prompt: Any = PROMPT, **args: Any) -> Any:
    """Ask for an object in the way of the method `way`; return the last that comes."""
    result = getattr(llm, way)(kind, prompt, **args)
    if way.startswith("a"):
        result = await result
        return [one async for one in result][-1] if "stream" in way else result
    return list(result)[-1] if "stream" in way else result

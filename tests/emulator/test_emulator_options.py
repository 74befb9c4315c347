"""String parameters whose description lists what they take: hand-overs, routers, modes."""

import json
from typing import Any

import pytest

from xyashui.emulator.rules.options import listed

STRING = {"type": "string"}
DICT = "Hand the matter to somebody. Agents: {'cook': 'Bakes cakes', 'clerk': 'Multiplies numbers'}"
BULLETS = "Hand the matter to an agent.\n- cook: bakes cakes\n- clerk: multiplies numbers"


def tool(description: str, **properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    function = {"name": "hand_over", "description": description, "parameters": parameters}
    return {"type": "function", "function": function}


def arguments(xingyun: Any, question: str, *tools: dict[str, Any]) -> list[Any]:
    called = xingyun.message(question, tools=list(tools)).get("tool_calls") or []
    return [json.loads(call["function"]["arguments"]) for call in called]


@pytest.mark.parametrize(
    ("description", "names"),
    [
        (DICT, {"cook": "Bakes cakes", "clerk": "Multiplies numbers"}),
        (BULLETS, {"cook": "bakes cakes", "clerk": "multiplies numbers"}),
        ("""{"night-shift": "It's open late"}""", {"night-shift": "It's open late"}),
        ("One of 'asc' or 'desc'.", {"asc": "", "desc": ""}),
        ("either north, south, or west", {"north": "", "south": "", "west": ""}),
        ("Get the weather of a city, for example 'Paris'", {}),
        ("", {}),
    ],
)
def test_names_that_a_description_lists(description: str, names: dict[str, str]) -> None:
    assert listed(description) == names


@pytest.mark.parametrize("description", [DICT, BULLETS])
@pytest.mark.parametrize(
    ("question", "agent"),
    [
        ("Hand this to the clerk: the books are a mess", "clerk"),
        ("Please hand the cake to the Cook", "cook"),
        ("请hand给clerk", "clerk"),
        ("What is 12 multiplied by 7?", "clerk"),  # nobody is named, but it is the clerk's matter
    ],
)
def test_a_name_that_the_question_means_is_taken(
    xingyun, description: str, question: str, agent: str
) -> None:
    (taken,) = arguments(xingyun, question, tool(description, to_agent=STRING))
    assert taken == {"to_agent": agent}


def test_nobody_on_the_list_means_no_call(xingyun) -> None:
    assert arguments(xingyun, "Hand the matter to the plumber", tool(DICT, to_agent=STRING)) == []


def test_the_description_of_the_parameter_itself_counts(xingyun) -> None:
    order = STRING | {"description": "One of: oldest, newest"}
    called = arguments(xingyun, "Sort the letters, newest first", tool("Sort letters", by=order))
    assert called == [{"by": "newest"}]

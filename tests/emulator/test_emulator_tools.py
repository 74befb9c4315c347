"""Tool calls and JSON output, native on 星芸 and by prompt on 阿水."""

import json
from typing import Any

import pytest

STRING = {"type": "string"}
INTEGER = {"type": "integer"}


def tool(name: str, description: str, **properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}


WEATHER = tool("get_weather", "Get the current weather in a city", city=STRING)
TIME = tool("get_time", "Get the current time in a city", city=STRING)
ADD = tool("add", "Add two integers", a=INTEGER, b=INTEGER)
MULTIPLY = tool("multiply", "Multiply two integers", a=INTEGER, b=INTEGER)
SEARCH = tool("web_search", "Search the web", query=STRING)
EMAIL = tool("send_email", "Send an email", to=STRING | {"format": "email"}, body=STRING)
LIGHT = tool(
    "set_light", "Switch a light", room={"enum": ["kitchen", "hall"]}, on={"type": "boolean"}
)
TOTAL = tool(
    "total", "Sum up a list of numbers", numbers={"type": "array", "items": {"type": "number"}}
)
ORDER = tool(
    "create_order",
    "Create an order",
    customer={"type": "object", "properties": {"name": STRING}, "required": ["name"]},
    items={
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"product": STRING, "quantity": INTEGER},
            "required": ["product", "quantity"],
        },
    },
)


def calls(message: dict[str, Any]) -> list[tuple[str, Any]]:
    return [
        (call["function"]["name"], json.loads(call["function"]["arguments"]))
        for call in message.get("tool_calls") or []
    ]


@pytest.mark.parametrize(
    ("question", "tools", "expected"),
    [
        ("What's the weather in Paris?", [ADD, WEATHER], [("get_weather", {"city": "Paris"})]),
        ("weather in paris today?", [WEATHER], [("get_weather", {"city": "paris"})]),
        ("北京天气怎么样？", [ADD, WEATHER], [("get_weather", {"city": "北京"})]),
        (
            "北京和上海的天气怎么样？",
            [WEATHER],
            [("get_weather", {"city": "北京"}), ("get_weather", {"city": "上海"})],
        ),
        (
            "What's the weather in Paris and the time in Tokyo?",
            [WEATHER, TIME],
            [("get_weather", {"city": "Paris"}), ("get_time", {"city": "Tokyo"})],
        ),
        (
            "What is the weather in Paris and Rome, and what is 6 times 7?",
            [WEATHER, MULTIPLY],
            [
                ("get_weather", {"city": "Paris"}),
                ("get_weather", {"city": "Rome"}),
                ("multiply", {"a": 6, "b": 7}),
            ],
        ),
        (
            "What is 3 * 12? Also, what is 11 + 49?",
            [ADD, MULTIPLY],
            [("multiply", {"a": 3, "b": 12}), ("add", {"a": 11, "b": 49})],
        ),
        ("12乘以7等于多少？", [ADD, MULTIPLY], [("multiply", {"a": 12, "b": 7})]),
        ("Who won the cup?", [ADD, SEARCH], [("web_search", {"query": "Who won the cup?"})]),
        (
            'Email bob@example.com: "Lunch?"',
            [EMAIL],
            [("send_email", {"to": "bob@example.com", "body": "Lunch?"})],
        ),
        ("Turn on the kitchen light", [LIGHT], [("set_light", {"room": "kitchen", "on": True})]),
        ("Sum up 3, 5 and 9.5", [TOTAL], [("total", {"numbers": [3, 5, 9.5]})]),
        (
            "Create an order for Alice: 3 apples and 2 pears",
            [ORDER],
            [
                (
                    "create_order",
                    {
                        "customer": {"name": "Alice"},
                        "items": [
                            {"product": "apples", "quantity": 3},
                            {"product": "pears", "quantity": 2},
                        ],
                    },
                )
            ],
        ),
        ("Hello!", [WEATHER, SEARCH], []),
        ("Why is the sky blue?", [WEATHER, ADD], []),
    ],
)
def test_relevant_tools_are_called_with_arguments_of_the_question(
    xingyun, question, tools, expected
) -> None:
    response = xingyun.post(question, tools=tools).json()["choices"][0]
    assert calls(response["message"]) == expected
    assert response["finish_reason"] == ("tool_calls" if expected else "stop")


def test_tool_choice_is_honoured(xingyun) -> None:
    named = {"type": "function", "function": {"name": "add"}}
    assert calls(xingyun.message("weather in Paris", tools=[WEATHER], tool_choice="none")) == []
    assert calls(xingyun.message("Hello!", tools=[WEATHER], tool_choice="required"))
    message = xingyun.message("Paris: 3 and 4", tools=[WEATHER, ADD], tool_choice=named)
    assert calls(message) == [("add", {"a": 3, "b": 4})]


def test_parallel_calls_can_be_forbidden(xingyun) -> None:
    question = {"role": "user", "content": "Weather in Paris and London?"}
    options = {"tools": [WEATHER], "parallel_tool_calls": False}
    first = xingyun.message([question], **options)
    assert calls(first) == [("get_weather", {"city": "Paris"})]
    result = {"role": "tool", "tool_call_id": first["tool_calls"][0]["id"], "content": "sunny"}
    second = xingyun.message([question, first, result], **options)
    assert calls(second) == [("get_weather", {"city": "London"})]


def test_results_are_told_and_not_asked_for_again(xingyun) -> None:
    question = {"role": "user", "content": "What is 12 times 7?"}
    called = xingyun.message([question], tools=[MULTIPLY])
    result = {"role": "tool", "tool_call_id": called["tool_calls"][0]["id"], "content": "84"}
    answer = xingyun.message([question, called, result], tools=[MULTIPLY])
    assert answer == {"role": "assistant", "content": "The result of multiply(12, 7) is 84."}


def test_calls_stream_as_argument_deltas(xingyun) -> None:
    text = xingyun.post("Weather in Paris and London?", tools=[WEATHER], stream=True).text
    chunks = [json.loads(line[6:]) for line in text.split("\n\n") if line.startswith("data: {")]
    deltas = [d for c in chunks for d in c["choices"][0]["delta"].get("tool_calls", [])]
    for index, city in enumerate(("Paris", "London")):
        own = [delta for delta in deltas if delta["index"] == index]
        assert own[0]["id"]
        assert own[0]["function"]["name"] == "get_weather"
        assert all("id" not in delta for delta in own[1:])
        assert len(own) > 2
        arguments = "".join(delta["function"]["arguments"] for delta in own)
        assert json.loads(arguments) == {"city": city}
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_calls_and_results_must_match(xingyun) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
    ]
    assert xingyun.post(messages).status_code == 400


PERSON = {
    "type": "object",
    "properties": {
        "name": STRING,
        "age": INTEGER,
        "city": {"anyOf": [STRING, {"type": "null"}]},
    },
    "required": ["name", "age", "city"],
}


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Bob is 30 years old and lives in Paris.", {"name": "Bob", "age": 30, "city": "Paris"}),
        ("小明今年30岁，住在杭州", {"name": "小明", "age": 30, "city": "杭州"}),
        ("My name is Ann and I am 27", {"name": "Ann", "age": 27, "city": None}),
    ],
)
def test_json_fits_the_schema_with_values_of_the_text(xingyun, ashui, text, person) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON}}
    assert json.loads(xingyun.ask(text, response_format=wanted)) == person
    prompt = f"{text}\n\nHere's a JSON schema to follow:\n{json.dumps(PERSON)}\n\nOutput JSON."
    assert json.loads(ashui.ask(prompt)) == person


def test_json_schema_with_references_and_rows(xingyun) -> None:
    schema = {
        "type": "object",
        "properties": {"people": {"type": "array", "items": {"$ref": "#/$defs/Person"}}},
        "required": ["people"],
        "$defs": {
            "Person": {
                "type": "object",
                "properties": {"name": STRING, "age": INTEGER},
                "required": ["name", "age"],
            }
        },
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "people", "schema": schema}}
    answer = json.loads(xingyun.ask("Ann is 30 and Bob is 25.", response_format=wanted))
    assert answer == {"people": [{"name": "Ann", "age": 30}, {"name": "Bob", "age": 25}]}


def test_json_object_is_any_object(xingyun) -> None:
    answer = xingyun.ask("What is 3 + 4?", response_format={"type": "json_object"})
    assert json.loads(answer) == {"answer": "3 + 4 = 7."}


def hermes(*tools: dict[str, Any]) -> dict[str, str]:
    listed = "\n".join(json.dumps(each, ensure_ascii=False) for each in tools)
    content = (
        "You may call one or more functions to assist with the user query.\n"
        f"<tools>\n{listed}\n</tools>\n"
        "For each call, return a JSON object within <tool_call></tool_call> tags:\n"
        '<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
    )
    return {"role": "system", "content": content}


def test_tools_of_a_prompt_are_called_in_its_convention(ashui) -> None:
    user = {"role": "user", "content": "北京和上海的天气怎么样？"}
    assert ashui.ask([hermes(WEATHER, ADD), user]) == (
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "北京"}}\n</tool_call>\n'
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "上海"}}\n</tool_call>'
    )
    assert "<tool_call>" not in ashui.ask([hermes(WEATHER), {"role": "user", "content": "Hello!"}])


def rejected(answer: str) -> list[dict[str, str]]:
    words = "That cannot be used: the call is no JSON. Call a function again, rightly this time."
    return [{"role": "assistant", "content": answer}, {"role": "user", "content": words}]


def test_a_call_that_cannot_be_used_is_made_again(ashui) -> None:
    question = [hermes(WEATHER), {"role": "user", "content": "北京天气怎么样？"}]
    again = ashui.ask([*question, *rejected('<tool_call>{"name": "get_wea')])
    assert again == ashui.ask(question)


def test_where_no_tool_fits_the_question_is_answered_instead(ashui) -> None:
    question = [hermes(WEATHER), {"role": "user", "content": "What is 3 + 4?"}]
    assert ashui.ask([*question, *rejected("<tool_call></tool_call>")]) == "3 + 4 = 7."


def test_json_that_cannot_be_used_is_written_again(ashui) -> None:
    system = {"role": "system", "content": f"Answer with JSON of this schema: {json.dumps(PERSON)}"}
    question = [system, {"role": "user", "content": "Bob is 42 years old."}]
    words = "That answer cannot be used: it is no JSON. Answer again, with the corrected JSON."
    rejection = [{"role": "assistant", "content": "Bob"}, {"role": "user", "content": words}]
    assert json.loads(ashui.ask([*question, *rejection])) == {
        "name": "Bob",
        "age": 42,
        "city": None,
    }


def test_responses_in_a_prompt_are_understood(ashui) -> None:
    messages = [
        hermes(MULTIPLY),
        {"role": "user", "content": "What is 12 times 7?"},
        {
            "role": "assistant",
            "content": (
                '<tool_call>\n{"name": "multiply", "arguments": {"a": 12, "b": 7}}\n</tool_call>'
            ),
        },
        {"role": "user", "content": "<tool_response>\n84\n</tool_response>"},
    ]
    assert ashui.ask(messages) == "The result of multiply(12, 7) is 84."

"""Forms that an answer is asked for in: a tool, a call of it, a schema."""

from __future__ import annotations

from xyashui.emulation.tools import render_call

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
CITY = {
    "type": "json_schema",
    "json_schema": {
        "name": "city",
        "schema": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "people": {"type": "integer"}},
            "required": ["name"],
        },
    },
}
CALL = render_call("weather", {"city": "济南"})

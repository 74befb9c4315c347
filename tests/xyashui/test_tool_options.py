"""Tools, which of them to call, and the form of the answer: on either service alike."""

from __future__ import annotations

import json
from typing import Any

import pytest

from xyashui import ASHUI, XINGYUN
from xyashui.emulation.tools import forced_tool
from xyashui.errors import ConfigurationError

BOTH = pytest.mark.parametrize("provider", [XINGYUN, ASHUI], ids=["xingyun", "ashui"])


def tool(name: Any, **fields: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **fields}}


TOOLS = [tool("weather", parameters={"type": "object"}), tool("clock")]
SCHEMA = {"name": "city", "schema": {"type": "object"}}


def refused(provider: Any, **options: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        provider.request("你好", **options)
    return str(caught.value)


class TestTools:
    @BOTH
    def test_are_taken_as_they_are(self, provider):
        assert provider.request("你好", tools=TOOLS).tools == TOOLS
        assert provider.request("你好", tools=tuple(TOOLS)).tools == TOOLS
        assert provider.request("你好", tools=[]).tools == []

    def test_are_functions_where_they_do_not_say(self):
        (made,) = XINGYUN.request("你好", tools=[{"function": {"name": "clock"}}]).tools
        assert made == tool("clock")

    def test_of_the_services_own_are_not_looked_into(self):
        own = {"type": "web_search", "anything": 1}
        request = XINGYUN.request("你好", tools=[own], tool_choice={"type": "web_search"})
        assert XINGYUN.shape(request)["tools"] == [own]
        assert request.tool_choice == {"type": "web_search"}

    @BOTH
    @pytest.mark.parametrize(
        "given",
        [5, "weather", {"a": 1}, [1], [None], [{}], [{"name": "weather"}], [tool(None)], [tool("")],
         [tool(5)], [{"type": "function"}], [{"type": "function", "name": "weather"}],
         [{"type": "function", "function": "weather"}], [tool("weather", parameters="object")]],
        ids=json.dumps,
    )  # fmt: skip
    def test_that_are_none_are_refused(self, provider, given):
        assert refused(provider, tools=given).startswith("tools")


class TestChoice:
    @BOTH
    @pytest.mark.parametrize(
        ("given", "sent"),
        [
            ("auto", "auto"),
            ("none", "none"),
            ("required", "required"),
            ("any", "required"),
            (True, "required"),
            (False, None),
            (None, None),
            ("clock", tool("clock")),
            (tool("clock"), tool("clock")),
            ({"function": {"name": "clock"}}, tool("clock")),
        ],
        ids=str,
    )
    def test_may_be_said_in_several_ways_and_leaves_in_one(self, provider, given, sent):
        request = provider.request("你好", tools=TOOLS, tool_choice=given)
        assert request.tool_choice == sent

    @pytest.mark.parametrize(
        ("given", "forced"),
        [("any", ""), (True, ""), ("clock", "clock"), ("auto", None), ("none", None)],
    )
    def test_is_what_this_side_goes_by_where_it_supplies_tools(self, given, forced):
        choice = ASHUI.request("你好", tools=TOOLS, tool_choice=given).tool_choice
        assert forced_tool(choice, ["weather", "clock"]) == forced

    @BOTH
    @pytest.mark.parametrize("given", ["wether", tool("wether"), "requird"], ids=str)
    def test_of_an_unknown_tool_names_the_nearest(self, provider, given):
        message = refused(provider, tools=TOOLS, tool_choice=given)
        assert message.startswith("tool_choice: there is no tool")
        near = "required" if given == "requird" else "weather"
        assert f"Did you mean {near!r}?" in message

    @BOTH
    @pytest.mark.parametrize(
        "given",
        [5, 1, 0, 1.0, ["auto"], b"", {}, {"type": "auto"}, {"type": "function"}, {"function": {}}],
        ids=str,
    )
    def test_that_is_none_is_refused(self, provider, given):
        assert "tool_choice" in refused(provider, tools=TOOLS, tool_choice=given)

    @BOTH
    def test_of_a_tool_needs_that_tool(self, provider):
        assert "no tool 'clock'" in refused(provider, tool_choice="clock")


@BOTH
class TestParallelToolCalls:
    @pytest.mark.parametrize("given", [True, False, None])
    def test_are_wanted_or_not_or_as_the_service_likes(self, provider, given):
        assert provider.request("你好", parallel_tool_calls=given).parallel_tool_calls is given

    @pytest.mark.parametrize("given", [1, 0, "no", []])
    def test_are_no_other_value(self, provider, given):
        assert "parallel_tool_calls must be" in refused(provider, parallel_tool_calls=given)


@BOTH
class TestResponseFormat:
    @pytest.mark.parametrize(
        "given",
        [{"type": "text"}, {"type": "json_object"}, {"type": "json_schema", "json_schema": SCHEMA}],
        ids=str,
    )
    def test_has_three_types(self, provider, given):
        assert provider.request("你好", response_format=given).response_format == given

    @pytest.mark.parametrize(
        "given",
        ["json", 5, [], {}, dict, {"type": "xml"}, {"type": ["text"]}, {"type": "json_schema"},
         {"type": "json_schema", "json_schema": SCHEMA["schema"]}, SCHEMA,
         {"type": "json_schema", "json_schema": {"schema": "object"}}],
        ids=str,
    )  # fmt: skip
    def test_of_another_is_refused(self, provider, given):
        assert "response_format must be" in refused(provider, response_format=given)

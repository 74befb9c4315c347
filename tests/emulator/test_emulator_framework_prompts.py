"""LlamaIndex's own prompts get answers that its own parsers can read."""

import json

import pytest

pytest.importorskip("llama_index.core")

from llama_index.core.agent.react.formatter import ReActChatFormatter
from llama_index.core.agent.react.output_parser import ReActOutputParser
from llama_index.core.agent.react.types import ActionReasoningStep, ObservationReasoningStep
from llama_index.core.llms import ChatMessage
from llama_index.core.output_parsers.selection import SelectionOutputParser
from llama_index.core.prompts import chat_prompts, default_prompts
from llama_index.core.question_gen.output_parser import SubQuestionOutputParser
from llama_index.core.question_gen.prompts import DEFAULT_SUB_QUESTION_PROMPT_TMPL
from llama_index.core.selectors.prompts import DEFAULT_SINGLE_SELECT_PROMPT_TMPL
from llama_index.core.tools import FunctionTool


def filled(prompt, **values: str) -> list[dict[str, str]]:
    messages = prompt.format_messages(**values)
    return [{"role": each.role.value, "content": each.content} for each in messages]


def test_question_answering(ashui) -> None:
    prompt = filled(
        chat_prompts.CHAT_TEXT_QA_PROMPT,
        context_str="file_path: a.txt\n\nTea grows in Hangzhou. Rain falls.",
        query_str="Where does tea grow?",
    )
    assert ashui.ask(prompt) == "Tea grows in Hangzhou."


@pytest.mark.parametrize(
    "prompt", [chat_prompts.CHAT_REFINE_PROMPT, default_prompts.DEFAULT_REFINE_PROMPT]
)
def test_refining_keeps_or_replaces_the_answer(ashui, prompt) -> None:
    asked = {"query_str": "How high is the tower?"}
    better = filled(
        prompt,
        context_msg="The tower is 330 metres high.",
        existing_answer="The tower is in Paris.",
        **asked,
    )
    assert ashui.ask(better) == "The tower is 330 metres high."
    useless = filled(
        prompt, context_msg="Tea is green.", existing_answer="It is 330 metres high.", **asked
    )
    assert ashui.ask(useless) == "It is 330 metres high."


def test_tree_summarize(ashui) -> None:
    prompt = filled(
        chat_prompts.CHAT_TREE_SUMMARIZE_PROMPT,
        context_str="Uber grew 57%. Cats sleep.\n\nLyft grew 36%.",
        query_str="How much did Uber and Lyft grow?",
    )
    assert ashui.ask(prompt) == "Uber grew 57%. Lyft grew 36%."


@pytest.mark.parametrize(
    ("tools", "question", "expected"),
    [
        (
            {"apple": "Apple's accounts", "pear": "Pear's accounts"},
            "Compare the revenue of Apple and Pear in 2023",
            [
                ("apple", "What is the revenue of Apple in 2023?"),
                ("pear", "What is the revenue of Pear in 2023?"),
            ],
        ),
        (
            {"bj": "关于北京的资料", "sh": "关于上海的资料"},
            "比较北京和上海的人口",
            [("bj", "北京的人口是什么？"), ("sh", "上海的人口是什么？")],
        ),
        ({"essay": "An essay"}, "What did he do?", [("essay", "What did he do?")]),
    ],
)
def test_sub_questions_are_made_for_each_tool(ashui, tools, question, expected) -> None:
    prompt = DEFAULT_SUB_QUESTION_PROMPT_TMPL.replace(
        "{tools_str}", json.dumps(tools, indent=4)
    ).replace("{query_str}", question)
    parsed = SubQuestionOutputParser().parse(ashui.ask(prompt)).parsed_output
    assert [(each.tool_name, each.sub_question) for each in parsed] == expected


def test_a_selector_gets_its_choice(ashui) -> None:
    prompt = DEFAULT_SINGLE_SELECT_PROMPT_TMPL.format(
        num_choices=2,
        context_list="(1) all about tea\n\n(2) all about the moon",
        query_str="How far is the moon?",
    )
    parser = SelectionOutputParser()
    parsed = parser.parse(ashui.ask(parser.format(prompt))).parsed_output
    assert [each.choice for each in parsed] == [2]


def weather(city: str) -> str:
    """Get the weather of a city."""
    return f"It is sunny in {city}."


def test_a_react_agent_gets_actions_and_then_an_answer(ashui) -> None:
    tools = [FunctionTool.from_defaults(weather)]
    asked = [ChatMessage(role="user", content="What is the weather in Paris?")]
    steps: list = []

    def turn():
        messages = ReActChatFormatter().format(tools, asked, steps)
        sent = [{"role": each.role.value, "content": each.content} for each in messages]
        return ReActOutputParser().parse(ashui.ask(sent))

    action = turn()
    assert isinstance(action, ActionReasoningStep)
    assert (action.action, action.action_input) == ("weather", {"city": "Paris"})
    steps += [action, ObservationReasoningStep(observation="It is sunny in Paris.")]
    assert turn().response == "It is sunny in Paris."

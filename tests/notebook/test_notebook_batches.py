"""A batch of LangChain's has a bar that ends when the last input is done with."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

from langchain_xyashui import ChatXingYun
from xyashui.notebook import batch_progress

QUESTIONS = [{"sum": f"{number} + 1"} for number in range(4)]


@pytest.fixture
def model(emulator: Any) -> ChatXingYun:
    return ChatXingYun(api_key="test-key", base_url=emulator.xingyun_url)


def bar(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err.rpartition("\r")[2]


def test_each_input_of_a_chain_counts_once(model, capsys):
    chain = ChatPromptTemplate.from_template("What is {sum}?") | model | StrOutputParser()
    with batch_progress(4, "Adding") as counted:
        answers = chain.batch(QUESTIONS, config={"callbacks": [counted]})
    assert answers[3] == "3 + 1 = 4."
    assert bar(capsys).startswith("Adding: 100%")


async def test_a_model_by_itself_counts_too_and_with_await(model, capsys):
    with batch_progress(2) as counted:
        await model.abatch(["1 + 1 = ?", "2 + 2 = ?"], config={"callbacks": [counted]})
    shown = bar(capsys)
    assert shown.startswith("Asking: 100%")
    assert "2/2" in shown


def test_an_input_that_fails_is_done_with(model, capsys):
    wrong = model.model_copy(update={"model": "no-such-model"})
    with batch_progress(3) as counted:
        failures = wrong.batch(
            ["a", "b", "c"], config={"callbacks": [counted]}, return_exceptions=True
        )
    assert all(isinstance(one, Exception) for one in failures)
    assert "3/3" in bar(capsys)

"""Midjourney as tools of the spec."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.tools import FunctionTool

from llama_index_xyashui import XingYunToolSpec
from llama_index_xyashui.tools import MidjourneyAnswer
from tests.drawing import drawn
from tests.servers import FaultServer, http
from xyashui import AsyncMidjourneyTask, ConfigurationError, MidjourneyTask, TaskFailedError

TAKEN_ON = http({"code": 1, "description": "提交成功", "result": "12"})
BUTTONS = [
    {"customId": f"MJ::JOB::{name}::{index}::u", "label": f"{label}{index}"}
    for name, label in (("upsample", "U"), ("variation", "V"))
    for index in range(1, 5)
] + [{"customId": "MJ::JOB::reroll::0::u::SOLO", "emoji": "🔄", "label": ""}]


def seen(status: str = "SUCCESS", **more: Any) -> bytes:
    return http({"id": "12", "action": "IMAGINE", "status": status, **more})


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer([TAKEN_ON], [seen(prompt="a cat", buttons=BUTTONS)]) as running:
        yield running


def spec_of(server: FaultServer, **settings: Any) -> XingYunToolSpec:
    given = {"api_key": "test-key", "base_url": server.url, "max_retries": 0, **settings}
    return XingYunToolSpec(poll_interval=0.001, **given)


def tool_of(server: FaultServer, name: str, **settings: Any) -> FunctionTool:
    (tool,) = spec_of(server, tools=[name], **settings).to_tool_list()
    return tool


async def called(tool: FunctionTool, way: str, given: dict[str, Any]) -> Any:
    return tool(**given) if way == "sync" else await tool.acall(**given)


both = pytest.mark.parametrize("way", ["sync", "async"])


@both
async def test_painting_waits_and_tells_the_model_how_to_go_on(server, way: str) -> None:
    output = await called(tool_of(server, "imagine"), way, {"prompt": "a cat"})
    answer = output.raw_output
    assert isinstance(answer, MidjourneyAnswer)
    assert output.content.startswith("Task 12 (IMAGINE), SUCCESS: a cat\nIt is a grid of four")
    assert type(answer.result) is (MidjourneyTask if way == "sync" else AsyncMidjourneyTask)
    assert answer.model_dump(mode="json")["result"]["id"] == "12"


@both
@pytest.mark.parametrize(
    ("name", "given", "custom_id"),
    [
        ("upscale", {"index": 2}, "MJ::JOB::upsample::2::u"),
        ("vary", {"index": 3}, "MJ::JOB::variation::3::u"),
        ("reroll", {}, "MJ::JOB::reroll::0::u::SOLO"),
        ("press", {"button": "v4"}, "MJ::JOB::variation::4::u"),
    ],
)
async def test_buttons_are_pressed(server, way, name, given, custom_id) -> None:
    server.play([seen(buttons=BUTTONS)], [TAKEN_ON], [seen()])
    await called(tool_of(server, name), way, {"task_id": "12", **given})
    assert server.requests[1].target == "/mj/submit/action"
    assert server.requests[1].json == {"taskId": "12", "customId": custom_id}


@both
@pytest.mark.parametrize(
    ("name", "given", "target"),
    [
        ("shorten", {"prompt": "a cat"}, "/mj/submit/shorten"),
        ("modal", {"task_id": "12", "prompt": "a hat"}, "/mj/submit/modal"),
        ("describe", {"image": "cat.png"}, "/mj/submit/describe"),
        ("blend", {"images": ["cat.png", "cat.png"]}, "/mj/submit/blend"),
        ("imagine", {"prompt": "a cat", "images": ["cat.png"]}, "/mj/submit/imagine"),
    ],
)
async def test_tasks_are_begun(server, tmp_path: Path, way, name, given, target) -> None:
    (tmp_path / "cat.png").write_bytes(drawn())
    output = await called(tool_of(server, name, directory=tmp_path), way, given)
    assert server.requests[0].target == target
    assert "Task 12" in output.content


@both
@pytest.mark.parametrize(
    ("name", "given", "answer", "text"),
    [
        ("task_seed", {"task_id": "12"}, {"code": 1, "result": "777"}, "seed of task 12 is 777"),
        ("list_tasks", {"task_ids": ["12"]}, [{"id": 12}], "Task 12"),
        ("list_tasks", {}, [], "There are no tasks."),
        ("queued_tasks", {}, [{"id": "12"}], "Task 12"),
        ("fetch_task", {"task_id": "12"}, {"id": "12", "status": "SUCCESS"}, "Task 12, SUCCESS"),
    ],
)
async def test_questions_are_answered(server, way, name, given, answer, text) -> None:
    server.play([http(answer)])
    output = await called(tool_of(server, name), way, given)
    assert text in output.content


async def test_what_goes_wrong_is_raised(server: FaultServer) -> None:
    with pytest.raises(ConfigurationError, match="needs 'prompt'"):
        tool_of(server, "imagine")(prompt="")
    server.play([seen("FAILURE", failReason="任务超时")])
    with pytest.raises(TaskFailedError, match="任务超时"):
        await tool_of(server, "fetch_task").acall(task_id="12")


def test_models_are_told_what_each_takes(server: FaultServer) -> None:
    told = tool_of(server, "upscale").metadata.to_openai_tool()["function"]
    assert told["parameters"]["required"] == ["task_id", "index"]
    assert "1 top left" in told["parameters"]["properties"]["index"]["description"]


async def test_any_model_may_use_them_on_the_emulator(make, emulator, monkeypatch) -> None:
    monkeypatch.setattr(emulator, "midjourney_seconds", 0.1)
    given = {"api_key": "test-key", "base_url": emulator.xingyun_url, "poll_interval": 0.02}
    spec = XingYunToolSpec(tools=["imagine"], **given)
    agent = FunctionAgent(tools=spec.to_tool_list(), llm=make())
    result = await agent.run('Use imagine to paint "a red cat".')
    (call,) = result.tool_calls
    assert not call.tool_output.is_error
    assert "(IMAGINE), SUCCESS" in call.tool_output.content


async def test_a_task_that_fails_on_the_emulator_says_why(emulator) -> None:
    given = {"api_key": "test-key", "base_url": emulator.xingyun_url, "poll_interval": 0.02}
    spec = XingYunToolSpec(**given)
    with pytest.raises(TaskFailedError, match="上游未能完成此任务"):
        spec.imagine("a failing-picture")
    with pytest.raises(TaskFailedError, match="上游未能完成此任务"):
        await spec.aimagine("a failing-picture")

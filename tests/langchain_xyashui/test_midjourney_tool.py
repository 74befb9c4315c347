"""Midjourney as a tool."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, ToolException
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests
from langgraph.checkpoint.memory import InMemorySaver
from PIL import Image

from langchain_xyashui import XingYunMidjourney
from langchain_xyashui.errors import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
)
from tests.drawing import drawn
from tests.servers import FaultServer, http, reset
from xyashui import AsyncMidjourneyTask, MidjourneyTask, TaskFailedError
from xyashui.emulator import Emulator

CALL = {"type": "tool_call", "id": "1", "name": "midjourney"}
TAKEN_ON = http({"code": 1, "description": "提交成功", "result": "12"})
BUTTONS = [
    {"customId": "MJ::JOB::upsample::1::u", "label": "U1"},
    {"customId": "MJ::JOB::reroll::0::u::SOLO", "emoji": "🔄", "label": ""},
]


PNG = drawn(size=(8, 4))


def seen(status: str = "SUCCESS", **more: Any) -> bytes:
    task = {"id": "12", "action": "IMAGINE", "status": status, "progress": "40%"}
    return http({**task, **more})


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer([]) as running:
        grid = seen(prompt="a cat", imageUrl=f"{running.url}/cat.png", buttons=BUTTONS)
        running.play([TAKEN_ON], [seen("IN_PROGRESS")], [grid], [http(PNG, 200, "image/png")])
        yield running


def tool_of(server: FaultServer, **settings: Any) -> XingYunMidjourney:
    given = {"api_key": "test-key", "base_url": server.url, "max_retries": 0, **settings}
    return XingYunMidjourney(**{"poll_interval": 0.001, **given})


def order(**given: Any) -> dict[str, Any]:
    return {**CALL, "args": given}


def sent(server: FaultServer) -> list[str]:
    return [request.target for request in server.requests]


class TestTheTool:
    def test_waits_and_tells_the_model_how_to_go_on(self, server: FaultServer) -> None:
        message = tool_of(server).invoke(order(action="imagine", prompt="a cat"))

        assert message.content.splitlines() == [
            "Task 12 (IMAGINE), SUCCESS: a cat",
            f"Picture: {server.url}/cat.png",
            "It is a grid of four: 1 top left, 2 top right, 3 bottom left, 4 bottom right.",
            "Buttons: U1, 🔄",
        ]
        assert isinstance(message.artifact, MidjourneyTask)
        assert message.artifact.image.bytes() == PNG

    async def test_does_the_same_async(self, server: FaultServer, tmp_path: Path) -> None:
        tool = tool_of(server, directory=tmp_path)
        message = await tool.ainvoke(order(action="imagine", prompt="a cat"))
        assert f"Picture: {tmp_path / 'a-cat.png'}, 8x4" in message.content
        assert (tmp_path / "a-cat.png").read_bytes() == PNG
        assert isinstance(message.artifact, AsyncMidjourneyTask)

    @pytest.mark.parametrize(
        ("given", "custom_id"),
        [
            ({"action": "upscale", "task_id": "12", "index": 1}, "MJ::JOB::upsample::1::u"),
            ({"action": "reroll", "task_id": "12"}, "MJ::JOB::reroll::0::u::SOLO"),
            ({"action": "press", "task_id": "12", "button": "U1"}, "MJ::JOB::upsample::1::u"),
        ],
    )
    async def test_presses_a_tasks_buttons(self, server, given, custom_id: str) -> None:
        for _ in range(2):
            server.play([seen(buttons=BUTTONS)], [TAKEN_ON], [seen()])
            server.requests.clear()
            if _ == 0:
                tool_of(server).invoke(order(**given))
            else:
                await tool_of(server).ainvoke(order(**given))
            assert sent(server) == ["/mj/task/12/fetch", "/mj/submit/action", "/mj/task/12/fetch"]
            assert server.requests[1].json == {"taskId": "12", "customId": custom_id}

    async def test_comes_back_at_once_where_nobody_wants_to_wait(self, server) -> None:
        for message in (
            tool_of(server, wait=0).invoke(order(action="imagine", prompt="a cat")),
            await tool_of(server, wait=0).ainvoke(order(action="fetch", task_id="12")),
        ):
            assert "Task 12" in message.content
            assert "look at it again later" in message.content

    async def test_does_not_lose_a_task_that_takes_long_or_cannot_be_seen(self, server) -> None:
        server.play([TAKEN_ON], [seen("IN_PROGRESS")])
        slow = tool_of(server, wait=0.5).invoke(order(action="imagine", prompt="a cat"))
        assert "Task 12 (IMAGINE), IN_PROGRESS, 40%" in slow.content
        assert "not finished within 0.5 s" in slow.content

        server.requests.clear()
        server.play([TAKEN_ON], [reset])
        unseen = await tool_of(server).ainvoke(order(action="imagine", prompt="a cat"))
        assert "Task 12" in unseen.content
        assert "could not be reached" in unseen.content

    def test_tells_the_address_even_where_the_picture_cannot_be_saved(
        self, server: FaultServer, tmp_path: Path
    ) -> None:
        (tmp_path / "x").write_text("in the way")
        tool = tool_of(server, directory=tmp_path / "x" / "y")
        content = tool.invoke(order(action="imagine", prompt="a cat")).content
        assert f"Picture: {server.url}/cat.png" in content
        assert "cannot be saved" in content

    async def test_tells_the_model_what_it_can_mend(self, server: FaultServer) -> None:
        server.play([http({"code": 24, "description": "可能包含敏感词"})])
        message = tool_of(server).invoke(order(action="imagine", prompt="a cat"))
        assert (message.status, "可能包含敏感词" in message.content) == ("error", True)

        server.play([seen("FAILURE", failReason="任务超时")])
        message = await tool_of(server).ainvoke(order(action="fetch", task_id="12"))
        assert (message.status, "任务超时" in message.content) == ("error", True)

        message = tool_of(server).invoke(order(action="upscale", task_id="12"))
        assert (message.status, "needs 'index'" in message.content) == ("error", True)

    def test_raises_it_where_that_is_wished(self, server: FaultServer) -> None:
        server.play([seen("FAILURE", failReason="任务超时")])
        tool = tool_of(server, handle_tool_error=False)
        with pytest.raises(ToolException, match="任务超时") as caught:
            tool.invoke({"action": "fetch", "task_id": "12"})
        assert isinstance(caught.value.__cause__, TaskFailedError)

    def test_raises_what_only_the_program_can_mend(self, server: FaultServer) -> None:
        server.play([http({"description": "无效的令牌", "code": 4}, 401)])
        with pytest.raises(AuthenticationError, match="无效的令牌"):
            tool_of(server).invoke({"action": "queue"})
        server.play([http({"error": {"message": "Invalid URL (GET /mj/task/queue)"}}, 404)])
        with pytest.raises(BadRequestError, match="check base_url"):
            tool_of(server).invoke({"action": "queue"})

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            ({"action": "seed", "task_id": "12"}, "The seed of task 12 is 777"),
            ({"action": "list", "task_ids": ["12"]}, "Task 12, SUCCESS: a cat"),
            ({"action": "list"}, "Task 12, SUCCESS: a cat"),
            ({"action": "queue"}, "Task 12, SUCCESS: a cat"),
        ],
        ids=str,
    )
    def test_answers_questions(self, server: FaultServer, given: Any, text: str) -> None:
        seed = {"code": 1, "description": "成功", "result": "777"}
        tasks = [{"id": "12", "status": "SUCCESS", "prompt": "a cat"}]
        server.play([http(seed if given["action"] == "seed" else tasks)])
        assert tool_of(server).invoke(given) == text

    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ({"provider": "ashui"}, "documents no midjourney"),
            ({"api_key": ""}, "needs a key"),
            ({"wiat": 5}, "Did you mean 'wait'"),
            ({"wait": -1}, "wait must be"),
            ({"directory": 5}, "directory"),
        ],
    )
    def test_is_refused_at_once_where_it_cannot_be(self, given, reason: str) -> None:
        with pytest.raises(ConfigurationError, match=reason):
            XingYunMidjourney(**{"api_key": "test-key", **given})

    def test_tells_models_what_it_takes(self) -> None:
        schema = XingYunMidjourney(api_key="test-key").args
        assert "imagine" in schema["action"]["enum"]
        assert all(field["description"] for field in schema.values())


class TestPicturesThatAModelNames:
    def test_are_tasks_and_files_of_the_tool(self, server: FaultServer, tmp_path: Path) -> None:
        (tmp_path / "cat.png").write_bytes(PNG)
        there = seen(id="7", imageUrl=f"{server.url}/cat.png")
        server.play([there], [http(PNG, 200, "image/png")], [TAKEN_ON], [seen()])
        tool = tool_of(server, directory=tmp_path)
        message = tool.invoke(order(action="blend", images=["cat.png", "7"]))
        assert message.status == "success"
        assert sent(server)[:3] == ["/mj/task/7/fetch", "/cat.png", "/mj/submit/blend"]
        uri = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
        assert server.requests[2].json["base64Array"] == [uri, uri]

    @pytest.mark.parametrize(
        "name",
        [
            "/etc/hostname",
            "../secret.png",
            "~/secret.png",
            "http://127.0.0.1:1/x.png",
            "https://a.cn/b.png",
            "file:///etc/hostname",
            "data:text/html;base64,PGI+",
            " ",
        ],
    )
    async def test_are_never_paths_or_addresses(self, server, tmp_path: Path, name: str) -> None:
        (tmp_path / "secret.png").write_bytes(PNG)
        tool = tool_of(server, directory=tmp_path / "pictures")
        for message in (
            tool.invoke(order(action="describe", images=[name])),
            await tool.ainvoke(order(action="describe", images=[name])),
        ):
            assert message.status == "error"
        assert not server.requests

    async def test_have_regions_to_paint_anew(self, server: FaultServer) -> None:
        there = seen(id="7", imageUrl=f"{server.url}/cat.png")
        for way in ("sync", "async"):
            server.requests.clear()
            server.play([there], [http(PNG, 200, "image/png")], [TAKEN_ON], [seen()])
            given = order(
                action="modal", task_id="12", prompt="a hat", region=[50, 0, 100, 50], images=["7"]
            )
            tool = tool_of(server)
            message = tool.invoke(given) if way == "sync" else await tool.ainvoke(given)
            assert message.status == "success"
            body = server.requests[2].json
            mask = Image.open(BytesIO(base64.b64decode(body["maskBase64"].partition(",")[2])))
            assert (mask.size, mask.getbbox()) == ((8, 4), (4, 0, 8, 2))
            assert (body["taskId"], body["prompt"]) == ("12", "a hat")


def test_survives_a_checkpoint(server: FaultServer) -> None:
    saver = InMemorySaver()
    message = tool_of(server).invoke(order(action="imagine", prompt="a cat"))
    message.artifact.image.bytes()
    kept = saver.serde.loads_typed(saver.serde.dumps_typed(message))
    fields = kept.artifact if isinstance(kept.artifact, dict) else vars(kept.artifact)
    assert (fields["id"], fields["raw"]["prompt"]) == ("12", "a cat")
    written = ToolMessage.model_validate_json(message.model_dump_json())
    assert written.artifact["id"] == "12"


class TestToolUnit(ToolsUnitTests):
    tool_constructor = XingYunMidjourney
    tool_constructor_params = {"api_key": "test-key"}  # noqa: RUF012 - LangChain's way
    tool_invoke_params_example = {"action": "imagine", "prompt": "a cat"}  # noqa: RUF012

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return {"XINGYUN_API_KEY": "test-key"}, {}, {"api_key": "test-key"}


class TestOnTheEmulator(ToolsIntegrationTests):
    tool_constructor = XingYunMidjourney
    tool_invoke_params_example = {"action": "imagine", "prompt": "a cat"}  # noqa: RUF012

    @pytest.fixture
    def tool(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> BaseTool:
        monkeypatch.setattr(emulator, "midjourney_seconds", 0.1)
        given = {"api_key": "test-key", "base_url": emulator.xingyun_url}
        return XingYunMidjourney(poll_interval=0.02, **given)

    async def test_serves_any_model(self, tool: BaseTool, either: Any) -> None:
        agent = create_agent(either(), tools=[tool])
        asked = 'Use midjourney to imagine "a red cat".'
        done = await agent.ainvoke({"messages": [("user", asked)]})
        (told,) = [message for message in done["messages"] if isinstance(message, ToolMessage)]
        assert "(IMAGINE), SUCCESS: a red cat" in told.content

    def test_paints_a_region_anew(self, tool: BaseTool) -> None:
        def ordered(**given: Any) -> MidjourneyTask:
            message = tool.invoke(order(**given))
            assert message.status == "success", message.content
            return message.artifact

        grid = ordered(action="imagine", prompt="a village")
        large = ordered(action="upscale", task_id=grid.id, index=2)
        opened = ordered(action="press", task_id=large.id, button="Vary (Region)")
        assert opened.waits_for_modal
        given = {"prompt": "a red hat", "region": [0, 0, 50, 50], "images": [large.id]}
        assert ordered(action="modal", task_id=opened.id, **given).is_grid

    async def test_a_task_that_fails_says_why(self, tool: BaseTool) -> None:
        failing = order(action="imagine", prompt="a failing-picture")
        for message in (tool.invoke(failing), await tool.ainvoke(failing)):
            assert message.status == "error"
            assert "上游未能完成此任务" in message.content

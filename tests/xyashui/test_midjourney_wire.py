"""Midjourney's wire: what is sent, what is read, and what refusals mean."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import xyashui
from tests.servers import FaultServer, http, reset
from xyashui import (
    APIConnectionError,
    AsyncClient,
    AuthenticationError,
    BadRequestError,
    Client,
    ConfigurationError,
    ProtocolError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)

TAKEN_ON = {"code": 1, "description": "提交成功", "properties": {}, "result": 1320098173412546}
PIXEL = bytes.fromhex("47494638396101000100000000002c")
PIXEL_URI = "data:image/gif;base64,R0lGODlhAQABAAAAAAAs"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer([http(TAKEN_ON)]) as running:
        yield running


def client_of(server: FaultServer, **settings: Any) -> Client:
    return Client(api_key="test-key", base_url=server.url, **{"max_retries": 0, **settings})


def sent(server: FaultServer) -> tuple[str, Any]:
    request = server.requests[-1]
    return request.head.split(b" HTTP")[0].decode(), request.json if request.body else None


SUBMITS: dict[str, tuple[Callable[[Any], Any], str, Any]] = {
    "imagine": (
        lambda mj: mj.imagine("一只猫"),
        "imagine",
        {"prompt": "一只猫", "base64Array": []},
    ),
    "imagine from a picture": (
        lambda mj: mj.imagine("a cat", images=PIXEL, state="mine", notify_hook="https://a.cn/x"),
        "imagine",
        {
            "prompt": "a cat",
            "base64Array": [PIXEL_URI],
            "state": "mine",
            "notifyHook": "https://a.cn/x",
        },
    ),
    "action": (
        lambda mj: mj.action(12, "MJ::JOB::upsample::2::u"),
        "action",
        {"taskId": "12", "customId": "MJ::JOB::upsample::2::u"},
    ),
    "blend": (
        lambda mj: mj.blend([PIXEL, PIXEL], dimensions="PORTRAIT"),
        "blend",
        {"base64Array": [PIXEL_URI, PIXEL_URI], "dimensions": "PORTRAIT"},
    ),
    "describe": (lambda mj: mj.describe(PIXEL), "describe", {"base64": PIXEL_URI}),
    "modal": (
        lambda mj: mj.modal("12", prompt="a hat", mask=PIXEL),
        "modal",
        {"taskId": "12", "prompt": "a hat", "maskBase64": PIXEL_URI},
    ),
    "shorten": (
        lambda mj: mj.shorten("a cat", extra_body={"botType": "MID_JOURNEY"}),
        "shorten",
        {"prompt": "a cat", "botType": "MID_JOURNEY"},
    ),
}

each_submit = pytest.mark.parametrize(
    ("call", "path", "body"), SUBMITS.values(), ids=SUBMITS.keys()
)


class TestSubmits:
    @each_submit
    def test_have_the_documented_body(self, server, call, path, body) -> None:
        with client_of(server) as client:
            task = call(client.midjourney)
        assert sent(server) == (f"POST /mj/submit/{path}", body)
        assert (task.id, task.status) == ("1320098173412546", "SUBMITTED")

    @each_submit
    async def test_are_the_same_async(self, server, call, path, body) -> None:
        async with AsyncClient(api_key="test-key", base_url=server.url) as client:
            task = await call(client.midjourney)
        assert sent(server) == (f"POST /mj/submit/{path}", body)
        assert task.id == "1320098173412546"

    @pytest.mark.parametrize(
        ("base_url", "path"), [("", "/mj/submit/shorten"), ("/v1", "/mj/submit/shorten")]
    )
    def test_lie_beside_v1(self, server, base_url: str, path: str) -> None:
        with Client(api_key="test-key", base_url=server.url + base_url) as client:
            client.midjourney.shorten("a cat")
        assert server.requests[0].target == path

    @pytest.mark.parametrize("result", [7, "7", 7.0])
    def test_name_the_task_by_a_number_or_a_string(self, server, result: Any) -> None:
        server.play([http({**TAKEN_ON, "result": result})])
        with client_of(server) as client:
            assert client.midjourney.imagine("a cat").id == "7"

    def test_may_be_queued_or_exist_already(self, server) -> None:
        queued = {**TAKEN_ON, "code": 22, "description": "排队中，前面还有2个任务"}
        existing = {**TAKEN_ON, "code": "21", "properties": {"status": "SUCCESS"}}
        server.play([http(queued)], [http(existing)])
        with client_of(server) as client:
            first, second = client.midjourney.imagine("a"), client.midjourney.imagine("b")
        assert (first.status, first.description) == ("NOT_START", "排队中，前面还有2个任务")
        assert second.status == "SUCCESS"

    @pytest.mark.parametrize(
        ("code", "words", "kind"),
        [
            (3, "任务不存在", BadRequestError),
            (3, "无可用的账号实例", ServerError),
            (4, "base64格式错误", BadRequestError),
            (9, "系统异常", ServerError),
            (23, "队列已满，请稍后尝试", RateLimitError),
            (24, "可能包含敏感词", BadRequestError),
            (4, "用户余额不足", QuotaExceededError),
            (77, "不知道", ServerError),
            (None, "不知道", ServerError),
        ],
    )
    def test_are_refused_in_the_services_words(self, server, code, words, kind) -> None:
        server.play([http({"code": code, "description": words})])
        with client_of(server) as client, pytest.raises(kind) as caught:
            client.midjourney.imagine("a cat")
        assert type(caught.value) is kind
        assert (caught.value.message, caught.value.provider) == (words, "xingyun")
        assert words in str(caught.value)

    def test_are_refused_by_the_gateway_in_its_own_form(self, server) -> None:
        refusal = {"description": "无效的令牌", "type": "new_api_error", "code": 4}
        server.play([http(refusal, 401)])
        with client_of(server) as client, pytest.raises(AuthenticationError, match="无效的令牌"):
            client.midjourney.imagine("a cat")

    def test_are_made_again_where_the_queue_is_full(self, server) -> None:
        server.play([http({"code": 23, "description": "队列已满"})], [http(TAKEN_ON)])
        with client_of(server, max_retries=1) as client:
            assert client.midjourney.imagine("a cat").id == "1320098173412546"

    @pytest.mark.parametrize("script", [[reset], [http(b"{", 200, content_length=99), reset]])
    def test_are_not_paid_twice(self, server, script) -> None:
        server.play(script)
        expected = (APIConnectionError, StreamInterruptedError)
        with client_of(server, max_retries=3) as client, pytest.raises(expected):
            client.midjourney.imagine("a cat")
        assert len(server.requests) == 1

    @pytest.mark.parametrize(
        "answer",
        [
            {},
            {"code": 1},
            {"code": 1, "result": None},
            {"code": 1, "result": ""},
            {"code": 1, "result": {"id": 1}},
            {"code": 1, "result": True},
            {"code": True, "result": 5},
            {"code": 1, "result": ".."},
            {"code": 1, "result": " "},
            {"code": 1, "result": "x\ny"},
            {"code": 1, "result": "x" * 1000},
            [],
            b"<html>",
        ],
        ids=lambda answer: repr(answer)[:30],
    )
    def test_that_cannot_be_read_say_so(self, server, answer: Any) -> None:
        server.play([http(answer)])
        with client_of(server) as client, pytest.raises(ProtocolError, match="cannot be read"):
            client.midjourney.imagine("a cat")


class TestWhatCannotBe:
    @pytest.mark.parametrize(
        ("call", "reason"),
        [
            (lambda mj: mj.imagine(" "), "prompt must be some text"),
            (lambda mj: mj.imagine(5), "prompt must be some text"),
            (lambda mj: mj.imagine("a", notifyhook="x"), "Did you mean 'notify_hook'"),
            (lambda mj: mj.imagine("a", state=5), "state must be str"),
            (lambda mj: mj.imagine("a", images=["https://a.cn/b.png"]), "fetches no address"),
            (lambda mj: mj.imagine("a", images=[b"text"]), "is no image"),
            (lambda mj: mj.blend([PIXEL]), "2 to 5 images, not 1"),
            (lambda mj: mj.blend([PIXEL] * 6), "2 to 5 images, not 6"),
            (lambda mj: mj.blend([PIXEL] * 2, dimensions="WIDE"), "PORTRAIT, SQUARE, LANDSCAPE"),
            (lambda mj: mj.describe("https://a.cn/b.png"), "fetches no address"),
            (lambda mj: mj.action("", "x"), "id of a task"),
            (lambda mj: mj.action("1", ""), "custom_id must be"),
            (lambda mj: mj.fetch(True), "id of a task"),
            (lambda mj: mj.list_by_ids("123"), "list of task ids"),
            (lambda mj: mj.modal("1", mask="https://a.cn/b.png"), "takes the mask itself"),
        ],
    )
    def test_is_refused_before_anything_is_sent(self, server, call, reason: str) -> None:
        with client_of(server) as client, pytest.raises(ConfigurationError, match=reason):
            call(client.midjourney)
        assert not server.requests

    def test_is_midjourney_on_ashui(self) -> None:
        with (
            Client(xyashui.ASHUI, api_key="test-key") as client,
            pytest.raises(ConfigurationError, match="documents no midjourney"),
        ):
            client.midjourney.imagine("a cat")


class TestQueries:
    def test_are_sent_where_they_belong(self, server) -> None:
        server.play([http([{"id": "1", "status": "SUCCESS"}, {"id": 2}])])
        with client_of(server) as client:
            assert [task.id for task in client.midjourney.list()] == ["1", "2"]
            assert sent(server) == ("GET /mj/task/list", None)
            client.midjourney.queue()
            assert sent(server) == ("GET /mj/task/queue", None)
            client.midjourney.list_by_ids([1, "2"])
            assert sent(server) == ("POST /mj/task/list-by-condition", {"ids": ["1", "2"]})

    async def test_are_the_same_async(self, server) -> None:
        server.play([http([{"id": "1"}])])
        async with AsyncClient(api_key="test-key", base_url=server.url) as client:
            await client.midjourney.list()
            assert sent(server)[0] == "GET /mj/task/list"
            await client.midjourney.queue()
            assert sent(server)[0] == "GET /mj/task/queue"
            (task,) = await client.midjourney.list_by_ids(["1"])
            assert sent(server)[0] == "POST /mj/task/list-by-condition"
            assert task.id == "1"

    @pytest.mark.parametrize("nothing", [b"", b"null", b"[]", b'{"data": []}'])
    def test_may_find_nothing(self, server, nothing: bytes) -> None:
        server.play([http(nothing)])
        with client_of(server) as client:
            assert client.midjourney.list() == []

    @pytest.mark.parametrize("answer", [b"{}", b"[1]", b'[{"status": "SUCCESS"}]', b"x", b"5"])
    def test_that_cannot_be_read_say_so(self, server, answer: bytes) -> None:
        server.play([http(answer)])
        with client_of(server) as client, pytest.raises(ProtocolError, match="cannot be read"):
            client.midjourney.list()

    @pytest.mark.parametrize("body", [b"[" * 100_000, b"[" * 5000 + b"]" * 5000], ids=len)
    @pytest.mark.parametrize(
        "ask",
        [lambda mj: mj.list(), lambda mj: mj.queue(), lambda mj: mj.list_by_ids(["1"])],
        ids=["list", "queue", "list_by_ids"],
    )
    def test_say_so_where_an_answer_is_too_deep(self, server, ask: Any, body: bytes) -> None:
        server.play([http(body)])
        with client_of(server) as client, pytest.raises(ProtocolError, match="too deep"):
            ask(client.midjourney)

    def test_say_so_where_another_task_is_told_of(self, server) -> None:
        server.play([http({"id": "other", "status": "SUCCESS"})])
        with client_of(server) as client, pytest.raises(ProtocolError, match="'other', not '5'"):
            client.midjourney.fetch(5)

    def test_give_texts_that_can_be_written_down(self, server) -> None:
        server.play([http(b'[{"id": "1\\ud83d\\ude00", "prompt": "\\ud83d"}]')])
        with client_of(server) as client:
            (task,) = client.midjourney.list()
        assert (task.id, task.prompt) == ("1😀", "\ufffd")

    def test_fetch_a_task_by_its_id_and_nothing_else(self, server) -> None:
        server.play([http({"id": "a/b", "status": "SUCCESS"})])
        with client_of(server) as client:
            client.midjourney.fetch("a/b")
        assert server.requests[0].target == "/mj/task/a%2Fb/fetch"

    @pytest.mark.parametrize("nothing", [b"", b"null"])
    def test_say_that_there_is_no_such_task(self, server, nothing: bytes) -> None:
        server.play([http(nothing)])
        with client_of(server) as client, pytest.raises(BadRequestError, match="no task 99"):
            client.midjourney.fetch(99)

    def test_give_the_seed(self, server) -> None:
        server.play([http({"code": 1, "description": "成功", "result": "3302245600"})])
        with client_of(server) as client:
            assert client.midjourney.seed("12") == "3302245600"
        assert sent(server) == ("GET /mj/task/12/image-seed", None)

    def test_are_made_again_where_they_fail(self, server) -> None:
        server.play([reset], [http({"id": "12"})])
        with client_of(server, max_retries=1) as client:
            assert client.midjourney.fetch("12").id == "12"


async def test_submits_of_many_tasks_do_not_mix(server) -> None:
    async with AsyncClient(api_key="test-key", base_url=server.url) as client:
        prompts = [f"cat {number}" for number in range(10)]
        tasks = await asyncio.gather(*map(client.midjourney.imagine, prompts))
    assert [task.prompt for task in tasks] == prompts

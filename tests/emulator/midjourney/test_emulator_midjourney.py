"""Midjourney (`/mj/...`): tasks with a life of their own."""

import itertools
from collections.abc import Callable, Iterator

import httpx
import pytest

import xyashui.emulator
from tests.emulator.midjourney.calling import BANNED, FAILING, KEYS, Caller
from xyashui.emulator import Emulator, Faults
from xyashui.emulator.midjourney.tasks import QUEUE, SLOTS, Task
from xyashui.emulator.midjourney.works import Work


class TestATask:
    def test_is_taken_on_in_the_documented_form(self, slow: Caller) -> None:
        submitted = slow.submit("imagine", prompt="a cat", state="mine")
        assert {**submitted, "result": 0} == {
            "code": 1,
            "description": "提交成功",
            "properties": {},
            "result": 0,
        }

    def test_has_an_id_that_is_a_number_and_a_string_by_turns(self, mj: Caller) -> None:
        results = [mj.submit("shorten", prompt="a cat")["result"] for _ in range(4)]
        assert all(type(one) is not type(other) for one, other in itertools.pairwise(results))
        assert {len(str(one)) for one in results} == {16}
        assert mj.fetch(results[0])["id"] == str(results[0])

    @pytest.mark.parametrize(
        ("done", "status", "percent"),
        [
            (-0.1, "NOT_START", 0),
            (0.01, "NOT_START", 0),
            (0.1, "SUBMITTED", 0),
            (0.2, "IN_PROGRESS", 20),
            (0.999, "IN_PROGRESS", 99),
            (1, "SUCCESS", 100),
        ],
    )
    def test_goes_on_by_the_clock(self, done: float, status: str, percent: int) -> None:
        task = Task("1", "", "IMAGINE", "", "", work=Work(), start=100, end=200)
        assert task.status(100 + done * 100) == (status, percent)

    def test_shows_how_far_it_is_and_ends_well(self, mj: Caller) -> None:
        submitted = mj.submit("imagine", prompt="a cat", state="mine", notifyHook="https://a.cn/x")
        seen = [mj.fetch(submitted["result"])]
        while seen[-1]["status"] != "SUCCESS":
            assert (seen[-1]["imageUrl"], seen[-1]["buttons"]) == ("", [])
            assert seen[-1]["finishTime"] == 0
            seen.append(mj.fetch(submitted["result"]))
        progress = [int(one["progress"].removesuffix("%")) for one in seen]
        assert progress == sorted(progress)
        assert progress[-1] == 100
        task = seen[-1]
        assert (task["action"], task["prompt"], task["promptEn"]) == ("IMAGINE", "a cat", "a cat")
        assert (task["state"], task["failReason"]) == ("mine", "")
        assert task["properties"]["notifyHook"] == "https://a.cn/x"
        assert 0 < task["submitTime"] <= task["startTime"] <= task["finishTime"]

    def test_fails_half_way_where_the_prompt_has_the_word_for_it(self, mj: Caller) -> None:
        task = mj.imagine(f"a cat {FAILING.words[1]}")
        assert (task["status"], task["progress"]) == ("FAILURE", "50%")
        assert task["failReason"] == FAILING.message
        assert (task["imageUrl"], task["buttons"]) == ("", [])

    @pytest.mark.parametrize("parameter", ["--ar 0:1", "--ar wide", "--ar 40:1", "--seed -1"])
    def test_fails_for_a_parameter_that_cannot_be(self, mj: Caller, parameter: str) -> None:
        task = mj.imagine(f"a cat {parameter}")
        assert (task["status"], task["failReason"]) == ("FAILURE", f"参数错误：{parameter}")

    def test_belongs_to_its_key(self, mj: Caller, fast: Emulator) -> None:
        submitted = mj.submit("shorten", prompt="a cat")
        other = Caller(fast, "another-key")
        assert other.fetch(submitted["result"])["description"] == "task_no_found"
        assert other.http.get("/task/list").json() == []


class TestTheQueue:
    def test_lets_a_few_run_and_the_others_wait(self, slow: Caller) -> None:
        running = [slow.submit("shorten", prompt="a cat") for _ in range(SLOTS)]
        assert [one["code"] for one in running] == [1] * SLOTS
        waiting = [slow.submit("shorten", prompt="a dog") for _ in range(2)]
        assert [one["code"] for one in waiting] == [22, 22]
        assert waiting[1]["description"] == "排队中，前面还有2个任务"
        assert waiting[1]["properties"]["numberOfQueues"] == 2
        queue = slow.http.get("/task/queue").json()
        assert [task["id"] for task in queue] == [str(one["result"]) for one in waiting]
        assert {task["status"] for task in queue} == {"NOT_START"}
        assert {task["startTime"] for task in queue} == {0}
        assert len(slow.http.get("/task/list").json()) == SLOTS + 2

    def test_is_full_at_some_point(self, slow: Caller) -> None:
        for _ in range(SLOTS + QUEUE):
            assert slow.submit("shorten", prompt="a cat")["code"] in (1, 22)
        refused = slow.submit("shorten", prompt="a cat")
        assert (refused["code"], refused["description"]) == (23, "队列已满，请稍后尝试")
        assert len(slow.http.get("/task/list").json()) == SLOTS + QUEUE

    def test_runs_those_that_waited_later(self, mj: Caller) -> None:
        submitted = [mj.submit("shorten", prompt=f"cat {n}") for n in range(SLOTS * 3)]
        tasks = [mj.wait(one) for one in submitted]
        assert {task["status"] for task in tasks} == {"SUCCESS"}
        starts = [task["startTime"] for task in tasks]
        assert starts == sorted(starts)
        assert mj.http.get("/task/queue").json() == []

    def test_takes_no_button_of_a_task_that_is_not_finished(self, slow: Caller) -> None:
        id_ = slow.submit("imagine", prompt="a cat")["result"]
        refused = slow.submit("action", taskId=id_, customId="MJ::JOB::upsample::1::x")
        assert (refused["code"], refused["description"]) == (4, "关联任务状态错误")
        seed = slow.http.get(f"/task/{id_}/image-seed").json()
        assert (seed["code"], seed["description"]) == (4, "关联任务状态错误")


class TestLists:
    def test_have_the_newest_first(self, mj: Caller) -> None:
        ids = [str(mj.submit("shorten", prompt=f"cat {n}")["result"]) for n in range(3)]
        listed = [task["id"] for task in mj.http.get("/task/list").json()]
        assert listed[:3] == ids[::-1]

    def test_find_tasks_by_numbers_and_strings_and_leave_out_the_others(self, mj: Caller) -> None:
        ids = [mj.submit("shorten", prompt=f"cat {n}")["result"] for n in range(2)]
        found = mj.http.post("/task/list-by-condition", json={"ids": [*ids, "12345"]}).json()
        assert [task["id"] for task in found] == [str(id_) for id_ in ids]

    def test_need_ids(self, mj: Caller) -> None:
        refused = mj.post("/task/list-by-condition", ids="12345")
        assert (refused["code"], refused["description"]) == (4, "ids参数错误")


class TestRefusals:
    def test_of_unknown_tasks_are_the_gateways(self, mj: Caller) -> None:
        for what in ("fetch", "image-seed"):
            response = mj.http.get(f"/task/12345/{what}")
            assert response.status_code == 400
            assert response.json() == {
                "description": "task_no_found",
                "type": "new_api_error",
                "code": 4,
            }

    @pytest.mark.parametrize("content", [b"{", b"[]", b""])
    def test_of_bodies_that_are_no_objects_are_the_gateways(self, mj: Caller, content) -> None:
        response = mj.http.post("/submit/imagine", content=content)
        assert response.status_code == 400
        assert response.json()["type"] == "new_api_error"
        assert "JSON object" in response.headers["x-emulator-detail"]

    @pytest.mark.parametrize(("method", "path"), [("POST", "submit/imagine"), ("GET", "task/list")])
    def test_of_calls_without_a_key_are_the_gateways(
        self, fast: Emulator, method: str, path: str
    ) -> None:
        url = f"{fast.xingyun_url}/mj/{path}"
        response = httpx.request(method, url, json={"prompt": "a cat"}, trust_env=False)
        assert response.status_code == 401
        assert response.json()["description"] == "未提供令牌"

    @pytest.mark.parametrize("trigger", KEYS, ids=lambda each: each.name)
    def test_are_brought_about_by_every_key_that_is_a_trigger(self, fast, trigger) -> None:
        caller = Caller(fast, trigger.name)
        for response in (
            caller.http.post("/submit/imagine", json={"prompt": "a cat"}),
            caller.http.get("/task/list"),
        ):
            assert response.status_code == trigger.status
            message = trigger.message.format(model="midjourney")
            assert response.json()["description"] == message
            assert response.headers["x-oneapi-request-id"]

    @pytest.mark.parametrize("what", ["imagine", "shorten"])
    def test_of_banned_words_begin_nothing(self, mj: Caller, what: str) -> None:
        before = len(mj.http.get("/task/list").json())
        refused = mj.submit(what, prompt=f"a {BANNED.words[0].upper()} cat")
        assert (refused["code"], refused["description"]) == (24, "可能包含敏感词")
        assert "result" not in refused
        assert len(mj.http.get("/task/list").json()) == before

    @pytest.mark.parametrize(
        ("what", "body", "words"),
        [
            ("imagine", {}, "prompt不能为空"),
            ("imagine", {"prompt": " "}, "prompt不能为空"),
            ("imagine", {"prompt": 5}, "prompt不能为空"),
            ("imagine", {"prompt": "a", "base64Array": "x"}, "base64Array参数错误"),
            ("imagine", {"prompt": "a", "state": 5}, "state参数错误"),
            ("imagine", {"prompt": "a", "notifyHook": []}, "notifyHook参数错误"),
            ("action", {"taskId": "1"}, "customId不能为空"),
            ("action", {"customId": "x"}, "taskId不能为空"),
            ("modal", {}, "taskId不能为空"),
            ("shorten", {}, "prompt不能为空"),
        ],
    )
    def test_name_the_field_that_is_wrong(self, mj: Caller, what, body, words) -> None:
        refused = mj.submit(what, **body)
        assert (refused["code"], refused["description"]) == (4, words)

    def test_are_recorded_as_such(self, mj: Caller, fast: Emulator) -> None:
        mj.submit("imagine", prompt="")
        assert (fast.requests[-1].outcome, fast.requests[-1].path) == (
            "refused",
            "/xingyun/mj/submit/imagine",
        )


class TestFaults:
    @pytest.fixture
    def faulty(self) -> Iterator[Callable[[Faults], Caller]]:
        with xyashui.emulator.serve(midjourney_seconds=0) as running:

            def faulty(faults: Faults) -> Caller:
                running.faults = faults
                return Caller(running)

            yield faulty

    def test_strike_what_is_posted_and_leave_the_tasks_visible(self, faulty) -> None:
        caller = faulty(Faults(rate_limit=1, retry_after=2, only_first=1))
        response = caller.http.post("/submit/imagine", json={"prompt": "a cat"})
        assert (response.status_code, response.headers["retry-after"]) == (429, "2")
        assert response.json()["description"] == "当前分组上游负载已饱和，请稍后再试"
        assert caller.http.get("/task/list").json() == []
        assert caller.imagine("a cat")["status"] == "SUCCESS"

    def test_may_be_the_upstreams(self, faulty) -> None:
        caller = faulty(Faults(server_error=1))
        response = caller.http.post("/task/list-by-condition", json={"ids": []})
        assert response.status_code == 500
        assert response.json()["code"] == "bad_response_status_code"


def test_the_time_that_tasks_take_can_be_set_for_new_ones(slow: Caller) -> None:
    running = slow.submit("shorten", prompt="a cat")
    slow.emulator.midjourney_seconds = 0
    assert slow.emulator.midjourney_seconds == 0
    assert slow.fetch(slow.submit("shorten", prompt="a dog")["result"])["status"] == "SUCCESS"
    assert slow.fetch(running["result"])["status"] != "SUCCESS"


def test_nobody_is_called_back(mj: Caller, fast: Emulator) -> None:
    hook = f"{fast.xingyun_url}/hook"
    task = mj.imagine("a cat", notifyHook=hook)
    assert task["properties"]["notifyHook"] == hook
    assert not [one for one in fast.requests if one.path.endswith("/hook")]

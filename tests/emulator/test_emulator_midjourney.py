"""Midjourney (`/mj/...`): tasks with a life of their own, and real pictures."""

import base64
import io
import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from PIL import Image, ImageChops, ImageStat

import xyashui.emulator
from xyashui.emulator import PROMPT_TRIGGERS, TRIGGERS, Emulator, Faults
from xyashui.emulator.midjourney.tasks import QUEUE, SLOTS, Task
from xyashui.emulator.midjourney.works import Work

KEY = {"Authorization": "Bearer test-key"}
BANNED, FAILING = (each for each in PROMPT_TRIGGERS if each.section == "midjourney")
KEYS = [each for each in TRIGGERS if each.service == "xingyun" and each.kind == "key"]
ENDED = ("SUCCESS", "FAILURE", "MODAL")

Json = dict[str, Any]


class Caller:
    """Calls the section as a client without any of xyashui would."""

    def __init__(self, emulator: Emulator, key: str = "test-key") -> None:
        self.emulator = emulator
        self.http = httpx.Client(
            base_url=f"{emulator.xingyun_url}/mj",
            headers={"Authorization": f"Bearer {key}"},
            timeout=10,
            trust_env=False,
            verify=False,
        )

    def post(self, path: str, **body: Any) -> Json:
        response = self.http.post(path, json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def submit(self, what: str, **body: Any) -> Json:
        return self.post(f"/submit/{what}", **body)

    def fetch(self, id_: str | int) -> Json:
        return self.http.get(f"/task/{id_}/fetch").json()

    def wait(self, submitted: Json) -> Json:
        assert submitted["code"] in (1, 21, 22), submitted
        while (task := self.fetch(submitted["result"]))["status"] not in ENDED:
            time.sleep(0.01)
        return task

    def imagine(self, prompt: str, **body: Any) -> Json:
        return self.wait(self.submit("imagine", prompt=prompt, **body))

    def press(self, task: Json, name: str) -> Json:
        named = {button["label"] or button["emoji"]: button for button in task["buttons"]}
        return self.submit("action", taskId=task["id"], customId=named[name]["customId"])

    def pressed(self, task: Json, name: str) -> Json:
        return self.wait(self.press(task, name))

    def picture(self, task: Json) -> Image.Image:
        response = self.http.get(task["imageUrl"])
        assert response.headers["content-type"] == "image/png"
        return Image.open(io.BytesIO(response.content)).convert("RGB")


@pytest.fixture(scope="module")
def fast() -> Iterator[Emulator]:
    with xyashui.emulator.serve(midjourney_seconds=0.05) as running:
        yield running


@pytest.fixture
def mj(fast: Emulator) -> Iterator[Caller]:
    caller = Caller(fast)
    yield caller
    caller.http.close()


@pytest.fixture(scope="module")
def grid(fast: Emulator) -> Json:
    return Caller(fast).imagine("a red boat at sea")


@pytest.fixture(scope="module")
def large(fast: Emulator, grid: Json) -> Json:
    return Caller(fast).pressed(grid, "U2")


@pytest.fixture
def slow() -> Iterator[Caller]:
    """Tasks here run for longer than any test does."""
    with xyashui.emulator.serve(midjourney_seconds=3_600) as running:
        caller = Caller(running)
        yield caller
        caller.http.close()


def uri(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def plain(colour: str, size: tuple[int, int] = (64, 64)) -> Image.Image:
    return Image.new("RGB", size, colour)


def quarters(grid: Image.Image) -> list[Image.Image]:
    width, height = grid.width // 2, grid.height // 2
    corners = [(0, 0), (width, 0), (0, height), (width, height)]
    return [grid.crop((x, y, x + width, y + height)) for x, y in corners]


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, from 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other.resize(one.size))).mean) / 3


def mean(image: Image.Image) -> list[float]:
    return ImageStat.Stat(image.convert("RGB")).mean


class TestATask:
    def test_is_taken_on_in_the_documented_form(self, mj: Caller) -> None:
        submitted = mj.submit("imagine", prompt="a cat", state="mine")
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


class TestImagining:
    def test_paints_four_that_differ_visibly(self, mj: Caller) -> None:
        grid = mj.picture(mj.imagine("a red boat at sea"))
        assert grid.size == (1024, 1024)
        pairs = itertools.combinations(quarters(grid), 2)
        assert all(difference(one, other) > 4 for one, other in pairs)

    def test_has_the_buttons_of_a_grid(self, mj: Caller) -> None:
        task = mj.imagine("a cat")
        names = [button["label"] or button["emoji"] for button in task["buttons"]]
        assert names == ["U1", "U2", "U3", "U4", "🔄", "V1", "V2", "V3", "V4"]
        ids = [button["customId"].split("::") for button in task["buttons"]]
        assert [id_[:4] for id_ in ids[:5:4]] == [
            ["MJ", "JOB", "upsample", "1"],
            ["MJ", "JOB", "reroll", "0"],
        ]
        assert ids[4][5] == "SOLO"
        assert len({id_[4] for id_ in ids}) == 1

    @pytest.mark.parametrize(
        ("parameters", "size"), [("--ar 3:2", (1248, 832)), ("--aspect 9:16 --v 6", (768, 1376))]
    )
    def test_takes_the_shape_asked_for(self, mj: Caller, parameters: str, size: Any) -> None:
        assert mj.picture(mj.imagine(f"a cat {parameters}")).size == size

    def test_gives_the_same_for_the_same_words_and_seed(self, mj: Caller) -> None:
        first, again = mj.imagine("a lighthouse"), mj.imagine("a lighthouse")
        assert first["imageUrl"] == again["imageUrl"]
        answer = mj.http.get(f"/task/{first['id']}/image-seed").json()
        assert (answer["code"], answer["description"]) == (1, "成功")
        same = mj.imagine(f"a lighthouse --seed {answer['result']}")
        other = mj.imagine("a lighthouse --seed 7")
        assert same["imageUrl"] == first["imageUrl"] != other["imageUrl"]
        assert mj.http.get(f"/task/{other['id']}/image-seed").json()["result"] == "7"

    def test_takes_colours_from_pictures(self, mj: Caller) -> None:
        bare = mean(mj.picture(mj.imagine("mountains")))
        red = mean(mj.picture(mj.imagine("mountains", base64Array=[uri(plain("red"))])))
        both = [uri(plain("red")), uri(plain("blue"))]
        mixed = mean(mj.picture(mj.imagine("mountains", base64Array=both)))
        assert red[0] > bare[0] + 20
        assert red[2] < bare[2] - 20
        assert red[0] > mixed[0]
        assert red[2] < mixed[2]


class TestButtons:
    @pytest.mark.parametrize("number", [1, 2, 3, 4])
    def test_upscale_the_picture_that_is_meant(self, mj: Caller, grid: Json, number: int) -> None:
        task = mj.pressed(grid, f"U{number}")
        assert (task["action"], task["prompt"]) == ("UPSCALE", "a red boat at sea")
        picture = mj.picture(task)
        four = quarters(mj.picture(grid))
        assert picture.size == (2 * four[0].width, 2 * four[0].height)
        differences = [difference(one, picture) for one in four]
        assert min(differences) == differences[number - 1] < 2

    def test_that_upscale_give_the_task_that_exists_already(self, mj: Caller, grid: Json) -> None:
        first, again = mj.press(grid, "U3"), mj.press(grid, "U3")
        assert (again["code"], again["description"]) == (21, "任务已存在")
        assert str(again["result"]) == str(first["result"])
        assert again["properties"]["status"] in ("NOT_START", "SUBMITTED", "IN_PROGRESS", "SUCCESS")

    def test_show_that_they_were_pressed(self, mj: Caller, grid: Json) -> None:
        mj.press(grid, "V4")
        styles = {one["label"]: one["style"] for one in mj.fetch(grid["id"])["buttons"]}
        assert styles["V4"] != styles["V1"]

    def test_vary_one_picture_otherwise_each_time(self, mj: Caller, grid: Json) -> None:
        first, again = mj.pressed(grid, "V1"), mj.pressed(grid, "V1")
        assert first["action"] == "VARIATION"
        assert first["imageUrl"] != again["imageUrl"]
        assert "U1" in [button["label"] for button in first["buttons"]]
        one, *_ = quarters(mj.picture(grid))
        varied = quarters(mj.picture(first))
        assert all(1 < difference(one, each) < 60 for each in varied)

    def test_paint_all_anew(self, mj: Caller, grid: Json) -> None:
        again = mj.pressed(grid, "🔄")
        assert (again["action"], again["prompt"]) == ("REROLL", grid["prompt"])
        third = mj.pressed(again, "🔄")
        assert len({task["imageUrl"] for task in (grid, again, third)}) == 3

    def test_of_a_single_picture_are_others(self, large: Json) -> None:
        labels = [button["label"] for button in large["buttons"]]
        assert labels == [
            "Vary (Subtle)",
            "Vary (Strong)",
            "Vary (Region)",
            "Zoom Out 2x",
            "Zoom Out 1.5x",
        ]

    def test_vary_subtly_or_strongly(self, mj: Caller, large: Json) -> None:
        picture = mj.picture(large).resize((512, 512))
        subtle, strong = (
            mj.pressed(large, f"Vary ({strength})") for strength in ("Subtle", "Strong")
        )
        assert (subtle["action"], strong["action"]) == ("LOW_VARIATION", "HIGH_VARIATION")

        def departure(task: Json) -> float:
            return sum(difference(picture, one) for one in quarters(mj.picture(task)))

        assert 0 < departure(subtle) < departure(strong)

    @pytest.mark.parametrize(("label", "share"), [("Zoom Out 2x", 0.5), ("Zoom Out 1.5x", 0.75)])
    def test_zoom_out_and_keep_the_picture_in_the_middle(
        self, mj: Caller, large: Json, label: str, share: float
    ) -> None:
        task = mj.pressed(large, label)
        assert task["action"] == "ZOOM"
        side = round(512 * share)
        corner = (512 - side) // 2
        for one in quarters(mj.picture(task)):
            inner = one.crop((corner, corner, corner + side, corner + side))
            assert difference(inner, mj.picture(large)) < 16

    def test_vary_a_region_after_a_window(self, mj: Caller, large: Json) -> None:
        opened = mj.press(large, "Vary (Region)")
        assert (opened["code"], opened["properties"]["remix"]) == (21, True)
        assert opened["properties"]["finalPrompt"] == "a red boat at sea"
        task = mj.fetch(opened["result"])
        assert (task["action"], task["status"]) == ("INPAINT", "MODAL")
        mask = Image.new("L", (100, 100))
        mask.paste(255, (0, 0, 50, 100))
        sent = {"taskId": opened["result"], "prompt": "green forest", "maskBase64": uri(mask)}
        done = mj.wait(mj.submit("modal", **sent))
        assert (done["id"], done["status"]) == (task["id"], "SUCCESS")
        assert done["prompt"] == "green forest"
        before = mj.picture(large).resize((512, 512))
        for one in quarters(mj.picture(done)):
            left, right = (0, 0, 240, 512), (272, 0, 512, 512)
            assert difference(one.crop(right), before.crop(right)) < 4
            assert difference(one.crop(left), before.crop(left)) > 20
        again = mj.submit("modal", **sent)
        assert (again["code"], again["description"]) == (4, "关联任务状态错误")

    def test_of_a_window_need_a_mask(self, mj: Caller, large: Json) -> None:
        opened = mj.press(large, "Vary (Region)")
        refused = mj.submit("modal", taskId=opened["result"], prompt="a hat")
        assert (refused["code"], refused["description"]) == (4, "maskBase64参数错误")
        assert mj.fetch(opened["result"])["status"] == "MODAL"

    def test_that_are_not_there_cannot_be_pressed(self, mj: Caller, grid: Json) -> None:
        refused = mj.submit("action", taskId=grid["id"], customId="MJ::JOB::upsample::9::x")
        assert (refused["code"], refused["description"]) == (3, "关联动作不存在")
        refused = mj.submit("action", taskId="12345", customId="MJ::JOB::upsample::1::x")
        assert (refused["code"], refused["description"]) == (3, "关联任务不存在或已失效")


class TestBlending:
    @pytest.mark.parametrize(
        ("dimensions", "size"),
        [("PORTRAIT", (832, 1248)), ("SQUARE", (1024, 1024)), ("LANDSCAPE", (1248, 832))],
    )
    def test_takes_the_shape_asked_for(self, mj: Caller, dimensions: str, size: Any) -> None:
        sent = [uri(plain("red")), uri(plain("blue"))]
        task = mj.wait(mj.submit("blend", base64Array=sent, dimensions=dimensions))
        assert (task["action"], mj.picture(task).size) == ("BLEND", size)

    def test_lets_every_picture_be_seen_and_is_square_by_default(self, mj: Caller) -> None:
        colours = ("red", "lime", "blue")
        sent = [uri(plain(colour)) for colour in colours]
        blended = mj.picture(mj.wait(mj.submit("blend", base64Array=sent)))
        assert blended.width == blended.height
        for one in quarters(blended):
            assert min(mean(one)) > 25
        assert difference(*quarters(blended)[:2]) > 10

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({}, "base64Array参数错误"),
            ({"base64Array": [uri(plain("red"))]}, "base64Array参数错误"),
            ({"base64Array": [uri(plain("red"))] * 6}, "base64Array参数错误"),
            ({"base64Array": ["https://a.cn/b.png"] * 2}, "base64Array参数错误"),
            ({"base64Array": ["data:image/png;base64,AAAA"] * 2}, "base64Array格式错误"),
            ({"base64Array": [uri(plain("red"))] * 2, "dimensions": "WIDE"}, "dimensions参数错误"),
        ],
    )
    def test_is_refused_for_what_cannot_be_blended(self, mj: Caller, body: Json, words) -> None:
        refused = mj.submit("blend", **body)
        assert (refused["code"], refused["description"]) == (4, words)


class TestDescribing:
    @pytest.fixture
    def described(self, mj: Caller) -> Json:
        image = plain("red", (64, 32))
        image.paste((0, 0, 255), (0, 16, 64, 32))
        return mj.wait(mj.submit("describe", base64=uri(image)))

    def test_gives_four_prompts_of_what_is_to_be_seen(self, described: Json) -> None:
        text = described["prompt"]
        assert text == described["promptEn"] == described["description"]
        assert text == described["properties"]["finalPrompt"]
        prompts = text.split("\n\n")
        assert [prompt[:3] for prompt in prompts] == ["1️⃣", "2️⃣", "3️⃣", "4️⃣"]
        assert all(prompt.endswith("--ar 2:1") for prompt in prompts)
        assert "64 × 32 pixels" in prompts[0]
        assert "red above and blue below" in prompts[1]

    def test_shows_the_picture_itself(self, mj: Caller, described: Json) -> None:
        assert mj.picture(described).size == (64, 32)

    def test_finds_others_and_paints_them_on_demand(self, mj: Caller, described: Json) -> None:
        names = [button["emoji"] for button in described["buttons"]]
        assert names == ["1️⃣", "2️⃣", "3️⃣", "4️⃣", "🔄"]
        again = mj.pressed(described, "🔄")
        assert again["action"] == "DESCRIBE"
        assert again["prompt"] != described["prompt"]
        painted = mj.pressed(described, "2️⃣")
        assert painted["action"] == "IMAGINE"
        assert painted["prompt"] == described["prompt"].split("\n\n")[1].removeprefix("2️⃣ ")
        width, height = mj.picture(painted).size
        assert width == pytest.approx(2 * height, rel=0.05)

    def test_has_no_seed(self, mj: Caller, described: Json) -> None:
        assert mj.http.get(f"/task/{described['id']}/image-seed").json()["code"] == 4

    @pytest.mark.parametrize("sent", [None, 5, "text", "https://a.cn/b.png"])
    def test_needs_a_picture(self, mj: Caller, sent: Any) -> None:
        refused = mj.submit("describe", base64=sent)
        assert (refused["code"], refused["description"]) == (4, "base64参数错误")


class TestShortening:
    def test_marks_what_counts_and_proposes_shorter_prompts(self, mj: Caller) -> None:
        words = "please paint me a very beautiful lighthouse by the stormy sea --ar 3:2"
        task = mj.wait(mj.submit("shorten", prompt=words))
        assert (task["action"], task["prompt"]) == ("SHORTEN", words)
        text = task["promptEn"]
        assert text == task["properties"]["finalPrompt"]
        marked, *proposals = text.split("\n\n")
        assert "**lighthouse**" in marked
        assert "~~very~~" in marked
        assert proposals == ["1️⃣ lighthouse stormy sea", "2️⃣ lighthouse sea", "3️⃣ sea"]
        painted = mj.pressed(task, "2️⃣")
        assert (painted["action"], painted["prompt"]) == ("IMAGINE", "lighthouse sea")

    def test_knows_chinese(self, mj: Caller) -> None:
        task = mj.wait(mj.submit("shorten", prompt="请帮我画一张红色的灯塔，谢谢"))
        marked, first, *_ = task["promptEn"].split("\n\n")
        assert marked == "~~请帮我画一张~~**红色**~~的~~**灯塔**，~~谢谢~~"
        assert first == "1️⃣ 红色，灯塔"

    def test_leaves_a_prompt_without_such_words_as_it_is(self, mj: Caller) -> None:
        task = mj.wait(mj.submit("shorten", prompt="the a"))
        assert task["promptEn"].endswith("1️⃣ the a")


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

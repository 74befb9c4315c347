"""Midjourney: what the buttons below a picture do."""

import pytest
from PIL import Image

from tests.emulator.midjourney.calling import Caller, Json, difference, quarters, uri


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

    def test_show_that_they_were_pressed(self, mj: Caller) -> None:
        grid = mj.imagine("a red boat at sea")  # at which nobody else has pressed any
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

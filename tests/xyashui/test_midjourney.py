"""Midjourney on the emulator: tasks from the first call to the last button."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from xyashui import (
    AsyncClient,
    BadRequestError,
    Client,
    ConfigurationError,
    MidjourneyTask,
    TaskFailedError,
)
from xyashui.emulator import PROMPT_TRIGGERS, Emulator, serve

BANNED, FAILING = (one for one in PROMPT_TRIGGERS if one.section == "midjourney")
FAST = {"poll_interval": 0.02, "timeout": 30}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with serve(midjourney_seconds=0.1) as running:
        yield running


@pytest.fixture
def client(emulator: Emulator) -> Iterator[Client]:
    with Client(api_key="test-key", base_url=emulator.xingyun_url, max_retries=0) as made:
        yield made


def aclient(emulator: Emulator) -> AsyncClient:
    return AsyncClient(api_key="test-key", base_url=emulator.xingyun_url, max_retries=0)


def image_of(task: Any) -> Image.Image:
    return Image.open(BytesIO(task.image.data))


class TestImagining:
    def test_paints_a_grid_and_each_of_its_pictures_large(self, client: Client) -> None:
        grid = client.midjourney.imagine("一只戴帽子的猫", state="mine").wait(**FAST)
        assert (grid.status, grid.progress, grid.action) == ("SUCCESS", 100, "IMAGINE")
        assert (grid.prompt, grid.state) == ("一只戴帽子的猫", "mine")
        assert grid.is_grid
        assert grid.submitted_at <= grid.started_at <= grid.finished_at
        assert {"U1", "U4", "V1", "V4", "🔄"} <= {button.name for button in grid.buttons}

        large = [grid.upscale(index).wait(**FAST, download=True) for index in (1, 2)]
        assert all(task.status == "SUCCESS" and not task.is_grid for task in large)
        assert large[0].image.data != large[1].image.data
        assert grid.image.bytes().startswith(b"\x89PNG")

    async def test_does_the_same_async(self, emulator: Emulator, tmp_path: Path) -> None:
        async with aclient(emulator) as client:
            grid = await client.midjourney.imagine("a red boat at sea")
            assert not grid.done
            await grid.wait(**FAST)
            varied = await (await grid.vary(3)).wait(**FAST)
            again = await (await grid.reroll()).wait(**FAST)
            large = await (await varied.press("U2")).wait(**FAST, download=True)
            assert varied.is_grid
            assert again.is_grid
            assert not large.is_grid
            assert await large.image.asave(tmp_path / "boat.png") == tmp_path / "boat.png"
            assert (await grid.seed()).isdigit()
            assert (await client.midjourney.fetch(grid.id)).prompt == "a red boat at sea"

    def test_can_be_watched(self, client: Client) -> None:
        told: list[int] = []
        task = client.midjourney.imagine("a lighthouse")
        task.wait(**FAST, on_progress=lambda seen: told.append(seen.progress))
        assert told == sorted(told)
        assert told[-1] == 100

    def test_starts_from_pictures(self, client: Client, emulator: Emulator) -> None:
        first = client.midjourney.imagine("a red cat").wait(**FAST)
        second = client.midjourney.imagine("a hat", images=[first.image]).wait(**FAST)
        assert second.status == "SUCCESS"
        bodies = [one.body for one in emulator.requests if one.path.endswith("/submit/imagine")]
        assert bodies[-1]["base64Array"][0].startswith("data:image/png;base64,")

    def test_is_taken_up_again_from_the_id_alone(self, client: Client, emulator: Emulator) -> None:
        begun = client.midjourney.imagine("a lighthouse")
        with Client(api_key="test-key", base_url=emulator.xingyun_url) as another:
            assert another.midjourney.task(begun.id).wait(**FAST).prompt == "a lighthouse"

    def test_is_refused_for_a_banned_word(self, client: Client) -> None:
        with pytest.raises(BadRequestError, match=BANNED.message):
            client.midjourney.imagine(BANNED.words[0])

    def test_raises_the_services_reason_where_the_task_fails(self, client: Client) -> None:
        task = client.midjourney.imagine(FAILING.words[0])
        with pytest.raises(TaskFailedError) as caught:
            task.wait(**FAST)
        assert caught.value.message == task.fail_reason == FAILING.message
        assert caught.value.task_id == task.id
        assert task.failed


class TestButtons:
    @pytest.fixture
    def grid(self, client: Client) -> MidjourneyTask:
        return client.midjourney.imagine("a village").wait(**FAST)

    def test_are_pressed_by_label_sign_or_name(self, grid: MidjourneyTask) -> None:
        by_label = next(button for button in grid.buttons if button.label == "V2")
        assert grid.press("v2").id != grid.id
        assert grid.press("🔄").wait(**FAST).status == "SUCCESS"
        assert grid.find_button(by_label) == grid.find_button(by_label.custom_id) == by_label

    def test_that_are_not_there_are_told_with_those_that_are(self, grid: MidjourneyTask) -> None:
        with pytest.raises(ConfigurationError, match=r"has no button 'U7'.*It has U1, U2"):
            grid.press("U7")
        with pytest.raises(ConfigurationError, match=r"has no button 'U1'.*It has"):
            grid.upscale(1).wait(**FAST).upscale(1)

    @pytest.mark.parametrize("index", [0, 5, True, "1"])
    def test_are_for_the_four_of_a_grid(self, grid: MidjourneyTask, index: Any) -> None:
        with pytest.raises(ConfigurationError, match="1 to 4"):
            grid.upscale(index)

    def test_wait_for_the_task(self, client: Client) -> None:
        with pytest.raises(ConfigurationError, match=r"yet: it is SUBMITTED.*wait\(\)"):
            client.midjourney.imagine("a village").upscale(1)

    def test_that_were_pressed_before_give_the_same_task(self, grid: MidjourneyTask) -> None:
        assert grid.upscale(1).id == grid.upscale(1).id

    def test_may_open_a_window(self, grid: MidjourneyTask) -> None:
        large = grid.upscale(1).wait(**FAST, download=True)
        opened = large.press("Vary (Region)").wait(**FAST)
        assert opened.waits_for_modal
        mask = Image.new("L", image_of(large).size)
        mask.paste(255, (0, 0, 100, 100))
        changed = opened.modal(prompt="a red hat", mask=mask).wait(**FAST, download=True)
        assert changed.status == "SUCCESS"
        assert changed.image.data != large.image.data


class TestOtherTasks:
    def test_blend_pictures(self, client: Client) -> None:
        first = client.midjourney.imagine("a red cat").wait(**FAST).image
        second = client.midjourney.imagine("a blue dog").wait(**FAST).image
        both = client.midjourney.blend([first, second.bytes()], dimensions="LANDSCAPE")
        blended = both.wait(**FAST, download=True)
        width, height = image_of(blended).size
        assert width > height

    def test_describe_a_picture(self, client: Client, tmp_path: Path) -> None:
        path = tmp_path / "red.png"
        Image.new("RGB", (64, 32), "red").save(path)
        described = client.midjourney.describe(path).wait(**FAST)
        assert len(described.descriptions) == 4

    async def test_describe_a_picture_async(self, emulator: Emulator) -> None:
        async with aclient(emulator) as client:
            painted = (await client.generate_image("a red cat")).first
            described = await (await client.midjourney.describe(painted)).wait(**FAST)
        assert len(described.descriptions) == 4

    def test_shorten_a_prompt(self, client: Client) -> None:
        words = "please paint me a very beautiful lighthouse by the stormy sea, thank you"
        shortened = client.midjourney.shorten(words).wait(**FAST)
        assert shortened.prompts
        assert all(len(proposal) < len(words) for proposal in shortened.prompts)


class TestLists:
    def test_have_every_task(self, client: Client) -> None:
        begun = client.midjourney.imagine("a lighthouse").wait(**FAST)
        assert begun.id in [task.id for task in client.midjourney.list()]
        (found,) = client.midjourney.list_by_ids([begun.id])
        assert (found.id, found.prompt) == (begun.id, "a lighthouse")
        assert begun.id not in [task.id for task in client.midjourney.queue()]

    async def test_have_every_task_async(self, emulator: Emulator) -> None:
        async with aclient(emulator) as client:
            begun = await client.midjourney.imagine("a lighthouse")
            assert begun.id in [task.id for task in await client.midjourney.list()]
            (found,) = await client.midjourney.list_by_ids([begun.id])
            await found.wait(**FAST)
            assert isinstance(await client.midjourney.queue(), list)

    def test_know_no_task_that_never_was(self, client: Client) -> None:
        with pytest.raises(BadRequestError):
            client.midjourney.fetch("12345")
        with pytest.raises(BadRequestError):
            client.midjourney.seed("12345")
        assert client.midjourney.list_by_ids(["12345"]) == []


class TestShowing:
    def test_shows_the_picture_that_is_held_and_links_to_one_that_is_not(
        self, client: Client
    ) -> None:
        task = client.midjourney.imagine("a <b>lighthouse</b>").wait(**FAST)
        linked = task._repr_html_()
        assert "<img" not in linked
        assert f'href="{task.image.url}"' in linked
        assert "&lt;b&gt;lighthouse" in linked
        task.image.bytes()
        held = task._repr_html_()
        assert 'src="data:image/png;base64,' in held
        assert [f">{number}</span>" in held for number in range(1, 5)] == [True] * 4
        assert "🔄" in held

"""What the tools of both frameworks have in common: keeping, naming, telling, masking."""

from __future__ import annotations

import asyncio
import base64
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from xyashui import ConfigurationError, MidjourneyTask, Picture
from xyashui.tooling.either import over_at_once, settled
from xyashui.tooling.gallery import Gallery
from xyashui.tooling.masks import region_mask
from xyashui.tooling.orders import Order
from xyashui.tooling.telling import tell_picture, tell_task, tell_tasks
from xyashui.tooling.workshop import Workshop


def drawn(form: str = "PNG", size: tuple[int, int] = (8, 4)) -> bytes:
    written = BytesIO()
    Image.new("RGB", size, "teal").save(written, format=form)
    return written.getvalue()


def picture(form: str = "PNG") -> Picture:
    return Picture(base64=base64.b64encode(drawn(form)).decode())


class TestAGallery:
    @pytest.mark.parametrize(
        ("words", "name"),
        [
            ("一只 戴帽子的猫!", "一只-戴帽子的猫.png"),
            ("../../etc/passwd", "etc-passwd.png"),
            ("/tmp/x\0\n", "tmp-x.png"),
            ("🐈", "picture.png"),
            ("a" * 99, "a" * 40 + ".png"),
            ("", "picture.png"),
        ],
    )
    def test_names_a_file_by_the_words_of_the_prompt(
        self, tmp_path: Path, words: str, name: str
    ) -> None:
        path = Gallery(tmp_path / "new" / "place").keep(picture(), words)
        assert path == tmp_path / "new" / "place" / name
        assert path.read_bytes() == drawn()

    def test_names_it_by_what_it_is(self, tmp_path: Path) -> None:
        path = Gallery(tmp_path).keep(picture("JPEG"), "a cat")
        assert path is not None
        assert path.name == "a-cat.jpg"

    async def test_never_gives_a_name_twice(self, tmp_path: Path) -> None:
        gallery = Gallery(tmp_path)
        (tmp_path / "a-cat.png").write_bytes(b"mine")
        kept = await asyncio.gather(*(gallery.akeep(picture(), "a cat") for _ in range(20)))
        assert len(set(kept)) == 20
        assert (tmp_path / "a-cat.png").read_bytes() == b"mine"

    async def test_keeps_nothing_without_a_directory(self) -> None:
        assert Gallery().keep(picture(), "a cat") is None
        assert await Gallery().akeep(picture(), "a cat") is None

    def test_finds_its_own_files_and_no_others(self, tmp_path: Path) -> None:
        gallery = Gallery(tmp_path / "pictures")
        path = gallery.keep(picture(), "a cat")
        (tmp_path / "secret.png").write_bytes(drawn())
        (tmp_path / "pictures" / "link.png").symlink_to(tmp_path / "secret.png")
        assert gallery.find("a-cat.png") == path
        for name in ("../secret.png", str(tmp_path / "secret.png"), "link.png", "", ".", "dog.png"):
            assert gallery.find(name) is None
        assert Gallery().find("a-cat.png") is None

    def test_needs_a_directory(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        for directory in (tmp_path / "file", 5):
            with pytest.raises(ConfigurationError, match="directory"):
                Gallery(directory)  # type: ignore[arg-type]
        with pytest.raises(ConfigurationError, match="cannot be saved"):
            Gallery(tmp_path / "file" / "below").keep(picture(), "a cat")


class TestAnOrder:
    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ({"action": "imagin"}, "Did you mean 'imagine'"),
            ({"action": "imagine"}, "needs 'prompt'"),
            ({"action": "imagine", "prompt": ""}, "needs 'prompt'"),
            ({"action": "upscale", "index": 1}, "needs 'task_id'"),
            ({"action": "upscale", "task_id": "1"}, "needs 'index'"),
            ({"action": "press", "task_id": "1"}, "needs 'button'"),
            ({"action": "blend"}, "needs 'images'"),
            ({"action": "describe", "images": ["1", "2"]}, "one image"),
            ({"action": "modal", "task_id": "1", "region": [0, 0, 50]}, "region must be"),
            ({"action": "modal", "task_id": "1", "region": [50, 0, 50, 9]}, "region must be"),
            ({"action": "modal", "task_id": "1", "region": [0, 0, 101, 9]}, "region must be"),
            ({"action": "modal", "task_id": "1", "region": [0, 0, 50, 50]}, "in 'images'"),
            ({"action": "modal", "task_id": "1", "images": ["7"]}, "with a 'region'"),
        ],
    )
    def test_says_what_it_lacks(self, given: dict[str, Any], reason: str) -> None:
        with pytest.raises(ConfigurationError, match=reason):
            Order(**given)

    @pytest.mark.parametrize("given", [{"wait": -1}, {"wait": True}, {"poll_interval": 0}])
    def test_is_carried_out_with_a_patience_that_can_be(self, given: dict[str, Any]) -> None:
        with pytest.raises(ConfigurationError, match="positive number of seconds"):
            Workshop(**given)


class TestTelling:
    def test_says_where_a_picture_is_and_what_it_shows(self) -> None:
        there = Picture("https://a.cn/b.png", revised_prompt="a red cat")
        assert (
            tell_picture(there, size="1024x1024")
            == "Picture made: https://a.cn/b.png, 1024x1024. It shows: a red cat"
        )
        assert tell_picture(picture(), Path("a/b.png")) == "Picture made: a/b.png, 8x4"
        assert "handed to the program" in tell_picture(picture())

    def test_says_how_a_task_stands_and_how_to_go_on(self) -> None:
        task = MidjourneyTask("12")
        task.update(
            {
                "action": "IMAGINE",
                "status": "SUCCESS",
                "prompt": "a cat",
                "imageUrl": "https://a.cn/b.png",
                "buttons": [
                    {"customId": "MJ::JOB::upsample::1::u", "label": "U1"},
                    {"customId": "MJ::JOB::reroll::0::u::SOLO", "emoji": "🔄"},
                ],
            }
        )
        assert tell_task(task).splitlines() == [
            "Task 12 (IMAGINE), SUCCESS: a cat",
            "Picture: https://a.cn/b.png",
            "It is a grid of four: 1 top left, 2 top right, 3 bottom left, 4 bottom right.",
            "Buttons: U1, 🔄",
        ]

    @pytest.mark.parametrize(
        ("status", "words"),
        [("IN_PROGRESS", "look at it again later"), ("MODAL", "waits for its window")],
    )
    def test_says_what_an_unfinished_task_waits_for(self, status: str, words: str) -> None:
        task = MidjourneyTask("12")
        task.update({"status": status, "progress": "40%", "failReason": ""})
        assert words in tell_task(task)
        assert "40%" in tell_task(task)

    def test_numbers_proposals(self) -> None:
        task = MidjourneyTask("12")
        task.update({"action": "DESCRIBE", "status": "SUCCESS", "prompt": "1️⃣ a cat\n2️⃣ a dog"})
        assert tell_task(task).splitlines()[-2:] == ["1. a cat", "2. a dog"]

    def test_says_that_there_are_no_tasks(self) -> None:
        assert tell_tasks([]) == "There are no tasks."


class TestAMask:
    def test_is_white_where_to_paint_anew(self) -> None:
        mask = Image.open(BytesIO(region_mask(drawn(size=(8, 4)), [50, 0, 100, 50])))
        assert mask.size == (8, 4)
        assert mask.getbbox() == (4, 0, 8, 2)

    def test_has_a_pixel_at_least(self) -> None:
        mask = Image.open(BytesIO(region_mask(drawn(size=(8, 4)), [10, 10, 10.5, 10.5])))
        assert mask.getbbox() is not None

    def test_needs_a_picture(self) -> None:
        with pytest.raises(ConfigurationError, match="no picture to mask"):
            region_mask(b"text", [0, 0, 50, 50])


class TestEither:
    def test_is_over_at_once_over_a_sync_client(self) -> None:
        async def double(value: Any) -> int:
            return 2 * await settled(value)

        assert over_at_once(double(21)) == 42

    async def test_awaits_over_an_async_one(self) -> None:
        async def later() -> int:
            await asyncio.sleep(0)
            return 42

        assert await settled(later()) == 42

    def test_does_not_hang_where_there_is_something_to_wait_for(self) -> None:
        with pytest.raises(RuntimeError, match="something to wait for"):
            over_at_once(asyncio.sleep(0))

"""What the service says of a task, by names and types of ours."""

from __future__ import annotations

from typing import Any

import pytest

from xyashui import ConfigurationError, MidjourneyTask


def task(**raw: Any) -> MidjourneyTask:
    made = MidjourneyTask("12")
    made.update({"id": "12", **raw})
    return made


class TestARecord:
    def test_has_names_and_types_of_ours(self) -> None:
        one = task(
            action="IMAGINE",
            status="IN_PROGRESS",
            progress="42%",
            prompt="一只猫",
            promptEn="a cat",
            description="提交成功",
            state="mine",
            imageUrl="https://a.cn/b.png",
            submitTime=1724669253000,
            startTime=1724669254500,
            finishTime=0,
            buttons=[{"customId": "MJ::x", "emoji": "🔄", "label": "", "type": 2, "style": 2}],
        )
        assert (one.action, one.status, one.progress) == ("IMAGINE", "IN_PROGRESS", 42)
        assert (one.prompt, one.prompt_en, one.state) == ("一只猫", "a cat", "mine")
        assert one.image is not None
        assert one.image.url == "https://a.cn/b.png"
        assert one.submitted_at is not None
        assert one.submitted_at.isoformat() == "2024-08-26T10:47:33+00:00"
        assert one.started_at is not None
        assert one.finished_at is None
        assert [(button.name, button.custom_id) for button in one.buttons] == [("🔄", "MJ::x")]
        assert not one.done

    @pytest.mark.parametrize(
        ("given", "percent"),
        [
            ("0%", 0),
            ("100%", 100),
            ("7%", 7),
            ("", 0),
            (None, 0),
            (55, 55),
            ("?", 0),
            ("999%", 100),
        ],
    )
    def test_reads_progress_however_it_is_written(self, given: Any, percent: int) -> None:
        assert task(progress=given).progress == percent

    @pytest.mark.parametrize(
        "raw",
        [
            {"buttons": None, "submitTime": None, "imageUrl": None, "status": None},
            {"buttons": "x", "submitTime": "x", "imageUrl": "", "properties": 5},
            {"buttons": [1, None, {}], "submitTime": 10**30, "progress": [], "prompt": 5},
        ],
    )
    def test_bears_what_is_missing_or_odd(self, raw: dict[str, Any]) -> None:
        one = task(**raw)
        assert (one.progress, one.submitted_at, one.image) == (0, None, None)
        assert isinstance(one.buttons, list)
        assert repr(one).startswith("MidjourneyTask('12'")
        assert one._repr_html_()

    @pytest.mark.parametrize(
        ("status", "done", "failed"),
        [
            ("", False, False),
            ("NOT_START", False, False),
            ("MODAL", False, False),
            ("SUCCESS", True, False),
            ("FAILURE", True, True),
            ("CANCEL", True, True),
        ],
    )
    def test_knows_when_it_has_ended(self, status: str, done: bool, failed: bool) -> None:
        one = task(status=status)
        assert (one.done, one.failed) == (done, failed)
        assert one.waits_for_modal == (status == "MODAL")

    def test_names_no_more_buttons_than_somebody_reads(self) -> None:
        one = task(status="SUCCESS", buttons=[{"label": "q" * 10_000}] * 2000)
        with pytest.raises(ConfigurationError, match="and 1970 more") as caught:
            one.press("U1")
        assert len(str(caught.value)) < 3000
        assert len(repr(one)) < 3000

    @pytest.mark.parametrize(
        ("action", "words", "found"),
        [
            ("DESCRIBE", "1️⃣ a cat --ar 1:1\n\n2️⃣ a dog", ["a cat --ar 1:1", "a dog"]),
            ("DESCRIBE", "1️⃣ a cat 2️⃣ a dog", ["a cat", "a dog"]),
            ("DESCRIBE", "1. a cat 3. legs\n2. a dog", ["a cat 3. legs", "a dog"]),
            ("DESCRIBE", "a cat", []),
            ("IMAGINE", "1. a cat\n2. a dog", []),
        ],
    )
    def test_tells_the_proposals_apart(self, action: str, words: str, found: list[str]) -> None:
        assert task(action=action, prompt=words).descriptions == found

    def test_keeps_a_picture_that_is_held_while_its_address_stays(self) -> None:
        one = task(imageUrl="https://a.cn/b.png")
        held = one.image
        one.update({"id": "12", "imageUrl": "https://a.cn/b.png"})
        assert one.image is held
        one.update({"id": "12", "imageUrl": "https://a.cn/c.png"})
        assert one.image is not held

    def test_shows_no_foreign_markup(self) -> None:
        evil = '<script>alert(1)</script>" onload="x'
        one = task(
            action=evil,
            status="FAILURE",
            prompt=evil,
            failReason=evil,
            imageUrl=f"https://a.cn/{evil}",
            buttons=[{"customId": "x", "label": evil}],
        )
        shown = one._repr_html_()
        assert "<script" not in shown
        assert '" onload' not in shown
        assert "<img" not in shown

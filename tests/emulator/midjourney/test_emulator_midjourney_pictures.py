"""Midjourney: real pictures, painted, blended and described."""

import itertools
from typing import Any

import pytest

from tests.emulator.midjourney.calling import Caller, Json, difference, mean, plain, quarters, uri


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

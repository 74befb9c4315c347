"""Pictures painted from words: the same for the same words, and as the words say."""

import colorsys

import pytest
from PIL import Image, ImageChops, ImageStat

from xyashui.emulator.painting import paint

SIZE = (96, 96)


def mean_colour(image: Image.Image) -> tuple[float, float, float]:
    red, green, blue = ImageStat.Stat(image).mean
    return colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)


def difference(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures are apart, per channel and pixel, of 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


@pytest.mark.parametrize("size", [(1, 1), (64, 64), (300, 20), (20, 300), (2_000, 100)])
def test_the_picture_has_the_size_that_was_asked_for(size) -> None:
    image = paint("a lighthouse", size)
    assert (image.size, image.mode) == (size, "RGB")


@pytest.mark.parametrize("prompt", ["", "一只猫", "hello world", "\ud800 lone", "x" * 4_000])
def test_the_same_words_always_give_the_same_picture(prompt) -> None:
    assert paint(prompt, SIZE, 2).tobytes() == paint(prompt, SIZE, 2).tobytes()


@pytest.mark.parametrize("prompt", ["大海上的小船", "a city at night", "something else"])
def test_the_variants_of_a_prompt_can_be_told_apart(prompt) -> None:
    variants = [paint(prompt, SIZE, number) for number in range(4)]
    pairs = [(one, other) for one in variants for other in variants if one is not other]
    assert min(difference(one, other) for one, other in pairs) > 2


def test_blanks_and_capitals_do_not_change_the_picture() -> None:
    assert paint("A  Red\nBoat ", SIZE).tobytes() == paint("a red boat", SIZE).tobytes()


@pytest.mark.parametrize(
    ("prompt", "hue"),
    [
        ("a red mountain", 0),
        ("橙色的山", 30),
        ("a green wood", 120),
        ("蓝色的大海", 220),
        ("a purple city", 275),
        ("粉色的山", 330),
        ("a boat on the sea", 215),
        ("a boat on the sea at sunset", 25),
    ],
)
def test_the_words_decide_the_colour(prompt, hue) -> None:
    painted = 360 * mean_colour(paint(prompt, SIZE))[0]
    assert abs((painted - hue + 180) % 360 - 180) < 40


def test_night_is_dark_and_ink_is_grey() -> None:
    assert mean_colour(paint("夜晚的山", SIZE))[1] < 0.25 < mean_colour(paint("山", SIZE))[1]
    assert mean_colour(paint("水墨山", SIZE))[2] < 0.1


def test_the_words_decide_the_subject() -> None:
    subjects = ("blue mountain", "blue wood", "blue sea", "blue city", "blue flower", "blue cat")
    pictures = [paint(subject, SIZE) for subject in subjects]
    for number, one in enumerate(pictures):
        assert (
            min(difference(one, other) for other in pictures[:number] or [paint("red", SIZE)]) > 8
        )


def test_a_larger_picture_shows_the_same_scene() -> None:
    large = paint("a boat on the sea", (768, 768)).resize((384, 384), Image.Resampling.LANCZOS)
    assert difference(large, paint("a boat on the sea", (384, 384))) < 4

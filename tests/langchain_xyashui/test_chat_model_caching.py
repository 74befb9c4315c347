"""A cache: a hit asks nobody, and what differs never hits."""

from __future__ import annotations

import io

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.messages import HumanMessage
from PIL import Image

from tests.drawing import drawn


@pytest.fixture
def cache() -> InMemoryCache:
    return InMemoryCache()


async def test_a_hit_asks_nobody(either, cache, sent):
    model = either(cache=cache)
    first = model.invoke("2+3?")
    again = model.invoke("2+3?")
    later = await model.ainvoke("2+3?")
    assert first.content == again.content == later.content
    assert len(sent()) == 1
    assert either(cache=cache).invoke("2+3?").content == first.content
    assert len(sent()) == 1
    model.invoke("3+4?")
    assert len(sent()) == 2


def test_a_hit_keeps_sources_and_blocks(either, cache, sent):
    model = either(cache=cache, output_version="v1", web_search=True)
    first, again = (model.invoke("济南天气怎么样?") for _ in range(2))
    assert again.content == first.content
    assert again.additional_kwargs == first.additional_kwargs
    assert len(sent()) == 1


async def test_an_answer_that_was_streamed_inside_is_cached_too(either, cache, sent):
    model = either(cache=cache, streaming=True)
    assert model.invoke("2+3?").content == (await model.ainvoke("2+3?")).content
    assert len(sent()) == 1


def test_what_differs_never_hits(xingyun, cache, emulator, sent):
    red, blue = drawn("red"), drawn("blue")
    askings = [
        ({}, {}),
        ({"model": "gpt-4o"}, {}),
        ({}, {"model": "gpt-4"}),
        ({"temperature": 0}, {}),
        ({}, {"temperature": 0.5}),
        ({"web_search": True}, {}),
        ({"images": [red]}, {}),
        ({}, {"images": [blue]}),
        ({}, {"images": [red, blue]}),
        ({}, {"images": [Image.new("RGB", (9, 9), "red")]}),
        ({}, {"images": [Image.new("RGB", (9, 9), "blue")]}),
        ({}, {"images": [io.BytesIO(drawn("green"))]}),
        ({}, {"images": [io.BytesIO(drawn("white"))]}),
        ({}, {"stop": ["x"]}),
        ({"stop": ["y"]}, {}),
        ({"extra_body": {"seed": 1}}, {}),
        ({"output_version": "v1"}, {}),
        ({"base_url": emulator.xingyun_url.replace("127.0.0.1", "localhost")}, {}),
    ]
    for count, (settings, options) in enumerate(askings, start=1):
        xingyun(cache=cache, **settings).bind(**options).invoke("What is it?")
        assert len(sent()) == count
    for settings, options in askings:
        if not any(hasattr(one, "read") for one in options.get("images", ())):
            xingyun(cache=cache, **settings).bind(**options).invoke("What is it?")
    assert len(sent()) == len(askings)


def test_the_providers_do_not_share_answers(xingyun, ashui, cache, sent):
    for model in (xingyun(cache=cache), ashui(cache=cache)):
        model.invoke("2+3?")
    assert len(sent()) == 2


def test_a_picture_is_known_by_what_is_in_it(either, cache, sent, tmp_path):
    path = tmp_path / "picture.png"
    model = either(cache=cache)
    answers = []
    for colour in ("red", "blue", "red"):
        path.write_bytes(drawn(colour))
        answers.append(model.invoke("What colour?", images=[path]).content)
    assert len(sent()) == 2
    assert answers[0] == answers[2] != answers[1]


def test_a_file_object_is_still_to_be_read_after_the_cache_was_asked(either, cache):
    model = either(cache=cache)
    assert "red" in model.invoke("What colour is it?", images=[io.BytesIO(drawn("red"))]).content


def test_an_object_that_can_be_no_more_than_read_is_asked_about_each_time(either, cache, sent):
    class Camera:
        def read(self, size: int = -1) -> bytes:
            data, self.data = self.data, b""
            return data

        def __init__(self) -> None:
            self.data = drawn("red")

    model = either(cache=cache)
    for count in (1, 2):
        assert "red" in model.invoke("What colour is it?", images=[Camera()]).content
        assert len(sent()) == count


def test_a_changed_model_does_not_answer_from_before(xingyun, cache, sent):
    model = xingyun(cache=cache)
    model.invoke("2+3?")
    model.model_copy(update={"model": "gpt-4"}).invoke("2+3?")
    model.temperature = 0.5
    model.invoke("2+3?")
    assert [(body["model"], body.get("temperature")) for body in sent()] == [
        ("gpt-4-turbo", None),
        ("gpt-4", None),
        ("gpt-4-turbo", 0.5),
    ]


def test_the_key_is_in_no_cache_key(either, cache):
    either(cache=cache).invoke([HumanMessage("2+3?")])
    assert "test-key" not in repr(cache._cache.keys())

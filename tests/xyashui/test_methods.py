"""A method that can be called on the class as well."""

from __future__ import annotations

import inspect

import pytest
from pydantic import BaseModel

from xyashui.methods import on_class_too


class Circle(BaseModel):
    radius: int = 1

    @on_class_too
    def width(self) -> int:
        """How wide it is."""
        return 2 * self.radius

    @on_class_too
    async def awidth(self) -> int:
        return 2 * self.radius


class Dot(Circle):
    radius: int = 0


async def test_an_instance_answers_for_itself() -> None:
    assert Circle(radius=3).width() == 6
    assert await Circle(radius=3).awidth() == 6


async def test_a_class_answers_for_an_instance_that_it_makes() -> None:
    assert Circle.width() == 2
    assert Circle.width(radius=3) == 6
    assert await Circle.awidth(radius=3) == 6


def test_a_subclass_makes_one_of_its_own() -> None:
    assert Dot.width() == 0


def test_settings_belong_to_the_class_and_not_to_an_instance() -> None:
    with pytest.raises(TypeError):
        Circle(radius=3).width(radius=4)


def test_it_can_be_looked_up() -> None:
    assert inspect.getdoc(Circle.width) == inspect.getdoc(Circle().width) == "How wide it is."
    assert inspect.iscoroutinefunction(Circle().awidth)
    assert set(Circle.model_fields) == {"radius"}

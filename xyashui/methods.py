"""Methods that can be called on a class as well as on an instance."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import MethodType
from typing import Any, Generic, TypeVar

from xyashui.secrecy import conceal

__all__ = ["on_class_too"]

T = TypeVar("T")


class on_class_too(classmethod, Generic[T]):  # type: ignore[type-arg]  # noqa: N801 - a decorator
    """Decorate a method without arguments so that it can be called on the class as well.

    On the class it takes what the class is made with, and is called on such an instance. It is a
    `classmethod` to those who sort a class's attributes, such as Pydantic.

    Example:
        >>> class Circle:
        ...     def __init__(self, radius):
        ...         self.radius = radius
        ...
        ...     @on_class_too
        ...     def width(self):
        ...         return 2 * self.radius
        >>> Circle(3).width(), Circle.width(radius=3)
        (6, 6)
    """

    def __init__(self, method: Callable[[Any], T]) -> None:
        super().__init__(method)
        self._method = method

    def __get__(self, instance: Any, owner: type | None = None) -> Callable[..., T]:
        """Return the method, bound to `instance`, or to an instance that is yet to be made."""
        if instance is not None:
            return MethodType(self._method, instance)
        assert owner is not None  # noqa: S101 - for the type checker: one of the two is there

        @functools.wraps(self._method)
        def on_a_new_one(**settings: Any) -> T:
            conceal(settings)
            return self._method(owner(**settings))

        return on_a_new_one

"""Names of a package whose modules are imported when the names are asked for, and not before.

A program that wants one class of a package should not wait for all of its modules.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

__all__ = ["attributes"]


def attributes(package: str, names: Mapping[str, Iterable[str]]) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package.

    Args:
        package: Its name.
        names: What its modules define, by the modules' names. The modules themselves can be asked
            for as well.

    Example:
        >>> __getattr__ = attributes("xyashui", {"errors": ("APIError",)})
        >>> __getattr__("APIError").__name__
        'APIError'
    """
    modules = {name: module for module, several in names.items() for name in several}

    def get(name: str) -> Any:
        if module := modules.get(name):
            value = getattr(import_module(f"{package}.{module}"), name)
        elif _is_module(package, name):
            value = import_module(f"{package}.{name}")
        else:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        setattr(sys.modules[package], name, value)  # so that it is found at once next time
        return value

    return get


def _is_module(package: str, name: str) -> bool:
    public = name.isidentifier() and not name.startswith("_")
    return public and find_spec(f"{package}.{name}") is not None

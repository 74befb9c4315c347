"""A package imports a module of its own when a name of it is asked for, and knows all its names."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

PACKAGES = ["xyashui", "langchain_xyashui", "llama_index_xyashui"]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_is_found(package: str) -> None:
    module = import_module(package)
    for name in module.__all__:
        assert getattr(module, name) is not None
    assert set(dir(module)) == set(module.__all__)


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_are_told_of_the_same_names(package: str) -> None:
    module = import_module(package)
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    told = {
        node.module.removeprefix(f"{package}."): sorted(name.name for name in node.names)
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.module is not None
    }
    assert told == {name: sorted(names) for name, names in module._NAMES.items()}
    named = {name for names in told.values() for name in names}
    assert named == set(module.__all__) - {"__version__"}


def test_modules_can_be_asked_for_too() -> None:
    assert import_module("xyashui").errors is import_module("xyashui.errors")


def test_what_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'xyashui' has no attribute 'Clinet'"):
        import_module("xyashui").Clinet  # noqa: B018


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    code = (
        "import sys, xyashui; "
        "assert not {'httpx', 'xyashui.client', 'tenacity'} & set(sys.modules); "
        "xyashui.Client; assert 'xyashui.client' in sys.modules; "
        "assert 'tenacity' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

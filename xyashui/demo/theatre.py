"""An environment in which the demo's code runs as it is shown, and which leaves nothing behind.

`ChatAShui()` finds the emulator by the same environment variables that a user would set, and
"cat.png" is in the working directory.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from xyashui.providers import PROVIDERS

if TYPE_CHECKING:
    from xyashui.emulator import Emulator

__all__ = ["PICTURE", "theatre"]

PICTURE: Final = Path("cat.png")

# Tracing would send the demo's questions to a server: there is to be no network.
_OFF: Final = {
    "LANGSMITH_TRACING": "false",
    "LANGSMITH_TRACING_V2": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGCHAIN_TRACING": "false",
}


@contextmanager
def theatre() -> Iterator[Emulator]:
    """Run the emulator, with the environment pointing at it, in a directory of its own."""
    from xyashui.emulator import serve
    from xyashui.emulator.bundle import files

    cat = files.find(PICTURE.name)
    if cat is None:
        raise FileNotFoundError(PICTURE)
    with ExitStack() as stack:
        emulator = stack.enter_context(serve())
        stack.enter_context(_environment(_variables(emulator.url)))
        stack.enter_context(_silence())
        # Left before it is removed: the stack unwinds from the end.
        directory = stack.enter_context(TemporaryDirectory(prefix="xyashui-demo-"))
        stack.enter_context(chdir(directory))
        PICTURE.write_bytes(cat.data)
        yield emulator


def _variables(url: str) -> dict[str, str]:
    addresses = {one.base_url_variable: f"{url}/{one.name}" for one in PROVIDERS.values()}
    keys = {one.api_key_variable: "demo" for one in PROVIDERS.values()}
    return addresses | keys | _OFF


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _silence() -> Iterator[None]:
    """Keep the frameworks' warnings and log lines off the stage."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)

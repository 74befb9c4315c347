"""What the demo shows: the scenes of `scenes.toml`, and their code for a service."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import Final, Literal

from xyashui.providers import Provider
from xyashui.types import Endpoint

__all__ = ["CORE", "FRAMEWORKS", "SCENES", "Code", "Framework", "Scene", "lines_of", "prelude_of"]

Framework = Literal["langchain", "llama-index"]
Code = Framework | Literal["core"]
"""What a scene's code is written for; what is written for the core needs no framework."""

FRAMEWORKS: Final[dict[Framework, str]] = {"langchain": "LangChain", "llama-index": "LlamaIndex"}
CORE: Final = "xyashui"


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing that the package does.

    Attributes:
        title: What it is, in English.
        chinese: The same in Chinese.
        code: A few lines for each framework that has it, the one to show first.
        before: A picture to show before the code runs.
        after: A picture that the code makes, to show when it has run.
        needs: What the service must offer for it: an endpoint, or to read files.
        fails: Whether an error is what is to be seen.
    """

    title: str
    chinese: str
    code: Mapping[Code, str]
    before: str | None = None
    after: str | None = None
    needs: Endpoint | Literal["files"] | None = None
    fails: bool = False

    def is_offered(self, provider: Provider) -> bool:
        """Whether `provider` has what the scene needs."""
        if self.needs == "files":
            return provider.capabilities.files
        return self.needs is None or self.needs in provider.capabilities.endpoints


_FILE: Final = tomllib.loads(files("xyashui.demo").joinpath("scenes.toml").read_text("utf-8"))
SCENES: Final = tuple(Scene(**scene) for scene in _FILE["scenes"])


def prelude_of(framework: Code) -> str:
    """Return the imports that the framework's scenes go without showing."""
    return str(_FILE["preludes"][framework])


def lines_of(scene: Scene, framework: Code, provider: Provider, files_url: str) -> str:
    """Return the code of a scene, as it is shown and run.

    Args:
        scene: The scene.
        framework: A framework that has it.
        provider: The service to show.
        files_url: Where the emulator's files are.
    """
    cast = _FILE["cast"][provider.name] | {"file": f"{files_url}/sales.csv"}
    return Template(scene.code[framework]).substitute(cast)

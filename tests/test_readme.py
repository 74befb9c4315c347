"""Both READMEs: their code runs as it is written, and they say the same."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import importlib.metadata
import io
import json
import os
import re
import shlex
import subprocess
import sys
import threading
import tomllib
import types
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from llama_index.core import Settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PIL import Image

from tests.markdown import READMES, ROOT, Block, Document, both, codes
from xyashui import PROVIDERS
from xyashui.emulator import Emulator

EXAMPLES = [
    pytest.param(language, block, id=f"{language}-{block.line}")
    for language, document in READMES.items()
    for block in document.python()[1:]
]
CONSOLES = [
    pytest.param(block, id=f"{language}-{block.line}")
    for language, document in READMES.items()
    for block in document.blocks
    if block.language == "console"
]


# The examples


@dataclasses.dataclass
class Place:
    """Where examples run: what the first block of a README makes of the world."""

    names: dict[str, Any]
    directory: Path
    environment: dict[str, str]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Place]]:
    """Run the first block of each README, which starts an emulator and points at it."""
    made = {}
    for language, document in READMES.items():
        first = document.python()[0]
        with pytest.MonkeyPatch.context() as patch:
            directory = tmp_path_factory.mktemp(language)
            patch.chdir(directory)
            for provider in PROVIDERS.values():  # so that they are as before when it is over
                patch.setenv(provider.api_key_variable, "")
                patch.setenv(provider.base_url_variable, "")
            names, printed = _run(first, document, {})
            assert printed == first.shown
            environment = {name: os.environ[name] for name in _variables()}
        made[language] = Place(names, directory, environment)
    yield made
    for place in made.values():
        place.names["emulator"].close()


@pytest.mark.parametrize(("language", "block"), EXAMPLES)
def test_an_example_prints_what_it_says(
    language: str, block: Block, places: dict[str, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = places[language]
    monkeypatch.chdir(place.directory)
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Settings, "_llm", None)  # what an example sets is taken back
    # Nothing of the other examples: each can be copied by itself, and run again where it has been.
    for _ in range(2):
        given = {"emulator": place.names["emulator"]}
        _, printed = _run(block, READMES[language], given)
        assert printed == block.shown


def _run(
    block: Block, document: Document, names: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Run a block as a program of its own; return its names, and the lines that it prints."""
    module = types.ModuleType("readme_example")
    vars(module).update(names)
    # Empty lines before it, so that a traceback names the line of the README.
    code = compile("\n" * (block.line - 1) + block.text, document.path, "exec")
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setitem(sys.modules, module.__name__, module)  # where types look names up
        exec(code, vars(module))
    return vars(module), printed.getvalue().splitlines()


def _variables() -> list[str]:
    return [
        name
        for provider in PROVIDERS.values()
        for name in (provider.api_key_variable, provider.base_url_variable)
    ]


@pytest.mark.parametrize("block", CONSOLES)
def test_a_command_prints_what_it_says(
    block: Block, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (160, 120), "orange").save("orange.png")
    for session in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, expected = session.partition("\n")
        if command.startswith("xyashui emulate"):
            printed = _start(command)
        else:
            printed = _shell(command, emulator.url)
        assert re.fullmatch(_pattern(expected), printed), f"$ {command}\n{printed}"


def _shell(command: str, url: str) -> str:
    """Run a command as a shell would, and return its stdout."""
    script = f'xyashui() {{ {shlex.quote(sys.executable)} -m xyashui "$@"; }}\n{command}'
    done = subprocess.run(
        ["bash", "-c", script], env=_environment(url), capture_output=True, text=True, timeout=120
    )
    return _as_documented(done.stdout, url)


def _start(command: str) -> str:
    """Run `xyashui emulate` until it is up, on a free port."""
    arguments = [*shlex.split(command)[1:], "--port", "0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "xyashui", *arguments],
        env=_environment(""), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    patience = threading.Timer(60, process.kill)
    patience.start()
    lines = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C"):
                break
    finally:
        patience.cancel()
        process.terminate()
        process.communicate()
    printed = "".join(lines)
    found = re.search(r"http://127\.0\.0\.1:\d+", printed)
    return _as_documented(printed, found[0] if found else "")


def _environment(url: str) -> dict[str, str]:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    ours = {one.base_url_variable: f"{url}/{one.name}" for one in PROVIDERS.values()}
    ours |= {one.api_key_variable: "any" for one in PROVIDERS.values()}
    plain = {"COLUMNS": "80", "PYTHONPATH": path, "PYTHONUTF8": "1"}
    return {**os.environ, **(ours if url else {}), **plain}


def _as_documented(printed: str, url: str) -> str:
    lines = printed.replace(url, "http://127.0.0.1:8700").strip().splitlines()
    return "\n".join(line.rstrip() for line in lines)


def _pattern(expected: str) -> str:
    """A line of three dots stands for any lines."""
    return re.escape(expected.strip()).replace(re.escape("\n...\n"), r"\n(?:.*\n)+")


# The two say the same


def test_both_have_the_same_code() -> None:
    ours, theirs = (
        [(block.language, block.text) for block in document.blocks] for document in READMES.values()
    )
    assert ours == theirs


def test_both_have_the_same_sections() -> None:
    ours, theirs = ([level for level, _ in document.headings] for document in READMES.values())
    assert ours == theirs
    # What stands between two headings is the same kind of thing, in the same order.
    ours, theirs = (_outline(document) for document in READMES.values())
    assert ours == theirs


def _outline(document: Document) -> list[str]:
    kinds = {"#": "heading", "```": "code", "|": "row", "- ": "item"}
    outline = []
    in_code = False
    for line in document.text.splitlines():
        fence = line.startswith("```")
        if line and not (in_code and not fence):
            found = (kind for start, kind in kinds.items() if line.startswith(start))
            outline.append(next(found, "prose"))
        in_code ^= fence
    return outline


def test_both_have_the_same_facts() -> None:
    ours, theirs = (
        [[_facts(cell) for cell in row] for table in document.tables for row in table]
        for document in READMES.values()
    )
    assert ours == theirs
    ours, theirs = (
        # The line that leads from each to the other is not the same.
        [_facts(line) for line in document.prose if line and "README" not in line]
        for document in READMES.values()
    )
    assert ours == theirs


def _facts(text: str) -> tuple[Counter[str], int]:
    """What is the same in every language: code, addresses, marks."""
    links = re.findall(r"https?://[^)>\s]+|\]\([^)]+\)", text)
    return Counter(codes(text) + links), text.count("†")


# What they point at


@both
def test_extras_and_files_exist(document: Document) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = re.findall(r"pip install '[\w./]+\[(.+?)\]'", document.text)
    assert len(extras) > 8
    assert set(extras) <= set(project["optional-dependencies"])
    prose = "\n".join(document.prose)
    for path in re.findall(r"\]\((.+?)\)", prose):
        assert (ROOT / path).is_file(), path
    for command in re.findall(r"^\./(\S+)", document.text, re.MULTILINE):
        assert os.access(ROOT / command, os.X_OK), command


def test_the_extra_examples_has_what_the_examples_and_the_notebooks_import() -> None:
    wanted = {
        name
        for source in _sources()
        for node in ast.walk(_parsed(source))
        for name in _imported(node)
        if name not in sys.stdlib_module_names
    }
    assert {"langchain", "matplotlib", "xyashui"} < wanted
    needed = _needed("xyashui[examples]")
    distributions = importlib.metadata.packages_distributions()
    assert not [
        name
        for name in wanted - {"xyashui", "langchain_xyashui", "llama_index_xyashui"}
        if needed.isdisjoint(map(canonicalize_name, distributions[name]))
    ]


def _sources() -> Iterator[str]:
    """Return the code of the READMEs and of the notebooks, without what is IPython's own."""
    for document in READMES.values():
        yield from (one.text for one in document.blocks if one.language in ("python", "ipython"))
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        yield from ("".join(one["source"]) for one in cells if one["cell_type"] == "code")


def _parsed(source: str) -> ast.AST:
    # What begins with %% is no Python, but a question.
    code = "" if source.startswith("%%") else re.sub(r"^%.*$", "", source, flags=re.MULTILINE)
    return ast.parse(code)


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (one.name.partition(".")[0] for one in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield str(node.module).partition(".")[0]


def _needed(package: str) -> set[str]:
    """Return the names of the packages that pyproject.toml has installed with one of its extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    requirement = Requirement(package)
    if requirement.name != "xyashui":
        return {canonicalize_name(requirement.name)}
    lines = [*project["dependencies"]]
    for extra in requirement.extras:
        lines += project["optional-dependencies"][extra]
    return {name for line in lines for name in _needed(line)}


@both
def test_it_links_to_the_providers_and_to_nobody_else(document: Document) -> None:
    roots = {provider.root for provider in PROVIDERS.values()}
    assert set(re.findall(r"https?://[^)>\s]+", "\n".join(document.prose))) == roots
    assert not re.search(r"/(?:home|root|tmp|work|Users)/", document.text)

"""The notebooks: each runs from a clean kernel, offline, and shows what is committed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("markdown_it")
pytest.importorskip("matplotlib")
pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

import nbformat
from nbclient.exceptions import CellExecutionError

from tests.notebook import committed
from tests.notebook.executing import execute
from tests.notebook.kernels import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NAMES = [
    "01_quickstart",
    "02_langchain_chains_and_agents",
    "03_llamaindex_query_engines",
    "04_web_search_and_citations",
    "05_images_and_files",
    "06_pictures_and_voices",
]


def test_there_are_six_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == NAMES


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_what_is_committed(path: Path, tmp_path: Path) -> None:
    executed = committed.settle(execute(path, tmp_path))
    kept = nbformat.read(path, as_version=4)
    assert not list(committed.problems(path))
    for cell in executed.cells:
        for output in cell.get("outputs", ()):
            assert output.output_type != "error"
    if committed.comparable_here(kept):
        assert not list(committed.differences(executed, kept))
    # What a notebook writes, it writes into a directory of its own.
    assert {one.name for one in tmp_path.iterdir()} <= {".ipython"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_begins_by_choosing_whom_to_ask_and_ends_with_the_readers_turn(
    path: Path,
) -> None:
    cells = nbformat.read(path, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert cells[0].cell_type == "markdown"
    assert "connect(" in code[0].source
    headings = [cell.source for cell in cells if cell.source.startswith("## ")]
    assert headings[-1].startswith("## Your turn")
    assert cells[-1].cell_type == "code"
    for heading in [cells[0].source, *headings]:
        assert any("\u4e00" <= one <= "\u9fff" for one in "".join(heading.splitlines()[:3]))


# What makes a notebook stale, or unfit to be committed


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A notebook of two cells as it is committed."""
    return write(tmp_path, "print('one')", "print('two')", outputs=["one\n", "two\n"])


def test_a_notebook_that_is_as_it_was_made_has_no_problems(made: Path) -> None:
    assert not list(committed.problems(made))


def test_a_cell_that_was_changed_since_makes_it_stale(made: Path) -> None:
    change(made, lambda notebook: notebook.cells[1].update(source="print('zwei')"))
    assert list(committed.problems(made)) == ["a code cell has changed since its outputs were made"]


def test_another_version_of_the_emulator_makes_it_stale(made: Path) -> None:
    change(made, lambda notebook: notebook.metadata.xyashui.update(emulator="0.0.1"))
    (problem,) = committed.problems(made)
    assert problem.startswith("its outputs were made with emulator 0.0.1, not ")


def test_a_cell_that_was_not_run_in_its_turn_is_named(made: Path) -> None:
    change(made, lambda notebook: notebook.cells[0].update(execution_count=7))
    assert list(committed.problems(made)) == ["code cell 1 was not run in its turn"]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("Authorization: Bearer abc", "it contains"),
        ("sk-" + "a1b2" * 8, "it contains"),
        ("/home/somebody/cat.png", "it contains"),
        (str(ROOT / "cat.png"), "it contains"),
        ("C:\\Users", "it contains"),
        ("https://elsewhere.test/page", "it names the host 'elsewhere.test'"),
        ("x" * committed.MOST_BYTES, "it has 30"),
    ],
)
def test_what_must_not_be_committed_is_found(tmp_path: Path, said: str, problem: str) -> None:
    found = list(committed.problems(write(tmp_path, "ask()", outputs=[said])))
    assert found
    assert all(one.startswith(problem) for one in found)


def test_an_output_that_shows_an_error_is_found(made: Path) -> None:
    failed = nbformat.v4.new_output("error", ename="KeyError", evalue="'x'", traceback=[])
    change(made, lambda notebook: notebook.cells[1].outputs.append(failed))
    assert list(committed.problems(made)) == ["code cell 2 failed: KeyError: 'x'"]


def test_ports_and_names_of_tasks_come_out_the_same_in_every_run(tmp_path: Path) -> None:
    said = "http://127.0.0.1:{port} task {task}, again {task}, and {other}"
    first = said.format(port=45678, task=1795319812345678, other=1795319812349999)
    second = said.format(port=34567, task=1795319999999999, other=1795319999999998)
    texts = [printed(write(tmp_path, "ask()", outputs=[one])) for one in (first, second)]
    assert texts[0] == texts[1]
    assert texts[0].startswith(
        "http://127.0.0.1:8700 task 1000000000000001, again 1000000000000001"
    )


def test_only_what_two_runs_have_in_common_is_compared(tmp_path: Path) -> None:
    def notebook(said: str) -> Any:
        return nbformat.read(write(tmp_path, "ask()", outputs=[said]), as_version=4)

    kept = notebook("391 (ashuiai-4.0 · ≈ 4 tokens · 0.12 s to first token · 1,234 tokens/s)")
    same = notebook("391 (ashuiai-4.0 · ≈ 4 tokens · 0.45 s to first token)")
    other = notebook("392 (ashuiai-4.0 · ≈ 4 tokens · 0.12 s to first token)")
    assert not list(committed.differences(same, kept))
    (difference,) = committed.differences(other, kept)
    assert difference.startswith("code cell 1 shows something else now: ")
    # Where nothing but the time has changed, what is committed stays.
    assert committed.keep_unchanged(same, kept).cells[0].outputs == kept.cells[0].outputs
    assert committed.keep_unchanged(other, kept).cells[0].outputs != kept.cells[0].outputs


def test_outputs_are_compared_on_the_same_frameworks_or_newer_ones(made: Path) -> None:
    assert committed.comparable_here(nbformat.read(made, as_version=4))
    change(made, lambda notebook: notebook.metadata.xyashui.frameworks.update(langchain="999"))
    assert not committed.comparable_here(nbformat.read(made, as_version=4))


def test_a_cell_that_fails_fails_the_notebook(tmp_path: Path) -> None:
    path = write(tmp_path, "1 / 0", outputs=[""])
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        execute(path, tmp_path)


def test_a_kernel_has_no_key_and_finds_nobody_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XINGYUN_API_KEY", "test-key")
    code = (
        "import os, httpx\n"
        "print(os.environ.get('XINGYUN_API_KEY'))\n"
        "try:\n    httpx.get('http://example.com')\n"
        "except httpx.ConnectError:\n    print('nobody')"
    )
    executed = committed.settle(execute(write(tmp_path, code, outputs=[""]), tmp_path))
    assert executed.cells[0].outputs[0].text == "None\nnobody\n"


def write(directory: Path, *sources: str, outputs: list[str]) -> Path:
    """Write a notebook as it is committed, with what each of its cells has printed."""
    notebook = nbformat.v4.new_notebook()
    for number, (source, said) in enumerate(zip(sources, outputs, strict=True), 1):
        output = nbformat.v4.new_output("stream", name="stdout", text=said)
        cell = nbformat.v4.new_code_cell(source, execution_count=number, outputs=[output])
        notebook.cells.append(cell)
    path = directory / "made.ipynb"
    nbformat.write(committed.settle(notebook), path)
    return path


def change(path: Path, edit: Callable[[Any], object]) -> None:
    notebook = nbformat.read(path, as_version=4)
    edit(notebook)
    nbformat.write(notebook, path)


def printed(path: Path) -> str:
    text: str = nbformat.read(path, as_version=4).cells[0].outputs[0].text
    return text

"""In a real kernel: updates in place, at their pace; interruptions; whole notebooks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("markdown_it")
pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

from tests.notebook.kernels import ROOT, Cell, Kernel, kernel, own_sockets
from tests.notebook.pages import check_harmless, shown
from xyashui.emulator import Emulator, serve

pytestmark = pytest.mark.slow

PACE = 300.0  # tokens a second
SLOW = 30.0  # at which each update of a page can be told from the next

SETUP = """
from langchain_xyashui import ChatXingYun
from llama_index_xyashui import XingYun
from xyashui import AsyncClient, Client
from xyashui.notebook import show
"""

STREAMS = {
    "core": "show(Client('xingyun').stream(question))",
    "core, async": "await show(AsyncClient('xingyun').stream(question))",
    "langchain": "show(ChatXingYun().stream(question))",
    "langchain, async": "await show(ChatXingYun().astream(question))",
    "llama_index": "show(XingYun().stream_complete(question))",
    "llama_index, async": "await show(XingYun().astream_complete(question))",
}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with serve(tokens_per_second=PACE) as running:
        yield running


@pytest.fixture(scope="module")
def running(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    variables = {"XINGYUN_API_KEY": "test-key", "XINGYUN_BASE_URL": emulator.xingyun_url}
    with kernel(tmp_path_factory.mktemp("ipython"), variables) as started:
        assert started.run(SETUP).status == "ok"
        yield started


@pytest.mark.parametrize("way", STREAMS)
def test_a_stream_is_one_output_updated_at_most_twenty_times_a_second(
    way: str, running: Kernel, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emulator, "tokens_per_second", SLOW)

    def hurry(cell: Cell) -> None:
        if len(cell.updates) == 10:
            emulator.tokens_per_second = PACE

    cell = running.run(f"question = '数到120'\nmessage = {STREAMS[way]}", watch=hurry)
    assert cell.status == "ok", cell.error
    kinds = [update["kind"] for update in cell.updates]
    assert kinds == ["display_data"] + ["update_display_data"] * (len(kinds) - 1)
    assert len({update["transient"]["display_id"] for update in cell.updates}) == 1
    assert 2 < len(kinds) <= cell.seconds * 20 + 3
    lengths = [len(shown(update["data"]["text/html"])) for update in cell.updates]
    assert lengths[len(lengths) // 2] < lengths[-1]
    assert "，".join(map(str, range(1, 121))) in shown(cell.html)
    assert "xya-whole" in cell.html
    check_harmless(cell.html)


@pytest.mark.parametrize("way", STREAMS)
def test_an_interrupted_kernel_leaves_what_had_come_and_says_that_it_is_cut(
    way: str, running: Kernel
) -> None:
    interrupted = []

    def interrupt(cell: Cell) -> None:
        if "1，2，3" in cell.html and not interrupted:
            interrupted.append(True)
            running.manager.interrupt_kernel()

    cell = running.run(f"question = '数到2000'\nmessage = {STREAMS[way]}", watch=interrupt)
    assert cell.status == "error"
    assert cell.error is not None
    assert cell.error[0] in ("KeyboardInterrupt", "CancelledError")
    assert "1，2，3" in shown(cell.html)
    assert "1999" not in shown(cell.html)
    assert "Cut short 回答不完整" in shown(cell.html)
    assert "xya-cut" in cell.html
    assert running.run("'still alive'").status == "ok"


def test_an_interrupted_question_in_a_cell_is_one_row(running: Kernel) -> None:
    interrupted = []

    def interrupt(cell: Cell) -> None:
        if "1，2，3" in cell.html and not interrupted:
            interrupted.append(True)
            running.manager.interrupt_kernel()

    running.run("%load_ext xyashui.notebook")
    cell = running.run("%%ask --provider xingyun\n数到2000", watch=interrupt)
    assert cell.error == ("KeyboardInterrupt", "Interrupted: the answer is not whole.")
    assert "Cut short 回答不完整" in shown(cell.html)


def test_what_a_library_prints_and_what_is_shown_do_not_mix(running: Kernel) -> None:
    cell = running.run("print('before')\nshow('**text**')\nprint('after')")
    assert cell.printed == "before\nafter\n"
    assert "<strong>text</strong>" in cell.html


def test_an_answer_is_a_card_where_it_is_the_last_line_of_a_cell(
    tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = execute(
        tmp_path,
        monkeypatch,
        emulator,
        "from xyashui import Client",
        "Client('xingyun').chat('济南今天天气怎么样?', web_search=True)",
    )
    data = outputs[1][0]["data"]
    check_harmless(data["text/html"])
    assert "Sources 来源" in shown(data["text/html"])
    assert "[济南天气预报](<https://www.tianqi.com/jinan/>)" in data["text/markdown"]


def test_a_notebook_keeps_the_finished_answer_and_nothing_of_the_way_to_it(
    tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = execute(
        tmp_path,
        monkeypatch,
        emulator,
        "from xyashui.notebook import connect\n%load_ext xyashui.notebook\nconnection = connect()",
        "%%ask --web-search --name weather\n济南今天天气怎么样?",
        "weather.citations[0].url",
    )
    assert "XINGYUN_API_KEY is set" in outputs[0][0]["text"]
    (answer,) = outputs[1]
    assert answer["output_type"] == "display_data"
    assert "xya-whole" in answer["data"]["text/html"]
    assert "Sources 来源" in answer["data"]["text/plain"]
    assert outputs[2][0]["data"]["text/plain"] == "'https://www.tianqi.com/jinan/'"


def execute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, emulator: Emulator, *cells: str
) -> list[list[dict[str, object]]]:
    """Run a notebook, and return what each of its cells shows in the end."""
    import nbformat
    from nbclient import NotebookClient
    from traitlets.config import Config

    for name, value in {
        "IPYTHONDIR": str(tmp_path),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "XINGYUN_API_KEY": "test-key",
        "XINGYUN_BASE_URL": emulator.xingyun_url,
    }.items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    with own_sockets() as sockets:
        NotebookClient(
            notebook,
            config=Config(KernelManager=sockets),
            timeout=60,
            iopub_timeout=60,
            kernel_name="python3",
        ).execute()
    return [cell.outputs for cell in notebook.cells]

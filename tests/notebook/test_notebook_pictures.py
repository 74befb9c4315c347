"""Pictures and Midjourney tasks in a real kernel: shown by themselves, waited for, interrupted."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from tests.notebook.kernels import Cell, Kernel, kernel
from xyashui.emulator import Emulator, Faults

for _module in ("ipykernel", "jupyter_client", "tqdm"):
    pytest.importorskip(_module)


@pytest.fixture(scope="module")
def running(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    variables = {"XINGYUN_API_KEY": "test-key", "XINGYUN_BASE_URL": emulator.xingyun_url}
    with kernel(tmp_path_factory.mktemp("ipython"), variables) as started:
        assert started.run("from xyashui import Client\nclient = Client()").status == "ok"
        yield started


def test_a_picture_shows_itself(running: Kernel) -> None:
    cell = running.run("display(client.generate_image('一只猫'))")
    assert cell.status == "ok", cell.error
    (shown,) = cell.updates
    assert base64.b64decode(shown["data"]["image/png"]).startswith(b"\x89PNG")
    assert "text/html" not in shown["data"]


def test_a_picture_that_is_not_fetched_is_a_link(running: Kernel) -> None:
    cell = running.run("display(client.generate_image('一只猫', download=False))")
    assert "<img" not in cell.html
    assert 'href="http://127.0.0.1' in cell.html
    assert "image/png" not in cell.updates[-1]["data"]


def test_a_grid_shows_itself_with_a_bar_while_it_is_painted(running: Kernel) -> None:
    cell = running.run("grid = client.midjourney.imagine('一只猫').wait(poll_interval=0.05)")
    assert cell.status == "ok", cell.error
    bar = f"{cell.printed}{cell.updates}"  # a widget, or text where widgets are not there
    assert "Midjourney" in bar
    cell = running.run("display(grid)")
    assert 'src="data:image/png;base64,' in cell.html
    assert ">4</span>" in cell.html


def test_waiting_can_be_stopped_and_taken_up_again_from_the_id(
    running: Kernel, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted = []

    def interrupt(cell: Cell) -> None:
        if not interrupted:
            interrupted.append(True)
            running.manager.interrupt_kernel()

    assert running.run("task = client.midjourney.imagine('一艘船')").status == "ok"
    with monkeypatch.context() as patched:
        patched.setattr(emulator, "faults", Faults(latency=60))  # whether it is done already or not
        cell = running.run("display('waiting')\ntask.wait(show_progress=False)", watch=interrupt)
    assert cell.error is not None
    assert cell.error[0] == "KeyboardInterrupt"
    again = "client.midjourney.task(task.id).wait(poll_interval=0.05, show_progress=False).status"
    assert running.run(f"display({again})").updates[-1]["data"]["text/plain"] == "'SUCCESS'"

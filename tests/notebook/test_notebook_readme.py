"""The cells of the READMEs, pasted into an IPython one after the other, as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.markdown import Document, both
from tests.notebook.pages import Page
from xyashui.notebook import connect


@pytest.fixture(autouse=True)
def _where_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (160, 120), "orange").save("orange.png")  # what the first example makes
    yield
    connect().close()  # the emulator that the first cell has started


@both
def test_the_cells_run_as_they_are(document: Document, shell: Any, page: Page) -> None:
    cells = [block for block in document.blocks if block.language == "ipython"]
    for cell in cells:
        assert shell.run_cell(cell.text).success, f"{document.path}:{cell.line}"
    assert len(cells) == 3
    for said in ("济南的天气是晴天", "龙井茶宜用80℃左右的水冲泡", "主色为橙色"):
        assert any(said in html for html in page.htmls), said

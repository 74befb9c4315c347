"""In JupyterLab, in a real browser: an answer grows in place, and does no harm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.notebook import lab
from tests.notebook.kernels import ROOT
from xyashui.emulator import Emulator, serve

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("markdown_it")
if reason := lab.missing():
    pytest.skip(f"no browser test: {reason}", allow_module_level=True)

STREAM = """\
from langchain_xyashui import ChatXingYun, XingYunWebSearch
from langchain.agents import create_agent
from xyashui.notebook import show

agent = create_agent(ChatXingYun(model="deepseek-r1"), [XingYunWebSearch()])
question = {"messages": "What is new in Python 3.13?"}
message = show(agent.stream(question, stream_mode="messages"), heading="News")
"""

HOSTILE = r"""
import time
from xyashui.notebook import show

TEXT = r'''
<script>window.harmed = "script"</script>
<img src=x onerror="window.harmed = 'onerror'">
<img src="https://evil.example/pixel.png">
![remote](https://evil.example/pixel.png)
![svg](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+)
[link](javascript:window.harmed='link')
[entity](&#106;avascript:window.harmed='entity')
$\href{javascript:window.harmed='math'}{x}$ and $$\unicode{x41}$$
\(\href{javascript:window.harmed='inline'}{x}\)
<style>body { display: none }</style>
<button data-commandlinker-command="notebook:restart-kernel">button</button>
[fine](https://example.com/)
'''

def pieces():
    for start in range(0, len(TEXT), 40):
        time.sleep(0.02)
        yield TEXT[start : start + 40]

text = show(pieces())
"""

READ = """() => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const text = (selector) => all(selector).map((one) => one.textContent);
    return {
        cards: all(".xya").length,
        outputs: all(".jp-OutputArea-output").length,
        heading: text(".xya-head").join(),
        answer: text(".xya-answer").pop(),
        folded: all(".xya details:not([open])").length,
        unfolded: all(".xya details[open]").length,
        sources: all(".xya-sources li a").map((one) => one.href),
        footer: text(".xya-foot").join(),
    };
}"""


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Any]:
    """A browser, a JupyterLab and an emulator that takes its time."""
    with serve(tokens_per_second=25) as emulator:
        lab.write_notebook(tmp_path / "stream.ipynb", STREAM)
        lab.write_notebook(tmp_path / "hostile.ipynb", HOSTILE)
        variables = {
            "XINGYUN_API_KEY": "test-key",
            "XINGYUN_BASE_URL": emulator.xingyun_url,
            "PYTHONPATH": str(ROOT),
        }
        with lab.jupyterlab(tmp_path, variables) as url, lab.browser() as opened:
            opened.lab_url = url  # type: ignore[attr-defined]
            opened.emulator = emulator  # type: ignore[attr-defined]
            yield opened


@pytest.mark.slow
def test_an_answer_in_jupyterlab(page: Page, tmp_path: Path) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    check_that_it_grows_in_place(page, tmp_path)
    check_that_it_does_no_harm(page)
    elsewhere = [
        url
        for url in requested
        if not url.startswith((page.lab_url, "data:", "blob:"))  # type: ignore[attr-defined]
    ]
    assert not elsewhere


def check_that_it_grows_in_place(page: Page, tmp_path: Path) -> None:
    lab.open_notebook(page, page.lab_url, "stream.ipynb")  # type: ignore[attr-defined]
    lab.run_all(page)
    # Half-way: a card, with some of the answer, for which there is time.
    emulator: Emulator = page.emulator  # type: ignore[attr-defined]
    while len(emulator.requests) < 3:  # what to search for, the search, the answer
        page.wait_for_timeout(20)
    emulator.tokens_per_second = 8
    half = page.wait_for_function(
        "() => [...document.querySelectorAll('.xya-arriving .xya-answer')].pop()"
        f"?.textContent.length > 20 && ({READ})()"
    ).json_value()
    emulator.tokens_per_second = 25
    photograph = page.screenshot(path=tmp_path / "half.png")
    assert len(photograph) > 10_000
    # The end: the same card, with all of it.
    page.wait_for_selector(".xya-whole")
    whole = read(page)
    page.screenshot(path=tmp_path / "whole.png")
    assert half["cards"] == whole["cards"] == 1
    assert half["outputs"] == whole["outputs"] == 1
    assert whole["answer"].startswith(half["answer"].strip())
    assert len(whole["answer"]) > len(half["answer"])
    assert whole["answer"].startswith("Python 3.13 added a new interactive interpreter")
    assert whole["heading"] == "News"
    assert whole["folded"] == 3  # reasoning, the tool, reasoning
    assert whole["unfolded"] == 0
    assert whole["sources"] == ["https://docs.python.org/3/whatsnew/"]
    assert "deepseek-r1" in whole["footer"]
    assert "s to first token" in whole["footer"]
    assert "tokens/s" in whole["footer"]
    # What is folded can be unfolded.
    page.locator(".xya-thoughts > summary").first.click()
    assert "A tool is called for." in page.locator(".xya-thoughts .xya-text").first.inner_text()
    # Its style is its own, and wins over the page's.
    assert page.locator(".xya").evaluate("card => getComputedStyle(card).borderRadius") == "10px"
    assert (
        page.locator(".jp-Toolbar").first.evaluate("bar => getComputedStyle(bar).display") != "none"
    )


def check_that_it_does_no_harm(page: Page) -> None:
    lab.open_notebook(page, page.lab_url, "hostile.ipynb")  # type: ignore[attr-defined]
    lab.run_all(page)
    page.wait_for_selector(".xya-whole")
    page.wait_for_timeout(1000)  # for MathJax, and for whatever would be loaded
    card = page.locator(".xya")
    assert page.evaluate("() => window.harmed === undefined")
    for selector in ("script", "img", "svg", "button", "mjx-container", ".MathJax", "[onerror]"):
        assert card.locator(selector).count() == 0, selector
    assert card.locator("style").count() == 1
    links = card.locator("a").evaluate_all("all => all.map(one => one.href)")
    assert links == ["https://evil.example/pixel.png", "https://example.com/"]
    text = card.inner_text()
    for shown in (
        '<script>window.harmed = "script"</script>',
        "[link](javascript:window.harmed='link')",
        "$\\href{javascript:window.harmed='math'}{x}$",
        "<style>body { display: none }</style>",
    ):
        assert shown in text
    assert page.evaluate("() => getComputedStyle(document.body).display") != "none"


def read(page: Page) -> dict[str, Any]:
    """What is in the page just now."""
    found: dict[str, Any] = page.evaluate(READ)
    return found

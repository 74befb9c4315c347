"""JupyterLab on loopback and a Chromium without a window, for the tests and for the pictures."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from tests.notebook.kernels import own_sockets

if TYPE_CHECKING:
    from playwright.sync_api import Page

_TOKEN = "test-token"
_PATIENCE = 90.0  # seconds after which nothing may hold a test any longer
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Chromium asks a name server for its own services otherwise, whatever is switched off.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def missing() -> str:
    """Say what is not installed; "" where everything is."""
    for module in ("jupyterlab", "nbformat", "playwright"):
        if find_spec(module) is None:
            return f"{module} is not installed"
    return "" if chromium() else "there is no Chromium on this machine"


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def jupyterlab(
    directory: Path, variables: Mapping[str, str], *, dark: bool = False
) -> Iterator[str]:
    """Run JupyterLab in `directory`, and give its address.

    Args:
        directory: Where its files are; everything that it writes goes there too.
        variables: Environment variables for its kernels.
        dark: Whether to use the dark theme.
    """
    _settle(directory / "settings", dark=dark)
    places = {
        name: str(directory / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port=0",
        f"--ServerApp.root_dir={directory}",
        f"--IdentityProvider.token={_TOKEN}",
        f"--LabApp.user_settings_dir={directory / 'settings'}",
        f"--LabApp.workspaces_dir={directory / 'workspaces'}",
        "--LabApp.extension_manager=readonly",
        "--LabApp.expose_app_in_browser=True",
    ]
    with own_sockets() as kernels, (directory / "jupyterlab.log").open("wb") as log:
        command += [f"--KernelManager.{name}={value}" for name, value in kernels.items()]
        process = subprocess.Popen(
            command, env={**os.environ, **places, **variables}, stdout=log, stderr=log
        )
        try:
            yield _address(directory, process)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)


def _settle(settings: Path, *, dark: bool) -> None:
    for plugin, values in {
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
        "apputils-extension/themes": {"theme": f"JupyterLab {'Dark' if dark else 'Light'}"},
        # Cells outside the window are in the page too.
        "notebook-extension/tracker": {"windowingMode": "none"},
    }.items():
        path = settings / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


def _address(directory: Path, process: subprocess.Popen[bytes]) -> str:
    """Return where it listens, as soon as it does: it chooses its port, and writes it down."""
    written = directory / "jupyter_runtime_dir" / f"jpserver-{process.pid}.json"
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            url = f"http://127.0.0.1:{json.loads(written.read_bytes())['port']}"
            with urlopen(f"{url}/api/status?token={_TOKEN}", timeout=5):
                return url
        except (OSError, ValueError):  # not yet there, or not all of it
            time.sleep(0.1)
    log = (directory / "jupyterlab.log").read_text()
    raise RuntimeError(f"JupyterLab did not start: {log[-2000:]}")


def write_notebook(path: Path, *cells: str) -> None:
    import nbformat

    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(notebook, path)


@contextmanager
def browser(*, width: int = 1100, height: int = 1000, scale: float = 1) -> Iterator[Page]:
    """Give an empty page of a new Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=_FLAGS)
        try:
            page = launched.new_page(
                viewport={"width": width, "height": height}, device_scale_factor=scale
            )
            page.set_default_timeout(_PATIENCE * 1000)
            yield page
        finally:
            launched.close()


_READY = """async () => {
    await jupyterapp.restored;
    const panel = jupyterapp.shell.currentWidget;
    await panel.context.ready;
    await panel.sessionContext.ready;
    await panel.sessionContext.session.kernel.info;
}"""


def open_notebook(page: Page, url: str, name: str) -> None:
    """Open a notebook by itself, and wait until its kernel is ready."""
    page.goto(f"{url}/doc/tree/{name}?token={_TOKEN}")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell .cm-content")
    page.evaluate(_READY)


def run_all(page: Page) -> None:
    """Run all cells, without waiting for their end."""
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells') }")


def output(page: Page, index: int) -> Any:
    """Return where the output of a cell is."""
    return page.locator(".jp-Notebook .jp-CodeCell").nth(index).locator(".jp-OutputArea-output")

"""A notebook run from its first cell to its last: in a clean kernel, without keys and offline."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

from tests.notebook.kernels import ROOT, own_sockets
from xyashui import PROVIDERS

_PATIENCE = 120  # seconds after which no cell may hold a test any longer
_NOWHERE = "http://127.0.0.1:9"  # whoever leaves the machine finds nobody there


def execute(path: Path, directory: Path) -> Any:
    """Run a notebook on the emulator, and return it with its new outputs.

    Args:
        path: The notebook, which stays as it is.
        directory: Where the kernel works, and what it writes goes.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell failed.
    """
    notebook = nbformat.read(path, as_version=4)
    with own_sockets() as sockets:
        client = NotebookClient(
            notebook,
            config=Config(KernelManager=sockets),
            timeout=_PATIENCE,
            iopub_timeout=_PATIENCE,  # for what a cell has shown, once it has run
            kernel_name="python3",
            record_timing=False,
            store_widget_state=False,
            resources={"metadata": {"path": str(directory)}},
        )
        client.execute(env=_surroundings(directory))
    return notebook


def _surroundings(directory: Path) -> dict[str, str]:
    """Return the environment variables of the kernel: what is here, without keys."""
    services = PROVIDERS.values()
    unwanted = {one.api_key_variable for one in services}
    unwanted |= {one.base_url_variable for one in services}
    unwanted |= {"LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "MPLBACKEND"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    proxies = {f"{scheme}_proxy": _NOWHERE for scheme in ("http", "https", "all")}
    proxies["no_proxy"] = "127.0.0.1,localhost"
    return {
        **kept,
        **proxies,
        **{name.upper(): value for name, value in proxies.items()},
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "IPYTHONDIR": str(directory / ".ipython"),
        "COLUMNS": "100",  # tables in text are as wide everywhere
    }

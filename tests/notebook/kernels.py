"""A real kernel, and what it tells a notebook's page."""

from __future__ import annotations

import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

ROOT = Path(__file__).absolute().parents[2]
_PATIENCE = 60.0  # seconds after which nothing may hold a test any longer


@dataclass
class Cell:
    """What came of running one cell.

    Attributes:
        status: "ok" or "error".
        error: The name of the error, and its traceback as shown.
        updates: What each display was, in the order in which it was sent.
        printed: What went to stdout and stderr.
        seconds: How long it took.
    """

    status: str = ""
    error: tuple[str, str] | None = None
    updates: list[dict[str, Any]] = field(default_factory=list)
    printed: str = ""
    seconds: float = 0.0

    @property
    def html(self) -> str:
        """What is shown in the end."""
        return str(self.updates[-1]["data"]["text/html"])


class Kernel:
    """A kernel that runs cells one by one."""

    def __init__(self, manager: Any, client: Any) -> None:
        self.manager = manager
        self._client = client

    def run(self, code: str, watch: Callable[[Cell], object] = lambda cell: None) -> Cell:
        """Run a cell to its end; `watch` is called after each display."""
        cell, began = Cell(), time.monotonic()
        id_ = self._client.execute(code)
        while not self._take(cell, self._message(self._client.get_iopub_msg, id_), watch):
            pass
        cell.seconds = time.monotonic() - began
        cell.status = self._message(self._client.get_shell_msg, id_)["content"]["status"]
        return cell

    def _message(self, get: Callable[..., Any], id_: str) -> dict[str, Any]:
        while True:
            try:
                message: dict[str, Any] = get(timeout=_PATIENCE)
            except Empty:
                raise RuntimeError("the kernel says nothing") from None
            if message["parent_header"].get("msg_id") == id_:
                return message

    def _take(self, cell: Cell, message: dict[str, Any], watch: Callable[[Cell], object]) -> bool:
        kind, content = message["msg_type"], message["content"]
        if kind in ("display_data", "update_display_data"):
            cell.updates.append({"kind": kind, **content})
            watch(cell)
        elif kind == "stream":
            cell.printed += content["text"]
        elif kind == "error":
            cell.error = content["ename"], "\n".join(content["traceback"])
        return bool(kind == "status" and content["execution_state"] == "idle")


@contextmanager
def own_sockets() -> Iterator[dict[str, str]]:
    """Give a `KernelManager` settings by which its kernels listen where no other process does.

    By default it looks for ports that are free, and one may be taken before a kernel has it.
    """
    with tempfile.TemporaryDirectory(prefix="kernel-") as directory:  # short, as sockets' names are
        settings = {"transport": "ipc", "ip": f"{directory}/socket"}
        yield settings if hasattr(socket, "AF_UNIX") else {}


@contextmanager
def kernel(directory: Path, variables: Mapping[str, str]) -> Iterator[Kernel]:
    """Start a kernel with these environment variables; it writes into `directory` only."""
    from jupyter_client.manager import KernelManager

    places = {"IPYTHONDIR": str(directory), "PYTHONPATH": str(ROOT)}
    with own_sockets() as sockets:
        manager = KernelManager(kernel_name="python3", **sockets)
        manager.start_kernel(env={**os.environ, **places, **variables})
        client = manager.blocking_client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=_PATIENCE)
            yield Kernel(manager, client)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)

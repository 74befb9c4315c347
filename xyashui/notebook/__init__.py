"""Answers in a notebook: shown as they arrive, safely, from either framework or from none.

    from xyashui.notebook import connect, show

    connect()                                   # the offline emulator, unless a key is set
    message = show(model.stream("你好"))
    message = await show(model.astream("你好"))

    %load_ext xyashui.notebook
    %%ask --provider ashui --web-search         # in a cell, above the question

`NotebookCallbackHandler` shows what happens inside LangChain's chains and agents, and `watching`
what happens inside LlamaIndex's engines and agents; `batch_progress` is a bar for a batch. Neither
framework is imported before it is needed, nor is IPython.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xyashui.notebook.connecting import Connection, connect
from xyashui.notebook.showing import show

if TYPE_CHECKING:
    from xyashui.notebook.batches import batch_progress
    from xyashui.notebook.langchain_handler import NotebookCallbackHandler
    from xyashui.notebook.llama_index_handler import NotebookEventHandler, watching

__all__ = [
    "Connection",
    "NotebookCallbackHandler",
    "NotebookEventHandler",
    "batch_progress",
    "connect",
    "load_ipython_extension",
    "show",
    "watching",
]

_LAZY = {
    "NotebookCallbackHandler": ("langchain_handler", "langchain"),
    "NotebookEventHandler": ("llama_index_handler", "llama-index"),
    "batch_progress": ("batches", "langchain"),
    "watching": ("llama_index_handler", "llama-index"),
}


def load_ipython_extension(shell: Any) -> None:
    """Register `%%ask`; IPython calls this for `%load_ext xyashui.notebook`."""
    from xyashui.notebook.magics import AskMagics

    shell.register_magics(AskMagics(shell))


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, extra = _LAZY[name]
    try:
        return getattr(import_module(f"{__name__}.{module}"), name)
    except ImportError as error:
        raise ImportError(
            f"{name} needs {error.name}: pip install 'xyashui[notebook,{extra}]'", name=error.name
        ) from error

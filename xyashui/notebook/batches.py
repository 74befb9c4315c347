"""`batch_progress`: how far a batch of LangChain's is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from xyashui.progress import Advance, progress_bar

__all__ = ["batch_progress"]


class _Counter(BaseCallbackHandler):
    """Counts the runs that nothing else called: one for each input of a batch."""

    run_inline = True  # in an event loop, in its own thread

    def __init__(self, advance: Advance) -> None:
        self._advance = advance

    def _over(self, *given: Any, parent_run_id: UUID | None = None, **more: Any) -> None:
        if parent_run_id is None:
            self._advance(1)

    # An input may be for a chain, or for a model or a tool by itself; a failed one is over too.
    on_chain_end = on_llm_end = on_tool_end = on_retriever_end = _over
    on_chain_error = on_llm_error = on_tool_error = on_retriever_error = _over


@contextmanager
def batch_progress(
    total: int, description: str = "Asking", *, unit: str = "question"
) -> Iterator[BaseCallbackHandler]:
    """Show a progress bar for `batch`, `abatch` and the like, in a notebook or a terminal.

    Args:
        total: How many inputs there are.
        description: What is going on, shown before the bar.
        unit: What is counted, in the singular.

    Yields:
        A callback that moves the bar forward whenever an input is done with, answered or not.

    Raises:
        ConfigurationError: `tqdm` is not installed.

    Example:
        >>> with batch_progress(len(questions)) as counted:  # doctest: +SKIP
        ...     answers = chain.batch(questions, config={"callbacks": [counted]})
    """
    with progress_bar(total, description, unit=unit) as advance:
        yield _Counter(advance)

"""What went wrong and a model can mend, told to the model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from langchain_core.tools import ToolException

from langchain_xyashui.errors import as_langchain
from xyashui import BadRequestError, ConfigurationError, TaskFailedError

__all__ = ["told_to_models"]


@contextmanager
def told_to_models() -> Iterator[None]:
    """Raise what a model can mend as a `ToolException`, and the rest as LangChain's twins.

    An argument that cannot be and a prompt that the service refuses are the model's to mend: with
    `handle_tool_error` they become the content of a message with `status="error"`. No money, no
    key and no network are not, nor is an address at which there is nothing.
    """
    with as_langchain():
        try:
            yield
        except (BadRequestError, ConfigurationError, TaskFailedError) as error:
            if getattr(error, "status_code", None) == 404:
                raise
            raise ToolException(str(error)) from error

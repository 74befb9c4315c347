"""What the kinds of tools have in common."""

from __future__ import annotations

from llama_index_xyashui.service import ServiceConnection
from xyashui import AsyncClient, Client

__all__ = ["ToolGroup"]


class ToolGroup:
    """Tools of one kind: `XingYunToolSpec` inherits all the groups, and makes the connection.

    A tool is a pair of methods, `name` and `aname`; what models are told of it is the signature and
    the docstring of the first. Its line in `spec.py` says what the service must offer for it.
    """

    _connection: ServiceConnection

    @property
    def _client(self) -> Client:
        return self._connection._sync()

    @property
    def _async_client(self) -> AsyncClient:
        return self._connection._async()

"""What a web search needs, whether a tool or a retriever makes it."""

from __future__ import annotations

from typing import Any

from llama_index_xyashui.connection import Connection
from xyashui import Answer, Provider
from xyashui.providers import by_name

__all__ = ["WebSearcher"]


class WebSearcher(Connection):
    """Asks a service to answer from the web."""

    provider: str = "xingyun"
    model: str | None = None

    @property
    def service(self) -> Provider:
        """The service that searches."""
        return by_name(self.provider)

    def search(self, query: str) -> Answer:
        """Answer a question from the web."""
        return self._sync().chat(query, **self._asked())

    async def asearch(self, query: str) -> Answer:
        """Do what `search` does, with `await`."""
        return await self._async().chat(query, **self._asked())

    def _asked(self) -> dict[str, Any]:
        # On 星芸 the model is what searches, so that naming one means naming another searcher.
        names_model = self.service.web_search_model is not None
        key = "web_search_model" if names_model else "model"
        return {"web_search": True, **({key: self.model} if self.model else {})}

"""What a web search needs, whether a tool or a retriever makes it."""

from __future__ import annotations

from typing import Any

from llama_index_xyashui.service import ServiceConnection
from xyashui import Answer
from xyashui.requests import check_query

__all__ = ["WebSearcher"]


class WebSearcher(ServiceConnection):
    """Asks a service to answer from the web."""

    model: str | None = None

    def search(self, query: str) -> Answer:
        """Answer a question from the web."""
        return self._sync().chat(check_query(query), **self._asked())

    async def asearch(self, query: str) -> Answer:
        """Do what `search` does, with `await`."""
        return await self._async().chat(check_query(query), **self._asked())

    def _asked(self) -> dict[str, Any]:
        # On 星芸 the model is what searches, so that naming one means naming another searcher.
        names_model = self.service.web_search_model is not None
        key = "web_search_model" if names_model else "model"
        return {"web_search": True, **({key: self.model} if self.model else {})}

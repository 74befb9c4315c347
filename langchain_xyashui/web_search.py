"""What a web search needs, whether a tool or a retriever makes it."""

from __future__ import annotations

from typing import Any

from langchain_xyashui.service import ServiceConnection
from xyashui import Answer
from xyashui.requests import check_query

__all__ = ["WebSearcher"]


class WebSearcher(ServiceConnection):
    """Asks a service to answer from the web."""

    model: str | None = None

    def _search(self, query: str) -> Answer:
        return self._sync_client().chat(check_query(query), **self._asked())

    async def _asearch(self, query: str) -> Answer:
        return await self._asynchronous_client().chat(check_query(query), **self._asked())

    def _asked(self) -> dict[str, Any]:
        # On 星芸 the model is what searches, so that naming one means naming another searcher.
        names_model = self.service.web_search_model is not None
        key = "web_search_model" if names_model else "model"
        return {"web_search": True, **({key: self.model} if self.model else {})}

"""What a web search needs, whether a tool or a retriever makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import field_validator

from llama_index_xyashui.connection import Connection
from xyashui import Answer, Provider
from xyashui.providers import PROVIDERS, by_name
from xyashui.requests import check_query

__all__ = ["WebSearcher"]

if TYPE_CHECKING:
    Service = Provider | str
else:
    Service = Any  # Pydantic would look into a provider


class WebSearcher(Connection):
    """Asks a service to answer from the web."""

    provider: Service = "xingyun"
    model: str | None = None

    @field_validator("provider")
    @classmethod
    def _named(cls, provider: Any) -> Any:
        # A name can be written out and compared; a service that is not known by one stays itself.
        return provider.name if provider in PROVIDERS.values() else provider

    @property
    def service(self) -> Provider:
        """The service that searches."""
        return by_name(self.provider)

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

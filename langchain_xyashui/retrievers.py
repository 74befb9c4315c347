"""The services' web search as a retriever: a document for each source that an answer cites."""

from __future__ import annotations

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import Field

from langchain_xyashui.errors import as_langchain
from langchain_xyashui.web_search import WebSearcher
from xyashui import Answer, ConfigurationError
from xyashui.citations import sources
from xyashui.requests import shorten

__all__ = ["XingYunWebRetriever"]


class XingYunWebRetriever(WebSearcher, BaseRetriever):
    """Finds pages on the web: what an answer says of each, with its title and address.

    A document's text is the sentences of the answer that cite the page; its metadata has `source`
    (the address, as LangChain calls it), `url` (the same) and `title`. An answer that cites nothing
    gives no documents.

    Args:
        k: The most documents to give; `None` for all. Can be given per call.
        provider: Which service searches: "xingyun" or "ashui", or `xyashui.XINGYUN` or `ASHUI`.
        model: The model that searches; by default the one that the service documents.
        api_key: The key; by default what the service's environment variable holds.
        base_url: The address; by default the environment's, or else the service's own.
        timeout: Seconds of silence to bear (300).
        max_retries: How often a call that may pass is made again (2).

    Raises:
        langchain_xyashui.errors.ConfigurationError: A setting cannot be, or the key is missing.

    Example:
        >>> retriever = XingYunWebRetriever(k=3)  # doctest: +SKIP
        >>> [page.metadata["source"] for page in retriever.invoke("济南天气")]  # doctest: +SKIP
        ['https://www.tianqi.com/jinan/']
    """

    k: int | None = Field(default=None, gt=0, strict=True)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        with as_langchain():
            most = self._most(k)
            return _documents(self._search(query), most)

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        with as_langchain():
            most = self._most(k)
            return _documents(await self._asearch(query), most)

    def _most(self, k: int | None) -> int | None:
        if k is None:
            return self.k
        if isinstance(k, bool) or not isinstance(k, int) or k < 1:
            raise ConfigurationError(f"k must be a whole number of 1 or more, not {shorten(k)}")
        return k


def _documents(answer: Answer, k: int | None) -> list[Document]:
    return [
        Document(
            source.text, metadata={"source": source.url, "url": source.url, "title": source.title}
        )
        for source in sources(answer.citations)[:k]
    ]

"""The services' web search as a retriever: a node for each source that an answer cites."""

from __future__ import annotations

from typing import Any

from llama_index.core.callbacks import CallbackManager
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from llama_index_xyashui.web_search import WebSearcher
from xyashui import Answer, ConfigurationError, Provider
from xyashui.citations import sources
from xyashui.secrecy import conceal

__all__ = ["XingYunWebRetriever"]


class XingYunWebRetriever(BaseRetriever):
    """Finds pages on the web: what an answer says of each, with its title and address.

    A node's text is the sentences of the answer that cite the page; its metadata has `url` and
    `title`. It has no score: the service gives none. An answer that cites nothing gives no nodes.

    Args:
        similarity_top_k: The most nodes to give; `None` for all.
        provider: Which service searches: "xingyun" or "ashui".
        model: The model that searches; by default the one that the service documents.
        callback_manager: LlamaIndex's.
        verbose: LlamaIndex's.
        **connection: `api_key` (by default what the service's environment variable holds),
            `base_url`, `timeout`, `max_retries`, `default_headers`, `http_client` and
            `http_async_client`, as the LLMs take them.

    Raises:
        ConfigurationError: A setting cannot be, or the key is missing.

    Example:
        >>> retriever = XingYunWebRetriever(similarity_top_k=3)  # doctest: +SKIP
        >>> [node.metadata["url"] for node in retriever.retrieve("济南天气")]  # doctest: +SKIP
        ['https://www.tianqi.com/jinan/']
        >>> RetrieverQueryEngine.from_args(retriever).query("济南天气")  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        similarity_top_k: int | None = None,
        provider: Provider | str = "xingyun",
        model: str | None = None,
        callback_manager: CallbackManager | None = None,
        verbose: bool = False,
        **connection: Any,
    ) -> None:
        conceal(connection)
        super().__init__(callback_manager=callback_manager, verbose=verbose)
        if similarity_top_k is not None and similarity_top_k < 1:
            raise ConfigurationError(f"similarity_top_k must be 1 or more, not {similarity_top_k}")
        self.similarity_top_k = similarity_top_k
        self._searcher = WebSearcher(provider=provider, model=model, **connection)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return self._nodes(self._searcher.search(query_bundle.query_str))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return self._nodes(await self._searcher.asearch(query_bundle.query_str))

    def _nodes(self, answer: Answer) -> list[NodeWithScore]:
        return [
            NodeWithScore(
                node=TextNode(text=page.text, metadata={"url": page.url, "title": page.title})
            )
            for page in sources(answer.citations)[: self.similarity_top_k]
        ]

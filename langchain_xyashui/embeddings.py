"""`XingYunEmbeddings`: 星芸AI's embeddings in LangChain."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, ClassVar, Literal

from langchain_core.embeddings import Embeddings
from pydantic import PrivateAttr

from langchain_xyashui.connection import Connection
from langchain_xyashui.errors import as_langchain
from xyashui import XINGYUN, Provider
from xyashui.endpoints.embeddings import (
    BATCH_SIZE,
    EMBEDDING_MODEL,
    EmbeddingOptions,
    EmbeddingRequest,
    Kept,
    Share,
    check_texts,
)
from xyashui.endpoints.embeddings import Embeddings as Embedded

__all__ = ["XingYunEmbeddings"]


class XingYunEmbeddings(Connection, Embeddings):
    """星芸AI (XingYun AI) as a LangChain embedding model.

    Texts go in batches, several at once. Where `embed_documents` fails, the error has `index`, the
    text at fault where it is one text's, and `embedded`, all vectors that came; this object keeps
    these, so that to call it again costs no more than the rest.

    Args:
        model: The model to ask ("text-embedding-ada-002").
        dimensions: How many numbers a vector should have, where the model leaves a choice.
        batch_size: Texts in a request (256, at most 2,048).
        max_concurrency: Requests at the same time (4). Where it is set, all that this process has
            under way with the same key are counted.
        requests_per_minute: Requests begun within 60 seconds, counted likewise; by default as many
            as there are.
        breaker: A `xyashui.CircuitBreaker`, which refuses calls while the service is down.
        encoding_format: How vectors travel: "base64" (a quarter of the bytes) or "float".
        show_progress_bar: Whether `embed_documents` shows a progress bar.
        user: Your name for the person who asks.
        extra_body: Fields to put into each request as they are.
        api_key: The key; by default what `XINGYUN_API_KEY` holds.
        base_url: The address, with or without `/v1`; by default what `XINGYUN_BASE_URL` holds,
            or else the service's own.
        timeout: Seconds of silence to bear (300), or an `httpx.Timeout`.
        deadline: Seconds that a whole call may take, all its requests and other tries included; by
            default as long as it needs.
        max_retries: How often a request that may pass is made again (2).
        default_headers: HTTP headers to send with every request.
        http_client: An `httpx.Client` of your own.
        http_async_client: An `httpx.AsyncClient` of your own.

    Raises:
        langchain_xyashui.errors.ConfigurationError: An option is unknown or cannot be; the key
            is missing.

    Example:
        >>> from langchain_core.vectorstores import InMemoryVectorStore
        >>> from langchain_xyashui import XingYunEmbeddings
        >>> store = InMemoryVectorStore(XingYunEmbeddings())  # doctest: +SKIP
        >>> store.add_texts(["济南以泉水闻名。", "青岛临海。"])  # doctest: +SKIP
        >>> store.similarity_search("哪里有泉水?", k=1)  # doctest: +SKIP
    """

    provider: ClassVar[Provider] = XINGYUN

    model: str = EMBEDDING_MODEL
    dimensions: int | None = None
    batch_size: int = BATCH_SIZE
    encoding_format: Literal["base64", "float"] = "base64"
    show_progress_bar: bool = False
    user: str | None = None
    extra_body: dict[str, Any] | None = None

    _kept: Kept = PrivateAttr(default_factory=Kept)

    def model_post_init(self, context: Any, /) -> None:
        """Refuse what cannot be now, and not at the first text."""
        super().model_post_init(context)
        EmbeddingRequest.make(self.provider, **self._options())

    @property
    def service(self) -> Provider:
        """The service that is called."""
        return self.provider

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Turn texts into vectors, in the order of the texts.

        Raises:
            langchain_xyashui.errors.ConfigurationError: A text is empty, or is none.
            langchain_core.exceptions.ModelError: The service refuses, or not all vectors arrived.
        """
        with as_langchain():
            checked = check_texts(texts)
            with self._shared(checked) as share:
                options = self._options(share.known(checked))
                found = self._sync_client().embed(checked, **options)
                return share.add(found).tolist()

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Do what `embed_documents` does, with `await`."""
        with as_langchain():
            checked = check_texts(texts)
            with self._shared(checked) as share:
                options = self._options(share.known(checked))
                found = await self._asynchronous_client().embed(checked, **options)
                return share.add(found).tolist()

    def embed_query(self, text: str) -> list[float]:
        """Turn one text into a vector; raises what `embed_documents` does."""
        with as_langchain():
            return self._sync_client().embed(text, **self._quietly())[0].tolist()

    async def aembed_query(self, text: str) -> list[float]:
        """Do what `embed_query` does, with `await`."""
        with as_langchain():
            client = self._asynchronous_client()
            return (await client.embed(text, **self._quietly()))[0].tolist()

    def _shared(self, texts: tuple[str, ...]) -> AbstractContextManager[Share]:
        settings = (self.dimensions, self.base_url, repr(self.extra_body))
        return self._kept.during(texts, self.model, *settings)

    def _options(self, resume: Embedded | None = None) -> EmbeddingOptions:
        return {
            "model": self.model,
            "dimensions": self.dimensions,
            "batch_size": self.batch_size,
            "max_concurrency": self.max_concurrency,
            "encoding_format": self.encoding_format,
            "show_progress": self.show_progress_bar,
            "user": self.user,
            "extra_body": self.extra_body,
            "resume": resume,
        }

    def _quietly(self) -> EmbeddingOptions:
        return {**self._options(), "show_progress": False}

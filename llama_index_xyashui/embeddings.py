"""`XingYunEmbedding`: 星芸AI's embeddings in LlamaIndex."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from inspect import unwrap
from typing import Any, ClassVar, Literal, Self

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import ConfigDict, Field, PrivateAttr

from llama_index_xyashui.connection import Connection
from xyashui import XINGYUN, ConfigurationError, Provider
from xyashui.endpoints.embeddings import (
    BATCH_SIZE,
    EMBEDDING_MODEL,
    MAX_BATCH_SIZE,
    MAX_CONCURRENCY,
    EmbeddingOptions,
    EmbeddingRequest,
    Embeddings,
    Kept,
    Share,
    check_texts,
)

__all__ = ["XingYunEmbedding"]

Vectors = list[list[float]]

# LlamaIndex's own, without the spans: it gives one to every method that overrides these.
_GET_BATCH: Any = unwrap(BaseEmbedding.get_text_embedding_batch)
_AGET_BATCH: Any = unwrap(BaseEmbedding.aget_text_embedding_batch)


class XingYunEmbedding(Connection, BaseEmbedding):
    """星芸AI (XingYun AI) as a LlamaIndex embedding model.

    Texts go in batches, several at once. Where `get_text_embedding_batch` fails, and with it the
    making of an index, the error has `index`, the text at fault where it is one text's, and
    `embedded`, all vectors that came; this object keeps these, so that to call it again costs no
    more than the rest.

    Args:
        model: The model to ask ("text-embedding-ada-002"); LlamaIndex calls it `model_name`.
        dimensions: How many numbers a vector should have, where the model leaves a choice.
        embed_batch_size: Texts in a request (256, at most 2,048).
        num_workers: Requests at the same time (4), sync and async. One after another where a
            `rate_limiter` is set and there is no `await`: it counts batches.
        encoding_format: How vectors travel: "base64" (a quarter of the bytes) or "float".
        user: Your name for the person who asks.
        extra_body: Fields to put into each request as they are.
        api_key: The key; by default what `XINGYUN_API_KEY` holds.
        base_url: The address, with or without `/v1`; by default what `XINGYUN_BASE_URL` holds,
            or else the service's own.
        timeout: Seconds of silence to bear (300), or an `httpx.Timeout`.
        deadline: Seconds that the requests of one batch of LlamaIndex's may take (as many as there
            are workers, or one where there is `await`), other tries included; by default as long
            as they need.
        max_concurrency: How many requests with the same key this process may have under way when
            this model makes one; it waits its turn otherwise.
        requests_per_minute: The same for requests begun within 60 seconds.
        breaker: A `xyashui.CircuitBreaker`, which refuses calls while the service is down.
        max_retries: How often a request that may pass is made again (2).
        default_headers: HTTP headers to send with every request.
        http_client: An `httpx.Client` of your own.
        http_async_client: An `httpx.AsyncClient` of your own.

    LlamaIndex's own settings (`callback_manager`, `embeddings_cache`, `rate_limiter`) can be given
    as well.

    Raises:
        ConfigurationError: An option is unknown or cannot be; the key is missing.

    Example:
        >>> from llama_index.core import Document, VectorStoreIndex
        >>> from llama_index_xyashui import XingYun, XingYunEmbedding
        >>> texts = [Document(text="济南以泉水闻名。"), Document(text="青岛临海。")]
        >>> index = VectorStoreIndex.from_documents(  # doctest: +SKIP
        ...     texts, embed_model=XingYunEmbedding(), show_progress=True
        ... )
        >>> index.as_query_engine(llm=XingYun()).query("哪里有泉水?")  # doctest: +SKIP
    """

    provider: ClassVar[Provider] = XINGYUN

    model_config = ConfigDict(populate_by_name=True)

    model_name: str = Field(default=EMBEDDING_MODEL, alias="model")
    dimensions: int | None = None
    embed_batch_size: int = Field(default=BATCH_SIZE, gt=0, le=MAX_BATCH_SIZE)
    num_workers: int | None = Field(default=MAX_CONCURRENCY, gt=0)
    encoding_format: Literal["base64", "float"] = "base64"
    user: str | None = None
    extra_body: dict[str, Any] | None = None

    _kept: Kept = PrivateAttr(default_factory=Kept)
    # Of a copy that serves one call to `get_text_embedding_batch`, see there.
    _batch_call: _BatchCall | None = PrivateAttr(default=None)

    def model_post_init(self, context: Any, /) -> None:
        """Refuse what cannot be now, and not at the first text."""
        super().model_post_init(context)
        EmbeddingRequest.make(self.provider, **self._options())

    @classmethod
    def _check_names(cls, settings: dict[str, Any]) -> None:
        super()._check_names(_by_llama_index_name(settings))

    @property
    def service(self) -> Provider:
        """The service that is called."""
        return self.provider

    @property
    def model(self) -> str:
        """The model that is asked."""
        return self.model_name

    @classmethod
    def class_name(cls) -> str:
        """Return what LlamaIndex calls this class where it writes one out."""
        return f"{cls.provider.name}_embedding"

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy, with other settings where `update` has some."""
        return super().model_copy(update=update and _by_llama_index_name(update), deep=deep)

    # What LlamaIndex calls

    def get_text_embedding_batch(
        self, texts: list[str], show_progress: bool = False, **kwargs: Any
    ) -> Vectors:
        """Turn texts into vectors, in the order of the texts.

        Args:
            texts: The texts. None may be empty.
            show_progress: Whether to show LlamaIndex's progress bar.
            **kwargs: LlamaIndex's.

        Raises:
            ConfigurationError: A text is empty, or is none.
            APIError: The service refuses.
            TransportError: Not all vectors arrived.
        """
        checked = check_texts(texts)
        # LlamaIndex hands over batch after batch, and waits for each. A batch as large as what all
        # workers take together keeps all of them at work; a limit on calls counts batches.
        limited = getattr(self, "rate_limiter", None) is not None
        rounds = self.embed_batch_size * (1 if limited else self._workers)
        with self._shared(checked) as share:
            call = _BatchCall(share, self.embed_batch_size, self._workers)
            vectors: Vectors = _GET_BATCH(
                self._copy_for(call, embed_batch_size=rounds),
                list(checked),
                show_progress,
                **kwargs,
            )
            return vectors

    async def aget_text_embedding_batch(
        self, texts: list[str], show_progress: bool = False, **kwargs: Any
    ) -> Vectors:
        """Do what `get_text_embedding_batch` does, with `await`."""
        checked = check_texts(texts)
        with self._shared(checked) as share:
            call = _BatchCall(share, self.embed_batch_size, self._workers)
            # Without workers of LlamaIndex's, which leave what they have not begun behind when a
            # batch fails: here every batch waits for its turn, and is told.
            copy = self._copy_for(call, num_workers=None)
            try:
                vectors: Vectors = await _AGET_BATCH(copy, list(checked), show_progress, **kwargs)
            except Exception:
                await call.settled()
                raise
            return vectors

    def _get_text_embeddings(self, texts: list[str]) -> Vectors:
        call = self._batch_call
        if call is None:
            return self._sync().embed(texts, **self._options()).tolist()
        found = self._sync().embed(texts, **self._options(call.share.known(texts)))
        return call.share.add(found).tolist()

    async def _aget_text_embeddings(self, texts: list[str]) -> Vectors:
        call = self._batch_call
        if call is None:
            return (await self._async().embed(texts, **self._options())).tolist()
        async with call.turn():
            found = await self._async().embed(texts, **self._options(call.share.known(texts)))
            return call.share.add(found).tolist()

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._sync().embed(text, **self._options())[0].tolist()

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return (await self._async().embed(text, **self._options()))[0].tolist()

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await self._aget_text_embedding(query)

    @property
    def _workers(self) -> int:
        return self.num_workers or MAX_CONCURRENCY

    def _copy_for(self, call: _BatchCall, **settings: Any) -> Self:
        copy = self.model_copy(update=settings)
        copy._batch_call = call
        return copy

    def _shared(self, texts: tuple[str, ...]) -> AbstractContextManager[Share]:
        settings = (self.dimensions, self.base_url, repr(self.extra_body))
        return self._kept.during(texts, self.model_name, *settings)

    def _options(self, resume: Embeddings | None = None) -> EmbeddingOptions:
        call = self._batch_call
        return {
            "model": self.model_name,
            "dimensions": self.dimensions,
            "batch_size": self.embed_batch_size if call is None else call.batch_size,
            "max_concurrency": self._workers,
            "encoding_format": self.encoding_format,
            "user": self.user,
            "extra_body": self.extra_body,
            "resume": resume,
        }


class _BatchCall:
    """One call to `get_text_embedding_batch`, in however many batches LlamaIndex makes of it.

    Attributes:
        share: The vectors that there are.
        batch_size: Texts in a request.
    """

    def __init__(self, share: Share, batch_size: int, workers: int) -> None:
        self.share = share
        self.batch_size = batch_size
        self._workers = workers
        self._places = asyncio.Semaphore(workers)
        self._failure: Exception | None = None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn to send a request; nobody gets one after a failure."""
        async with self._places:
            if self._failure is not None:
                raise self._failure
            try:
                yield
            except Exception as error:
                self._failure = error
                raise

    async def settled(self) -> None:
        """Wait for the requests that are under way: LlamaIndex leaves them to themselves."""
        for _ in range(self._workers):
            await self._places.acquire()
        for _ in range(self._workers):
            self._places.release()


def _by_llama_index_name(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Call the model what LlamaIndex calls it."""
    named = dict(settings)
    if "model" in named:
        model = named.pop("model")
        if named.setdefault("model_name", model) != model:
            raise ConfigurationError(
                f"model={model!r} and model_name={named['model_name']!r} are the same option, "
                "which cannot be both"
            )
    return named

"""Texts as vectors: `POST /v1/embeddings` [doc].

    options   what a caller asks for, checked
    wire      one request, and how its answer is read
    work      which texts go together, what has come, and which text a refusal is about
    calls     `embed`, for both clients
    results   what a caller gets
    kept      what a failed call has embedded, for an adapter's next one

All but `calls` needs no socket.
"""

from xyashui.endpoints.embeddings.calls import AsyncEmbeddingCalls, EmbeddingCalls
from xyashui.endpoints.embeddings.kept import Kept, Share
from xyashui.endpoints.embeddings.options import (
    BATCH_SIZE,
    EMBEDDING_MODEL,
    MAX_BATCH_SIZE,
    MAX_CONCURRENCY,
    EmbeddingOptions,
    EmbeddingRequest,
    check_texts,
)
from xyashui.endpoints.embeddings.results import Embeddings, Vector

__all__ = [
    "BATCH_SIZE",
    "EMBEDDING_MODEL",
    "MAX_BATCH_SIZE",
    "MAX_CONCURRENCY",
    "AsyncEmbeddingCalls",
    "EmbeddingCalls",
    "EmbeddingOptions",
    "EmbeddingRequest",
    "Embeddings",
    "Kept",
    "Share",
    "Vector",
    "check_texts",
]

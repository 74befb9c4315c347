"""What `xyashui demo` gives a query engine to find: texts, and an embedding without a model."""

from __future__ import annotations

from llama_index.core import Document
from llama_index.core.base.embeddings.base import BaseEmbedding

from xyashui.demo.paragraphs import PARAGRAPHS, embed

__all__ = ["make_documents", "make_embedding"]


def make_documents() -> list[Document]:
    """Return the demo's texts as LlamaIndex's documents."""
    return [Document(text=text, metadata={"title": title}) for title, text in PARAGRAPHS.items()]


def make_embedding() -> BaseEmbedding:
    """Return an embedding that needs neither a network nor a model."""
    return _Ngrams(model_name="character n-grams")


class _Ngrams(BaseEmbedding):
    def _get_text_embedding(self, text: str) -> list[float]:
        return embed(text)

    def _get_query_embedding(self, query: str) -> list[float]:
        return embed(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return embed(query)

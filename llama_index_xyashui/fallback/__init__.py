"""Several LLMs as one: where the first gives no answer, the next is asked."""

from llama_index_xyashui.fallback.llm import Fallback

__all__ = ["Fallback"]

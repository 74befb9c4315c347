"""星芸AI (XingYun AI) and 阿水AI (AShui AI) in LlamaIndex.

Example:
    >>> from llama_index.core import Settings
    >>> from llama_index_xyashui import AShui
    >>> Settings.llm = AShui(api_key="...", web_search=True)
    >>> Settings.llm.complete("今天有什么新闻?").text  # doctest: +SKIP
"""

try:
    import llama_index.core  # noqa: F401
except ImportError as error:
    raise ImportError(
        "llama_index_xyashui needs LlamaIndex: pip install 'xyashui[llama-index]'", name=error.name
    ) from error

from typing import TYPE_CHECKING

from xyashui.lazily import attributes

__all__ = [
    "AShui",
    "Fallback",
    "XingYun",
    "XingYunAudioReader",
    "XingYunEmbedding",
    "XingYunToolSpec",
    "XingYunWebRetriever",
]

_NAMES = {
    "embeddings": ("XingYunEmbedding",),
    "fallback": ("Fallback",),
    "llms": (
        "AShui",
        "XingYun",
    ),
    "readers": ("XingYunAudioReader",),
    "retrievers": ("XingYunWebRetriever",),
    "tools": ("XingYunToolSpec",),
}

if TYPE_CHECKING:
    from llama_index_xyashui.embeddings import XingYunEmbedding
    from llama_index_xyashui.fallback import Fallback
    from llama_index_xyashui.llms import AShui, XingYun
    from llama_index_xyashui.readers import XingYunAudioReader
    from llama_index_xyashui.retrievers import XingYunWebRetriever
    from llama_index_xyashui.tools import XingYunToolSpec
else:
    __getattr__ = attributes(__name__, _NAMES)


def __dir__() -> list[str]:
    return [*__all__]

"""星芸AI (XingYun AI) and 阿水AI (AShui AI) in LangChain.

Example:
    >>> from langchain_xyashui import ChatAShui
    >>> model = ChatAShui(api_key="...", web_search=True)
    >>> model.invoke("今天有什么新闻?").content  # doctest: +SKIP
"""

try:
    # First of all: LangChain's modules take longer to import in most other orders.
    import langchain_core.language_models.chat_models  # noqa: F401
    from langchain_core.load.load import ALL_SERIALIZABLE_MAPPINGS
except ImportError as error:
    raise ImportError(
        "langchain_xyashui needs LangChain: pip install 'xyashui[langchain]'", name=error.name
    ) from error

from typing import TYPE_CHECKING

from xyashui.lazily import attributes

__all__ = [
    "ChatAShui",
    "ChatXingYun",
    "XingYunEmbeddings",
    "XingYunImageGeneration",
    "XingYunLLM",
    "XingYunMidjourney",
    "XingYunSpeech",
    "XingYunTranscriptionParser",
    "XingYunWebRetriever",
    "XingYunWebSearch",
]

_NAMES = {
    "chat_models": (
        "ChatAShui",
        "ChatXingYun",
    ),
    "embeddings": ("XingYunEmbeddings",),
    "llms": ("XingYunLLM",),
    "retrievers": ("XingYunWebRetriever",),
    "tools": (
        "XingYunImageGeneration",
        "XingYunMidjourney",
        "XingYunSpeech",
        "XingYunWebSearch",
    ),
    "transcription": ("XingYunTranscriptionParser",),
}

if TYPE_CHECKING:
    from langchain_xyashui.chat_models import ChatAShui, ChatXingYun
    from langchain_xyashui.embeddings import XingYunEmbeddings
    from langchain_xyashui.llms import XingYunLLM
    from langchain_xyashui.retrievers import XingYunWebRetriever
    from langchain_xyashui.tools import (
        XingYunImageGeneration,
        XingYunMidjourney,
        XingYunSpeech,
        XingYunWebSearch,
    )
    from langchain_xyashui.transcription import XingYunTranscriptionParser
else:
    __getattr__ = attributes(__name__, _NAMES)


def __dir__() -> list[str]:
    return [*__all__]


for _written in (
    ("langchain_xyashui", "chat_models", "ChatXingYun"),
    ("langchain_xyashui", "chat_models", "ChatAShui"),
    ("langchain_xyashui", "llms", "XingYunLLM"),
):
    # `load(..., allowed_objects="all")` reads back what stands in this table and nothing else, even
    # where the program names this package among `valid_namespaces`, as it must besides.
    ALL_SERIALIZABLE_MAPPINGS[_written] = _written

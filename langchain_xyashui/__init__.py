"""星芸AI (XingYun AI) and 阿水AI (AShui AI) in LangChain.

Example:
    >>> from langchain_xyashui import ChatAShui
    >>> model = ChatAShui(api_key="...", web_search=True)
    >>> model.invoke("今天有什么新闻?").content  # doctest: +SKIP
"""

try:
    import langchain_core  # noqa: F401
except ImportError as error:
    raise ImportError(
        "langchain_xyashui needs LangChain: pip install 'xyashui[langchain]'", name=error.name
    ) from error

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

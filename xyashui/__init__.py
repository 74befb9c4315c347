"""星芸AI (XingYun AI) and 阿水AI (AShui AI), over httpx, without a framework.

`Client` and `AsyncClient` ask either service; `langchain_xyashui` and `llama_index_xyashui` put
the same behind LangChain's and LlamaIndex's own interfaces.

Example:
    >>> import xyashui
    >>> client = xyashui.Client(xyashui.ASHUI, api_key="...")
    >>> client.chat("你好").text  # doctest: +SKIP
"""

from xyashui._version import __version__
from xyashui.answers import Answer, Choice, Chunk, ToolCall, ToolCallDelta, Usage
from xyashui.citations import Citation
from xyashui.client import AsyncChatStream, AsyncClient, ChatStream, Client
from xyashui.errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ContextOverflowError,
    MalformedOutputError,
    ModelNotFoundError,
    PermissionDeniedError,
    ProtocolError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
    TransportError,
    UnsupportedFeatureError,
    XyashuiError,
)
from xyashui.providers import ASHUI, PROVIDERS, XINGYUN, Capabilities, Provider

__all__ = [
    "ASHUI",
    "PROVIDERS",
    "XINGYUN",
    "APIConnectionError",
    "APIError",
    "APITimeoutError",
    "Answer",
    "AsyncChatStream",
    "AsyncClient",
    "AuthenticationError",
    "BadRequestError",
    "Capabilities",
    "ChatStream",
    "Choice",
    "Chunk",
    "Citation",
    "Client",
    "ConfigurationError",
    "ContextOverflowError",
    "MalformedOutputError",
    "ModelNotFoundError",
    "PermissionDeniedError",
    "ProtocolError",
    "Provider",
    "QuotaExceededError",
    "RateLimitError",
    "ServerError",
    "StreamInterruptedError",
    "ToolCall",
    "ToolCallDelta",
    "TransportError",
    "UnsupportedFeatureError",
    "Usage",
    "XyashuiError",
    "__version__",
]

"""星芸AI (XingYun AI) and 阿水AI (AShui AI), over httpx, without a framework.

`Client` and `AsyncClient` ask either service; `langchain_xyashui` and `llama_index_xyashui` put
the same behind LangChain's and LlamaIndex's own interfaces.

Example:
    >>> import xyashui
    >>> client = xyashui.Client(xyashui.ASHUI, api_key="...")
    >>> client.chat("你好").text  # doctest: +SKIP
"""

from typing import TYPE_CHECKING

from xyashui._version import __version__
from xyashui.lazily import attributes

__all__ = [
    "ASHUI",
    "PROVIDERS",
    "XINGYUN",
    "APIConnectionError",
    "APIError",
    "APITimeoutError",
    "AllFailedError",
    "Answer",
    "AsyncChatStream",
    "AsyncClient",
    "AsyncMidjourneyTask",
    "AsyncSpeech",
    "AuthenticationError",
    "BadRequestError",
    "Capabilities",
    "ChatStream",
    "Choice",
    "Chunk",
    "CircuitBreaker",
    "CircuitOpenError",
    "Citation",
    "Client",
    "ConfigurationError",
    "ContextOverflowError",
    "Embeddings",
    "InsecureConnectionWarning",
    "InternalError",
    "MalformedOutputError",
    "MidjourneyTask",
    "ModelNotFoundError",
    "PermissionDeniedError",
    "Picture",
    "Pictures",
    "ProtocolError",
    "Provider",
    "QuotaExceededError",
    "RateLimitError",
    "Segment",
    "ServerError",
    "Sound",
    "Speech",
    "StreamInterruptedError",
    "TaskFailedError",
    "ToolCall",
    "ToolCallDelta",
    "Transcript",
    "TransportError",
    "UnsupportedFeatureError",
    "Usage",
    "XyashuiError",
    "__version__",
    "pickle_keys",
]

_NAMES = {
    "answers": (
        "Answer",
        "Choice",
        "Chunk",
        "ToolCall",
        "ToolCallDelta",
        "Usage",
    ),
    "breaker": ("CircuitBreaker",),
    "citations": ("Citation",),
    "client": (
        "AsyncChatStream",
        "AsyncClient",
        "ChatStream",
        "Client",
    ),
    "endpoints.embeddings": ("Embeddings",),
    "endpoints.midjourney": (
        "AsyncMidjourneyTask",
        "MidjourneyTask",
    ),
    "endpoints.speech": (
        "AsyncSpeech",
        "Speech",
    ),
    "errors": (
        "AllFailedError",
        "APIConnectionError",
        "APIError",
        "APITimeoutError",
        "AuthenticationError",
        "BadRequestError",
        "CircuitOpenError",
        "ConfigurationError",
        "ContextOverflowError",
        "InternalError",
        "MalformedOutputError",
        "ModelNotFoundError",
        "PermissionDeniedError",
        "ProtocolError",
        "QuotaExceededError",
        "RateLimitError",
        "ServerError",
        "StreamInterruptedError",
        "TaskFailedError",
        "TransportError",
        "UnsupportedFeatureError",
        "XyashuiError",
    ),
    "pictures": (
        "Picture",
        "Pictures",
    ),
    "providers": (
        "ASHUI",
        "PROVIDERS",
        "XINGYUN",
        "Capabilities",
        "Provider",
    ),
    "secrecy": (
        "InsecureConnectionWarning",
        "pickle_keys",
    ),
    "sounds": ("Sound",),
    "transcripts": (
        "Segment",
        "Transcript",
    ),
}

if TYPE_CHECKING:
    from xyashui.answers import Answer, Choice, Chunk, ToolCall, ToolCallDelta, Usage
    from xyashui.breaker import CircuitBreaker
    from xyashui.citations import Citation
    from xyashui.client import AsyncChatStream, AsyncClient, ChatStream, Client
    from xyashui.endpoints.embeddings import Embeddings
    from xyashui.endpoints.midjourney import AsyncMidjourneyTask, MidjourneyTask
    from xyashui.endpoints.speech import AsyncSpeech, Speech
    from xyashui.errors import (
        AllFailedError,
        APIConnectionError,
        APIError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        CircuitOpenError,
        ConfigurationError,
        ContextOverflowError,
        InternalError,
        MalformedOutputError,
        ModelNotFoundError,
        PermissionDeniedError,
        ProtocolError,
        QuotaExceededError,
        RateLimitError,
        ServerError,
        StreamInterruptedError,
        TaskFailedError,
        TransportError,
        UnsupportedFeatureError,
        XyashuiError,
    )
    from xyashui.pictures import Picture, Pictures
    from xyashui.providers import ASHUI, PROVIDERS, XINGYUN, Capabilities, Provider
    from xyashui.secrecy import InsecureConnectionWarning, pickle_keys
    from xyashui.sounds import Sound
    from xyashui.transcripts import Segment, Transcript
else:
    __getattr__ = attributes(__name__, _NAMES)


def __dir__() -> list[str]:
    return [*__all__]

"""Errors that are ours and LangChain's at once, so that code that catches either works.

Each class here is a class of `xyashui.errors` and the one of `langchain_core.exceptions` that
means the same; LangChain's retry and fallback middleware go by the latter.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from langchain_core import exceptions as langchain

from xyashui import errors

__all__ = [
    "APIConnectionError",
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
    "UnsupportedFeatureError",
    "as_langchain",
]


class ConfigurationError(errors.ConfigurationError, langchain.ModelInvalidRequestError):
    """What the program asked for cannot be: raised before anything is sent."""


class AuthenticationError(errors.AuthenticationError, langchain.ModelAuthenticationError):
    """The key is missing, wrong or expired."""


class PermissionDeniedError(errors.PermissionDeniedError, langchain.ModelPermissionDeniedError):
    """The key is good, but it or its user may not do this."""


class QuotaExceededError(errors.QuotaExceededError, langchain.ModelPermissionDeniedError):
    """The account or the key has no money left."""


class BadRequestError(errors.BadRequestError, langchain.ModelInvalidRequestError):
    """The service could not read the request."""


class ContextOverflowError(errors.ContextOverflowError, langchain.ContextOverflowError):
    """The messages are longer than the model can read."""


class ModelNotFoundError(errors.ModelNotFoundError, langchain.ModelNotFoundError):
    """There is no such model on this account."""


class UnsupportedFeatureError(errors.UnsupportedFeatureError, langchain.ModelInvalidRequestError):
    """The model cannot do what was asked of it."""


class RateLimitError(errors.RateLimitError, langchain.ModelRateLimitError):
    """Too many requests for now; later ones may pass."""


class ServerError(errors.ServerError, langchain.ModelAPIError):
    """A fault on the service's side."""


class TaskFailedError(errors.TaskFailedError, langchain.ModelAPIError):
    """A task that the service had taken on failed, or was cancelled."""


class MalformedOutputError(errors.MalformedOutputError, langchain.OutputParserException):
    """The answer is not in the form that was asked for, even on a second try."""

    observation = None
    send_to_llm = False

    def __init__(self, explanation: str) -> None:
        # Past LangChain's own, which adds a link to the text and sets what is a property here.
        Exception.__init__(self, explanation)

    @property
    def llm_output(self) -> str:  # type: ignore[override]  # it is read, never set
        """What the model wrote."""
        return self.text


class APIConnectionError(errors.APIConnectionError, langchain.ModelConnectionError):
    """There was no connection, or it broke before the answer began."""


class APITimeoutError(errors.APITimeoutError, langchain.ModelTimeoutError):
    """The service was silent for longer than `timeout` allows."""


class StreamInterruptedError(errors.StreamInterruptedError, langchain.ModelConnectionError):
    """The answer was cut short; `text` is what had arrived."""


class ProtocolError(errors.ProtocolError, langchain.ModelAPIError):
    """What arrived cannot be read as an answer."""


class CircuitOpenError(errors.CircuitOpenError, langchain.ModelConnectionError):
    """Nothing was sent: several calls in a row failed, and the service is left alone."""


class InternalError(errors.InternalError, langchain.ModelError):
    """A mistake in xyashui itself: please report it."""


_TWINS: dict[type[errors.XyashuiError], type[Any]] = {
    twin.__bases__[0]: twin
    for twin in list(globals().values())
    if isinstance(twin, type) and twin.__module__ == __name__
}


@contextmanager
def as_langchain() -> Iterator[None]:
    """Raise our errors as their LangChain twins, traceback and cause unchanged."""
    try:
        yield
    except errors.XyashuiError as error:
        twin = _TWINS.get(type(error))
        if twin is None:
            raise
        ours: Any = error.as_type(twin)
        ours.is_retryable = error.retryable  # LangChain's name; it depends on the error
        raise ours from error.__cause__

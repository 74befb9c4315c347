"""Everything that can go wrong, as one tree.

    XyashuiError
      ConfigurationError          the program asked for something that cannot be
      APIError                    the service answered, and the answer is no
        AuthenticationError         the key is missing, wrong or expired
        PermissionDeniedError       the key is good but may not do this
        QuotaExceededError          no money left
        BadRequestError             the request is malformed
        ContextOverflowError        the messages are longer than the model reads
        ModelNotFoundError          no such model on this account
        UnsupportedFeatureError     the model cannot do what was asked
        RateLimitError              too many requests for now
        ServerError                 a fault on the service's side
        TaskFailedError             a task was taken on, and failed
      MalformedOutputError        the answer is there, but not in the form that was asked for
      TransportError              no whole answer arrived
        APIConnectionError          no connection, or it broke before an answer
        APITimeoutError             silence for longer than `timeout` allows
        StreamInterruptedError      the answer was cut short
        ProtocolError               the answer cannot be read
        CircuitOpenError            not asked: the calls before failed
        AllFailedError              none of several that were asked in turn has answered
      InternalError               a mistake in this package itself

Every error carries `partial`: what of the answer had arrived when it was raised.
No error carries a key: neither headers nor request bodies are kept.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from xyashui.answers import Answer
    from xyashui.endpoints.embeddings import Embeddings
    from xyashui.pictures import Pictures
    from xyashui.sounds import Sound

__all__ = [
    "APIConnectionError",
    "APIError",
    "APITimeoutError",
    "AllFailedError",
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
]


class XyashuiError(Exception):
    """Base of every error that this package raises.

    Attributes:
        partial: What of the answer had arrived, or `None` where nothing had.
        retryable: Whether the same call may succeed when made again.
        index: Of several texts that were to be embedded, the one that is at fault, where it is
            one: counted from 0.
        embedded: What had been embedded of them, which the next call takes as `resume`; `None`
            where it was no call to `embed`.
        received: What is good of a result that is not all good, and was paid for: the pictures that
            can be read, the sound as far as it came; `None` where there is nothing of the kind.
    """

    retryable: bool = False
    partial: Answer | None = None
    index: int | None = None
    embedded: Embeddings | None = None
    received: Pictures | Sound | None = None

    @property
    def text(self) -> str:
        """The text that had arrived before the error; "" where none had."""
        return self.partial.text if self.partial is not None else ""

    def __str__(self) -> str:
        # What was wrong, and then what became known of it further up, one sentence after another.
        return " ".join(str(one) for one in self.args)

    def as_type(self, cls: type[Self]) -> Self:
        """Return the same error as `cls`, a subclass of this error's class.

        The adapters use it to raise an error as their framework's own class too.
        """
        twin = cls.__new__(cls)
        twin.args = self.args
        twin.__dict__.update(self.__dict__)
        return twin.with_traceback(self.__traceback__)

    def __reduce__(self) -> tuple[Any, ...]:
        # The default calls the class with `args`, which keyword-only parameters defeat.
        return _restore, (type(self), self.args, copy.copy(self.__dict__))


def _restore(cls: type[XyashuiError], args: tuple[Any, ...], state: dict[str, Any]) -> XyashuiError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigurationError(XyashuiError):
    """What the program asked for cannot be: raised before anything is sent.

    Not a `ValueError` on purpose: Pydantic would wrap it in a `ValidationError`, whose
    text repeats the whole input, the key included.
    """


class APIError(XyashuiError):
    """The service answered, and the answer is no.

    Attributes:
        message: What the service said, in its own words.
        provider: Which service, for example "ashui".
        status_code: The HTTP status. 阿水 reports its errors under 200.
        code: The service's own code, as it was sent: a string, a number or `None`.
        request_id: The service's name for this call, where it gave one.
        retry_after: Seconds that the service asked to wait, where it did.
    """

    def __init__(
        self,
        explanation: str,
        *,
        message: str = "",
        provider: str = "",
        status_code: int | None = None,
        code: str | int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(explanation)
        self.message = message or explanation
        self.provider = provider
        self.status_code = status_code
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        if retryable is not None:
            self.retryable = retryable


class AuthenticationError(APIError):
    """The key is missing, wrong or expired."""


class PermissionDeniedError(APIError):
    """The key is good, but it or its user may not do this."""


class QuotaExceededError(APIError):
    """The account or the key has no money left."""


class BadRequestError(APIError):
    """The service could not read the request."""


class ContextOverflowError(APIError):
    """The messages are longer than the model can read."""


class ModelNotFoundError(APIError):
    """There is no such model on this account."""


class UnsupportedFeatureError(APIError):
    """The model cannot do what was asked of it."""


class RateLimitError(APIError):
    """Too many requests for now; later ones may pass."""

    retryable = True


class ServerError(APIError):
    """A fault on the service's side."""

    retryable = True


class TaskFailedError(APIError):
    """A task that the service had taken on failed, or was cancelled; `message` says why.

    Attributes:
        task_id: The service's name for the task.
    """

    task_id: str = ""


class MalformedOutputError(XyashuiError):
    """The answer is not in the form that was asked for, even on a second try.

    A tool call that was demanded and not made, or JSON that does not fit its schema. There is no
    second try where the answer was cut at `max_tokens`. `text` is what the model wrote.
    """


class TransportError(XyashuiError):
    """No whole answer arrived.

    Attributes:
        provider: Which service was called.
        begun: Whether something of the answer had come: the service was at work on it.
        sent: Whether the service was called at all; `False` where the call never left.
    """

    begun: bool = False
    sent: bool = True

    def __init__(self, explanation: str, *, provider: str = "") -> None:
        super().__init__(explanation)
        self.provider = provider


class APIConnectionError(TransportError):
    """There was no connection, or it broke before the answer began."""

    retryable = True


class APITimeoutError(TransportError):
    """The service was silent for longer than `timeout` allows."""

    retryable = True


class StreamInterruptedError(TransportError):
    """The answer was cut short: it ended without the service saying that it was complete.

    `text` is what had arrived.
    """

    retryable = True


class ProtocolError(TransportError):
    """What arrived cannot be read as an answer."""


class CircuitOpenError(TransportError):
    """Nothing was sent: several calls in a row failed, and the service is left alone for a while.

    Attributes:
        retry_after: Seconds until a call may pass again.
    """

    sent = False

    def __init__(self, explanation: str, *, provider: str = "", retry_after: float = 0.0) -> None:
        super().__init__(explanation, provider=provider)
        self.retry_after = retry_after


class AllFailedError(TransportError):
    """Several were asked, one after another, and none has answered.

    Attributes:
        errors: What each failed with, in the order of their asking. A pickle has only those of this
            package, for others may hold a request, and that a key.
        retryable: Whether any of them is.
    """

    def __init__(
        self, explanation: str, *, provider: str = "", errors: Sequence[Exception] = ()
    ) -> None:
        super().__init__(explanation, provider=provider)
        self.errors = tuple(errors)
        if any(getattr(error, "retryable", False) is True for error in errors):
            self.retryable = True

    def __reduce__(self) -> tuple[Any, ...]:
        ours = tuple(error for error in self.errors if isinstance(error, XyashuiError))
        return _restore, (type(self), self.args, self.__dict__ | {"errors": ours})


class InternalError(XyashuiError):
    """A mistake in this package itself: please report it. `__cause__` is what went wrong."""

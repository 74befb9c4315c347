"""What an error says of a service, and of asking another one. Sans-IO.

By one rule. An error counts against a service where *another* request to it would meet it as well.
The call may be made elsewhere where another service may well manage it; not where the request
itself is at fault.

    error                                           counts  elsewhere
    ServerError, RateLimitError, ProtocolError,     yes     yes        the service is down
      APIConnectionError, APITimeoutError,
      StreamInterruptedError
    AuthenticationError, QuotaExceededError         yes     yes        the key is, for whatever
    PermissionDeniedError, ModelNotFoundError,      no      yes        another model may do
      UnsupportedFeatureError, ContextOverflowError
    MalformedOutputError, TaskFailedError           no      yes        another may fare better
    CircuitOpenError, AllFailedError                no      yes        this one was not asked
    InternalError                                   no      yes        the service has no part in it
    BadRequestError                                 no      no         the request is at fault
    ConfigurationError                              no      no         the program is

An error of another library is what its HTTP status and its words mean among these, or, where it has
no status, trouble with a connection if it or a cause of it is. Any other does not count, and the
call may be made elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import httpx

from xyashui import errors
from xyashui.failures import plain_failure

__all__ = ["Verdict", "described", "verdict"]

_WORDS = 300  # characters of an error that are repeated
_MOST_CAUSES = 10


class Verdict(NamedTuple):
    """What the end of a call says.

    Attributes:
        up: Whether the service is; `None` where nothing is known of it.
        elsewhere: Whether the call may be made elsewhere.
    """

    up: bool | None
    elsewhere: bool


_DOWN = Verdict(up=False, elsewhere=True)
_UP = Verdict(up=True, elsewhere=True)
_AT_FAULT = Verdict(up=True, elsewhere=False)
_UNKNOWN = Verdict(up=None, elsewhere=True)

_VERDICTS: dict[type[BaseException], Verdict] = {
    errors.TransportError: _DOWN,
    errors.ServerError: _DOWN,
    errors.RateLimitError: _DOWN,
    errors.AuthenticationError: _DOWN,
    errors.QuotaExceededError: _DOWN,
    errors.APIError: _UP,
    errors.MalformedOutputError: _UP,
    errors.BadRequestError: _AT_FAULT,
    errors.CircuitOpenError: _UNKNOWN,
    errors.AllFailedError: _UNKNOWN,
    errors.InternalError: _UNKNOWN,
    errors.ConfigurationError: Verdict(up=None, elsewhere=False),
}


def verdict(error: BaseException) -> Verdict:
    """Return what `error` says, by the table at the top of this file.

    Example:
        >>> verdict(errors.ServerError("overloaded"))
        Verdict(up=False, elsewhere=True)
    """
    if isinstance(error, errors.TransportError) and not error.sent:
        return _UNKNOWN
    found = _of_class(type(error))
    if found is not None:
        return found
    status = _status(error)
    if status is not None:
        meant = plain_failure(str(error).encode(), status).kind
        # An address is known to be good where a model is made by somebody's own library.
        return _of_class(errors.ModelNotFoundError if status == 404 else meant) or _UNKNOWN
    return _DOWN if any(map(_is_trouble, _causes(error))) else _UNKNOWN


def _of_class(cls: type[BaseException]) -> Verdict | None:
    return next((_VERDICTS[one] for one in cls.__mro__ if one in _VERDICTS), None)


def _status(error: BaseException) -> int | None:
    # The two places where libraries on httpx or requests keep it.
    for holder in (error, getattr(error, "response", None)):
        status = getattr(holder, "status_code", None)
        if isinstance(status, int) and 400 <= status < 600:
            return status
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    # Libraries wrap what their HTTP client raises.
    current: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if current is None:
            return
        yield current
        current = current.__cause__


def _is_trouble(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.filename is None  # else it is a file's
    return isinstance(error, httpx.TransportError)


def described(error: BaseException) -> str:
    """Return the class and the words of `error`, cut to what fits into a message."""
    words = str(error)
    cut = words if len(words) <= _WORDS else words[: _WORDS - 1] + "…"
    return f"{type(error).__name__}: {cut}" if cut else type(error).__name__

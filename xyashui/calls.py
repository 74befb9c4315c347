"""A call, made ready: whom to call, as whom, how patiently, and what its failure means.

What `Client` and `AsyncClient` have in common; nothing here waits for a socket.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Self, TypeVar

import httpx
from pydantic_core import PydanticSerializationError, to_json

from xyashui import transport
from xyashui._version import __version__
from xyashui.answers import Answer
from xyashui.emulation import Plan
from xyashui.errors import (
    APIError,
    APITimeoutError,
    ConfigurationError,
    ProtocolError,
    TransportError,
    XyashuiError,
)
from xyashui.failures import Failure, api_error, plain_failure
from xyashui.operations import Operation, Reply, Upload
from xyashui.providers import XINGYUN, Provider, by_name
from xyashui.requests import ChatRequest, check_mapping, shorten
from xyashui.retries import policy
from xyashui.sse import MAX_EVENT_BYTES
from xyashui.streaming import AnswerReader

__all__ = ["Call", "Outgoing", "Settings"]

T = TypeVar("T")

_TELLING = 12  # characters of a key that give it away
_TOO_SHORT = 8  # a key of fewer characters may be part of a word that is none of its business
_SECRET_HEADER = re.compile(r"auth|key|token|secret|cookie", re.IGNORECASE)
_BLANK = b" \t\r\n\xef\xbb\xbf"
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(slots=True, kw_only=True)
class Outgoing:
    """A request, ready to be sent as often as it takes.

    Attributes:
        method: The HTTP method.
        url: Where to.
        headers: What goes before the content.
        timeout: How long to bear silence, in each phase.
        content: The body, where it is not a form.
        form: The fields of a form.
        upload: The file of that form.
        model: The model that is asked.
        deadline: Seconds that the whole of it may take, other tries included.
        ends: When that time is over, by `time.monotonic`; set when it is first sent.
        paid_once_sent: See `Operation`.
    """

    method: str = "POST"
    url: str
    headers: httpx.Headers
    timeout: httpx.Timeout
    content: bytes | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    upload: Upload | None = None
    model: str = ""
    deadline: float | None = None
    ends: float | None = None
    paid_once_sent: bool = False

    def start(self) -> None:
        """Have the time for all of it begin, unless it has."""
        if self.deadline is not None and self.ends is None:
            self.ends = monotonic() + self.deadline

    def time_left(self) -> float | None:
        """Return the seconds until the deadline (0 when it has passed); `None` without one."""
        return None if self.ends is None else max(0.0, self.ends - monotonic())

    def timeouts(self) -> httpx.Timeout:
        """Return how long to bear silence now, which is no longer than until the deadline."""
        left = self.time_left()
        if left is None:
            return self.timeout
        phases = self.timeout.as_dict()
        return httpx.Timeout(
            **{
                name: left if seconds is None else min(left, seconds)
                for name, seconds in phases.items()
            }
        )

    @property
    def began(self) -> bool:
        """Whether any of the answer has come."""
        return False

    def check_deadline(self) -> None:
        """Raise `TimeoutError` where the deadline has passed."""
        if self.ends is not None and monotonic() >= self.ends:
            raise TimeoutError

    def arguments(self) -> dict[str, Any]:
        """Return what `httpx.Client.build_request` takes besides the method and the address."""
        arguments: dict[str, Any] = {"headers": self.headers, "timeout": self.timeouts()}
        if self.upload is None:
            return arguments | {"content": self.content}
        file = (self.upload.name, self.upload.open(), self.upload.media_type)
        return arguments | {"data": self.form, "files": {self.upload.field: file}}


@dataclass(slots=True, kw_only=True)
class Call(Outgoing):
    """A question, ready to be sent as often as it takes."""

    plan: Plan
    reader: AnswerReader | None = None
    before: Answer | None = None

    @property
    def began(self) -> bool:
        """Whether any of the answer has come."""
        return self.reader is not None and self.reader.began

    @property
    def answer(self) -> Answer:
        """What has arrived so far."""
        return (
            self.reader.answer if self.reader is not None else Answer(model=self.plan.request.model)
        )


class Settings:
    """What both clients have in common: whom to call, as whom, and how patiently.

    A pickle holds neither the key, nor `default_headers`, nor an HTTP client: where it is opened,
    the environment is asked for the key, and the other two are not there.
    """

    def __init__(
        self,
        provider: Provider | str = XINGYUN,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | httpx.Timeout | None = None,
        max_retries: int = 2,
        default_headers: Mapping[str, str] | None = None,
        max_event_bytes: int = MAX_EVENT_BYTES,
        deadline: float | None = None,
    ) -> None:
        provider = by_name(provider)
        _check_count("max_retries", max_retries, 0)
        _check_count("max_event_bytes", max_event_bytes, 1)
        self.provider = provider
        self.base_url = provider.base_url(base_url)
        self.timeout = transport.timeouts(timeout)
        self.max_retries = max_retries
        self.max_event_bytes = max_event_bytes
        self._default_headers = _checked_headers(default_headers)
        self._api_key: str | None = provider.api_key(api_key)
        self.deadline = transport.checked_deadline(deadline)
        self._root = self.base_url.removesuffix("/v1")
        try:
            httpx.URL(self.base_url)
        except httpx.InvalidURL as error:
            raise ConfigurationError(f"base_url={self.base_url!r} is no address: {error}") from None
        self._closed = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.provider.name}, base_url={self.base_url!r})"

    def __getstate__(self) -> dict[str, Any]:
        # The key stays behind with headers that may be another, and what cannot leave the process.
        secret: dict[str, Any] = {"_api_key": None, "_default_headers": {}}
        return self.__dict__ | secret | {"_http": None, "_closed": False}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __copy__(self) -> Self:
        return self  # settings do not change, and a connection has no copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def prepare(self, request: ChatRequest) -> Call:
        """Turn a request into bytes and headers."""
        headers = self._headers("text/event-stream" if request.stream else "application/json")
        if request.stream:
            # Compression holds back small pieces, and a stream is made of them.
            headers["Accept-Encoding"] = "identity"
        plan = Plan(self.provider, request)
        return Call(
            plan=plan,
            url=self._root + request.path,
            content=_encoded(self.provider.shape(plan.request)),
            headers=headers,
            timeout=self._timeout(request.timeout),
            deadline=self._deadline(request.deadline),
            model=plan.request.model,
        )

    def prepare_operation(self, operation: Operation[Any]) -> Outgoing:
        """Turn a request that is no chat into bytes and headers.

        Raises:
            ConfigurationError: The service offers nothing of the kind.
        """
        self.provider.check_endpoint(operation.endpoint)
        headers = self._headers(operation.accept)
        if operation.body is None:
            del headers["Content-Type"]  # a form has its own
        return Outgoing(
            method=operation.method,
            url=self._root + operation.path,
            content=None if operation.body is None else _encoded(dict(operation.body)),
            form=operation.form,
            upload=operation.upload,
            headers=headers,
            timeout=self._timeout(operation.timeout),
            deadline=self.deadline,
            model=operation.model,
            paid_once_sent=operation.paid_once_sent,
        )

    def _headers(self, accept: str) -> httpx.Headers:
        if self._closed:
            raise ConfigurationError(f"This {type(self).__name__} has been closed; make a new one")
        if self._api_key is None:  # left behind by pickling: the environment has it, or nobody
            self._api_key = self.provider.api_key()
        headers = httpx.Headers(
            {
                "Authorization": f"Bearer {self._api_key}",
                "Content-Type": "application/json",
                "Accept": accept,
                "User-Agent": f"xyashui/{__version__}",
            }
        )
        headers.update(self._default_headers)  # which may spell a name in other letters
        return headers

    def _timeout(self, given: Any) -> httpx.Timeout:
        return self.timeout if given is None else transport.timeouts(given)

    def _deadline(self, given: Any) -> float | None:
        return self.deadline if given is None else transport.checked_deadline(given)

    def policy(self, call: Outgoing) -> dict[str, Any]:
        """Return how often, and when, `call` may be made again, as tenacity takes it."""
        return policy(self.max_retries, call.time_left)

    def again(self, call: Call) -> bool:
        """Whether to send once more, because the answer is not in the form that was asked for."""
        answer = call.answer
        if not call.plan.again(answer):
            return False
        call.before = answer
        call.content = _encoded(self.provider.shape(call.plan.request))
        return True

    def new_reader(self, call: Call, response: httpx.Response) -> AnswerReader:
        """Return a reader for `response`, and note it as the call's."""
        call.reader = AnswerReader(
            self.provider,
            call.plan.request.model,
            cites=self.provider.cites(call.plan.request),
            choices=call.plan.request.options.get("n", 1),
            stages=call.plan.stages(),
            max_event_bytes=self.max_event_bytes,
            headers=response.headers,
            before=call.before,
        )
        return call.reader

    def refused(self, call: Outgoing, response: httpx.Response, body: bytes) -> APIError:
        """Make the error that a response with an error status means."""
        failure = self._failure_in(body, response.status_code)
        return self._api_error(call, response, failure or plain_failure(body, response.status_code))

    def result(
        self, operation: Operation[T], call: Outgoing, response: httpx.Response, body: bytes
    ) -> T:
        """Make the result of an operation's whole answer.

        Raises:
            APIError: It is a refusal, for all its HTTP 200.
            ProtocolError: It has a shape that is not known.
        """
        reply = self._reply(response, body)
        failure = self._failure_in(reply.body, response.status_code)
        if failure is not None:
            raise self._api_error(call, response, failure)
        try:
            return operation.read(reply)
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise reply.unreadable(f"{type(error).__name__}: {error}") from error

    def is_document(self, response: httpx.Response) -> bool:
        """Whether what comes is JSON or text, which no sound or picture is."""
        media_type = self._reply(response, b"").media_type
        return media_type.startswith("text/") or media_type.endswith("json")

    def not_media(
        self, operation: Operation[Any], call: Outgoing, response: httpx.Response, body: bytes
    ) -> XyashuiError:
        """Make the error that a document means where a sound or a picture was to come."""
        failure = self._failure_in(body, response.status_code)
        if failure is not None:
            return self._api_error(call, response, failure)
        reply = self._reply(response, body)
        return reply.unreadable(f"it is {reply.media_type} and not {operation.accept}")

    def check_size(self, size: int) -> None:
        """Raise `ProtocolError` where an answer of `size` bytes is more than is read."""
        if size > self.max_event_bytes:
            raise ProtocolError(
                f"{self.provider.title} sent an answer of more than {self.max_event_bytes} bytes "
                "(max_event_bytes sets the limit)"
            )

    def _reply(self, response: httpx.Response, body: bytes) -> Reply:
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Reply(body, media_type, response.headers, self.provider.title)

    def _failure_in(self, body: bytes, status: int) -> Failure | None:
        if not body.lstrip(_BLANK).startswith(b"{"):
            return None
        try:
            payload = json.loads(body)
        except (ValueError, RecursionError):
            return None
        return self.provider.failure(payload, status) if isinstance(payload, dict) else None

    def _api_error(self, call: Outgoing, response: httpx.Response, failure: Failure) -> APIError:
        return api_error(
            failure,
            provider=self.provider.name,
            title=self.provider.title,
            model=call.model,
            status=response.status_code,
            headers=response.headers,
        )

    @contextmanager
    def clean_errors(self) -> Iterator[None]:
        """Name the service in errors raised inside, and take the key out, should it repeat it."""
        try:
            yield
        except XyashuiError as error:
            if isinstance(error, TransportError):
                error.provider = error.provider or self.provider.name
            for secret in self._secrets():
                _hide(secret, error)
            raise

    def _secrets(self) -> Iterator[str]:
        if self._api_key:
            yield self._api_key
        for name, value in self._default_headers.items():
            if _SECRET_HEADER.search(name) and value.strip():
                yield value.split(maxsplit=1)[-1]  # what comes after "Bearer"

    def broken(self, call: Outgoing, error: Exception, *, responded: bool = False) -> XyashuiError:
        """Make the error that trouble below HTTP means.

        Args:
            call: What was sent, or was to be.
            error: What was raised.
            responded: Whether the response had begun.
        """
        title, name = self.provider.title, self.provider.name
        ours = transport.translated(error, title, name, begun=responded)
        if isinstance(ours, APITimeoutError) and call.time_left() == 0:
            ours.args = (
                f"{title}: the call was not over within its deadline of {call.deadline:g} s",
            )
            ours.retryable = False
        if isinstance(ours, TransportError):
            ours.begun = call.began
            if call.paid_once_sent and not transport.never_sent(error):
                ours.retryable = False
        reader = call.reader if isinstance(call, Call) else None
        return reader.explained(ours) if reader is not None else ours


def _hide(key: str, error: XyashuiError) -> None:
    # What is quoted may be cut anywhere, so that the beginning of the key counts as well.
    pattern = re.compile(
        rf"(?<!\w){re.escape(key)}(?!\w)"
        if len(key) < _TOO_SHORT
        else re.escape(key[:_TELLING]) + r"[\w.~+/=-]*"
    )
    error.args = tuple(pattern.sub("***", str(one)) for one in error.args)
    for name, value in list(vars(error).items()):
        if isinstance(value, str):
            setattr(error, name, pattern.sub("***", value))


def _encoded(body: dict[str, Any]) -> bytes:
    try:
        return to_json(body)
    except PydanticSerializationError as error:
        try:
            # Half of a surrogate pair is no UTF-8, but JSON has an escape for it.
            return json.dumps(body).encode()
        except (TypeError, ValueError):
            raise ConfigurationError(f"The request is not all JSON: {error}") from None


def _check_count(name: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigurationError(f"{name} must be {least} or more, not {shorten(value)}")


def _checked_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    checked = check_mapping("default_headers", headers)
    for name, value in checked.items():
        one_line = isinstance(value, str) and value.isascii() and value.isprintable()
        if not one_line or not _HEADER_NAME.fullmatch(name):
            raise ConfigurationError(
                f"default_headers: {shorten(name)} must be the name of a header, and its value one "
                "line of ASCII text"
            )
    return checked

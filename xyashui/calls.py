"""What clients have in common: whom to call, as whom, how patiently, and what failure means.

Nothing here waits for a socket.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self, TypeVar

import httpx

from xyashui import transport
from xyashui._version import __version__
from xyashui.breaker import CircuitBreaker, Passage
from xyashui.emulation import Plan
from xyashui.encodings import ACCEPTED
from xyashui.errors import (
    APIError,
    APITimeoutError,
    ConfigurationError,
    ProtocolError,
    TransportError,
    XyashuiError,
)
from xyashui.failures import Failure, api_error, plain_failure
from xyashui.json_bodies import encoded
from xyashui.limits import Limits, Traffic, traffic_of
from xyashui.media import Head
from xyashui.mistakes import mistakes_told
from xyashui.operations import Operation, Reply
from xyashui.outgoing import Call, Outgoing
from xyashui.providers import XINGYUN, Provider, by_name
from xyashui.requests import ChatRequest, check_count, check_flag, shorten
from xyashui.retries import policy
from xyashui.secrecy import (
    Secrets,
    concealed_headers,
    keep_out_of_logs,
    keys_are_pickled,
    warn_if_insecure,
)
from xyashui.sse import MAX_EVENT_BYTES
from xyashui.streaming import AnswerReader

__all__ = ["Settings"]

T = TypeVar("T")

_BLANK = b" \t\r\n\xef\xbb\xbf"
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Settings:
    """What both clients have in common: whom to call, as whom, and how patiently.

    A pickle holds neither the key, nor `default_headers`, nor an HTTP client: where it is opened,
    the environment is asked for the key, and the other two are not there. `pickle_keys` has it hold
    the first two.
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
        merge_buffered: bool = False,
        deadline: float | None = None,
        max_concurrency: int | None = None,
        requests_per_minute: int | None = None,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        provider = by_name(provider)
        check_count("max_retries", max_retries, 0)
        check_count("max_event_bytes", max_event_bytes)
        self.provider = provider
        self.base_url = provider.base_url(base_url)
        self.timeout = transport.timeouts(timeout)
        self.max_retries = max_retries
        self.max_event_bytes = max_event_bytes
        self.merge_buffered = check_flag("merge_buffered", merge_buffered)
        self._default_headers = _checked_headers(default_headers)
        self._api_key: str | None = provider.api_key(api_key)
        self.limits = Limits(max_concurrency, requests_per_minute)
        self.deadline = transport.checked_deadline(deadline)
        self.breaker = _checked_breaker(breaker)
        self._root = self.base_url.removesuffix("/v1")
        try:
            httpx.URL(self.base_url)
        except httpx.InvalidURL as error:
            raise ConfigurationError(f"base_url={self.base_url!r} is no address: {error}") from None
        self._closed = False
        if not transport.is_loopback(self.base_url):
            warn_if_insecure(self.base_url)
        keep_out_of_logs(self)

    def __repr__(self) -> str:
        if "base_url" not in vars(self):  # what is wrong is wrong now, and tracebacks may show it
            return f"<an unfinished {type(self).__name__}>"
        return f"{type(self).__name__}({self.provider.name}, base_url={self.base_url!r})"

    def __getstate__(self) -> dict[str, Any]:
        # The key stays behind with headers that may be another, and what cannot leave the process.
        secret: dict[str, Any] = {"_api_key": None, "_default_headers": {}}
        kept = {} if keys_are_pickled() else secret
        return self.__dict__ | kept | {"_http": None, "_closed": False}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        keep_out_of_logs(self)

    def __copy__(self) -> Self:
        return self  # settings do not change, and a connection has no copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def prepare(self, request: ChatRequest) -> Call:
        """Turn a request into bytes and headers."""
        # Compression holds back small pieces, and a stream is made of them.
        accept = ("text/event-stream", "identity") if request.stream else ("application/json",)
        plan = Plan(self.provider, request)
        return Call(
            plan=plan,
            url=self._root + request.path,
            content=encoded(self.provider.shape(plan.request)),
            headers=self._headers(*accept),
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
            content=None if operation.body is None else encoded(operation.body),
            form=operation.form,
            upload=operation.upload,
            headers=headers,
            timeout=self._timeout(operation.timeout),
            deadline=self._deadline(operation.deadline),
            model=operation.model,
            paid_once_sent=operation.paid_once_sent,
        )

    def _headers(self, accept: str, encoding: str = ACCEPTED) -> httpx.Headers:
        if self._closed:
            raise ConfigurationError(f"This {type(self).__name__} has been closed; make a new one")
        if self._api_key is None:  # left behind by pickling: the environment has it, or nobody
            self._api_key = self.provider.api_key()
        headers = httpx.Headers(
            {
                "Authorization": f"Bearer {self._api_key}",
                "Content-Type": "application/json",
                "Accept": accept,
                "Accept-Encoding": encoding,
                "User-Agent": f"xyashui/{__version__}",
            }
        )
        if self._default_headers:
            headers.update(self._default_headers)  # which may spell a name in other letters
        return headers

    def _timeout(self, given: Any) -> httpx.Timeout:
        return self.timeout if given is None else transport.timeouts(given)

    def _deadline(self, given: Any) -> float | None:
        return self.deadline if given is None else transport.checked_deadline(given)

    def traffic(self) -> Traffic:
        """Return where the requests of this client's key are counted."""
        return traffic_of(self._root, self._api_key or "")

    @contextmanager
    def guarded(self) -> Iterator[Passage]:
        """Make a call in the block, with all its tries: the breaker sees how it ends.

        What is given is to be told when something of the answer is about to be handed out.

        Errors are cleaned once more: what was received last is in a variable of the try itself,
        which can be taken out of a traceback only further up.

        Raises:
            CircuitOpenError: There is a breaker, and it lets no call pass now.
        """
        with self.clean_errors():
            if self.breaker is None:
                yield Passage(None)
                return
            with self.breaker.enter(self.provider.title) as passage:
                yield passage

    def policy(self, call: Outgoing) -> dict[str, Any]:
        """Return how often, and when, `call` may be made again, as tenacity takes it."""
        return policy(self.max_retries, call.time_left)

    def again(self, call: Call) -> bool:
        """Whether to send once more, because the answer is not in the form that was asked for."""
        answer = call.answer
        if not call.plan.again(answer):
            return False
        call.before = answer
        call.content = encoded(self.provider.shape(call.plan.request))
        return True

    def new_reader(self, call: Call, response: httpx.Response) -> AnswerReader:
        """Return a reader for `response`, and note it as the call's."""
        merge = call.plan.request.merge_buffered
        call.reader = AnswerReader(
            self.provider,
            call.plan.request.model,
            cites=self.provider.cites(call.plan.request),
            choices=call.plan.request.options.get("n", 1),
            stages=call.plan.stages(),
            max_event_bytes=self.max_event_bytes,
            headers=response.headers,
            before=call.before,
            merge=self.merge_buffered if merge is None else merge,
        )
        return call.reader

    def refused(self, call: Outgoing, response: httpx.Response, body: bytes) -> APIError:
        """Make the error that a response with an error status means."""
        failure = self._failure_in(body, response.status_code)
        failure = failure or plain_failure(body, response.status_code)
        error = self._api_error(call, response, failure)
        call.explained(error)
        return error

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
        except APIError as error:
            call.settle(error)
            raise
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise reply.unreadable(f"{type(error).__name__}: {error}") from error

    def head(self, response: httpx.Response) -> Head:
        """Return what tells whether JSON or text comes, which no sound is."""
        return Head(is_document=True if self._reply(response, b"").says_text else None)

    def not_media(
        self, operation: Operation[Any], call: Outgoing, response: httpx.Response, body: bytes
    ) -> XyashuiError:
        """Make the error that a document means where a sound was to come."""
        failure = self._failure_in(body, response.status_code)
        if failure is not None:
            return self._api_error(call, response, failure)
        reply = self._reply(response, body)
        is_what = reply.media_type if reply.says_text else "text"
        return reply.unreadable(f"it is {is_what} and not {operation.accept}")

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
        error = api_error(
            failure,
            provider=self.provider.name,
            title=self.provider.title,
            model=call.model,
            status=response.status_code,
            headers=response.headers,
        )
        call.settle(error)
        return error

    @contextmanager
    def clean_errors(self, call: Outgoing | None = None) -> Iterator[None]:
        """Name the service in errors raised inside, and take the key out, should it repeat it.

        Raises:
            InternalError: What was raised is nobody's error but this package's; `partial` is what
                had arrived of `call`.
        """
        try:
            with mistakes_told(call):
                yield
        except GeneratorExit:
            raise  # nobody sees it
        except BaseException as error:
            if isinstance(error, TransportError):
                error.provider = error.provider or self.provider.name
            self.secrets().clean(error)
            raise

    def secrets(self) -> Secrets:
        """Return what nobody but the service may see."""
        return Secrets(self._api_key, self._default_headers)

    def waited_in_vain(self, call: Outgoing, error: TimeoutError) -> XyashuiError:
        """Make the error for a call whose deadline passed before it was its turn."""
        ours = self.broken(call, error)
        if isinstance(ours, TransportError):
            ours.sent = False
        return ours

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
        return call.explained(ours)


def _checked_breaker(breaker: object) -> CircuitBreaker | None:
    if breaker is None or isinstance(breaker, CircuitBreaker):
        return breaker
    raise ConfigurationError(f"breaker must be a CircuitBreaker, not {shorten(breaker)}")


def _checked_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    if headers is None:
        return {}
    if not isinstance(headers, Mapping):
        raise ConfigurationError(f"default_headers must be a dict, not {type(headers).__name__}")
    checked: dict[str, str] = concealed_headers(headers)
    # Neither the message nor a variable shows a value, for it may be a secret.
    wrong = [name for name in checked if not _is_header(name, checked[name])]
    if wrong:
        raise ConfigurationError(
            f"default_headers: {shorten(wrong[0])} must be the name of a header, and its value one "
            "line of ASCII text"
        )
    return checked


def _is_header(name: object, value: object) -> bool:
    one_line = isinstance(value, str) and value.isascii() and value.isprintable()
    return one_line and isinstance(name, str) and _HEADER_NAME.fullmatch(name) is not None

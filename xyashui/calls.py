"""A call, made ready: whom to call, as whom, how patiently, and what its failure means.

What `Client` and `AsyncClient` have in common; nothing here waits for a socket.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
from pydantic_core import PydanticSerializationError, to_json

from xyashui import transport
from xyashui._version import __version__
from xyashui.answers import Answer
from xyashui.emulation import Plan
from xyashui.errors import (
    APIError,
    ConfigurationError,
    TransportError,
    XyashuiError,
)
from xyashui.failures import api_error, plain_failure
from xyashui.providers import XINGYUN, Provider, by_name
from xyashui.requests import ChatRequest, check_mapping, shorten
from xyashui.retries import policy
from xyashui.sse import MAX_EVENT_BYTES
from xyashui.streaming import AnswerReader

__all__ = ["Call", "Settings"]

_TELLING = 12  # characters of a key that give it away
_TOO_SHORT = 8  # a key of fewer characters may be part of a word that is none of its business
_SECRET_HEADER = re.compile(r"auth|key|token|secret|cookie", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(slots=True)
class Call:
    """A request, ready to be sent as often as it takes."""

    plan: Plan
    content: bytes
    headers: httpx.Headers
    timeout: httpx.Timeout
    reader: AnswerReader | None = field(default=None)
    before: Answer | None = field(default=None)

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
        self._url = f"{self.base_url}/chat/completions"
        try:
            httpx.URL(self._url)
        except httpx.InvalidURL as error:
            raise ConfigurationError(f"base_url={self.base_url!r} is no address: {error}") from None
        self._policy = policy(max_retries)
        self._closed = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.provider.name}, base_url={self.base_url!r})"

    def __getstate__(self) -> dict[str, Any]:
        # The key stays behind with headers that may be another, and what cannot leave the process.
        secret: dict[str, Any] = {"_api_key": None, "_default_headers": {}}
        return self.__dict__ | secret | {"_policy": None, "_http": None, "_closed": False}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._policy = policy(self.max_retries)

    def __copy__(self) -> Self:
        return self  # settings do not change, and a connection has no copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def prepare(self, request: ChatRequest) -> Call:
        """Turn a request into bytes and headers."""
        if self._closed:
            raise ConfigurationError(f"This {type(self).__name__} has been closed; make a new one")
        if self._api_key is None:  # left behind by pickling: the environment has it, or nobody
            self._api_key = self.provider.api_key()
        timeout = self.timeout if request.timeout is None else transport.timeouts(request.timeout)
        headers = httpx.Headers(
            {
                "Authorization": f"Bearer {self._api_key}",
                "Content-Type": "application/json",
                "Accept": "text/event-stream" if request.stream else "application/json",
                "User-Agent": f"xyashui/{__version__}",
            }
        )
        headers.update(self._default_headers)  # which may spell a name in other letters
        if request.stream:
            # Compression holds back small pieces, and a stream is made of them.
            headers["Accept-Encoding"] = "identity"
        plan = Plan(self.provider, request)
        return Call(plan, _encoded(self.provider.shape(plan.request)), headers, timeout)

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

    def refused(self, call: Call, response: httpx.Response, body: bytes) -> APIError:
        """Make the error that a response with an error status means."""
        failure = None
        try:
            payload = json.loads(body)
        except (ValueError, RecursionError):
            payload = None
        if isinstance(payload, dict):
            failure = self.provider.failure(payload, response.status_code)
        return api_error(
            failure or plain_failure(body, response.status_code),
            provider=self.provider.name,
            title=self.provider.title,
            model=call.plan.request.model,
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

    def broken(self, call: Call, error: Exception) -> XyashuiError:
        """Make the error that trouble below HTTP means."""
        begun = call.reader is not None
        ours = transport.translated(error, self.provider.title, self.provider.name, begun=begun)
        if isinstance(ours, TransportError) and call.reader is not None:
            ours.begun = call.reader.began
        return call.reader.explained(ours) if call.reader is not None else ours


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

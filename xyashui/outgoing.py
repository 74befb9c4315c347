"""A request, made ready: where it goes, with what, and how long it may take.

Nothing here waits for a socket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx

from xyashui.answers import Answer
from xyashui.emulation import Plan
from xyashui.errors import APIError, RateLimitError, XyashuiError
from xyashui.json_bodies import AsyncBody, Body
from xyashui.operations import Upload
from xyashui.streaming import AnswerReader

__all__ = ["Call", "Outgoing"]

# Seconds in which a service may say what is not part of the answer: `[DONE]`, usage, an error's
# last words. It is known by then what the caller gets.
_FAREWELL_TIMEOUT = 2.0
# Who answers with these has begun nothing. Not 408, which some gateways send when the model took
# too long; nor 500, 502, 504 and 524: whoever gave up waiting had somebody at work.
_NOTHING_DONE = frozenset({425, 503})
# Nor have those who say so in words, under whatever status: nobody free to work on it, a full
# queue [gw].
_NOT_TAKEN_ON = (
    "无可用的账号",
    "没有可用的账号",
    "no available account",
    "队列已满",
    "queue is full",
)


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
    headers: httpx.Headers = field(repr=False)  # tracebacks may show a call
    timeout: httpx.Timeout
    content: bytes | Body | None = field(default=None, repr=False)
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

    def explained(self, error: XyashuiError) -> XyashuiError:
        """Put what had arrived into an error that ends the call; return the error."""
        return error

    def patience(self) -> float:
        """Return the seconds in which may still come what changes nothing any more."""
        left = self.time_left()
        return _FAREWELL_TIMEOUT if left is None else min(left, _FAREWELL_TIMEOUT)

    def check_deadline(self) -> None:
        """Raise `TimeoutError` where the deadline has passed."""
        if self.ends is not None and monotonic() >= self.ends:
            raise TimeoutError

    def settle(self, error: APIError) -> None:
        """Have a refusal be final, where it does not say that nothing has been paid for."""
        words = error.message.lower()
        nothing = (
            isinstance(error, RateLimitError)
            or error.status_code in _NOTHING_DONE
            or any(one in words for one in _NOT_TAKEN_ON)
        )
        if self.paid_once_sent and not nothing:
            error.retryable = False

    def arguments(self, *, asynchronous: bool = False) -> dict[str, Any]:
        """Return what `httpx.Client.build_request` takes besides the method and the address."""
        arguments: dict[str, Any] = {"headers": self.headers, "timeout": self.timeouts()}
        if isinstance(self.content, Body):
            headers = self.headers.copy()
            headers["Content-Length"] = str(len(self.content))
            content = AsyncBody(self.content) if asynchronous else self.content
            return arguments | {"headers": headers, "content": content}
        if self.upload is None:
            return arguments | {"content": self.content}
        file = (self.upload.name, self.upload.open(), self.upload.media_type)
        return arguments | {"data": self.form, "files": {self.upload.field: file}}


@dataclass(slots=True, kw_only=True)
class Call(Outgoing):
    """A question, ready to be sent as often as it takes."""

    plan: Plan = field(repr=False)
    reader: AnswerReader | None = None
    before: Answer | None = None
    farewell_ends: float | None = None

    def begin_again(self) -> None:
        """Forget what came of the try before."""
        self.reader = self.farewell_ends = None

    def farewell_left(self) -> float:
        """Return the seconds in which what is not part of the answer may still come.

        Raises:
            TimeoutError: There are none left.
        """
        now = monotonic()
        if self.farewell_ends is None:
            self.farewell_ends = now + self.patience()
        if now >= self.farewell_ends:
            raise TimeoutError
        return self.farewell_ends - now

    @property
    def began(self) -> bool:
        """Whether any of the answer has come."""
        return self.reader is not None and self.reader.began

    def explained(self, error: XyashuiError) -> XyashuiError:
        """Put what had arrived into an error that ends the call; return the error."""
        if self.reader is not None:
            return self.reader.explained(error)
        error.partial = error.partial or self.before
        return error

    @property
    def answer(self) -> Answer:
        """What has arrived so far."""
        if self.reader is not None:
            return self.reader.answer
        return self.before or Answer(model=self.plan.request.model)

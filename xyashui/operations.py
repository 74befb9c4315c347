"""What is asked of a service besides chat: one request, and how its answer is read. Sans-IO.

An `Operation` is made by a file of `endpoints/` and sent by a client, which knows nothing of what
it means: `perform` reads the whole answer, `receive` hands it on as it comes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Generic, Literal, TypeVar

from xyashui.errors import ProtocolError
from xyashui.requests import shorten

__all__ = ["Endpoint", "Operation", "Reply", "Upload"]

T = TypeVar("T")

Endpoint = Literal[
    "models", "completions", "embeddings", "images", "midjourney", "speech", "transcriptions"
]
"""What a service may offer besides chat."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, undecoded.

    Attributes:
        body: Its bytes.
        media_type: What the service says they are, for example "audio/mpeg"; "" where it does not.
        headers: The response's headers, by lower-case names.
        title: The service's name for people.
    """

    body: bytes
    media_type: str
    headers: Mapping[str, str]
    title: str

    def json(self) -> dict[str, Any]:
        """Return the body, which must be a JSON object.

        Raises:
            ProtocolError: It is none.
        """
        try:
            payload = json.loads(self.body)
        except (ValueError, RecursionError):
            payload = None
        if not isinstance(payload, dict):
            raise self.unreadable("it is no JSON object")
        return payload

    def unreadable(self, why: str) -> ProtocolError:
        """Return the error for an answer of a shape that is not known."""
        head = self.body[:200].decode("utf-8", "replace")
        return ProtocolError(
            f"{self.title} sent an answer that cannot be read: {why}. It begins: {shorten(head)}"
        )


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send as a part of a form.

    Attributes:
        field: The form's field.
        name: The file's name, as the service is told.
        media_type: What is in it.
        open: Opens it, anew for each time that it is sent: it is read as it goes out, and never
            held whole.
    """

    field: str
    name: str
    media_type: str
    open: Callable[[], IO[bytes]]


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    """One request that is no chat.

    Attributes:
        endpoint: What it belongs to; a service that does not offer it is not asked.
        path: Where it goes, from the service's root: "/v1/models", "/mj/task/list".
        read: Makes the result of the whole answer. What it raises besides `XyashuiError` (a
            missing field, a wrong type) becomes `ProtocolError`.
        method: The HTTP method.
        body: The JSON to send.
        form: The fields of a form to send, where `upload` is one of it.
        upload: The file of that form.
        accept: The media type that is wanted.
        model: The model that is asked, for error messages.
        paid_once_sent: Whether the service may have begun costly work once the request has gone
            out: then it is made again only where it was refused, or never arrived.
        timeout: Seconds of silence to bear; `None` for the client's own.
        deadline: Seconds that the whole call may take; `None` for the client's own.
    """

    endpoint: Endpoint
    path: str
    read: Callable[[Reply], T]
    method: Literal["GET", "POST"] = "POST"
    body: Mapping[str, Any] | None = field(default=None, repr=False)  # it may be megabytes
    form: Mapping[str, str] = field(default_factory=dict)
    upload: Upload | None = None
    accept: str = "application/json"
    model: str = ""
    paid_once_sent: bool = False
    timeout: Any = None
    deadline: float | None = None

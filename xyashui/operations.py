"""What is asked of a service besides chat: one request, and how its answer is read. Sans-IO.

An `Operation` is made by a file of `endpoints/` and sent by a client, which knows nothing of what
it means: `perform` reads the whole answer, `receive` hands it on as it comes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Final, Generic, Literal, TypeVar

from xyashui.errors import ProtocolError
from xyashui.requests import shorten
from xyashui.surrogates import well_formed
from xyashui.types import Endpoint

__all__ = ["Operation", "Reply", "Upload"]

T = TypeVar("T")

# What may become half of a surrogate pair: its escape, its bytes, and any encoding but UTF-8, of
# which all have zeros. Most answers have none of these, and megabytes of numbers.
_MAY_HAVE_HALVES: Final = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]|\x00")


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

    @property
    def says_text(self) -> bool:
        """Whether the service says that it is text or JSON."""
        return self.media_type.startswith("text/") or self.media_type.endswith("json")

    def json(self) -> dict[str, Any]:
        """Return the body, which must be a JSON object.

        Raises:
            ProtocolError: It is none.
        """
        payload = self.value()
        if not isinstance(payload, dict):
            raise self.unreadable("it is no JSON object")
        return payload

    def value(self) -> Any:
        """Return the body, which must be JSON; every text of it can be encoded.

        Raises:
            ProtocolError: It is none, or is nested too deep.
        """
        try:
            value = json.loads(self.body)
            return well_formed(value) if _MAY_HAVE_HALVES.search(self.body) else value
        except ValueError:
            problem = "it is no JSON"
        except RecursionError:
            problem = "it is nested too deep"
        # Out here, so that it does not come of an error that holds the whole body.
        raise self.unreadable(problem)

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
            out: then it is made again only where it was refused in words that say that nothing was
            done (HTTP 425, 429, 503), or never arrived.
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

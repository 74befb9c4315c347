"""What one running emulator remembers: requests, counters, prefixes seen, files made."""

import asyncio
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .bundle.files import ServedFile
from .faults import Faults, Strike

Outcome = Literal["pending", "completed", "refused", "cut", "disconnected"]

_SECRET_HEADERS = ("authorization", "proxy-authorization", "x-api-key", "api-key", "cookie")
_PREFIXES_KEPT = 10_000
_BYTES_KEPT = 64 * 1024 * 1024

MIDJOURNEY_SECONDS = 1.0
"""How long a task of Midjourney's takes once it runs, unless it is told otherwise."""


class Closing(Exception):  # noqa: N818 - a signal, not an error
    """The emulator is being closed, or the client has gone: stop sending."""


@dataclass
class RecordedRequest:
    """One request as it arrived, without its key.

    Attributes:
        service: `xingyun`, `ashui` or `files`.
        method: The HTTP method.
        path: The path, with its query.
        headers: Names in lower case. Keys are replaced: `Bearer ***`.
        body: The JSON body, the text of a body that is not JSON, or None.
        has_key: Whether a non-empty key came with it.
        number: Which POST to an endpoint of a service this is, from 1; 0 for any other request.
        outcome: What became of it; `disconnected` when the client left early.
    """

    service: Literal["xingyun", "ashui", "files"]
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    has_key: bool
    number: int = 0
    outcome: Outcome = "pending"


def mask(headers: Mapping[str, str]) -> dict[str, str]:
    """Copy headers without the secrets in them."""
    masked = {}
    for name, value in headers.items():
        secret = name.lower() in _SECRET_HEADERS
        scheme = "Bearer " if value.lower().startswith("bearer ") else ""
        masked[name.lower()] = f"{scheme}***" if secret else value
    return masked


class State:
    """The memory that all requests to one emulator share."""

    def __init__(
        self,
        *,
        tokens_per_second: float | None,
        faults: Faults,
        midjourney_seconds: float = MIDJOURNEY_SECONDS,
    ) -> None:
        self.tokens_per_second = tokens_per_second
        self.midjourney_seconds = midjourney_seconds
        self.requests: list[RecordedRequest] = []
        self.closing = asyncio.Event()
        self.netloc = ""
        self._faults = faults
        self._struck = 0
        self._posts = 0
        self._prefixes: OrderedDict[bytes, None] = OrderedDict()
        self._kept: dict[str, ServedFile] = {}
        self._keeping = threading.Lock()

    @property
    def faults(self) -> Faults:
        """The faults in force; setting them starts their counting anew."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._faults = faults
        self._struck = 0

    def count_post(self) -> tuple[int, Strike]:
        """Number a request to a service, and decide which faults strike it."""
        self._posts += 1
        self._struck += 1
        return self._posts, self._faults.strike(self._struck)

    @property
    def kept(self) -> Mapping[str, ServedFile]:
        """The generated files that are still there, by name."""
        return self._kept

    def keep(self, name: str, data: bytes, media_type: str) -> str:
        """Store a generated file, and return its path on this server.

        Once all of them exceed 64 MiB the oldest go; the newest always stays.
        """
        # Pictures are drawn in threads of their own.
        with self._keeping:
            self._kept.pop(name, None)
            self._kept[name] = ServedFile(name, media_type, data)
            size = sum(len(file.data) for file in self._kept.values())
            while size > _BYTES_KEPT and len(self._kept) > 1:
                oldest = next(iter(self._kept))
                size -= len(self._kept.pop(oldest).data)
        return f"/files/generated/{name}"

    def cached_messages(self, model: str, messages: Sequence[str]) -> int:
        """Say how many leading messages this model has seen before, and remember them.

        Real services cache long prefixes for some minutes; here every prefix that
        ends at a message's end counts, until 10,000 newer ones have been seen.
        """
        digest = hashlib.sha256(model.encode())
        cached = 0
        for index, message in enumerate(messages, start=1):
            digest.update(b"\0" + message.encode("utf-8", "surrogatepass"))
            key = digest.digest()
            if key in self._prefixes:
                cached = index
                self._prefixes.move_to_end(key)
            else:
                self._prefixes[key] = None
        while len(self._prefixes) > _PREFIXES_KEPT:
            self._prefixes.popitem(last=False)
        return cached

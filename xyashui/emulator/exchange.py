"""One request on its way through a service."""

from dataclasses import dataclass, field
from typing import Any

from .faults import Faults, Strike
from .site import Site
from .state import RecordedRequest


@dataclass
class Exchange:
    """What a service needs to know of a request to answer it.

    Attributes:
        record: The request as recorded, without its key.
        key: The key in the clear; it goes no further than the check of it and a digest of it.
        is_json: Whether the body could be read as JSON.
        site: This server, as the request's URLs may name it.
        faults: The faults in force when the request came.
        strike: Which of them strike it.
        upload: The bytes of the file that came with a form.
    """

    record: RecordedRequest
    key: str = field(repr=False)
    is_json: bool
    site: Site
    faults: Faults
    strike: Strike = field(default_factory=Strike)
    upload: bytes | None = field(default=None, repr=False)

    @property
    def body(self) -> Any:
        """The parsed body."""
        return self.record.body

    @property
    def number(self) -> int:
        """Which POST of its service this is, from 1."""
        return self.record.number

    def streams(self, asked: bool) -> bool:
        """Say whether to stream, given what was asked and what misbehaves."""
        if asked:
            return not self.faults.whole_for_stream
        return self.faults.stream_for_whole

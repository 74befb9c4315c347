"""The one exception by which a request is refused, whatever the service."""

from dataclasses import dataclass
from typing import Literal

Arrival = Literal["answer", "page", "body", "stream"]
"""How a failure reaches the client.

`answer`: as the service answers errors; `page`: as an HTML page of the proxy in
front of it; `body`: as an error object under HTTP 200; `stream`: as an event,
half-way through an answer that had begun well.
"""


@dataclass
class Failure(Exception):  # noqa: N818 - it is raised here, but it is the client's error
    """Why a request is refused.

    Attributes:
        message: The provider's words.
        code: The provider's code.
        status: The HTTP status (阿水 always answers 200).
        type: The `type` of 星芸's error object.
        param: The parameter at fault, if one is.
        detail: What is wrong in English; sent in the `X-Emulator-Detail` header,
            since the provider's own words often say little.
        arrives: How it reaches the client.
        retry_after: Seconds, for the `Retry-After` header.
    """

    message: str
    code: str | int | None
    status: int = 200
    type: str = "new_api_error"
    param: str | None = None
    detail: str = ""
    arrives: Arrival = "answer"
    retry_after: float | None = None

"""The bodies of requests, as far as they are read: a form, JSON or text, of a bounded size."""

import json
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

from .xingyun_transcriptions import read_form

LARGEST = 64 * 1024 * 1024
"""Bytes that the body of a request may have: twice what the largest picture takes in base64."""


class TooLarge(Exception):  # noqa: N818 - a signal, not an error
    """The body has more bytes than `LARGEST`."""


async def read(request: Request) -> tuple[Any, bool, bytes | None]:
    """Return the body, whether it is JSON, and the file that came with it if it is a form.

    Raises:
        TooLarge: It is larger than `LARGEST`; no more than that was read.
        ClientDisconnect: The client left in the middle of it.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > LARGEST:
        raise TooLarge
    request = Request(request.scope, _counted(request.receive))
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return *_parse(await request.body()), None
    try:
        async with request.form() as form:
            fields, upload = await read_form(form)
    except HTTPException:  # it is no form: the endpoint says what is missing
        return None, False, None
    return fields, False, upload


def _counted(receive: Receive) -> Receive:
    # Not every body says how long it is.
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > LARGEST:
            raise TooLarge
        return message

    return counted


def _parse(content: bytes) -> tuple[Any, bool]:
    """Read a body as JSON, or else as text; the flag says whether it was JSON."""
    try:
        return json.loads(content), True
    except (ValueError, RecursionError):
        return content.decode("utf-8", "replace") or None, False

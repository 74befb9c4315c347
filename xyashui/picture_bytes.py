"""Whether bytes are a picture: pages and errors come in its place under HTTP 200 [gw]. Sans-IO."""

from __future__ import annotations

import re
from typing import Final

from xyashui.image_formats import image_type
from xyashui.media import is_document
from xyashui.requests import shorten

__all__ = ["why_no_picture"]

_HEAD: Final = 4096  # bytes in which SVG says what it is
_COMMENT: Final = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)  # which may have elements in it
_FIRST_ELEMENT: Final = re.compile(rb"<([A-Za-z][\w.-]*+)")  # after declarations
_MARKS: Final = re.compile(rb"[\xef\xbb\xbf\s]*[{\[<]")  # of JSON and of pages
_BINARY: Final = ("image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp")
_JSON_OR_XML: Final = re.compile(r"application/(?:.*\+)?(?:json|xml)\Z")


def why_no_picture(data: bytes, media_type: str = "") -> str | None:
    """Return why bytes are no picture; `None` where they are one, or may be.

    A format that is not known is taken where nobody calls it text, for new ones come up.

    Args:
        data: All of them.
        media_type: What they are called, for example "text/html"; "" where nobody says.

    Example:
        >>> why_no_picture(b"<html><title>gone</title>")
        "text where a picture should be. It begins: '<html><title>gone</title>'"
    """
    if not data:
        return "nothing where a picture should be"
    head = data[:_HEAD]
    if image_type(head) is not None or _is_drawing(head):
        return None
    if _is_drawn_in_words(head, media_type):
        return None
    if is_document(data) or media_type.startswith("text/") or _JSON_OR_XML.match(media_type):
        begins = shorten(head[:200].decode("utf-8", "replace"))
        return f"text where a picture should be. It begins: {begins}"
    return None


def _is_drawing(head: bytes) -> bool:
    """Whether it is SVG: a page may have drawings too, further on."""
    first = _FIRST_ELEMENT.search(_COMMENT.sub(b"", head))
    return first is not None and first[1].lower() == b"svg" and is_document(head)


def _is_drawn_in_words(head: bytes, media_type: str) -> bool:
    """Whether it is called a picture of a kind that may be text, such as XPM."""
    kind = media_type.startswith("image/") and media_type not in _BINARY
    return kind and _MARKS.match(head) is None

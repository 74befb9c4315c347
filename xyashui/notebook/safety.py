"""What may go from a model into a page: text as text, links to the web, pictures that are pictures.

Nothing that a model sends is trusted. A page that loads an address the model wrote tells that
address who reads it, and whatever else the model put into it: so nothing is loaded by itself.
"""

from __future__ import annotations

import html
import re
from typing import Final
from urllib.parse import urlsplit

from xyashui.terminal.cleaning import clean

__all__ = ["escape", "is_picture", "link", "shown_host", "web_address"]

_WEB: Final = re.compile(r"https?://[^\s/?#\\]", re.IGNORECASE)
# Raster images only: SVG is a document, which can have scripts and load other things.
_PICTURE: Final = re.compile(
    r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/\s]++={0,2}\s*+", re.IGNORECASE
)


def escape(text: str) -> str:
    r"""Return `text` for a page: characters that show nothing taken out, the rest escaped.

    Example:
        >>> escape('<img src=x onerror="alert(1)">')
        '&lt;img src=x onerror=&quot;alert(1)&quot;&gt;'
    """
    return html.escape(clean(text))


def web_address(url: str) -> str | None:
    """Return `url` where it is a whole http(s) address, or else `None`.

    Example:
        >>> web_address("https://example.com/a"), web_address("javascript:alert(1)")
        ('https://example.com/a', None)
    """
    address = clean(url).strip()
    if not _WEB.match(address):
        return None
    try:
        return address if urlsplit(address).hostname else None
    except ValueError:
        return None


def shown_host(url: str) -> str:
    """Return the host of an address, for people to see where a link leads; "" for no address."""
    address = web_address(url)
    return (urlsplit(address).hostname or "") if address else ""


def is_picture(url: str) -> bool:
    """Whether `url` has the bytes of a PNG, JPEG, GIF or WebP image in itself."""
    return _PICTURE.fullmatch(url) is not None


def link(url: str, inner: str, classes: str = "") -> str:
    """Return a link that opens elsewhere and tells the other side nothing.

    Args:
        url: An address that `web_address` returned.
        inner: What is shown, as HTML.
        classes: CSS classes.
    """
    address = html.escape(url)
    named = f' class="{classes}"' if classes else ""
    # The title shows where it leads, whatever the text of the link says.
    return (
        f'<a{named} href="{address}" title="{address}" target="_blank" '
        f'rel="noopener noreferrer nofollow">{inner}</a>'
    )

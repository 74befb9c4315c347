"""Addresses as a program names them: where they lead, and how an error may show them.

What stands before an @ may be a password. What reads addresses repeats it where it finds fault
with one (`urlsplit` and httpx do), so that their words are shown nowhere.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

__all__ = ["bare", "host_of"]

# Two characters become an @ where an address is made plain (NFKC).
_ATS: Final = "@\uff20\ufe6b"
_SCHEME: Final = re.compile(r"\s*+[^\s:/\\?#]{1,40}:[/\\]*+")
# A host, and an @ behind it: in none of it a password, which a colon stands before.
_WITHOUT_PASSWORD: Final = re.compile(r"https?://[\w-]++(?:\.[\w-]++)++/[^:\uff1a\ufe55\\]*+")


def bare(url: str) -> str:
    """Return an address as an error may show it: without user, password, query and fragment.

    All up to the last @ goes: of a malformed address nobody can say where its password ends. But an
    @ in a path stays, where a host with a dot is before it and no colon.

    Example:
        >>> bare("https://me:p@ss/word@example.com/cat.png?token=1")
        'https://***@example.com/cat.png'
        >>> bare("https://example.com/cat@2x.png?token=1")
        'https://example.com/cat@2x.png'
    """
    last = max(url.rfind(at) for at in _ATS)
    if last >= 0 and not (_WITHOUT_PASSWORD.fullmatch(url, 0, last) and host_of(url)):
        scheme = _SCHEME.match(url, 0, last)
        url = f"{scheme[0] if scheme else ''}***@{url[last + 1 :]}"
    return re.split("[?#]", url, maxsplit=1)[0]


def host_of(url: str) -> str | None:
    """Return the host that an address names, "" where it names none; `None` for a malformed one.

    Example:
        >>> host_of("https://example.com:443/cat.png"), host_of("https://example.com:cat")
        ('example.com', None)
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # both are read only when they are asked for
    except ValueError:
        return None
    return host or ""

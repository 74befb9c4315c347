"""The TLS contexts of this process: one for each choice of authorities.

To read the certificates that are trusted takes ten times as long as all else of a connection pool,
so pools that come and go share what was read.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import httpx

from xyashui.locks import Lock

if TYPE_CHECKING:
    import ssl

__all__ = ["CERTIFICATES", "tls_context"]

CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""The variables of the environment that say which authorities are trusted."""

# OpenSSL has locks of its own, which a child that is forked while they are held never finds free.
_lock = Lock(delays_forks=True)
_contexts: dict[tuple[object, ...], ssl.SSLContext] = {}


def tls_context(*, trust_env: bool) -> ssl.SSLContext:
    """Return what trusts the authorities that the environment names, or else certifi's.

    Args:
        trust_env: Whether to heed the environment.
    """
    named = tuple(map(os.environ.get, CERTIFICATES)) if trust_env else ()
    key = (os.getpid(), *named)
    with _lock():
        context = _contexts.get(key)
        if context is None:
            context = _contexts[key] = httpx.create_ssl_context(trust_env=trust_env)
    return context

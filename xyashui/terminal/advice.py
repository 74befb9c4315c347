"""An error -> what to do about it, in terms of this command. No I/O.

The errors speak of `api_key` and `model`, as a program does; who types a command has environment
variables and options instead.
"""

from __future__ import annotations

import re
import socket
import ssl
from typing import Literal

import httpx

from xyashui import errors
from xyashui.errors import XyashuiError
from xyashui.providers import Provider

__all__ = ["Trouble", "trouble_with_address", "what_to_do"]

Trouble = Literal["dns", "refused", "tls", "timeout", "silence", "stranger", "network"]

# "403 Forbidden" and the like. A page under 5xx is mostly a proxy's before the service itself.
_PAGE_TITLE = re.compile(r"4\d\d [A-Z]")
_PAGES = (errors.AuthenticationError, errors.PermissionDeniedError, errors.BadRequestError)

_ADDRESS: dict[Trouble, str] = {
    "dns": "No machine has the name of this address: check its spelling, and whether this "
    "machine is online",
    "refused": "Nothing listens at this address: check its port, or start what should listen there",
    "tls": "No safe connection: the certificate is not trusted, or the address is http and not "
    "https. Behind a company's proxy, set SSL_CERT_FILE to its certificates",
    "timeout": "The address cannot be reached in time: check the network, and HTTPS_PROXY if a "
    "proxy is needed",
    "silence": "It was reached, but said nothing in time: try again later, or be more patient",
    "stranger": "Something else answers there: check the address",
    "network": "The connection broke: check the network and try again",
}


def what_to_do(error: XyashuiError, provider: Provider) -> str:
    """Return one sentence of advice; "" where the error itself says it all."""
    key, address = provider.api_key_variable, provider.base_url_variable
    if isinstance(error, errors.TransportError):
        trouble = trouble_with_address(error)
        if trouble is None:
            return "The answer was cut short; ask again"
        where = f" (the service's own is {provider.root}; {address} changes it)"
        return _ADDRESS[trouble] + (where if trouble != "silence" else "")
    for kind, words in (
        (errors.AuthenticationError, f"Set {key} to the key that the service gave you"),
        (errors.QuotaExceededError, f"Top the account up, or set {key} to another key"),
        (errors.PermissionDeniedError, "Ask the service to allow it, or use another key"),
        (errors.ModelNotFoundError, "Ask for a model that your account has"),
        (errors.UnsupportedFeatureError, "Leave that option out, or ask another model"),
        (errors.ContextOverflowError, "Shorten the question, or ask a model that reads more"),
        (errors.RateLimitError, "Wait a little and try again"),
        (errors.ServerError, "It is not your fault: try again later"),
        (errors.BadRequestError, "Check the options; the service's own words say which"),
    ):
        if isinstance(error, kind):
            return words
    return ""


def trouble_with_address(error: XyashuiError) -> Trouble | None:
    """Return what is wrong with the address, or `None` where the service itself was reached."""
    if isinstance(error, errors.ProtocolError):
        return "stranger"
    if isinstance(error, errors.APITimeoutError):
        return "timeout" if _caused_by(error, httpx.ConnectTimeout) else "silence"
    if isinstance(error, errors.APIConnectionError):
        return _trouble_with_connection(error)
    if isinstance(error, errors.APIError) and _speaks_otherwise(error):
        return "stranger"
    return None


def _trouble_with_connection(error: XyashuiError) -> Trouble:
    if _caused_by(error, socket.gaierror):
        return "dns"
    if _caused_by(error, ConnectionRefusedError):
        return "refused"
    if _caused_by(error, ssl.SSLError):
        return "tls"
    if _caused_by(error, httpx.RemoteProtocolError):
        return "stranger"
    return "network"


def _speaks_otherwise(error: errors.APIError) -> bool:
    """Whether a refusal is a web server's own page, and not in a service's words."""
    if error.code is not None or not isinstance(error, _PAGES):
        return False
    return error.status_code in (404, 405) or bool(_PAGE_TITLE.match(error.message))


def _caused_by(error: BaseException, kind: type[BaseException]) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, kind):
            return True
        seen = seen.__cause__ or seen.__context__
    return False

"""httpx, for this package: connections shared and closed, its errors in our words.

Connections are pooled for the whole process: every client whose settings are the same uses the
same pool, so that a model costs nothing to make and its first call finds a connection open. A
sync pool belongs to a process, an async one to an event loop besides, because sockets do.
"""

from __future__ import annotations

import asyncio
import atexit
import errno
import os
import ssl
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary, WeakSet

import httpx

from xyashui.connections import prepare, prepare_async
from xyashui.errors import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    ProtocolError,
    StreamInterruptedError,
    XyashuiError,
)
from xyashui.locks import Lock
from xyashui.mistakes import is_mistake, mistake
from xyashui.pools import AsyncPool, Pool
from xyashui.requests import check_seconds, shorten
from xyashui.secrecy import concealed_key
from xyashui.tls import CERTIFICATES, tls_context

__all__ = [
    "DEFAULT_TIMEOUT",
    "checked_deadline",
    "hold",
    "hold_async",
    "is_loopback",
    "never_sent",
    "redirected",
    "release",
    "release_async",
    "shared_async_client",
    "shared_client",
    "timeouts",
    "translated",
]

DEFAULT_TIMEOUT = 300.0
"""Seconds of silence that are borne: a model may think long before its first word."""

_CONNECT_TIMEOUT = 10.0
_SCARCE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})  # it may pass
_LONGEST_WORDS = 1000  # characters of what a library says to quote
_KEEP_IDLE = 30.0
_PROXIES = (
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
)
_ENVIRONMENT = _PROXIES + CERTIFICATES

C = TypeVar("C", bound=httpx.Client | httpx.AsyncClient)
_PoolKey = tuple[object, ...]
_AsyncPools = dict[_PoolKey, tuple[httpx.AsyncClient, AsyncGenerator[None, None]]]


def timeouts(value: Any) -> httpx.Timeout:
    """Return the timeouts of each phase.

    Args:
        value: Seconds of silence to bear between two bytes (connecting is given 10 s at most),
            `None` for the default, or an `httpx.Timeout` to set every phase.
    """
    if value is None:
        value = DEFAULT_TIMEOUT
    if isinstance(value, httpx.Timeout):
        return value
    check_seconds("timeout", value, otherwise="an httpx.Timeout")
    return httpx.Timeout(value, connect=min(value, _CONNECT_TIMEOUT))


def checked_deadline(value: Any) -> float | None:
    """Return `value`, the seconds that a whole call may take, or raise `ConfigurationError`."""
    if value is not None:
        check_seconds("deadline", value)
    return value  # type: ignore[no-any-return]


@lru_cache(maxsize=64)
def is_loopback(url: str) -> bool:
    """Whether `url` is on this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


# Pools

_lock = Lock()  # while who holds them is decided on
_making = Lock()  # while one is made, which takes as long as a hundred calls
_pools: dict[_PoolKey, httpx.Client] = {}
_async_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, _AsyncPools] = WeakKeyDictionary()
_holders: WeakSet[object] = WeakSet()
_async_holders: WeakSet[object] = WeakSet()


def _pool_key(url: str) -> _PoolKey:
    """What decides how a connection is made. A fork must not share its parent's sockets."""
    if is_loopback(url):
        return (os.getpid(), "loopback")
    # It is a variable of what is part of tracebacks, and the address of a proxy has a password.
    return (os.getpid(), *(concealed_key(os.environ.get(name)) for name in _ENVIRONMENT))


def _options(url: str) -> dict[str, Any]:
    # No proxy for this machine: one in the environment seldom leads back to it.
    trust_env = not is_loopback(url)
    return {
        "limits": httpx.Limits(max_connections=None, keepalive_expiry=_KEEP_IDLE),
        "trust_env": trust_env,
        "verify": tls_context(trust_env=trust_env),
    }


def shared_client(url: str) -> httpx.Client:
    """Return the process's pool for `url`."""
    key = _pool_key(url)
    client = _pools.get(key)
    if client is None or client.is_closed:
        with _making():
            client = _pools.get(key)
            if client is None or client.is_closed:
                client = _pools[key] = _made(lambda: prepare(Pool(**_options(url))))
    return client


async def shared_async_client(url: str) -> httpx.AsyncClient:
    """Return the running event loop's pool for `url`; it is closed when the loop shuts down."""
    loop = asyncio.get_running_loop()
    pools = _async_pools.setdefault(loop, {})
    key = _pool_key(url)
    if key not in pools or pools[key][0].is_closed:
        _forget_closed_loops()
        client = _made(lambda: _new_async_client(_options(url)))
        keeper = _closed_with_loop(pools, key, client)
        await anext(keeper)
        pools[key] = client, keeper
    return pools[key][0]


def _made(make: Callable[[], C]) -> C:
    """Make a client; say what may be wrong where the environment does not let it be made."""
    try:
        return make()
    except ImportError as error:  # what a kind of proxy needs
        raise _wrong_environment(str(error), _PROXIES) from error
    except OSError as error:
        if _is_scarcity(error):
            scarce = APIConnectionError(f"No connection can be made: {error}")
            scarce.sent = False
            raise scarce from error
        raise _wrong_environment(str(error), CERTIFICATES) from error
    except (ValueError, httpx.InvalidURL) as error:
        known = str(error).startswith("Unknown scheme")
    # Neither httpx's words nor its error, which repeat the address, and the password in it.
    fault = "Unknown scheme" if known else "Invalid address"
    raise _wrong_environment(
        f"{fault} of a proxy, or of a host in NO_PROXY: write http://user:password@host:port, with "
        "%2F for / and %40 for @ in the password; schemes are http, https, socks5 and socks5h",
        _PROXIES,
    )


def _wrong_environment(fault: str, culprits: tuple[str, ...]) -> ConfigurationError:
    names = ", ".join(name for name in culprits if os.environ.get(name))
    return ConfigurationError(
        f"No connection can be made as the environment wants it ({names or 'nothing is set'}): "
        f"{fault}"
    )


def _forget_closed_loops() -> None:
    # A pool holds its loop, so that a loop that was closed with its pools open would never go.
    # `keyrefs` is one step: the loops of other threads come and go.
    for loop in [one() for one in _async_pools.keyrefs()]:
        if loop is not None and loop.is_closed():
            _async_pools.pop(loop, None)


def _new_async_client(options: dict[str, Any]) -> httpx.AsyncClient:
    if find_spec("httpx_aiohttp") is None:
        return prepare_async(AsyncPool(**options))
    from xyashui.aiohttp_pool import AiohttpClient

    # aiohttp reads 0 as "no limit", where httpx has None.
    options["limits"] = httpx.Limits(max_connections=0, keepalive_expiry=_KEEP_IDLE)
    return AiohttpClient(**options)


async def _closed_with_loop(
    pools: _AsyncPools, key: _PoolKey, client: httpx.AsyncClient
) -> AsyncGenerator[None, None]:
    # `asyncio.run` closes async generators that are still open before it closes the loop: the
    # one moment at which the connections can still be closed as they should be.
    try:
        yield
    finally:
        if key in pools and pools[key][0] is client:  # and not another that came after it
            del pools[key]
        await client.aclose()


def hold(client: object) -> None:
    """Note that `client` uses the pools."""
    with _lock():
        _holders.add(client)


def release(client: object) -> None:
    """Note that `client` has been closed; the pools are, when it was the last."""
    # Whether it was the last is decided and acted upon in one step: another thread may be making
    # a client now, and must not be left with a pool that is about to close.
    with _lock():
        _holders.discard(client)
        pools = [] if _holders else _taken_pools()
    for pool in pools:
        pool.close()


def hold_async(client: object) -> None:
    """Note that `client` uses the async pools."""
    with _lock():
        _async_holders.add(client)


async def release_async(client: object) -> None:
    """Note that `client` has been closed; this loop's pools are, when it was the last."""
    with _lock():
        _async_holders.discard(client)
        last = not _async_holders
        pools = _async_pools.pop(asyncio.get_running_loop(), {}) if last else {}
    for _, keeper in list(pools.values()):
        await keeper.aclose()


def _taken_pools() -> list[httpx.Client]:
    """Take this process's pools out of use; a fork leaves its parent's alone."""
    global _pools
    taken, _pools = _pools, {}
    return [client for key, client in taken.items() if key[0] == os.getpid()]


@atexit.register
def _close_pools() -> None:
    for pool in _taken_pools():
        pool.close()


# Redirects


def redirected(response: httpx.Response, title: str) -> httpx.URL:
    """Return where to send the request again, or raise `ProtocolError`.

    Only the same place may be redirected to, and only by a status that keeps the method: the key
    goes nowhere else.
    """
    target = response.headers.get("location", "")
    here = response.request.url
    with suppress(httpx.InvalidURL):
        there = here.join(target)
        same = (there.scheme, there.host, there.port) == (here.scheme, here.host, here.port)
        if target and same and response.status_code in (307, 308):
            return there
    raise ProtocolError(
        f"{title} redirects (HTTP {response.status_code}) to {shorten(target)}. The key is not "
        "sent there; if that is where the service is now, set base_url to it"
    )


# Errors


def translated(error: Exception, title: str, provider: str, *, begun: bool) -> XyashuiError:
    """Return our error for one of httpx's, or of the transport's below it.

    Args:
        error: What was raised.
        title: The service's name for people.
        provider: Its name in code.
        begun: Whether the response had begun.
    """
    if isinstance(error, XyashuiError):
        return error
    if is_mistake(error):
        return mistake(error)
    cause = error.__cause__
    words = (str(error) or str(cause or "") or type(error).__name__)[:_LONGEST_WORDS]
    if isinstance(error, httpx.DecodingError):
        return ProtocolError(
            f"{title} sent a body that cannot be decompressed: {words}", provider=provider
        )
    if isinstance(error, httpx.InvalidURL) or "location header" in words:
        # httpx reads where it is sent, though it is not to go there; base_url is known to be good.
        return ProtocolError(f"{title} redirects to what is no address: {words}", provider=provider)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return ConfigurationError(f"The request to {title} cannot be sent: {words}")
    if isinstance(error, RuntimeError) and not begun:
        # A client that has been closed, or belongs to an event loop that is no more.
        return ConfigurationError(f"The HTTP client for {title} cannot be used: {words}")
    if _is_timeout(error):
        return APITimeoutError(_silence(error, title), provider=provider)
    if begun:
        return StreamInterruptedError(
            f"{title} cut its answer short: the connection broke ({words})", provider=provider
        )
    connection = APIConnectionError(f"{title} could not be reached: {words}", provider=provider)
    connection.sent = not _is_scarcity(error)
    if _is_certificate_trouble(error):
        connection.args = (
            f"{title} could not be reached: its certificate is not trusted ({words}). Behind a "
            "proxy that replaces certificates, bring an http_client with verify=... set",
        )
        connection.retryable = False
    return connection


def _is_scarcity(error: BaseException) -> bool:
    """Whether this machine has run out of something, which says nothing of the service."""
    return any(getattr(one, "errno", None) in _SCARCE for one in _causes(error))


def never_sent(error: BaseException) -> bool:
    """Whether `error` says that there was no connection, so that nothing can have been sent."""
    # httpx-aiohttp has other names for it; aiohttp's own is certain.
    if any(one.__name__ == "ClientConnectorError" for one in type(error.__cause__).__mro__):
        return True
    if isinstance(error, httpx.TimeoutException):
        return isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout) and _is_timeout(error)
    return isinstance(error, httpx.ConnectError)


def _is_timeout(error: Exception) -> bool:
    if not isinstance(error, httpx.TimeoutException | TimeoutError):
        return False
    # httpx-aiohttp calls every lost connection a connect timeout; the cause tells.
    cause = error.__cause__
    lost = type(cause).__module__.startswith("aiohttp") and not isinstance(cause, TimeoutError)
    return not lost


def _silence(error: Exception, title: str) -> str:
    if isinstance(error, httpx.ConnectTimeout):
        return f"{title} could not be reached in time; check base_url and the network"
    if isinstance(error, httpx.PoolTimeout):
        return f"{title}: no connection became free in time"
    return f"{title} was silent for longer than timeout allows; raise timeout to wait longer"


def _is_certificate_trouble(error: BaseException) -> bool:
    return any(
        isinstance(one, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(one)
        for one in _causes(error)
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Give `error` and what it came of, one after another."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__

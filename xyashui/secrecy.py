"""The key: in the request, and nowhere else.

    Key, conceal        out of sight in what shows variables: tracebacks with locals, debuggers
    Secrets             out of what a service, a proxy or a library repeats
    keep_out_of_logs    out of what the HTTP libraries log
    warn_if_insecure    out of the hands of whoever is on the way: a word of warning
    pickle_keys         into pickles where that is asked for, and not elsewhere

`SECURITY.md` says what is promised.
"""

from __future__ import annotations

import inspect
import logging
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from itertools import pairwise
from types import FrameType, TracebackType
from typing import Any, Final, Protocol
from weakref import ref

from xyashui.errors import XyashuiError

__all__ = [
    "InsecureConnectionWarning",
    "Key",
    "Secrets",
    "conceal",
    "concealed_headers",
    "concealed_key",
    "keep_out_of_logs",
    "keys_are_pickled",
    "pickle_keys",
    "warn_if_insecure",
]

HIDDEN: Final = "***"
"""What stands where a key would."""

_TELLING = 12  # characters of a key that give it away
_TOO_SHORT = 8  # a key of fewer characters may be part of a word that is none of its business
_SECRET_NAME = re.compile(r"auth|key|token|secret|cookie|passw", re.IGNORECASE)


# In what shows variables


class Key(str):
    """A key, or another secret: a string that does not show itself where variables are shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(HIDDEN)


class _Bytes(bytes):
    """A key that was given as bytes, by mistake."""

    __repr__ = Key.__repr__


_Bytes.__name__ = "bytes"  # as it is called where it is refused


def concealed_key(key: Any) -> Any:
    """Return a key that does not show itself; what can be none is left for others to refuse."""
    if type(key) is bytes:
        return _Bytes(key)
    return Key(key) if type(key) is str else key


def concealed_headers(headers: Any) -> Any:
    """Return headers that do not show their values; what are none are left for others to refuse."""
    if not isinstance(headers, Mapping):
        return concealed_key(headers)
    return {name: concealed_key(value) for name, value in headers.items()}


def conceal(settings: MutableMapping[str, Any]) -> None:
    """Change the secrets among `settings` into what does not show itself.

    For the beginning of functions that take settings by name: whatever goes wrong in them, their
    variables are part of the traceback. A key under a misspelt name is one too.
    """
    for name, value in settings.items():
        if _SECRET_NAME.search(name):
            settings[name] = concealed_key(value)
    if "default_headers" in settings:
        settings["default_headers"] = concealed_headers(settings["default_headers"])


# In what others repeat


class Secrets:
    """The secrets of one client, to be taken out of what was said by others.

    Args:
        key: The key.
        headers: Headers of which some may be secrets.
    """

    def __init__(self, key: str | None, headers: Mapping[str, str]) -> None:
        self._made: re.Pattern[str] | None = None
        self.words = [str(key)] if key else []
        for name, value in headers.items():
            if _SECRET_NAME.search(name) and value.strip():
                self.words.append(str(value).split(maxsplit=1)[-1])  # what comes after "Bearer"

    @property
    def _pattern(self) -> re.Pattern[str]:
        if self._made is None:
            self._made = re.compile("|".join(map(_pattern_of, self.words)) or r"(?!)")
        return self._made

    def hide(self, text: str) -> str:
        """Return `text` without them."""
        return self._pattern.sub(HIDDEN, text) if self._may_be_in(text) else text

    def are_in(self, text: str) -> bool:
        """Whether `text` repeats one of them."""
        return self._may_be_in(text) and self._pattern.search(text) is not None

    def _may_be_in(self, text: str) -> bool:
        # A picture of 20 MB is passed in milliseconds so, where the pattern takes half a second.
        return any(word[:_TELLING] in text for word in self.words)

    def _are_shown(self, value: object) -> bool:
        """Whether one of them is seen where `value` is shown."""
        if type(value) is str:
            return self.are_in(value)
        # What shows bytes is four times as long as they are.
        if isinstance(value, bytes | bytearray) and not any(
            word[:_TELLING].encode(errors="replace") in value for word in self.words
        ):
            return False
        return self.are_in(_shown(value))

    def clean(self, error: BaseException) -> None:
        """Take them out of `error`, its causes, and the tracebacks of all of these."""
        for one in _chain(error):
            self._trim(one)
            with suppress(Exception):  # somebody's class may not let itself be changed
                one.args = tuple(self._cleaned(value) for value in one.args)
            for name, value in list(vars(one).items()):
                if isinstance(one, XyashuiError) and not isinstance(value, str):
                    continue  # ours have what was received, and nothing of what was sent
                with suppress(Exception):
                    setattr(one, name, self._cleaned(value))

    def _trim(self, error: BaseException) -> None:
        """Take the places out of a traceback whose variables show a secret.

        The first is where the error is caught, and cannot be taken out while it is passed on.
        """
        kept: list[TracebackType] = []
        entry = error.__traceback__
        while entry is not None:
            frame = entry.tb_frame
            if not _is_http(frame) and not (kept and self._are_shown_by(frame)):
                kept.append(entry)
            entry = entry.tb_next
        for one, following in pairwise(kept):
            one.tb_next = following
        if kept:
            kept[-1].tb_next = None
        error.with_traceback(kept[0] if kept else None)

    def _are_shown_by(self, frame: FrameType) -> bool:
        return any(map(self._are_shown, frame.f_locals.values()))

    def _cleaned(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.hide(value) if self.are_in(value) else value
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return [self.hide(one) for one in value]  # the notes of an exception
        if hasattr(value, "headers"):
            # A request, which has them whether it shows them or not; aiohttp's, or httpx's.
            bare = getattr(value, "_replace", None)
            return bare(headers={}) if bare is not None else None
        return self.hide(_shown(value)) if self._are_shown(value) else value


def _pattern_of(secret: str) -> str:
    # What is quoted may be cut anywhere, so that the beginning of the key counts as well.
    if len(secret) < _TOO_SHORT:
        return rf"(?<!\w){re.escape(secret)}(?!\w)"
    return re.escape(secret[:_TELLING]) + r"[\w.~+/=-]*"


def _shown(value: object) -> str:
    try:
        return repr(value)
    except Exception:
        return ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Give `error` and all that it came of."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


# Below the point where a request is handed over, variables hold its headers as bytes. Functions of
# others that are called from there (a hook, a transport of the user's own) are none of these.
_HTTP: Final = frozenset(
    {
        "aiohappyeyeballs", "aiohttp", "anyio", "asyncio", "h11", "h2", "hpack", "httpcore",
        "httpx", "httpx_aiohttp", "selectors", "sniffio", "socket", "socksio", "ssl",
    }
)  # fmt: skip


def _is_http(frame: FrameType) -> bool:
    return _package_of(frame) in _HTTP


def _package_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


# On the way


class InsecureConnectionWarning(UserWarning):
    """The key goes unencrypted: the address is neither https nor on this machine.

    Given once in a process for each address. Where the network is your own, turn it off with
    `warnings.simplefilter("ignore", xyashui.InsecureConnectionWarning)`.
    """


_warned: set[str] = set()
_OURS: Final = ("xyashui", "langchain_xyashui", "llama_index_xyashui")
_BETWEEN: Final = ("contextlib", "langchain_core", "llama_index", "pydantic")


def warn_if_insecure(url: str) -> None:
    """Warn, once in a process for each address, where a key goes to `url` for all to see.

    Args:
        url: An address that is not on this machine.
    """
    if url.lower().startswith("https:") or url in _warned:
        return
    warnings.warn(
        f"{url} is not https: whoever is on the way there can read the key, what is asked and "
        "what is answered, and change it",
        InsecureConnectionWarning,
        stacklevel=_users_level(),
    )
    _warned.add(url)


def _users_level() -> int:
    """Return the level of whoever called this package, for `warnings.warn` in the caller."""
    frame, level = inspect.currentframe(), 0
    while frame is not None:
        if _package_of(frame) not in _OURS + _BETWEEN:
            return level
        frame, level = frame.f_back, level + 1
    return level


# In logs


class _Keeper(Protocol):
    def secrets(self) -> Secrets: ...


# httpx logs addresses and reason phrases, httpcore the headers of responses: no key is in them,
# unless the service or a proxy repeats it there.
_LOGGERS: Final = (
    "httpx",
    *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
)

# Whatever is done to it is one step, so that there is no lock: a thread may log while another makes
# a client, a fork may come in between, and the garbage collector at any moment.
_keepers: Final[set[ref[Any]]] = set()


def keep_out_of_logs(keeper: _Keeper) -> None:
    """Keep the secrets of `keeper` out of what httpx and httpcore log, as long as it lives."""
    _keepers.add(ref(keeper, _keepers.discard))


class _Filter(logging.Filter):
    """Hides the secrets of all clients in records that are to be written."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = None
        try:
            said = message = record.getMessage()
            for secrets in _all_secrets():
                message = secrets.hide(message)
        except Exception as error:
            message = f"(not shown: secrets cannot be hidden in it: {type(error).__name__})"
        if message != said:
            record.msg, record.args = message, None
        return True


def _all_secrets() -> Iterable[Secrets]:
    found = [keeper.secrets() for one in _keepers.copy() if (keeper := one()) is not None]
    return {tuple(secrets.words): secrets for secrets in found if secrets.words}.values()


_FILTER: Final = _Filter()
for _name in _LOGGERS:
    logging.getLogger(_name).addFilter(_FILTER)


# In pickles

_pickled: ContextVar[bool] = ContextVar("xyashui_pickle_keys", default=False)


@contextmanager
def pickle_keys() -> Iterator[None]:
    """Have pickles that are made in the block hold the key and `default_headers`.

    Whoever opens such a pickle has the key. Without it, the key is taken from the environment
    where a pickle is opened, which is what a worker process usually needs.

    Example:
        >>> with pickle_keys():
        ...     data = pickle.dumps(client)  # doctest: +SKIP
    """
    before = _pickled.set(True)
    try:
        yield
    finally:
        _pickled.reset(before)


def keys_are_pickled() -> bool:
    """Whether pickles that are made now hold the key."""
    return _pickled.get()

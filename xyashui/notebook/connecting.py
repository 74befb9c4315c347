"""`connect`: a notebook's first cell. The real services where a key is set, else the emulator."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Self

from xyashui.errors import ConfigurationError
from xyashui.providers import PROVIDERS, Provider
from xyashui.transport import is_loopback

if TYPE_CHECKING:
    from xyashui.emulator import Emulator

__all__ = ["Connection", "connect", "usual_provider"]

_KEY = "emulator"  # any key will do there


class Connection:
    """Which services a notebook talks to. Made by `connect`.

    Attributes:
        emulator: The emulator that was started for it, or `None`.
    """

    def __init__(self, emulator: Emulator | None = None) -> None:
        self.emulator = emulator
        self._set: dict[str, str] = {}
        self._before: dict[str, str | None] = {}
        if emulator is not None:
            for provider in PROVIDERS.values():
                self._set[provider.base_url_variable] = f"{emulator.url}/{provider.name}"
                self._set[provider.api_key_variable] = _KEY
            self._before = {name: os.environ.get(name) for name in self._set}
            os.environ.update(self._set)

    def close(self) -> None:
        """Stop the emulator and put the environment back; closing twice does nothing."""
        if self.emulator is None:
            return
        self.emulator.close()
        self.emulator = None
        for name, value in self._set.items():
            if os.environ.get(name) != value:
                continue  # somebody has set it since: it is theirs
            before = self._before[name]
            if before is None:
                del os.environ[name]
            else:
                os.environ[name] = before

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __str__(self) -> str:
        if self.emulator is not None:
            return (
                f"The offline emulator at {self.emulator.url}: no key, no network, "
                "and answers made by rules"
            )
        return "; ".join(map(_service, _with_key())) or "Nothing: closed"

    def __repr__(self) -> str:
        return f"<{self}>"


_running = Connection()


def connect(*, tokens_per_second: float | None = None) -> Connection:
    """Choose whom to talk to, and say so in one line.

    Where `XINGYUN_API_KEY` or `ASHUI_API_KEY` is set, it is the services themselves (or what
    `XINGYUN_BASE_URL` and `ASHUI_BASE_URL` name). Where neither is, the offline emulator is started
    and those variables are set to it, so that everything made afterwards talks to it. Nothing is
    sent anywhere. Called again, it goes on with the emulator that is running.

    Args:
        tokens_per_second: The pace of the emulator's answers; `None` sends them at once.

    Returns:
        What was chosen. Its `close()` stops the emulator and puts the environment back.

    Raises:
        ConfigurationError: The emulator is needed and not installed.

    Example:
        >>> connection = connect()  # doctest: +SKIP
        The offline emulator at http://127.0.0.1:43210: no key, no network, and answers made by
        rules.
    """
    global _running
    if _running.emulator is None:
        _running = Connection(None if _with_key() else _serve())
    if _running.emulator is not None:
        _running.emulator.tokens_per_second = tokens_per_second
    sys.stdout.write(f"{_running}.\n")
    return _running


def usual_provider() -> Provider:
    """Return the service whose key is set; the first where that does not decide it."""
    return [*_with_key(), *PROVIDERS.values()][0]


def _with_key() -> list[Provider]:
    return [one for one in PROVIDERS.values() if os.environ.get(one.api_key_variable)]


def _service(provider: Provider) -> str:
    url = provider.base_url()
    where = f"{url}, on this machine" if is_loopback(url) else url
    return f"{provider.title} at {where} ({provider.api_key_variable} is set)"


def _serve() -> Emulator:
    try:
        from xyashui.emulator import serve
    except ImportError as error:
        names = " or ".join(one.api_key_variable for one in PROVIDERS.values())
        raise ConfigurationError(f"No key is set ({names}), and {error}") from error
    return serve()

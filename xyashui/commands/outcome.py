"""How a command ends: what is said on stderr, and the exit code.

0     all went well
1     the service refuses, or cannot be reached; or a part of this package is not installed
2     what was asked for cannot be: nothing was sent
130   Ctrl-C
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from xyashui.errors import ConfigurationError, XyashuiError
from xyashui.providers import PROVIDERS, XINGYUN, Provider
from xyashui.terminal.cleaning import one_line
from xyashui.terminal.consoles import make_console, say, show_error

__all__ = ["FAILED", "INTERRUPTED", "WRONG_USE", "exits", "fail", "wrong_use"]

FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130


def fail(message: str, code: int = FAILED) -> NoReturn:
    """Say in a line what went wrong, and exit."""
    say(make_console(stderr=True), message, "red")
    raise typer.Exit(code)


def wrong_use(message: str) -> NoReturn:
    """Say in a line what cannot be asked for, and exit."""
    fail(message, WRONG_USE)


@contextmanager
def exits(provider: Provider | None) -> Iterator[None]:
    """Turn what is raised inside into a line or two on stderr and an exit code.

    Args:
        provider: The service that the advice is about.
    """
    try:
        yield
    except XyashuiError as error:
        show_error(make_console(stderr=True), error, provider or XINGYUN, _advice(error))
        code = WRONG_USE if isinstance(error, ConfigurationError) else FAILED
        raise typer.Exit(code) from None
    except ImportError as error:
        if "pip install" not in str(error):
            raise
        fail(one_line(str(error)))
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


def _advice(error: XyashuiError) -> str:
    """Advice on a missing key: it may be that the other service was meant."""
    if not isinstance(error, ConfigurationError) or "needs a key" not in str(error):
        return ""
    lines = " or ".join(f"{one.api_key_variable}=..." for one in PROVIDERS.values())
    return f"Which service do you have? export {lines}; to try it without a key: --emulator"

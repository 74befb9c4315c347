"""Where the commands that ask a service reach it: at its address, or in the emulator."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from xyashui.errors import ConfigurationError
from xyashui.providers import Provider

__all__ = ["client_settings"]


@contextmanager
def client_settings(
    provider: Provider, base_url: str | None, emulator: bool
) -> Iterator[dict[str, Any]]:
    """Give what `Client` needs to find the service, and run the emulator where that is asked."""
    if not emulator:
        yield {"base_url": base_url}
        return
    if base_url:
        raise ConfigurationError("--emulator has an address of its own; leave --base-url out")
    from xyashui.emulator import serve

    # Where this program ends early, the emulator's half of it finds its reader gone.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    with serve() as running:
        key = os.environ.get(provider.api_key_variable) or "emulator"
        yield {"base_url": f"{running.url}/{provider.name}", "api_key": key}

"""The services: what each is, what it can do, how it is talked to.

A third reseller is one new file beside these, and one line here.
"""

from __future__ import annotations

import re
from typing import Final

from xyashui.errors import ConfigurationError
from xyashui.providers.ashui import ASHUI
from xyashui.providers.provider import Capabilities, Provider
from xyashui.providers.xingyun import XINGYUN
from xyashui.requests import nearest, shorten

__all__ = ["ASHUI", "PROVIDERS", "XINGYUN", "Capabilities", "Provider", "by_name"]

PROVIDERS: dict[str, Provider] = {provider.name: provider for provider in (XINGYUN, ASHUI)}
"""Every service that is known, by name."""

_A_WORD: Final = re.compile(r"[a-zA-Z_ -]{0,20}")


def by_name(name: Provider | str) -> Provider:
    """Return the service called `name`, or raise `ConfigurationError`; a service is its own."""
    if isinstance(name, Provider):
        return name
    if not isinstance(name, str):
        raise ConfigurationError(
            f"provider must be {' or '.join(map(repr, PROVIDERS))}, not {shorten(name)}"
        )
    if name in PROVIDERS:
        return PROVIDERS[name]
    if _A_WORD.fullmatch(name):
        raise ConfigurationError(
            f"There is no provider {name!r}.{nearest(name, PROVIDERS)} "
            f"Known are {', '.join(PROVIDERS)}"
        )
    # It is not shown: whoever gives a client one argument may give it the key.
    raise ConfigurationError(
        f"There is no provider of that name. Known are {', '.join(PROVIDERS)}. A key is given as "
        "api_key=..."
    )

"""`xyashui models`: the models that a key may ask."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from xyashui.client import Client
from xyashui.commands.reaching import client_settings
from xyashui.providers import PROVIDERS, Provider
from xyashui.terminal.cleaning import one_line
from xyashui.terminal.consoles import is_plain, make_console, say

__all__ = ["default_provider", "show"]


def default_provider() -> Provider:
    """Return the first service that has such a list."""
    return next(one for one in PROVIDERS.values() if "models" in one.capabilities.endpoints)


def show(provider: Provider, *, base_url: str | None, emulator: bool) -> None:
    """List the models of a service.

    Raises:
        XyashuiError: There is no list, or none came.
    """
    with client_settings(provider, base_url, emulator) as settings:
        models = Client(provider, **settings).models()
    console = make_console()
    table = Table(box=None if is_plain(console) else SIMPLE_HEAD, pad_edge=False)
    for heading in ("Model", "Owner"):
        table.add_column(heading, no_wrap=True)
    for model in models:
        table.add_row(Text(one_line(model.id)), Text(one_line(model.owned_by), style="dim"))
    console.print(table)
    say(make_console(stderr=True), f"{len(models)} models of {provider.title}", "dim")

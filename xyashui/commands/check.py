"""`xyashui check`: are the key and the address right, and if not, which of them is wrong?

Asks each service for one token, the cheapest call that both document. What comes back tells how
far it got: to the address, past the key, to the model.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from xyashui import errors
from xyashui.client import Client
from xyashui.errors import ConfigurationError, XyashuiError
from xyashui.providers import PROVIDERS, Provider
from xyashui.terminal.advice import trouble_with_address, what_to_do
from xyashui.terminal.calling import this_command
from xyashui.terminal.cleaning import one_line
from xyashui.terminal.consoles import is_plain, make_console, say

__all__ = ["Finding", "diagnose", "run"]

Mark = Literal["ok", "wrong", "missing", "unknown"]

_SIGNS: dict[Mark, tuple[str, str]] = {
    "ok": ("✓ ok", "green"),
    "wrong": ("✗ wrong", "red"),
    "missing": ("✗ missing", "red"),
    "unknown": ("? unknown", "dim"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """How far a call got.

    Attributes:
        address: Whether the service answers at its address.
        key: Whether it takes the key, or there is none.
        model: Whether it has the model.
        verdict: What was found, in a few words.
        advice: What to do about it; "" where all is well.
        words: What the service or the network said, where that was no answer.
    """

    address: Mark
    key: Mark
    model: Mark
    verdict: str
    advice: str = ""
    words: str = ""

    @property
    def fine(self) -> bool:
        """Whether the service can be used."""
        return self.address == self.key == self.model == "ok"


def run(
    provider: Provider | None, *, model: str | None, base_url: str | None, timeout: float
) -> bool:
    """Check one service, or every one that is configured; return whether all are fine."""
    console = make_console()
    chosen = [provider] if provider else _configured()
    if any(os.environ.get(one.api_key_variable) for one in chosen):
        say(
            console,
            "Asking each service for one token (max_tokens=1): it costs next to nothing, but it "
            "is a real question.",
            "dim",
        )
    findings: dict[str, Finding] = {}
    for one in chosen:
        with console.status(f"Asking {one.title} ..."):
            findings[one.name] = check(one, model=model, base_url=base_url, timeout=timeout)
    console.print()
    _tabulate(console, findings)
    for one in chosen:
        where = f"{_address(one, base_url)}, model {model or one.default_model}"
        _detail(console, one, where, findings[one.name])
    for one in PROVIDERS.values():
        if provider is None and one not in chosen:
            say(console, f"\n{one.title}: not checked, {one.api_key_variable} is not set", "dim")
    return all(found.fine for found in findings.values())


def _configured() -> list[Provider]:
    """Every service that something is set for; all where nothing is, to say what is missing."""
    found = [
        one
        for one in PROVIDERS.values()
        if os.environ.get(one.api_key_variable) or os.environ.get(one.base_url_variable)
    ]
    return found or list(PROVIDERS.values())


def check(
    provider: Provider, *, model: str | None, base_url: str | None, timeout: float
) -> Finding:
    """Ask a service for one token, and say how that went."""
    try:
        provider.base_url(base_url)
    except ConfigurationError as error:
        return Finding("wrong", "unknown", "unknown", "the address is malformed", words=str(error))
    try:
        provider.api_key()
    except ConfigurationError as error:
        advice = f"Set {provider.api_key_variable} to the key that the service gave you"
        if not os.environ.get(provider.api_key_variable, "").strip():
            return Finding("unknown", "missing", "unknown", "there is no key", advice)
        return Finding("unknown", "wrong", "unknown", "the key is damaged", advice, str(error))
    try:
        client = Client(provider, base_url=base_url, timeout=timeout, max_retries=0)
        client.chat("1", model=model or provider.default_model, max_tokens=1)
    except XyashuiError as error:
        return diagnose(error, provider)
    return Finding("ok", "ok", "ok", "all is well")


_VERDICTS: tuple[tuple[type[XyashuiError], tuple[Mark, Mark, Mark], str], ...] = (
    (errors.AuthenticationError, ("ok", "wrong", "unknown"), "the key is wrong"),
    (errors.QuotaExceededError, ("ok", "ok", "unknown"), "no money is left"),
    (errors.PermissionDeniedError, ("ok", "wrong", "unknown"), "the key may not do this"),
    (errors.ModelNotFoundError, ("ok", "ok", "wrong"), "the model is not available"),
    (errors.UnsupportedFeatureError, ("ok", "ok", "wrong"), "the model does not do this"),
    (errors.RateLimitError, ("ok", "unknown", "unknown"), "the service is busy"),
    (errors.ServerError, ("ok", "unknown", "unknown"), "the service has a fault"),
    (errors.ConfigurationError, ("unknown", "unknown", "unknown"), "it cannot be asked"),
    (XyashuiError, ("ok", "unknown", "unknown"), "the question was refused"),
)

_ADDRESS_VERDICTS = {
    "dns": "no such address",
    "refused": "nothing listens there",
    "tls": "no safe connection",
    "timeout": "the address is not reached",
    "silence": "no answer in time",
    "stranger": "something else answers there",
    "network": "the connection broke",
}


def diagnose(error: XyashuiError, provider: Provider) -> Finding:
    """Say what an error means for the address, the key and the model."""
    advice, words = what_to_do(error, provider), str(error)
    if trouble := trouble_with_address(error):
        return Finding("wrong", "unknown", "unknown", _ADDRESS_VERDICTS[trouble], advice, words)
    marks, verdict = next(
        (marks, verdict) for kind, marks, verdict in _VERDICTS if isinstance(error, kind)
    )
    return Finding(*marks, verdict, advice, words)


def _address(provider: Provider, given: str | None) -> str:
    try:
        return provider.base_url(given)
    except ConfigurationError:
        return given or os.environ.get(provider.base_url_variable, "")


def _tabulate(console: Console, findings: dict[str, Finding]) -> None:
    table = Table(box=None if is_plain(console) else SIMPLE_HEAD, pad_edge=False)
    for heading in ("Service", "Address", "Key", "Model", "Result"):
        table.add_column(heading, no_wrap=heading != "Result")
    for name, found in findings.items():
        marks = (_SIGNS[mark] for mark in (found.address, found.key, found.model))
        table.add_row(
            Text(PROVIDERS[name].title),
            *(Text(sign, style=style) for sign, style in marks),
            Text(found.verdict, style="bold green" if found.fine else "bold red"),
        )
    console.print(table)


def _detail(console: Console, provider: Provider, where: str, found: Finding) -> None:
    say(console, f"\n{provider.title}: {one_line(where)}", "bold")
    if found.words:
        say(console, one_line(found.words), "red")
    if found.advice:
        say(console, f"→ {found.advice}.")
    if found.fine:
        say(console, f"Ready: {this_command()} chat --provider {provider.name} 你好")

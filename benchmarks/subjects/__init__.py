"""Everybody who answers: this package in both frameworks and in none, the frameworks by themselves,
and the other clients.

All are asked the same question and are sent the same bytes, over connections that stay open, with
token counts asked for where the service has them and nothing tried twice. What else they do is as
they are shipped. One file for each framework, because importing one takes a second and much memory.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from benchmarks.measuring import Family
from benchmarks.subjects.subject import MissingPeerError, Subject

__all__ = ["FAMILIES", "Subject", "idle", "making", "ours", "peers"]

FAMILIES: dict[Family, str] = {
    "LangChain": "benchmarks.subjects.on_langchain",
    "LlamaIndex": "benchmarks.subjects.on_llama_index",
    "no framework": "benchmarks.subjects.core",
}


def ours(url: str, family: Family | None = None) -> list[Subject]:
    """Return this package's models, and each once more for every way of running that it has.

    Args:
        url: The server's address.
        family: Whose; by default all.
    """
    modules = FAMILIES.values() if family is None else [FAMILIES[family]]
    return [one for module in modules for one in import_module(module).ours(url)]


def idle() -> list[Subject]:
    """Return the frameworks, doing nothing."""
    return [one for module in FAMILIES.values() for one in import_module(module).idle()]


def making() -> list[Subject]:
    """Return the frameworks, doing nothing but to make what they stream."""
    return [one for module in FAMILIES.values() for one in import_module(module).making()]


def peers(url: str) -> tuple[list[Subject], list[str]]:
    """Return the other clients that are installed, and the packages of those that are not.

    Args:
        url: The server's address.
    """
    found: list[Subject] = []
    missing: list[str] = []
    for module in FAMILIES.values():
        makers: list[Callable[[str], Subject]] = import_module(module).PEERS
        for make in makers:
            try:
                found.append(make(url))
            except MissingPeerError as error:
                missing.append(str(error))
    return found, missing

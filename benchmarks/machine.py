"""The machine that is measured on: what it is, and how it is kept from disturbing."""

from __future__ import annotations

import gc
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

__all__ = [
    "PROJECT",
    "busy",
    "describe",
    "pin",
    "quieten",
    "raise_open_files",
    "split_cores",
    "versions",
]

PROJECT = Path(__file__).resolve().parent.parent

_OPEN_FILES = 8192  # two ends of a thousand connections, for each of those who keep theirs open
_PACKAGES = (
    "langchain-core", "llama-index-core", "httpx", "httpcore", "h11", "aiohttp",
    "httpx-aiohttp", "pydantic", "langchain-openai", "langchain-mistralai",
    "llama-index-llms-openai-like", "openai",
)  # fmt: skip


def split_cores() -> tuple[set[int] | None, int | None]:
    """Return the cores for what is measured, and the one for the server.

    `None` for both where there is one core only, or where the system does not let a process choose.
    """
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return None, None
    return set(cores[:-1]), cores[-1]


def pin(cores: set[int] | None) -> None:
    """Keep this process, and those that it starts, on `cores`."""
    if cores is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


def raise_open_files() -> None:
    """Let this process have as many sockets open as a thousand streams take."""
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def quieten() -> None:
    """Switch off what would be measured along with the frameworks: traces sent elsewhere."""
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        os.environ[name] = "false"


def busy() -> float | None:
    """Return how many other programs want a core, where the system counts them."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None


def describe() -> dict[str, Any]:
    """Return what results depend on, without a name that tells machines apart."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "load_at_start": busy(),
        "gc_thresholds": list(gc.get_threshold()),
    }


def versions() -> dict[str, str]:
    """Return the version of every package that takes part and is installed."""
    from xyashui import __version__  # not above: the server does without

    found = {"xyashui": __version__}  # which need not be installed
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _cpu_model() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown"

"""What a notebook looks like where it is committed, and what makes it stale.

    settle      a notebook that has just run -> one that comes out the same on every machine
    problems    what is wrong with a committed one, found without running it
    differences what its outputs say, and what they say when it runs

A notebook is stale when a code cell has changed since its outputs were made, when they were made
with another version of the emulator, or when running it says something else. What no two runs have
in common is not compared: times, speeds, sizes of files, and the bytes of pictures and sounds. A
digest of the code cells, and the versions, are kept in the notebook's metadata. Older frameworks
than those that the outputs were made with may say things in other words, so that outputs are
compared on the same or newer ones only.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import partial
from importlib.metadata import version
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
from packaging.version import Version

from tests.notebook.kernels import ROOT
from xyashui import __version__
from xyashui.emulator.bundle.pages import PAGES

__all__ = ["MOST_BYTES", "comparable_here", "differences", "keep_unchanged", "problems", "settle"]

MOST_BYTES = 300_000

_FRAMEWORKS = ("langchain-core", "langchain", "llama-index-core")
_WIDGET = "application/vnd.jupyter.widget-view+json"
_BINARY = ("image/", "audio/", "video/")

# What differs from run to run, and what it becomes. 8700 is `xyashui emulate`'s own port.
_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+")
_NAMES = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # UUIDs
    r"|(?<=\bcreated=)\d+"  # seconds since 1970
    r"|(?<=\brequest id: )\w+"
    r"|(?<![\w.])1\d{15}(?![\w.])"  # Midjourney's tasks: microseconds since 1970
    r"|(?<=\bcall_)\w{8,}"  # calls of tools
    r"|(?<=/mj-)[0-9a-f]{16,}"  # and their pictures
)
_DATA = re.compile(r"(data:[\w.+-]+/[\w.+-]+;base64,)[\w+/=]+")
# Facts below an answer come and go with the time it took: they are left out of a comparison.
_SPEEDS = re.compile(
    r"<span>(?:[\d.,]+ s to first token|[\d,]+ tokens/s)</span>"
    r"| · (?:[\d.,]+ s to first token|[\d,]+ tokens/s)"
)
_MEASURED = re.compile(r"\d[\d.,]*(?= (?:s|ms|bytes|kB|tokens/s)\b)")
# What is said to whoever waits, and to nobody else.
_NOISE = re.compile(r"building the font cache|%\|")

_SECRETS = re.compile(r"\b(?:sk|key|tok)-[\w-]{12,}|\bBearer\s+\w", re.IGNORECASE)
_PATHS = re.compile(r"(?<![\w.:/])(?:/(?:home|root|tmp|Users|private|var|opt|mnt)/\w|[A-Z]:\\\w)")
_ADDRESSES = re.compile(r"https?://[^\s\"'<>()\[\]{}\\`]+")
_EXAMPLES = ("127.0.0.1", "example.com", "example.org")


def settle(notebook: Any) -> Any:
    """Return a notebook that has just run as it is committed."""
    settled = deepcopy(notebook)
    named: dict[str, str] = {}
    for number, cell in enumerate(settled.cells, 1):
        cell["id"] = f"cell-{number}"
        cell["metadata"] = {}
        if cell.cell_type == "code":
            cell["outputs"] = [_settled(one, named) for one in _merged(cell.outputs)]
    settled["metadata"] = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "xyashui": {
                "cells": _digest(settled),
                "emulator": __version__,
                "frameworks": {name: version(name) for name in _FRAMEWORKS},
            },
        }
    )
    settled["nbformat"], settled["nbformat_minor"] = 4, 5
    return settled


def keep_unchanged(settled: Any, before: Any) -> Any:
    """Put the outputs of `before` in place of those that say the same: only times have passed."""
    if _digest(settled) != _digest(before):
        return settled
    for new, old in zip(_code(settled), _code(before), strict=True):
        if list(map(_compared, new.outputs)) == list(map(_compared, old.outputs)):
            new["outputs"] = old.outputs
    return settled


def problems(path: Path) -> Iterator[str]:
    """Say what is wrong with a committed notebook, without running it."""
    if path.stat().st_size > MOST_BYTES:
        yield f"it has {path.stat().st_size:,} bytes, and may have {MOST_BYTES:,}"
    notebook = nbformat.read(path, as_version=4)
    made = notebook.metadata.get("xyashui", {})
    if made.get("cells") != _digest(notebook):
        yield "a code cell has changed since its outputs were made"
    if made.get("emulator") != __version__:
        yield f"its outputs were made with emulator {made.get('emulator')}, not {__version__}"
    for number, cell in enumerate(_code(notebook), 1):
        if cell.execution_count != number:
            yield f"code cell {number} was not run in its turn"
        for output in cell.outputs:
            if output.output_type == "error":
                yield f"code cell {number} failed: {output.ename}: {output.evalue}"
            if output.get("name") == "stderr":
                yield f"code cell {number} complains: {output.text.strip()}"
    text = "\n".join(_texts(notebook))
    for found in (*_SECRETS.findall(text), *_PATHS.findall(text)):
        yield f"it contains {found!r}…"
    for place in (str(ROOT), tempfile.gettempdir(), str(Path.home())):
        if len(place) > 1 and re.search(rf"(?<![\w.:/]){re.escape(place)}\b", text):
            yield f"it contains the path {place!r}"
    for host in sorted({urlsplit(one).hostname or "" for one in _ADDRESSES.findall(text)}):
        if host not in _known_hosts():
            yield f"it names the host {host!r}, which is none of the emulator's"


def comparable_here(committed: Any) -> bool:
    """Say whether the installed frameworks are those its outputs were made with, or newer."""
    made: Mapping[str, str] = committed.metadata.get("xyashui", {}).get("frameworks", {})
    return all(Version(version(name)) >= Version(one) for name, one in made.items())


def differences(executed: Any, committed: Any) -> Iterator[str]:
    """Say which cells show something else than what is committed; both are settled."""
    cells = zip_longest(_code(executed), _code(committed))
    for number, (new, old) in enumerate(cells, 1):
        said = "" if new is None else "\n".join(map(_compared, new.outputs))
        kept = "" if old is None else "\n".join(map(_compared, old.outputs))
        if said != kept:
            yield f"code cell {number} shows something else now: {_where(said, kept)}"


def _where(said: str, kept: str) -> str:
    """Show the first place at which two texts part."""
    start = next(
        (at for at, (one, other) in enumerate(zip(said, kept, strict=False)) if one != other),
        min(len(said), len(kept)),
    )
    window = slice(max(0, start - 40), start + 120)
    return f"{said[window]!r}, where {kept[window]!r} is committed"


# What a run leaves behind


def _merged(outputs: list[Any]) -> list[Any]:
    """Put together what was printed piece by piece; drop progress bars and the like."""
    kept: list[Any] = []
    for output in outputs:
        if _WIDGET in output.get("data", {}):
            continue
        if output.output_type == "stream":
            if output.name == "stderr" and _NOISE.search(output.text):
                continue
            if kept and kept[-1].get("name") == output.name:
                kept[-1]["text"] += output.text
                continue
        kept.append(output)
    return kept


def _settled(output: Any, named: dict[str, str]) -> Any:
    output["metadata"] = {} if "metadata" in output else None
    if output["metadata"] is None:
        del output["metadata"]
    if "text" in output:
        output["text"] = _stable(output.text, named)
    for kind, value in output.get("data", {}).items():
        if isinstance(value, str) and not kind.startswith(_BINARY):
            output["data"][kind] = _stable(value, named)
    return output


def _stable(text: str, named: dict[str, str]) -> str:
    """Give what is named anew in every run the same name, as often as it comes."""
    return _NAMES.sub(partial(_rename, named), _PORT.sub("8700", text))


def _rename(named: dict[str, str], match: re.Match[str]) -> str:
    name = match[0]
    if name not in named:
        number = str(len(named) + 1)
        # As long as it was, and digits where it had them.
        named[name] = "".join("0" if one.isalnum() else one for one in name[: -len(number)])
        named[name] += number
        if name.isdigit():
            named[name] = "1" + named[name][1:]
    return named[name]


def _compared(output: Any) -> str:
    """Return what two runs must have in common."""
    if output.output_type == "stream":
        return f"{output.name}: {_measured(output.text)}"
    if output.output_type == "error":
        return f"error: {output.ename}"
    said = []
    for kind, value in sorted(output.data.items()):
        text = value if isinstance(value, str) else repr(value)
        said.append(f"{kind}: {'…' if kind.startswith(_BINARY) else _measured(text)}")
    return "\n".join(said)


def _measured(text: str) -> str:
    return _MEASURED.sub("…", _SPEEDS.sub("", _DATA.sub(r"\1…", text)))


def _digest(notebook: Any) -> str:
    code = "\0".join(cell.source for cell in _code(notebook))
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def _code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _texts(notebook: Any) -> Iterator[str]:
    """Return all that can be read in a notebook."""
    for cell in notebook.cells:
        yield cell.source
        for output in cell.get("outputs", ()):
            yield output.get("text", "")
            for kind, value in output.get("data", {}).items():
                if not kind.startswith(_BINARY):
                    yield _DATA.sub(r"\1…", value if isinstance(value, str) else repr(value))


def _known_hosts() -> set[str]:
    pages = {urlsplit(page.url).hostname or "" for page in PAGES}
    return pages | set(_EXAMPLES)

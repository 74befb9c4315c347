"""Importing a model, each time in a new process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from typing import Any

from benchmarks.bench import Bench, Case
from benchmarks.machine import PROJECT
from benchmarks.measuring import Entry, Family, Role, Row, Samples, rounds

__all__ = ["IMPORT", "OPTIONAL"]

# What a program of the framework's imports in any case, and what it is compared with.
_FLOORS: dict[Family, str] = {
    "LangChain": "langchain_core.language_models.chat_models",
    "LlamaIndex": "llama_index.core.llms.function_calling",
}
_MODELS = {
    "langchain_xyashui": "ChatXingYun",
    "llama_index_xyashui": "XingYun",
    "langchain_openai": "ChatOpenAI",
    "langchain_mistralai": "ChatMistralAI",
    "llama_index.llms.openai_like": "OpenAILike",
}
_OURS: dict[Family, str] = {
    "LangChain": "langchain_xyashui",
    "LlamaIndex": "llama_index_xyashui",
}
_PEERS: dict[str, Family] = {
    "langchain_openai": "LangChain",
    "langchain_mistralai": "LangChain",
    "llama_index.llms.openai_like": "LlamaIndex",
}
_OPTIONAL = ("PIL", "aiohttp", "rich", "starlette", "tqdm")
# What xyashui cannot do without. What these bring in is not ours either: httpx imports rich, if
# it is there.
_REQUIRED = "httpx, jsonschema, pydantic, tenacity"

# Without collections: one of everything that the framework has made falls due somewhere near the
# end of its import, takes a tenth of the time, and would be charged to whoever comes next.
_TIMED = """
import gc, json, time
gc.disable()
wall, cpu = time.perf_counter(), time.process_time()
{statement}
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
print(json.dumps({{"cpu": cpu * 1e3, "wall": wall * 1e3}}))
"""
_LISTED = """
import json, sys
import {module}
{then}
print(json.dumps([name for name in {names} if name in sys.modules]))
"""
_MAKE_MODELS = {
    "langchain_xyashui": "[made(api_key='test-key') for made in "
    "(langchain_xyashui.ChatXingYun, langchain_xyashui.ChatAShui)]",
    "llama_index_xyashui": "[made(api_key='test-key') for made in "
    "(llama_index_xyashui.XingYun, llama_index_xyashui.AShui)]",
}


def _run(code: str) -> Any:
    # As it is once installed: what is imported has been compiled, by rounds that do not count.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def _import(bench: Bench) -> list[Row]:
    def entry(module: str, role: Role, family: Family) -> Entry:
        model = _MODELS.get(module)
        statement = f"from {module} import {model}" if model else f"import {module}"
        name = f"{module}.{model}" if model else module
        return Entry(name, role, family, partial(_run, _TIMED.format(statement=statement)))

    entries = [
        *(entry(module, "floor", family) for family, module in _FLOORS.items()),
        *(entry(module, "ours", family) for family, module in _OURS.items()),
        *(entry(module, "peer", family) for module, family in _installed(bench).items()),
    ]
    # A process differs from the next by a twentieth, and half of that is what is looked for.
    return rounds(entries, 3 * bench.runs)


def _installed(bench: Bench) -> dict[str, Family]:
    peers = {one.name for one in bench.peers}
    return {module: family for module, family in _PEERS.items() if _MODELS[module] in peers}


IMPORT = Case(
    name="import",
    title="Importing a model, in a new process",
    unit="ms",
    measures=("cpu", "wall"),
    run=_import,
    digits=0,
)


def _optional(bench: Bench) -> list[Row]:
    entries = [Entry(_OURS[family], "ours", family, partial(_added, family)) for family in _OURS]
    return rounds(entries, runs=1, warm=0)


def _added(family: Family) -> Samples:
    """Count which optional packages are there because of us, and not of the framework."""
    ours, floor = _OURS[family], f"{_FLOORS[family]}, {_REQUIRED}"
    listed = _LISTED.format(module=ours, then=_MAKE_MODELS[ours], names=_OPTIONAL)
    there = set(_run(listed)) - set(_run(_LISTED.format(module=floor, then="", names=_OPTIONAL)))
    return {"all": float(len(there)), **{name: float(name in there) for name in _OPTIONAL}}


OPTIONAL = Case(
    name="optional",
    title="Optional packages that importing and making models brings in, beside the framework's",
    unit="packages",
    measures=("all", *_OPTIONAL),
    run=_optional,
    digits=0,
)

"""How much a process grows, each time in a new one. Linux only: see `benchmarks.child`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial

from benchmarks.bench import Bench, Case
from benchmarks.child import ENVIRONMENT, RAW_IMAGE, unavailable
from benchmarks.machine import PROJECT
from benchmarks.measuring import Entry, Family, Role, Row, Samples, rounds
from benchmarks.subjects.on_langchain import MakingLangChain, with_own_parts

__all__ = ["IMAGE", "MEMORY"]


def _entry(bench: Bench, what: str, size: int, name: str, role: Role, family: Family) -> Entry:
    def measure() -> Samples:
        command = [sys.executable, "-m", "benchmarks.child"]
        command += [what, family, name, bench.url, str(size)]
        done = subprocess.run(
            command,
            cwd=PROJECT,
            env=os.environ | ENVIRONMENT,
            stdout=subprocess.PIPE,
            check=True,
        )
        samples: Samples = json.loads(done.stdout.splitlines()[-1])
        return samples

    return Entry(name, role, family, measure)


def _memory(bench: Bench) -> list[Row]:
    entry = partial(_entry, bench, "stream", bench.size(100_000, 2000))
    entries = [
        entry(one.name, one.role, one.family)
        for one in [MakingLangChain(), *with_own_parts(bench.plain)]
    ]
    return rounds(entries, bench.runs, warm=0)


MEMORY = Case(
    name="memory",
    title="How much a process grows over a stream of 100,000 chunks, beside the text itself",
    unit="MB",
    measures=("growth",),
    run=_memory,
    digits=2,
    unavailable=unavailable,
)


def _image(bench: Bench) -> list[Row]:
    entry = partial(_entry, bench, "image", bench.size(20_000_000, 1_000_000))
    entries = [entry(RAW_IMAGE, "floor", "no framework")]
    entries += [entry(one.name, one.role, one.family) for one in bench.plain]
    return rounds(entries, bench.runs, warm=0)


IMAGE = Case(
    name="image",
    title="How often an image of 20 MB of base64 is in memory at once, beside the caller's own",
    unit="copies",
    measures=("growth",),
    run=_image,
    digits=2,
    unavailable=unavailable,
)

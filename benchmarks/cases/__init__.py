"""What is measured, one file for each kind of question."""

from __future__ import annotations

from benchmarks.bench import Case
from benchmarks.cases.calls import CALL, CONSTRUCTION
from benchmarks.cases.concurrency import CONCURRENT, THOUSAND
from benchmarks.cases.imports import IMPORT, OPTIONAL
from benchmarks.cases.latency import FIRST_TOKEN
from benchmarks.cases.memory import IMAGE, MEMORY
from benchmarks.cases.stages import LINEAR, STAGES
from benchmarks.cases.streams import SPACED, STEADY, STREAM

__all__ = ["CASES"]

CASES: dict[str, Case] = {
    case.name: case
    for case in (
        STREAM,
        SPACED,
        CONCURRENT,
        THOUSAND,
        CALL,
        CONSTRUCTION,
        IMPORT,
        OPTIONAL,
        FIRST_TOKEN,
        STEADY,
        MEMORY,
        IMAGE,
        STAGES,
        LINEAR,
    )
}

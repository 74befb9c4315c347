"""What could leak, counted."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from dataclasses import dataclass

import psutil

__all__ = ["Gauges", "measured", "tasks_left"]


@dataclass(frozen=True)
class Gauges:
    """What a process holds on to, and what the server sees of it.

    Attributes:
        connections: Connections that are open at the server.
        files: File descriptors.
        threads: Threads.
        tasks: Tasks of the event loop, beside the one that asks.
        objects: Python objects that the garbage collector knows.
        blocks: Pieces of memory that Python has in use, whoever knows of them.
        megabytes: Resident memory, which includes what is free but in pieces too small to return.
    """

    connections: int
    files: int
    threads: int
    tasks: int
    objects: int
    blocks: int
    megabytes: float


def measured(connections: int, tasks: int) -> Gauges:
    """Count what this process holds on to, once what is garbage has gone."""
    gc.collect()
    process = psutil.Process()
    return Gauges(
        connections=connections,
        files=process.num_fds(),
        threads=threading.active_count(),
        tasks=tasks,
        objects=len(gc.get_objects()),
        blocks=sys.getallocatedblocks(),
        megabytes=process.memory_info().rss / 1e6,
    )


async def tasks_left(patience: float = 2.0) -> int:
    """Return how many tasks there are beside this one, when those that were ending have ended."""
    gc.collect()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=patience)
    return len(asyncio.all_tasks()) - 1

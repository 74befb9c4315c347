"""`python -m soak`: ask, count, and fail where anything is wrong or left."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

import xyashui
from soak.callers import Ledger, ask_async, ask_sync, made
from soak.gauges import Gauges, measured, tasks_left

_SETTLING = 5.0  # seconds for the server to see that connections have been closed
_GROWTH = 1.02  # what caches may add
_MEMORY = 10.0  # megabytes: an allocator settles slowly
_COLUMNS = (
    *("streams so far", "seconds", "connections", "files", "threads", "tasks"),
    *("objects", "blocks", "MB"),
)


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line says; return its exit status."""
    options = _parsed(arguments)
    ledger = Ledger(0, options.seed)
    rows: list[tuple[int, float, Gauges]] = []
    with _server() as url:
        rows.append((0, 0.0, _rest(url, ledger, 0)))
        for number in range(options.rounds):
            share = options.streams // options.rounds
            share += number < options.streams % options.rounds
            ledger.allow(share)
            started = time.monotonic()
            tasks = asyncio.run(_round(url, ledger, options.concurrency))
            seconds = time.monotonic() - started
            rows.append((ledger.total, seconds, _rest(url, ledger, tasks)))
    faults = [*ledger.wrong, *_leaks(rows)]
    if ledger.total != options.streams:
        faults.append(f"{ledger.total} outcomes of {options.streams} streams")
    _report(ledger, rows, faults)
    return 1 if faults else 0


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.add_argument("--streams", type=int, default=20_000, help="(%(default)s)")
    parser.add_argument("--concurrency", type=int, default=200, help="(%(default)s)")
    parser.add_argument(
        "--rounds", type=int, default=5, help="event loops, one after another (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="where chance begins (%(default)s)")
    return parser.parse_args(arguments)


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "-m", "soak.server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()


async def _round(url: str, ledger: Ledger, concurrency: int) -> int:
    """Have so many ask at once, a quarter of them threads; return the tasks that are left."""
    sync_ways = made(url, "sync")
    count = max(1, concurrency // 4)
    threads = [threading.Thread(target=ask_sync, args=(ledger, sync_ways)) for _ in range(count)]
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(trust_env=False, limits=limits) as own:
        ways = [*made(url, "async"), *made(url, "async", http_async_client=own)]
        for thread in threads:
            thread.start()
        await asyncio.gather(*(ask_async(ledger, ways) for _ in range(concurrency - count)))
        for thread in threads:
            await asyncio.to_thread(thread.join)
        return await tasks_left()


def _rest(url: str, ledger: Ledger, tasks: int) -> Gauges:
    """Count what is left when nobody asks: the models are gone, and so must be all else."""
    measured(0, 0)  # which collects the models
    with xyashui.Client(api_key="test-key", base_url=url):
        pass  # the last client closes the connections
    end = time.monotonic() + _SETTLING
    requests: Counter[str] = Counter()
    while True:
        counts = httpx.get(f"{url}/counts", trust_env=False).json()
        requests.update(counts["requests"])
        if counts["open"] == 0 or time.monotonic() > end:
            break
        time.sleep(0.05)
    ledger.compare(requests)
    return measured(counts["open"], tasks)


def _leaks(rows: list[tuple[int, float, Gauges]]) -> list[str]:
    """Say what is left after the last round that was not there after an earlier one."""
    if len(rows) < 2:
        return []
    first, middle, last = rows[1][2], rows[len(rows) // 2][2], rows[-1][2]
    leaks = [
        f"{what}: {before} after the first round, {after} after the last"
        for what, before, after in (
            ("file descriptors", first.files, last.files),
            ("threads", first.threads, last.threads),
        )
        if after > before
    ]
    for _, _, gauges in rows:
        if gauges.connections or gauges.tasks:
            leaks.append(f"left open: {gauges}")
    for what, before, after in (
        ("objects", middle.objects, last.objects),
        ("blocks of memory", middle.blocks, last.blocks),
    ):
        if after > before * _GROWTH:
            leaks.append(f"{what}: {before:,}, then {after:,}")
    if last.megabytes > middle.megabytes + _MEMORY:
        leaks.append(f"memory: {middle.megabytes:.0f} MB, then {last.megabytes:.0f} MB")
    return leaks


def _report(ledger: Ledger, rows: list[tuple[int, float, Gauges]], faults: list[str]) -> None:
    print(f"| {' | '.join(_COLUMNS)} |")
    print(f"|{' ---: |' * len(_COLUMNS)}")
    for total, seconds, gauges in rows:
        print(
            f"| {total:,} | {seconds:.1f} | {gauges.connections} | {gauges.files} "
            f"| {gauges.threads} | {gauges.tasks} | {gauges.objects:,} | {gauges.blocks:,} "
            f"| {gauges.megabytes:.0f} |"
        )
    endings = sorted({ending for _, ending in ledger.outcomes})
    print(f"\n| the server | {' | '.join(endings)} |")
    print(f"| --- |{' ---: |' * len(endings)}")
    for behaviour in sorted({behaviour for behaviour, _ in ledger.outcomes}):
        counts = [ledger.outcomes.get((behaviour, ending), 0) for ending in endings]
        print(f"| {behaviour} | {' | '.join(f'{count:,}' if count else '' for count in counts)} |")
    print(f"\n{ledger.total:,} streams, {len(faults)} faults")
    for fault in faults[:20]:
        print(fault)


if __name__ == "__main__":
    sys.exit(main())

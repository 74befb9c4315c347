"""`python -m benchmarks.profile NAME`: where the time goes.

NAME is a model ("ChatXingYun"), or a case and a model ("concurrent/ChatXingYun", "call/XingYun").
The same work as in the benchmarks is done again and again, and looked at by pyinstrument ten
thousand times a second. What it shows is shares: with somebody looking, all takes longer.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import machine, server, subjects
from benchmarks.bench import Bench
from benchmarks.measuring import settled
from benchmarks.subjects import Subject
from benchmarks.wire import Kind

if TYPE_CHECKING:
    from pyinstrument import Profiler

_INTERVAL = 0.0001  # seconds between two looks
_LEAST_SHARE = 0.01  # of the whole, for a line in the tree
_LONGEST_LIST = 40  # lines
_CHUNKS = 2000
_STREAMS, _STREAM_CHUNKS = 200, 100
_PIECES = 60

_Work = Callable[[], object]


def _stream(bench: Bench, subject: Subject) -> _Work:
    return _one_stream(subject, "stream")


def _spaced(bench: Bench, subject: Subject) -> _Work:
    return _one_stream(subject, "spaced")


def _one_stream(subject: Subject, kind: Kind) -> _Work:
    question = subject.question(kind, _CHUNKS)

    def work() -> None:
        subject.load(1, _CHUNKS)
        subject.drain(question)

    return work


def _concurrent(bench: Bench, subject: Subject) -> _Work:
    question = subject.question("stream", _STREAM_CHUNKS)

    async def together() -> None:
        await asyncio.gather(*(subject.adrain(question) for _ in range(_STREAMS)))

    def work() -> None:
        subject.load(_STREAMS, _STREAM_CHUNKS)
        bench.loop.run(together())

    return work


def _call(bench: Bench, subject: Subject) -> _Work:
    question = subject.question("call", _PIECES)
    return lambda: subject.call(question)


def _construction(bench: Bench, subject: Subject) -> _Work:
    return subject.another


_CASES: dict[str, Callable[[Bench, Subject], _Work]] = {
    "stream": _stream,
    "spaced": _spaced,
    "concurrent": _concurrent,
    "call": _call,
    "construction": _construction,
}


def _find(bench: Bench, name: str) -> Subject:
    known: list[Subject] = []
    for group in _groups(bench):
        known += group
        for one in group:
            if one.name == name:
                return one
    sys.exit(f"There is no {name!r}; there are: {', '.join(one.name for one in known)}")


def _groups(bench: Bench) -> Iterator[list[Subject]]:
    """Give everybody, group by group: to make them takes a second for each framework."""
    yield bench.ours
    yield subjects.idle()
    yield bench.peers


def _new_profiler() -> Profiler:
    try:
        from pyinstrument import Profiler
    except ImportError:
        sys.exit("The profile is made by pyinstrument: pip install 'xyashui[bench]'")
    return Profiler(interval=_INTERVAL, async_mode="disabled")


def _repeat(work: _Work, seconds: float) -> int:
    """Do `work` for as long, and return how often that was."""
    end, times = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        work()
        times += 1
    return times


def _show(profiler: Profiler, html: Path | None) -> None:
    """Print the tree of calls, and what the functions at the top of the list take themselves."""
    from pyinstrument.renderers import ConsoleRenderer

    colour = sys.stdout.isatty()
    everybodys_code = {"show_regex": ".*", "filter_threshold": _LEAST_SHARE}
    tree = ConsoleRenderer(unicode=True, color=colour, processor_options=everybodys_code)
    flat = ConsoleRenderer(
        unicode=True, color=colour, show_all=True, flat=True, flat_time="self", short_mode=True
    )
    print(profiler.output(tree))
    print("What each function takes itself, in seconds")
    # pyinstrument puts the parts of functions that are in no other into one more line of all.
    lines = [line for line in profiler.output(flat).splitlines() if "[self]" not in line]
    print("\n".join([line for line in lines if line[:1].isdigit()][:_LONGEST_LIST]))
    if html is not None:
        html.write_text(profiler.output_html(), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Profile what the command line names; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.profile", description="Show where the time goes."
    )
    parser.add_argument(
        "name",
        metavar="[CASE/]NAME",
        help=f"a model, after one of {', '.join(_CASES)} (stream), for example call/ChatXingYun",
    )
    parser.add_argument("--seconds", type=float, default=3.0, help="how long to look (3)")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page to click through")
    given = parser.parse_args(arguments)
    case, slash, name = given.name.rpartition("/")
    if slash and case not in _CASES:
        parser.error(f"there is no case {case!r}; there are: {', '.join(_CASES)}")
    profiler = _new_profiler()
    machine.quieten()
    machine.raise_open_files()
    cores, server_core = machine.split_cores()
    machine.pin(cores)
    with server.running(server_core) as url, Bench(url) as bench:
        work = _CASES[case or "stream"](bench, _find(bench, name))
        work()  # connections are open then, and code specialised
        with settled(), profiler:
            times = _repeat(work, given.seconds)
    _show(profiler, given.html)
    print(f"Done {times} times.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

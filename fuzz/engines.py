"""What drives a target: atheris, guided by the code that is reached; or random mutations."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from fuzz.seeds import WORDS, seeds
from fuzz.targets import TARGETS

__all__ = ["ENGINES", "Result", "available", "run"]

ENGINES = ("atheris", "mutations")
_LONGEST = 1024
_DONE = re.compile(r"Done (\d+) runs in (\d+) second")


@dataclass(frozen=True)
class Result:
    """What came of fuzzing one target.

    Attributes:
        target: Its name.
        engine: What drove it.
        executions: How often it ran.
        seconds: How long that took.
        failure: What broke it and how, or "".
    """

    target: str
    engine: str
    executions: int
    seconds: float
    failure: str = ""


def available() -> str:
    """Return the best engine that is installed."""
    return "atheris" if find_spec("atheris") is not None else "mutations"


def run(target: str, executions: int, seed: int, engine: str) -> Result:
    """Run a target so many times, or until it fails."""
    if engine == "atheris":
        return _guided(target, executions, seed)
    return _mutated(target, executions, seed)


def _guided(target: str, executions: int, seed: int) -> Result:
    # libFuzzer ends the process that it runs in.
    with tempfile.TemporaryDirectory() as folder:
        for number, one in enumerate(seeds()):
            Path(folder, f"seed-{number}").write_bytes(one)
        dictionary = Path(folder, "words.dict")
        dictionary.write_text("".join(map(_quoted, WORDS)), encoding="ascii")
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        command = [
            *(sys.executable, "-m", "fuzz.guided", target),
            *(f"-runs={executions}", f"-seed={seed}", f"-max_len={_LONGEST}", "-timeout=30"),
            *("-rss_limit_mb=1024", "-verbosity=1", f"-artifact_prefix={folder}/"),
            *(f"-dict={dictionary}", str(corpus), folder),
        ]
        started = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        seconds = time.monotonic() - started
        found = _DONE.search(done.stderr)
        if done.returncode == 0 and found:
            return Result(target, "atheris", int(found[1]), seconds)
        inputs = [one.read_bytes().hex() for one in Path(folder).glob("*-*") if _is_finding(one)]
        told = f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}\ninputs, in hex: {inputs}"
        count = re.findall(r"^#(\d+)", done.stderr, re.MULTILINE)
        return Result(target, "atheris", int(count[-1]) if count else 0, seconds, told)


def _quoted(word: bytes) -> str:
    """Return a word as a line of libFuzzer's dictionary."""
    escaped = "".join(f"\\x{byte:02x}" for byte in word)
    return f'"{escaped}"\n'


def _is_finding(path: Path) -> bool:
    return path.name.startswith(("crash-", "oom-", "timeout-", "leak-"))


def _mutated(target: str, executions: int, seed: int) -> Result:
    chance = random.Random(seed)
    pool = seeds()
    function = TARGETS[target]
    started = time.monotonic()
    for count in range(1, executions + 1):
        data = mutated(pool, chance)
        try:
            function(data)
        except Exception:
            failure = f"{traceback.format_exc()}\ninput, in hex: {data.hex()}"
            return Result(target, "mutations", count, time.monotonic() - started, failure)
    return Result(target, "mutations", executions, time.monotonic() - started)


def mutated(pool: list[bytes], chance: random.Random) -> bytes:
    """Return bytes at random, or something of the pool with a few changes."""
    if chance.random() < 0.4:
        return chance.randbytes(chance.choice((4, 16, 64, 200)))
    data = bytearray(chance.choice(pool))
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(data))
        match chance.randrange(6):
            case 0:
                data[at:at] = chance.choice(WORDS)
            case 1:
                del data[at : at + chance.randint(1, 8)]
            case 2:
                data[at : at + 1] = chance.randbytes(1)
            case 3:
                data[at:at] = data[at : at + chance.randint(1, 40)]
            case 4:
                other = chance.choice(pool)
                data[at:] = other[chance.randint(0, len(other)) :]
            case _:
                del data[at:]
    return bytes(data[:_LONGEST])

"""What this machine has run out of is no fault of the service's."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.servers import FaultServer, http
from tests.wire import completion

ALONE = """
import asyncio, os, resource, sys, tenacity, xyashui

kind, moment, url = sys.argv[1:]
breaker = xyashui.CircuitBreaker(failures=1)
client = getattr(xyashui, kind)(api_key="test-key", base_url=url, max_retries=0, breaker=breaker)

async def chat():
    given = client.chat("x")
    return given if kind == "Client" else await given

async def main():
    if moment == "a connection":  # of a pool that is there
        await chat()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 5, hard))
    taken = []
    try:
        while True:
            taken.append(open(os.devnull))
    except OSError:
        pass
    try:
        print((await chat()).text)
    except xyashui.APIConnectionError as error:
        print("Too many open files" in str(error), error.sent, breaker.state)

asyncio.run(main())
"""


@pytest.mark.parametrize("moment", ["a pool", "a connection"])
@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
def test_no_file_descriptors_are_left(kind: str, moment: str) -> None:
    answer = http(completion(), 200, "application/json", connection="close")
    with FaultServer([answer]) as server:
        command = [sys.executable, "-c", ALONE, kind, moment, server.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.strip(), done.stderr) == ("True False closed", "")

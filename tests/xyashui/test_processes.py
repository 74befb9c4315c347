"""What only a process of its own can show: its end, its children, its environment."""

from __future__ import annotations

import subprocess
import sys
import textwrap

from tests.servers import FaultServer, chunked, http
from tests.wire import STREAM, completion

WHOLE = [http(completion())]


def run_alone(script: str, *arguments: object) -> str:
    """Run a script in a process of its own, where no other test holds a client."""
    command = [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_last_client_that_is_closed_closes_the_connections():
    script = """
        import sys, xyashui
        make = lambda: xyashui.Client(api_key="test-key", base_url=sys.argv[1])
        with make() as one:
            one.chat("x")
            with make() as other:
                other.chat("x")
        print("closed", flush=True)
        sys.stdin.read()
    """
    with FaultServer(WHOLE) as server:
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script), server.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            assert process.stdout.readline() == "closed\n"
            assert server.client_left(), "though the process is still there"
            assert server.connections == 1
            process.communicate("")


def test_a_fork_makes_connections_of_its_own():
    script = """
        import os, sys, xyashui
        client = xyashui.Client(api_key="test-key", base_url=sys.argv[1])
        client.chat("x")
        if child := os.fork():
            _, status = os.waitpid(child, 0)
            client.chat("x")
            print(os.waitstatus_to_exitcode(status))
        else:
            client.chat("x")
            client.close()
    """
    with FaultServer(WHOLE) as server:
        assert run_alone(script, server.url) == "0"
        assert [request.connection for request in server.requests] == [1, 2, 1]


def test_a_proxy_in_the_environment_is_not_for_this_machine(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    script = """
        import asyncio, sys, xyashui
        url = {"api_key": "test-key", "base_url": sys.argv[1], "max_retries": 0}
        print(xyashui.Client(**url).chat("x").text)
        print(asyncio.run(xyashui.AsyncClient(**url).chat("x")).text)
    """
    with FaultServer(WHOLE) as server:
        assert run_alone(script, server.url).split() == ["你好。", "你好。"]


def test_a_client_that_nobody_closes_is_no_trouble_at_the_end():
    script = """
        import asyncio, sys, xyashui
        url = {"api_key": "test-key", "base_url": sys.argv[1], "max_retries": 0}
        client = xyashui.Client(**url)
        client.chat("x")
        async def wrapped():  # as the adapters do
            async with xyashui.AsyncClient(**url).stream("x") as stream:
                async for chunk in stream:
                    yield chunk
        async def main():
            await xyashui.AsyncClient(**url).chat("x")
            streams = [xyashui.AsyncClient(**url).stream("x"), *(wrapped() for _ in range(20))]
            for stream in streams:
                await anext(stream)
            return streams
        streams = asyncio.run(main())
        print("done")
    """
    with FaultServer([chunked(STREAM)]) as server:
        command = [sys.executable, "-W", "error", "-c", textwrap.dedent(script), server.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("done\n", "")

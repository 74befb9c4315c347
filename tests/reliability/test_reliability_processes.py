"""Event loops that end, processes that fork, threads that share, Ctrl-C: the next call works.

Each runs in a process of its own, as a program or a notebook would.
"""

from __future__ import annotations

import os
import signal
import textwrap

import pytest

from tests.programs import run_program
from tests.reliability.cases import GOOD
from tests.servers import (
    CHUNKED,
    LAST_CHUNK,
    Connection,
    FaultServer,
    chunk,
    hold,
    reset,
    taken,
    wait,
)
from tests.wire import DONE, delta

pytestmark = pytest.mark.slow

BARE = """
import asyncio, os, signal, sys, threading, time
name, url = sys.argv[1:]
"""
PREAMBLE = """
from tests.reliability.ways import Way
call, acall = Way(f"{name} sync call", url), Way(f"{name} async call", url)
stream, astream = Way(f"{name} sync stream", url), Way(f"{name} async stream", url)
def answer(outcome):
    assert outcome.error is None, outcome.error
    return outcome.text
def run(way):
    # No event loop where none is needed: it would catch Ctrl-C.
    return answer(way.ask_sync() if way.is_sync else asyncio.run(way.ask()))
def fds():
    return len(os.listdir("/proc/self/fd"))
"""


# One model of each framework where the framework has a part in it, else one.
BOTH = pytest.mark.parametrize("name", ["ChatXingYun", "AShui"])
ONE = pytest.mark.parametrize("name", ["ChatAShui"])


def run_alone(script: str, name: str, url: str, preamble: str = PREAMBLE) -> str:
    """Run a script in a process of its own; what it prints, which must be all that it says."""
    program = BARE + preamble + textwrap.dedent(script)
    done = run_program(program, name, url, options=("-W", "error::ResourceWarning"))
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.strip()


class TestEventLoops:
    @BOTH
    def test_one_after_another(self, name: str) -> None:
        script = """
            for way in (acall, astream, acall, astream):
                assert run(way) == "你好。"
            before = fds()
            for _ in range(5):
                assert run(astream) == "你好。"
            print(fds() - before)
        """
        with FaultServer(GOOD) as server:
            assert run_alone(script, name, server.url) == "0"

    @ONE
    def test_one_that_is_closed_without_care_and_a_new_one(self, name: str) -> None:
        # As a notebook's kernel, or a program that calls `run_until_complete`, does.
        script = """
            import gc
            for _ in range(6):
                loop = asyncio.new_event_loop()
                assert answer(loop.run_until_complete(astream.ask())) == "你好。"
                loop.close()
                gc.collect()
            assert run(acall) == "你好。"
            print("fine")
        """
        with FaultServer(GOOD) as server:
            program = BARE + PREAMBLE + textwrap.dedent(script)
            done = run_program(program, name, server.url, options=("-W", "ignore"))
        assert (done.returncode, done.stdout) == (0, "fine\n"), done.stderr

    @BOTH
    def test_one_that_ends_while_a_stream_is_open(self, name: str) -> None:
        script = """
            async def leave():
                model = astream.model
                pieces = (model.astream("x") if name.startswith("Chat")
                          else await model.astream_complete("x"))
                await anext(pieces)
                return pieces  # and nobody closes it
            pieces = asyncio.run(leave())
            assert run(acall) == "你好。"
            print("fine")
        """
        endless = [CHUNKED, chunk(delta("你")), hold]
        with FaultServer(endless, GOOD) as server:
            assert run_alone(script, name, server.url) == "fine"
            assert server.client_left()

    @ONE
    def test_one_in_each_of_many_threads_with_one_model(self, name: str) -> None:
        script = """
            told = []
            def work():
                told.extend([run(acall), run(astream), answer(asyncio.run(call.ask()))])
            threads = [threading.Thread(target=work) for _ in range(8)]
            for one in threads: one.start()
            for one in threads: one.join()
            print(len(told), set(told))
        """
        with FaultServer(GOOD) as server:
            assert run_alone(script, name, server.url) == "24 {'你好。'}"


class TestForks:
    @BOTH
    def test_a_child_in_the_middle_of_a_stream_leaves_the_stream_alone(self, name: str) -> None:
        script = """
            model = stream.model
            pieces = (model.stream("x") if name.startswith("Chat") else model.stream_complete("x"))
            first = next(pieces)
            if child := os.fork():
                _, status = os.waitpid(child, 0)
                assert status == 0, status
                rest = list(pieces)
                text = "".join(p.content if hasattr(p, "content") else p.delta for p in rest)
                print(text)
            else:
                assert run(call) == "你好。"  # and ends, and so does its copy of the stream
        """
        slow = [CHUNKED, chunk(delta("你")), wait(1.5), chunk(delta("好。", "stop")), chunk(DONE),
                LAST_CHUNK]  # fmt: skip
        with FaultServer(slow, GOOD) as server:
            assert run_alone(script, name, server.url) == "好。"
            assert len({request.connection for request in server.requests}) == 2

    @ONE
    def test_a_child_after_async_calls_makes_connections_of_its_own(self, name: str) -> None:
        script = """
            assert run(acall) == "你好。"
            if child := os.fork():
                _, status = os.waitpid(child, 0)
                print(run(astream), status)
            else:
                assert run(acall) == run(astream) == run(call) == "你好。"
        """
        with FaultServer(GOOD) as server:
            assert run_alone(script, name, server.url) == "你好。 0"

    def test_a_child_of_a_program_with_threads_at_work(self) -> None:
        # Without a framework: theirs import while they run, and a fork in an import is stuck.
        script = """
            import xyashui
            client = xyashui.Client(api_key="test-key", base_url=url)
            def ask():
                assert client.chat("x").text == "你好。"
            ask()
            at_rest = threading.Event()
            def work():
                while not at_rest.is_set():
                    ask()
            threads = [threading.Thread(target=work) for _ in range(4)]
            for one in threads: one.start()
            statuses = []
            for _ in range(4):
                if child := os.fork():
                    statuses.append(os.waitpid(child, 0)[1])
                else:
                    ask()
                    os._exit(0)
            at_rest.set()
            for one in threads: one.join()
            print(statuses)
        """
        with FaultServer(GOOD) as server:
            assert run_alone(script, "", server.url, preamble="") == "[0, 0, 0, 0]"

    def test_a_child_of_a_program_that_makes_and_closes_clients(self) -> None:
        # Their connections are made anew each time, which is most of what there is to do.
        script = """
            import logging, xyashui
            logging.getLogger("httpcore.connection").setLevel(logging.DEBUG)
            logging.getLogger("httpcore.connection").addHandler(logging.NullHandler())
            logging.getLogger("httpcore").propagate = False
            breaker = xyashui.CircuitBreaker()
            def ask():
                given = {"api_key": "test-key", "base_url": url, "max_concurrency": 9}
                with xyashui.Client(**given, breaker=breaker) as client:
                    assert client.chat("x").text == "你好。"
            ask()
            at_rest, done = threading.Event(), threading.Semaphore(0)
            def work():
                while not at_rest.is_set():
                    ask()
                    done.release()
            threading.Thread(target=work).start()
            statuses = []
            for _ in range(8):
                done.acquire()
                if child := os.fork():
                    statuses.append(os.waitpid(child, 0)[1])
                else:
                    signal.alarm(30)  # should it be stuck
                    ask()
                    os._exit(0)
            at_rest.set()
            print(statuses)
        """
        with FaultServer(GOOD) as server:
            assert run_alone(script, "", server.url, preamble="") == str([0] * 8)


def press_ctrl_c(connection: Connection) -> None:
    """Interrupt who asks, whose question is its process's number."""
    assert connection.request is not None
    connection.server.closing.wait(0.2)  # by now it waits for what comes next
    os.kill(int(connection.request.json["messages"][-1]["content"]), signal.SIGINT)


@BOTH
def test_ctrl_c_lets_go_of_the_connection_and_the_next_call_works(name: str) -> None:
    script = """
        me = str(os.getpid())
        for way in (call, stream, acall, astream):
            try:
                print(answer(way.ask_sync(me) if way.is_sync else asyncio.run(way.ask(me))))
            except KeyboardInterrupt:
                print("interrupted", flush=True)
            assert run(way) == "你好。"
    """
    silent = [CHUNKED, taken, press_ctrl_c, hold]
    with FaultServer(silent, GOOD, silent, GOOD, silent, GOOD, silent, GOOD) as server:
        assert run_alone(script, name, server.url).split() == ["interrupted"] * 4
        assert all(server.client_left() for _ in range(4))


@BOTH
def test_a_connection_that_is_reset_is_told_of_once(name: str) -> None:
    # asyncio would print what nobody has asked a future.
    script = """
        import gc
        for way in (acall, astream):
            assert asyncio.run(way.ask()).error is not None
            gc.collect()
        print("fine")
    """
    with FaultServer([reset]) as server:
        assert run_alone(script, name, server.url) == "fine"


def test_without_file_descriptors_there_is_no_connection_until_there_are_some() -> None:
    script = """
        import resource, tenacity, xyashui
        client = xyashui.AsyncClient(api_key="test-key", base_url=url, max_retries=0)
        async def ask():
            try:
                print((await client.chat("x")).text)
            except xyashui.APIConnectionError as error:
                print("Too many open files" in str(error))
        async def ask_without():
            taken = []
            try:
                while True:
                    taken.append(os.dup(0))
            except OSError:
                pass
            await ask()
            for one in taken:
                os.close(one)
            await ask()
        asyncio.run(ask())  # nothing is to be imported any more
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (fds() + 20, limits[1]))
        asyncio.run(ask_without())
    """
    with FaultServer(GOOD) as server:
        assert run_alone(script, "ChatXingYun", server.url).split() == ["你好。", "True", "你好。"]

"""A key's limits are those of a process: a fork counts anew."""

from __future__ import annotations

from tests.servers import FaultServer, chunked
from tests.wire import STREAM
from tests.xyashui.test_processes import run_alone


def test_a_fork_has_places_of_its_own():
    script = """
        import os, sys, xyashui
        given = {"api_key": "test-key", "base_url": sys.argv[1], "max_concurrency": 1}
        client = xyashui.Client(**given)
        stream = client.stream("x")
        next(stream)
        if child := os.fork():
            _, status = os.waitpid(child, 0)
            print(os.waitstatus_to_exitcode(status), "".join(one.text for one in stream))
        else:
            assert client.chat("x", deadline=15).text == "你好。"
            os._exit(0)
    """
    with FaultServer([chunked(STREAM)]) as server:
        assert run_alone(script, server.url) == "0 好。"

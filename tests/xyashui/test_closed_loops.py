"""Event loops that were closed without care: nothing holds on to them."""

from __future__ import annotations

import asyncio

from tests.servers import FaultServer, http
from tests.steps import every_step
from tests.wire import completion
from tests.xyashui.test_processes import run_alone
from xyashui import transport


def test_what_is_left_of_them_is_forgotten_with_the_next():
    script = """
        import asyncio, gc, sys, weakref, xyashui
        loops = []
        client = xyashui.AsyncClient(api_key="test-key", base_url=sys.argv[1])
        for _ in range(4):
            loop = asyncio.new_event_loop()
            loop.run_until_complete(client.chat("x"))
            loop.close()
            loops.append(weakref.ref(loop))
            del loop
        gc.collect()
        print([one() is None for one in loops[:-1]])
    """
    with FaultServer([http(completion())]) as server:
        assert run_alone(script, server.url) == "[True, True, True]"


def test_others_come_while_they_are_forgotten():
    url, loops = "http://127.0.0.1:9", []

    def come() -> None:
        loops.append(asyncio.new_event_loop())
        loops[-1].run_until_complete(transport.shared_async_client(url))

    def go() -> None:
        for loop in loops:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
        loops.clear()

    def scene():
        go()
        come()
        come()
        return transport._forget_closed_loops, come

    for place in every_step(transport, scene):
        assert len(loops) == 3, place
    go()

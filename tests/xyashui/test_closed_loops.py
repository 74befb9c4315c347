"""Event loops that were closed without care: nothing holds on to them."""

from __future__ import annotations

from tests.servers import FaultServer, http
from tests.wire import completion
from tests.xyashui.test_processes import run_alone


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

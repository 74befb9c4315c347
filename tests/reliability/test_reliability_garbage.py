"""What the garbage collector finds, it ends at any moment: while a lock of ours is held, too.

A dropped stream, or a client that somebody's `__del__` closes, then asks for the same lock in the
same thread. Each is tried in a process of its own, which would wait for ever.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

PREAMBLE = """
    import asyncio, gc, logging, xyashui
    from xyashui.limits import Limits, Traffic

    class Late:
        '''Does something when it is collected, for it is part of a cycle.'''
        def __init__(self, what):
            self.what, self.me = what, self
        def __del__(self):
            self.what()

    def at_every_moment(what, moments=100):
        '''Call `what` again and again, with a collection after one allocation, two, three ...'''
        for moment in range(1, moments):
            begin, late = what()
            gc.collect()
            gc.disable()
            Late(late)
            gc.set_threshold(moment)
            gc.enable()
            begin()
            gc.set_threshold(700)
            gc.collect()
        print("fine")
"""
MOMENTS = {
    "something is logged while something is logged": """
        logger = logging.getLogger("httpcore.connection")
        logger.setLevel(logging.DEBUG)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
        clients = [xyashui.Client(api_key="test-key") for _ in range(20)]
        def log():
            logger.debug("close.started")
        at_every_moment(lambda: (log, log))
    """,
    "a place becomes free while one is given away": """
        async def main():
            loop = asyncio.get_running_loop()
            def what():
                traffic = Traffic()
                traffic.enter(Limits())
                traffic.enter(Limits())
                waiter = traffic._queue(Limits(2), None)
                asyncio.wrap_future(waiter.place, loop=loop)
                return traffic.leave, traffic.leave
            at_every_moment(what)
        asyncio.run(main())
    """,
}


@pytest.mark.parametrize("script", MOMENTS.values(), ids=MOMENTS)
def test_nobody_waits_for_a_lock_that_is_ones_own(script: str) -> None:
    code = textwrap.dedent(PREAMBLE) + textwrap.dedent(script)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("fine\n", "")

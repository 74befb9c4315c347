"""What the garbage collector finds, it ends at any moment: while a lock of ours is held, too.

A dropped stream, or a client that somebody's `__del__` closes, then asks for the same lock in the
same thread, and changes what is being changed. Each is tried in a process of its own, which might
wait for ever.
"""

from __future__ import annotations

import textwrap

import pytest

from tests.programs import run_program

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
            begin, late, look = what()
            gc.collect()
            gc.disable()
            Late(late)
            gc.set_threshold(moment)
            gc.enable()
            begin()
            gc.set_threshold(700)
            gc.collect()
            look()
        print("fine")

    def nothing():
        pass
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
        at_every_moment(lambda: (log, log, nothing))
    """,
    "a client is made while one is made": """
        kept = []
        def make():
            kept[10:] = []
            kept.append(xyashui.Client(api_key="test-key"))
        at_every_moment(lambda: (make, make, nothing))
    """,
    "places become free while one is waited for": """
        from contextlib import suppress
        two, came = Limits(2), []
        def what():
            traffic = Traffic()
            traffic.enter(Limits())
            traffic.enter(Limits())
            came.clear()
            def come():
                with suppress(TimeoutError):
                    traffic.enter(two, 0)
                    came.append(1)
            def look():
                free = 0
                with suppress(TimeoutError):
                    while free < 3:
                        traffic.enter(two, 0)
                        free += 1
                assert len(came) + free == 1, (came, free)
            return come, traffic.leave, look
        at_every_moment(what)
    """,
    "places become free while one is given to who waits in an event loop": """
        loop = asyncio.new_event_loop()
        def settle():
            for _ in range(5):
                loop.run_until_complete(asyncio.sleep(0))
        def what():
            traffic = Traffic()
            for _ in range(4):
                traffic.enter(Limits())
            tasks = [loop.create_task(traffic.async_enter(Limits(3))) for _ in range(2)]
            settle()
            def look():
                settle()
                assert [task.done() for task in tasks] == [True, False]
                traffic.leave()
                settle()
                assert [task.done() for task in tasks] == [True, True]
            return traffic.leave, traffic.leave, look
        at_every_moment(what)
        loop.close()
    """,
    "a key is used for the first time while another is": """
        from xyashui import limits
        numbers = iter(range(10**6))
        for number in numbers:
            if number == limits._MOST_KEYS:
                break
            limits.traffic_of("https://a.example", str(number)).enter(Limits())
        seen = []
        def use():
            seen.append(limits.traffic_of("https://a.example", str(next(numbers))))
            assert seen.pop().at_rest
        def use_many():
            for _ in range(3):
                use()
        at_every_moment(lambda: (use_many, use_many, nothing))
    """,
    "clients are closed while connections are closed, and made": """
        from xyashui import transport
        url = "http://127.0.0.1:9"
        def client():
            one = xyashui.Client(api_key="test-key", base_url=url)
            transport.shared_client(url)
            return one
        def what():
            one, other = client(), client()
            def look():
                assert not transport._pools, "the last has closed them"
                with client():
                    assert not transport.shared_client(url).is_closed
            def close_and_make():
                one.close()
                client().close()
            return close_and_make, other.close, look
        at_every_moment(what, 40)
    """,
    "a call ends while another is let pass": """
        logging.disable()
        def fail(passage):
            try:
                with passage:
                    raise xyashui.ServerError("down")
            except xyashui.ServerError:
                pass
        def what():
            now = [0.0]
            breaker = xyashui.CircuitBreaker(failures=1, retry_after=30, clock=lambda: now[0])
            fail(breaker.enter())
            now[0] = 30
            hung = breaker.enter()
            now[0] = 60
            def set_out():
                try:
                    breaker.enter()
                except xyashui.CircuitOpenError:
                    pass
            def look():
                assert (breaker.state, breaker.remaining, breaker.failed) == ("open", 30, 2)
            return set_out, lambda: fail(hung), look
        at_every_moment(what)
    """,
}


@pytest.mark.parametrize("script", MOMENTS.values(), ids=MOMENTS)
def test_nobody_waits_for_ones_own_lock_and_all_is_counted(script: str) -> None:
    done = run_program(textwrap.dedent(PREAMBLE) + textwrap.dedent(script))
    assert (done.stdout, done.stderr) == ("fine\n", "")

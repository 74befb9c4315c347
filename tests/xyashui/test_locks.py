"""Locks that a forked child finds free."""

from __future__ import annotations

import threading

from tests.xyashui.test_processes import run_alone
from xyashui.locks import Lock

IN_A_CHILD = """
        import os, signal, sys, threading, warnings

        def in_a_child(what):
            '''Do it in a fork, which is ended should it wait for ever; whether it went well.'''
            if child := os.fork():
                return os.waitpid(child, 0)[1] == 0
            signal.alarm(20)
            try:
                what()
            except BaseException as error:
                os._exit(print("in the child:", repr(error), flush=True) or 1)
            os._exit(0)

        def held_elsewhere(lock):
            '''Have another thread take it, and keep it.'''
            taken = threading.Event()
            def hold():
                with lock:
                    taken.set()
                    threading.Event().wait()
            threading.Thread(target=hold, daemon=True).start()
            taken.wait()
"""


def test_one_that_another_thread_holds_is_free_in_a_fork():
    script = """
        from xyashui.locks import Lock
        lock = Lock()
        held_elsewhere(lock())
        def take():
            with lock():
                pass
        print(in_a_child(take), lock().acquire(blocking=False))
    """
    assert run_alone(IN_A_CHILD + script) == "True False"


def test_a_fork_waits_for_one_that_delays_forks():
    script = """
        import time
        from xyashui.locks import Lock
        lock, taken, done = Lock(delays_forks=True), threading.Event(), []
        def hold():
            with lock():
                taken.set()
                time.sleep(0.3)
                done.append(True)
        threading.Thread(target=hold).start()
        taken.wait()
        def take():
            assert done
            with lock():
                pass
        print(in_a_child(take))
        one = threading.Thread(target=lambda: print(lock().acquire(blocking=False)))
        one.start()
        one.join()
    """
    assert run_alone(IN_A_CHILD + script) == "True\nTrue"


def test_a_fork_in_its_block_leaves_it_as_it_came():
    script = """
        from xyashui.locks import Lock
        lock = Lock()
        def take_from_another_thread():
            free = []
            one = threading.Thread(target=lambda: free.append(lock().acquire(blocking=False)))
            one.start()
            one.join()
            return free[0]
        with lock():
            child = os.fork()
        if not child:
            os._exit(0 if take_from_another_thread() else 1)
        print(os.waitpid(child, 0)[1], take_from_another_thread())
    """
    assert run_alone(IN_A_CHILD + script) == "0 True"


def test_clients_are_made_and_closed_in_a_fork_whoever_is_at_it_in_its_parent():
    script = """
        import xyashui
        from xyashui import transport
        held_elsewhere(transport._lock())
        held_elsewhere(transport._making())
        def ask():
            with xyashui.Client(api_key="test-key", base_url="http://127.0.0.1:9") as client:
                transport.shared_client(client.base_url)
        print(in_a_child(ask))
    """
    assert run_alone(IN_A_CHILD + script) == "True"


def test_a_breaker_works_in_a_fork_and_knows_what_is_known():
    script = """
        import logging, xyashui
        logging.disable()
        breaker = xyashui.CircuitBreaker(failures=1, retry_after=1e-6)
        def fail():
            try:
                with breaker.enter():
                    raise xyashui.ServerError("down")
            except xyashui.ServerError:
                pass
        fail()
        held_elsewhere(breaker._lock())
        def try_it():
            assert breaker.last_error == "ServerError: down"
            with breaker.enter():
                pass
            assert breaker.state == "closed"
        print(in_a_child(try_it))
    """
    assert run_alone(IN_A_CHILD + script) == "True"


def test_who_has_it_may_take_it_once_more():
    lock = Lock()
    with lock(), lock():
        pass
    one = threading.Thread(target=lock().acquire)
    one.start()
    one.join(15)
    assert not one.is_alive(), "it is free again"

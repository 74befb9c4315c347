"""Connections serve one call at a time, and are let go of by whoever leaves."""

from __future__ import annotations

from mutants.protection import Protection

__all__ = ["CONNECTIONS"]

_TRANSPORT = "tests/xyashui/test_transport.py"
_PROCESSES = "tests/xyashui/test_processes.py"
_RELIABILITY = "tests/reliability/test_reliability_processes.py"
_LEAVING = "tests/reliability/test_reliability_leaving.py"
_CASES = "tests/reliability/test_reliability_cases.py::test_case"
_CHUNKED = "tests/xyashui/test_chunked_guards.py"
_AIOHTTP = "tests/xyashui/test_aiohttp_pool.py"

CONNECTIONS = (
    Protection(
        name="left-early",
        promise="A stream that is left early closes its connection.",
        file="xyashui/client.py",
        find=(
            "            finally:\n"
            "                bodies.finish(response, body, reuse=reader.done and not reader.cut)\n"
        ),
        put=(
            "            finally:\n"
            '                globals().setdefault("_kept", []).append((response, body))\n'
        ),
        tests=[f"{_TRANSPORT}::TestLeavingEarly::test_sync[close]"],
    ),
    Protection(
        name="left-early-awaited",
        promise="The same with `await`.",
        file="xyashui/client.py",
        find=(
            "                finally:\n"
            "                    await bodies.afinish(response, body, reuse=reader.done and not "
            "reader.cut)\n"
        ),
        put=("                finally:\n                    pass\n"),
        tests=[f"{_TRANSPORT}::TestLeavingEarly::test_async[aiohttp-aclose]"],
    ),
    Protection(
        name="cancelled-at-the-end",
        promise="So does a task that is cancelled while it closes.",
        file="xyashui/bodies.py",
        find=(
            "    finally:  # be the task cancelled meanwhile\n"
            "        with suppress(Exception):\n"
            "            await aclose(response)\n"
        ),
        put=(
            "    except ZeroDivisionError:\n"
            "        pass\n"
            "    else:\n"
            "        with suppress(Exception):\n"
            "            await aclose(response)\n"
        ),
        tests=[
            f"{_LEAVING}::TestCancelled::test_a_task_lets_go_of_its_connection_and_of_nothing_else"
            "[aiohttp-after the answer-AShui async call]",
        ],
    ),
    Protection(
        name="closed-in-order",
        promise="Generators within one another are closed with the outermost.",
        file="xyashui/closing.py",
        find="        await close(self._generator)\n",
        put="        pass\n",
        tests=["tests/xyashui/test_closing.py::test_one_that_is_left_early_closes_those_inside"],
    ),
    Protection(
        name="closed-with-their-loop",
        promise="Their event loop may shut down meanwhile, and nothing is said about it.",
        file="xyashui/closing.py",
        find=("        await asyncio.sleep(0)\n    with suppress(RuntimeError):\n"),
        put=("        pass\n    if True:\n"),
        tests=[
            "tests/xyashui/test_closing.py"
            "::test_all_are_closed_and_nothing_is_said_when_their_loop_shuts_down",
        ],
    ),
    Protection(
        name="leftovers",
        promise="A connection on which more has come than the answer serves no other call.",
        file="xyashui/bodies.py",
        find="        state.send_failed()  # so that",
        put="        pass  # so that",
        tests=[
            f"{_CASES}[two answers to one question-ChatXingYun sync call]",
            f"{_CASES}[more bytes than announced-ChatXingYun sync call]",
        ],
    ),
    Protection(
        name="cookies",
        promise="No cookie of one key gets into another's requests.",
        file="xyashui/aiohttp_pool.py",
        find="cookie_jar=DummyCookieJar(), ",
        put="",
        tests=[f"{_TRANSPORT}::TestSharing::test_no_cookie_is_kept_for_the_next_key[localhost]"],
    ),
    Protection(
        name="proxies",
        promise="A proxy of the environment is not asked for this machine.",
        file="xyashui/transport.py",
        find="    trust_env = not is_loopback(url)\n",
        put="    trust_env = True\n",
        tests=[f"{_PROCESSES}::test_a_proxy_in_the_environment_is_not_for_this_machine"],
    ),
    Protection(
        name="forks",
        promise="A fork makes connections of its own.",
        file="xyashui/transport.py",
        find='        return (os.getpid(), "loopback")\n',
        put='        return (0, "loopback")\n',
        tests=[f"{_PROCESSES}::test_a_fork_makes_connections_of_its_own"],
    ),
    Protection(
        name="event-loops",
        promise="An event loop has connections of its own.",
        file="xyashui/transport.py",
        find="    pools = _async_pools.setdefault(loop, {})\n",
        put="    pools = _async_pools.setdefault(next(iter(_async_pools), loop), {})\n",
        tests=[
            f"{_RELIABILITY}::TestEventLoops::test_one_in_each_of_many_threads_with_one_model"
            "[ChatAShui]",
        ],
    ),
    Protection(
        name="event-loops-of-threads",
        promise="Event loops come and go in other threads while one is looked for.",
        file="xyashui/transport.py",
        find="    for loop in [one() for one in _async_pools.keyrefs()]:\n",
        put="    for loop in [one for one in _async_pools]:\n",
        tests=[
            "tests/xyashui/test_closed_loops.py::test_others_come_while_they_are_forgotten",
        ],
    ),
    Protection(
        name="forks-that-wait",
        promise="No fork is made while a TLS context is, which holds locks of OpenSSL's.",
        file="xyashui/locks.py",
        find="before=_take, ",
        put="",
        tests=["tests/xyashui/test_locks.py::test_a_fork_waits_for_one_that_delays_forks"],
    ),
    Protection(
        name="forks-that-are-over",
        promise="Once a fork has been made, what delayed it can be had again.",
        file="xyashui/locks.py",
        find="        _taken.pop().release()\n",
        put="        _taken.pop()\n",
        tests=["tests/xyashui/test_locks.py::test_a_fork_waits_for_one_that_delays_forks"],
    ),
    Protection(
        name="tls-contexts-of-forks",
        promise="A fork makes TLS contexts of its own.",
        file="xyashui/tls.py",
        find="    key = (os.getpid(), *named)\n",
        put="    key = (0, *named)\n",
        tests=["tests/xyashui/test_tls.py::test_a_fork_has_its_own"],
    ),
    Protection(
        name="locks-and-forks",
        promise="A fork finds every lock free, whichever thread of its parent had it.",
        file="xyashui/locks.py",
        find="after_in_child=_renew_all)\n",
        put=")\n",
        tests=[
            "tests/xyashui/test_locks.py::test_one_that_another_thread_holds_is_free_in_a_fork",
            "tests/xyashui/test_locks.py"
            "::test_clients_are_made_and_closed_in_a_fork_whoever_is_at_it_in_its_parent",
            "tests/xyashui/test_locks.py::test_a_breaker_works_in_a_fork_and_knows_what_is_known",
        ],
    ),
    Protection(
        name="loops-that-end",
        promise="The connections of an event loop are closed with it.",
        file="xyashui/transport.py",
        find=("            del pools[key]\n        await client.aclose()\n"),
        put="            del pools[key]\n",
        tests=[f"{_RELIABILITY}::TestEventLoops::test_one_after_another"],
    ),
    Protection(
        name="loops-that-were-closed",
        promise="What is left of loops that were closed without care is forgotten.",
        file="xyashui/transport.py",
        find="        _async_pools.pop(loop, None)\n",
        put="        pass\n",
        tests=[
            "tests/xyashui/test_closed_loops.py"
            "::test_what_is_left_of_them_is_forgotten_with_the_next",
        ],
    ),
    Protection(
        name="others-at-work",
        promise="To close one client leaves the others at work.",
        file="xyashui/transport.py",
        find="        pools = [] if _holders else _taken_pools()\n",
        put="        pools = _taken_pools()\n",
        tests=[f"{_TRANSPORT}::TestSharing::test_closing_one_leaves_the_other_at_work"],
    ),
    Protection(
        name="the-last-client",
        promise="The last client that is closed closes the connections.",
        file="xyashui/transport.py",
        find="        pools = [] if _holders else _taken_pools()\n",
        put="        pools = []\n",
        tests=[f"{_PROCESSES}::test_the_last_client_that_is_closed_closes_the_connections"],
    ),
    Protection(
        name="as-many-as-it-takes",
        promise=(
            "As many streams run at once as are asked for: none waits for another's connection."
        ),
        file="xyashui/transport.py",
        find='        "limits": httpx.Limits(max_connections=None, keepalive_expiry=_KEEP_IDLE),\n',
        put='        "limits": httpx.Limits(max_connections=10, keepalive_expiry=_KEEP_IDLE),\n',
        tests=[f"{_TRANSPORT}::TestSharing::test_many_streams_at_once_have_a_connection_each"],
    ),
    Protection(
        name="as-many-as-it-takes-awaited",
        promise="The same with `await`.",
        file="xyashui/transport.py",
        find="httpx.Limits(max_connections=0, keepalive_expiry=_KEEP_IDLE)",
        put="httpx.Limits(max_connections=100, keepalive_expiry=_KEEP_IDLE)",
        tests=[
            f"{_TRANSPORT}::TestSharing::test_async_streams_too_more_than_httpx_allows_by_itself",
        ],
    ),
    Protection(
        name="scarcity-of-a-pool",
        promise="A machine without file descriptors says nothing of the service.",
        file="xyashui/transport.py",
        find="            scarce.sent = False\n",
        put="",
        tests=["tests/xyashui/test_scarcity.py::test_no_file_descriptors_are_left[Client-a pool]"],
    ),
    Protection(
        name="scarcity-of-a-connection",
        promise="Nor where it is a connection that it has none for.",
        file="xyashui/transport.py",
        find="    connection.sent = not _is_scarcity(error)\n",
        put="",
        tests=[
            "tests/xyashui/test_scarcity.py::test_no_file_descriptors_are_left"
            "[Client-a connection]",
        ],
    ),
    Protection(
        name="closed-clients",
        promise="A client that has been closed says so.",
        file="xyashui/calls.py",
        find="        if self._closed:\n",
        put="        if False:\n",
        tests=["tests/xyashui/test_client.py::TestLife::test_a_closed_client_says_so"],
    ),
    Protection(
        name="chunks-that-end-wrong",
        promise="A chunk that is longer or shorter than it says is not joined to others.",
        file="xyashui/chunked.py",
        find='            if not data.startswith(b"\\r\\n", end):\n',
        put="            if end + 2 > len(data):\n",
        tests=[
            f"{_CHUNKED}::test_what_is_odd_is_left_to_http_itself"
            "[a chunk that is longer than it says]",
        ],
    ),
    Protection(
        name="chunks-with-odd-sizes",
        promise="A chunk whose size is not plainly one passes as it came.",
        file="xyashui/chunked.py",
        find='_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")\n',
        put='_SIZE = re.compile(rb"\\+?[0-9A-Fa-f_]{1,60}")\n',
        tests=[
            f"{_CHUNKED}::test_what_is_odd_is_left_to_http_itself[a size with a sign]",
            f"{_CHUNKED}::test_what_is_odd_is_left_to_http_itself[a size with an underscore]",
        ],
    ),
    Protection(
        name="chunks-of-the-next-answer",
        promise="What follows on a kept connection is read anew.",
        file="xyashui/chunked.py",
        find='        self._head, self.joins = b"", False\n',
        put='        self._head = b"" if self._head is None and not self.joins else self._head\n',
        tests=[
            "tests/xyashui/test_chunked.py::test_what_follows_on_a_kept_connection_is_left_alone",
        ],
    ),
    Protection(
        name="chunks-beyond-doubt",
        promise="Chunks are joined only where nothing else is said of the body's length.",
        file="xyashui/chunked.py",
        find="    return len(framing) == 1 and framing[0].lower() == _CHUNKED\n",
        put='    return b"chunked" in head.lower()\n',
        tests=[f"{_CHUNKED}::test_where_it_is_in_doubt_what_the_body_is_nothing_is_joined"],
    ),
    Protection(
        name="what-aiohttp-had-read",
        promise="What aiohttp has read ahead is not lost where the connection breaks.",
        file="xyashui/aiohttp_pool.py",
        find="                yield unread\n",
        put="                pass\n",
        tests=[
            f"{_AIOHTTP}::TestSlowCaller::test_an_answer_that_is_complete_is_complete",
            f"{_AIOHTTP}::TestSlowCaller::test_what_had_arrived_is_in_the_error",
        ],
    ),
    Protection(
        name="responses-are-let-go",
        promise="A connection does not hold on to the responses it has brought.",
        file="xyashui/aiohttp_pool.py",
        find=(
            "            self.content.on_eof(lambda: "
            "closed.remove_done_callback(self._connection_closed))\n"
        ),
        put="",
        tests=[f"{_AIOHTTP}::test_a_connection_does_not_hold_on_to_its_responses"],
    ),
    Protection(
        name="unasked-answers",
        promise="An answer that nobody asked for is not taken for that to the next question.",
        file="xyashui/aiohttp_pool.py",
        find="        if self._at_rest and self.should_close:\n",
        put="        if False:\n",
        tests=["tests/xyashui/test_unasked_answers.py::test_with_await"],
    ),
)

"""What a key may do at once, and how often, is counted for all who use it."""

from __future__ import annotations

from mutants.protection import Protection

__all__ = ["LIMITS"]

_LIMITS = "tests/xyashui/test_limits.py"

LIMITS = (
    Protection(
        name="requests-of-long-ago",
        promise="Requests of long ago are forgotten, also where nobody limits anything.",
        file="xyashui/limits.py",
        find="        self._forget()  # also where nobody limits anything, and so nobody looks\n",
        put="",
        tests=[
            "tests/xyashui/test_limits.py"
            "::test_what_is_past_is_forgotten_also_where_nobody_sets_a_limit"
        ],
    ),
    Protection(
        name="limits-of-a-key",
        promise="All clients in the process that use a key share its limits.",
        file="xyashui/limits.py",
        find="    traffic = _traffic.get(name)\n",
        put="    traffic = _traffic.pop(name, None) and None\n",
        tests=[
            f"{_LIMITS}::test_calls_of_one_key_keep_to_the_limit_whoever_makes_them",
            f"{_LIMITS}::test_threads_and_event_loops_share_the_places",
        ],
    ),
    Protection(
        name="limits-of-another-key",
        promise="Another key has places of its own.",
        file="xyashui/limits.py",
        find="    name = (os.getpid(), root, key)\n",
        put='    name = (os.getpid(), root, "")\n',
        tests=[f"{_LIMITS}::test_another_key_has_places_of_its_own"],
    ),
    Protection(
        name="limits-of-forks",
        promise="A fork counts anew.",
        file="xyashui/limits.py",
        find="    name = (os.getpid(), root, key)\n",
        put="    name = (0, root, key)\n",
        tests=["tests/xyashui/test_limits_of_processes.py::test_a_fork_has_places_of_its_own"],
    ),
    Protection(
        name="limits-at-once",
        promise="No more calls are under way than max_concurrency says.",
        file="xyashui/limits.py",
        find="(at_once is None or self._under_way < at_once) and (",
        put="(",
        tests=[
            f"{_LIMITS}::test_calls_of_one_key_keep_to_the_limit_whoever_makes_them",
            f"{_LIMITS}::test_async_calls_keep_to_it_too",
        ],
    ),
    Protection(
        name="limits-per-minute",
        promise="No more requests begin within a minute than requests_per_minute says.",
        file="xyashui/limits.py",
        find="            per_minute is None or len(self._begun) < per_minute\n",
        put="            True\n",
        tests=[
            f"{_LIMITS}::test_requests_are_counted_over_the_window",
            f"{_LIMITS}::test_requests_are_counted_with_await_too",
        ],
    ),
    Protection(
        name="limits-in-order",
        promise="Who comes first is served first.",
        file="xyashui/limits.py",
        find="            self._begin(self._waiting.popleft())\n",
        put="            self._begin(self._waiting.pop())\n",
        tests=[f"{_LIMITS}::test_who_comes_first_is_served_first"],
    ),
    Protection(
        name="limits-of-streams",
        promise="A stream keeps its place until it is over.",
        file="xyashui/client.py",
        find=(
            "        with self.clean_errors(call), self._turn(call):\n"
            "            response = self._send(call)\n"
            "            reader"
        ),
        put=(
            "        with self.clean_errors(call):\n"
            "            with self._turn(call):\n"
            "                response = self._send(call)\n"
            "            reader"
        ),
        tests=[f"{_LIMITS}::test_a_stream_keeps_its_place_until_it_is_over"],
    ),
    Protection(
        name="limits-and-failures",
        promise="A failed call gives its place back.",
        file="xyashui/sending.py",
        find=("        try:\n            yield\n        finally:\n            traffic.leave()\n"),
        put=("        yield\n        traffic.leave()\n"),
        tests=[f"{_LIMITS}::test_a_failed_call_gives_its_place_back"],
    ),
    Protection(
        name="limits-and-cancelling",
        promise="A wait that is cancelled takes no place.",
        file="xyashui/limits.py",
        find=(
            "                await asyncio.wait([place], timeout=pause)\n"
            "        except BaseException:\n"
            "            self._give_up(waiter)\n"
            "            raise\n"
        ),
        put=(
            "                await asyncio.wait([place], timeout=pause)\n"
            "        except ZeroDivisionError:\n"
            "            raise\n"
        ),
        tests=[f"{_LIMITS}::test_a_cancelled_wait_takes_no_place"],
    ),
    Protection(
        name="limits-and-giving-up",
        promise="Who gives up leaves the queue to the next.",
        file="xyashui/limits.py",
        find="            self._waiting.remove(waiter)\n",
        put="            pass\n",
        tests=[f"{_LIMITS}::test_who_gives_up_leaves_the_queue_to_the_next"],
    ),
    Protection(
        name="limits-counted-by-one",
        promise="Streams that end in the middle of the counting are counted, each once.",
        file="xyashui/limits.py",
        find="            try:\n                self._count()\n            finally:\n",
        put=(
            "            self._counting.release()\n"
            "            try:\n"
            "                self._count()\n"
            "            finally:\n"
            "                self._counting.acquire(blocking=False)\n"
        ),
        tests=[
            f"{_LIMITS}::test_a_stream_that_ends_while_somebody_comes_frees_one_place",
            f"{_LIMITS}::test_a_stream_that_ends_while_others_wait_lets_one_in",
        ],
    ),
    Protection(
        name="limits-counted-at-last",
        promise="What is said just when the counting ends is counted too.",
        file="xyashui/limits.py",
        find="        while self._changes and self._counting.acquire(blocking=False):\n",
        put="        if self._counting.acquire(blocking=False):\n",
        tests=[f"{_LIMITS}::test_a_stream_that_ends_while_others_wait_lets_one_in"],
    ),
    Protection(
        name="limits-and-closed-loops",
        promise="Who waited in an event loop that was closed takes no place.",
        file="xyashui/limits.py",
        find="            self.given = False\n        return self.given\n",
        put="            pass\n        return self.given\n",
        tests=[f"{_LIMITS}::test_who_waits_in_an_event_loop_that_was_closed_takes_no_place"],
    ),
    Protection(
        name="limits-of-many-keys",
        promise="Keys that nobody uses are forgotten; those in use are not.",
        file="xyashui/limits.py",
        find="        if one is not None and one.at_rest:\n",
        put="        if one is not None:\n",
        tests=[
            f"{_LIMITS}::test_keys_that_nobody_uses_are_forgotten_once_there_are_too_many",
        ],
    ),
)

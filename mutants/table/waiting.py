"""Every call ends in its time."""

from __future__ import annotations

from mutants.protection import Protection

__all__ = ["WAITING"]

_DEADLINE = "tests/xyashui/test_deadline.py"
_TRANSPORT = "tests/xyashui/test_transport.py"
_CLIENT = "tests/xyashui/test_client.py"
_PHASES = "tests/xyashui/test_deadline_phases.py"
_LEAVING = "tests/reliability/test_reliability_leaving.py"
_HOLDS = "tests/reliability/test_reliability_deadlines.py"
_CHUNKED = "tests/xyashui/test_chunked.py"
_CASE = "tests/reliability/test_reliability_cases.py::test_case"

WAITING = (
    Protection(
        name="silence",
        promise="A service that is silent for longer than timeout is not waited for.",
        file="xyashui/outgoing.py",
        find=("        if left is None:\n            return self.timeout\n"),
        put=("        if left is None:\n            return httpx.Timeout(None)\n"),
        tests=[f"{_CLIENT}::TestRequest::test_a_timeout_of_one_call[sync call]"],
    ),
    Protection(
        name="connecting",
        promise="Connecting has ten seconds at most, however patient the caller is.",
        file="xyashui/transport.py",
        find="    return httpx.Timeout(value, connect=min(value, _CONNECT_TIMEOUT))\n",
        put="    return httpx.Timeout(value)\n",
        tests=[f"{_TRANSPORT}::TestTimeouts::test_forms"],
    ),
    Protection(
        name="phases-within-the-deadline",
        promise="No phase of a call, the handshake among them, bears silence beyond the deadline.",
        file="xyashui/outgoing.py",
        find="                name: left if seconds is None else min(left, seconds)\n",
        put="                name: seconds\n",
        tests=[f"{_PHASES}::test_the_handshake_which_nobody_answers"],
    ),
    Protection(
        name="reading-within-the-deadline",
        promise="Nothing is read beyond the deadline, though it comes without a pause.",
        file="xyashui/connections.py",
        find="    if (left := until - monotonic()) <= 0:\n        raise late\n",
        put="    left = max(_LEAST, until - monotonic())\n",
        tests=[
            f"{_PHASES}::test_word_over_connections_of_ones_own[an answer]",
            f"{_HOLDS}::test_and_when_a_refusal_comes_without_a_pause[ChatXingYun sync call]",
        ],
    ),
    Protection(
        name="interim-responses",
        promise="Word that a response is coming is not listened to without end.",
        file="xyashui/chunked.py",
        find="        if self._before > _MOST_BEFORE:\n",
        put="        if False:\n",
        tests=[
            f"{_CHUNKED}::test_word_that_a_response_is_coming_has_an_end",
            f"{_CASE}[interim responses without end-ChatXingYun sync call]",
            f"{_CASE}[interim responses without end-XingYun async call]",
        ],
    ),
    Protection(
        name="long-interim-responses",
        promise="Nor where each of them is long.",
        file="xyashui/chunked.py",
        find=('            head = (b"HTTP/1.1 1" if _INTERIM.match(head) else b"-") + head[-3:]\n'),
        put="            self._head = None\n            return\n",
        tests=[
            f"{_CHUNKED}::test_long_word_is_no_reason_not_to_join",
            f"{_CASE}[long interim responses without end-ChatXingYun sync call]",
        ],
    ),
    Protection(
        name="bytes-of-no-body",
        promise="Nor does aiohttp pass over bytes without end that are of no body.",
        file="xyashui/aiohttp_pool.py",
        find="        if self._in_vain > _MOST_IN_VAIN:\n",
        put="        if False:\n",
        tests=[
            f"{_CASE}[line ends without end-XingYun async call]",
            f"{_CASE}[an extension of a chunk without end-ChatAShui async stream]",
        ],
    ),
    Protection(
        name="unpacking-within-the-deadline",
        promise="Nor is what unfolds unpacked beyond it.",
        file="xyashui/bodies.py",
        find="            check()  # what one read",
        put="            pass  # what one read",
        tests=[f"{_HOLDS}::test_and_when_it_unfolds[ChatXingYun sync call]"],
    ),
    Protection(
        name="unpacking-within-the-deadline-awaited",
        promise="The same with `await`, and other tasks have their turn.",
        file="xyashui/bodies.py",
        find="            await asyncio.sleep(0)  # when a deadline",
        put="            pass  # when a deadline",
        tests=[
            f"{_HOLDS}::test_the_deadline_holds[in a body that unfolds-XingYun async call]",
            f"{_HOLDS}::test_and_when_it_unfolds[ChatAShui async stream]",
        ],
    ),
    Protection(
        name="writing-within-the-deadline",
        promise="What is written minds the deadline too, however slowly it is read.",
        file="xyashui/connections.py",
        find="        if until is None:\n            self._inner.write(buffer, timeout)\n",
        put="        if True:\n            self._inner.write(buffer, timeout)\n",
        tests=[f"{_PHASES}::test_the_request_which_is_read_by_and_by"],
    ),
    Protection(
        name="one-of-several-addresses",
        promise="An address that is dead leaves time for the others of the same host.",
        file="xyashui/connections.py",
        find="(until - monotonic()) / len(addresses))\n",
        put="until - monotonic())\n",
        tests=[
            "tests/reliability/test_reliability_deadlines.py"
            "::test_an_address_that_is_dead_leaves_time_for_the_others[AShui sync stream]",
        ],
    ),
    Protection(
        name="silence-while-sending",
        promise="Silence is borne no longer while a request is sent.",
        file="xyashui/aiohttp_pool.py",
        find="        if now - self._silent_since >= patience:\n",
        put="        if False:\n",
        tests=[
            "tests/reliability/test_reliability_sending.py::test_it_ends_in_one_error"
            "[silent-XingYun async call]",
        ],
    ),
    Protection(
        name="slow-is-not-silent",
        promise="A request that is taken very slowly meets no silence.",
        file="xyashui/aiohttp_pool.py",
        find="        if untaken != self._untaken:\n",
        put="        if False:\n",
        tests=[
            "tests/reliability/test_reliability_sending.py"
            "::test_what_is_taken_very_slowly_is_no_silence[XingYun async call]",
        ],
    ),
    Protection(
        name="deadline-of-the-head",
        promise="A head that trickles in is over at the deadline.",
        file="xyashui/sending.py",
        find=(
            "                with deadline(call.time_left()):\n"
            "                    response = http.send("
        ),
        put=("                with deadline(None):\n                    response = http.send("),
        tests=[f"{_PHASES}::test_the_head[sync-an answer]"],
    ),
    Protection(
        name="deadline-of-the-head-awaited",
        promise="The same with `await`.",
        file="xyashui/sending.py",
        find=(
            "                async with asyncio.timeout(call.time_left()):\n"
            "                    response = await http.send("
        ),
        put=(
            "                async with asyncio.timeout(None):\n"
            "                    response = await http.send("
        ),
        tests=[f"{_PHASES}::test_the_head[aiohttp-an answer]"],
    ),
    Protection(
        name="deadline-of-an-answer",
        promise="An answer that never ends is over at the deadline.",
        file="xyashui/client.py",
        find=(
            "                            call.check_deadline()\n"
            "                            with deadline(call.time_left()):\n"
        ),
        put="                            with deadline(None):\n",
        tests=[f"{_DEADLINE}::test_an_answer_that_never_ends_is_over_at_the_deadline[sync call]"],
    ),
    Protection(
        name="deadline-of-an-answer-awaited",
        promise="The same with `await`.",
        file="xyashui/client.py",
        find="                                async with asyncio.timeout(call.time_left()):\n",
        put="                                async with asyncio.timeout(None):\n",
        tests=[f"{_DEADLINE}::test_an_answer_that_never_ends_is_over_at_the_deadline[async call]"],
    ),
    Protection(
        name="deadline-of-a-result",
        promise="So is the result of any other endpoint.",
        file="xyashui/sending.py",
        find=(
            "                    call.check_deadline()\n"
            "                    with deadline(call.time_left()):\n"
        ),
        put="                    with deadline(None):\n",
        tests=[
            f"{_PHASES}::test_the_body[sync-a result]",
            f"{_PHASES}::test_the_body[sync-a sound]",
        ],
    ),
    Protection(
        name="deadline-of-a-result-awaited",
        promise="The same with `await`.",
        file="xyashui/sending.py",
        find=(
            "                    async with asyncio.timeout(call.time_left()):\n"
            "                        data = await anext(body, None)\n"
        ),
        put=(
            "                    async with asyncio.timeout(None):\n"
            "                        data = await anext(body, None)\n"
        ),
        tests=[
            f"{_PHASES}::test_the_body[httpx-a result]",
            f"{_PHASES}::test_the_body[aiohttp-a sound]",
        ],
    ),
    Protection(
        name="deadline-of-a-download",
        promise="So is a picture that is fetched.",
        file="xyashui/downloads.py",
        find=(
            "        with deadline(fetch.call.time_left()):\n"
            "            for data in bodies.body(response):\n"
            "                fetch.call.check_deadline()\n"
        ),
        put=("        with deadline(None):\n            for data in bodies.body(response):\n"),
        tests=[f"{_PHASES}::test_the_body[sync-a picture]"],
    ),
    Protection(
        name="deadline-of-a-download-awaited",
        promise="The same with `await`.",
        file="xyashui/downloads.py",
        find=(
            "        async with asyncio.timeout(fetch.call.time_left()):\n"
            "            async for data in bodies.abody(response):\n"
        ),
        put=(
            "        async with asyncio.timeout(None):\n"
            "            async for data in bodies.abody(response):\n"
        ),
        tests=[f"{_PHASES}::test_the_body[aiohttp-a picture]"],
    ),
    Protection(
        name="deadline-of-the-queue",
        promise="Nobody waits for a turn beyond the deadline.",
        file="xyashui/sending.py",
        find="            traffic.enter(self.limits, call.time_left())\n",
        put="            traffic.enter(self.limits, None)\n",
        tests=[f"{_PHASES}::test_the_wait_for_ones_turn[sync]"],
    ),
    Protection(
        name="deadline-of-the-queue-awaited",
        promise="The same with `await`.",
        file="xyashui/sending.py",
        find="async_enter(self._sender.limits, self._call.time_left())",
        put="async_enter(self._sender.limits, None)",
        tests=[f"{_PHASES}::test_the_wait_for_ones_turn[aiohttp]"],
    ),
    Protection(
        name="deadline-of-all-batches",
        promise="Texts that go in several batches have one deadline for all of them.",
        file="xyashui/endpoints/embeddings/calls.py",
        find="        call.ends = work.ends  # the deadline is one for all\n",
        put="",
        tests=[
            "tests/xyashui/embeddings/test_embeddings_failures.py::TestAFailureThatIsNoTexts"
            "::test_has_a_deadline_in_common",
        ],
    ),
    Protection(
        name="the-earlier-deadline",
        promise="Of two deadlines, one within the other, the earlier counts.",
        file="xyashui/deadlines.py",
        find="until if self._before is None else min(self._before, until)",
        put="until",
        tests=[f"{_PHASES}::test_of_two_deadlines_the_earlier_counts"],
    ),
    Protection(
        name="a-deadline-ends-with-its-block",
        promise="A deadline is over with the call that set it.",
        file="xyashui/deadlines.py",
        find="        _waiting.until = self._before\n",
        put="        pass\n",
        tests=[f"{_PHASES}::test_of_two_deadlines_the_earlier_counts"],
    ),
    Protection(
        name="a-deadline-belongs-to-a-thread",
        promise="A deadline belongs to the thread that waits, and to no other.",
        file="xyashui/deadlines.py",
        find="_waiting = threading.local()\n",
        put='_waiting = type("_Shared", (), {})()\n',
        tests=[f"{_PHASES}::test_a_deadline_is_that_of_the_thread_that_waits"],
    ),
    Protection(
        name="farewell",
        promise="What comes after the answer does not hold the caller.",
        file="xyashui/outgoing.py",
        find=(
            "        if now >= self.farewell_ends:\n"
            "            raise TimeoutError\n"
            "        return self.farewell_ends - now\n"
        ),
        put="        return 10.0\n",
        tests=[
            f"{_LEAVING}::test_heartbeats_after_the_answer_do_not_hold_the_caller"
            "[ChatXingYun sync call]",
        ],
    ),
    Protection(
        name="silence-after-the-answer",
        promise="Nor does silence after it, and the answer is whole all the same.",
        file="xyashui/client.py",
        find=(
            "                        if reader.finished:\n"
            "                            break  # all that was missing was a farewell\n"
        ),
        put="",
        tests=[
            f"{_CLIENT}::test_what_is_complete_is_complete_however_it_ends[sync call-silence]",
            f"{_CLIENT}::test_what_is_complete_is_complete_however_it_ends[sync stream-reset]",
        ],
    ),
    Protection(
        name="end-mark",
        promise="Nor does an end mark of HTTP that never comes, or never ends.",
        file="xyashui/bodies.py",
        find="            with suppress(Exception), deadline(_DRAIN_TIMEOUT):\n",
        put="            with suppress(Exception), deadline(None):\n",
        tests=[f"{_TRANSPORT}::TestServiceThatNeverEnds::test_sync[silence]"],
    ),
    Protection(
        name="end-mark-awaited",
        promise="The same with `await`.",
        file="xyashui/bodies.py",
        find="                async with asyncio.timeout(_DRAIN_TIMEOUT):\n",
        put="                async with asyncio.timeout(None):\n",
        tests=[f"{_TRANSPORT}::TestServiceThatNeverEnds::test_async[httpx-silence]"],
    ),
    Protection(
        name="page-of-a-refusal",
        promise="Nor does the page of a refusal that never ends.",
        file="xyashui/sending.py",
        find="    with suppress(Exception), deadline(call.patience()):\n",
        put="    with suppress(Exception):\n",
        tests=[f"{_PHASES}::test_a_refusal_that_never_ends_has_a_moment[sync]"],
    ),
    Protection(
        name="page-of-a-refusal-awaited",
        promise="The same with `await`.",
        file="xyashui/sending.py",
        find="        async with asyncio.timeout(call.patience()):\n",
        put="        async with asyncio.timeout(None):\n",
        tests=[f"{_PHASES}::test_a_refusal_that_never_ends_has_a_moment[aiohttp]"],
    ),
    Protection(
        name="malformed-chunk",
        promise="A malformed chunk ends an async answer at once, though aiohttp would wait.",
        file="xyashui/aiohttp_pool.py",
        find="            self.content.set_exception(ClientPayloadError(words))\n",
        put="            pass\n",
        tests=[
            "tests/xyashui/test_aiohttp_pool.py::test_a_malformed_chunk_is_no_reason_to_wait"
            "[zz\\r\\n]",
        ],
    ),
)

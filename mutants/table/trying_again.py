"""What is safe is tried again, and what could cost money twice is not."""

from __future__ import annotations

from mutants.protection import Protection

__all__ = ["TRYING_AGAIN"]

_RETRIES = "tests/xyashui/test_retries.py"
_PAID = "tests/xyashui/test_paid_once.py"

TRYING_AGAIN = (
    Protection(
        name="nobody-free",
        promise="Who says that nobody is free has begun nothing, and is asked again.",
        file="xyashui/outgoing.py",
        find="            or any(one in words for one in _NOT_TAKEN_ON)\n",
        put="",
        tests=[f"{_PAID}::test_what_was_refused_before_any_work_is_sent_again"],
    ),
    Protection(
        name="nothing-after-output",
        promise="A stream of which something was handed out is never asked for again.",
        file="xyashui/client.py",
        find=(
            "                    if first is not None:\n"
            "                        passage.answered()\n"
            "                        yield first\n"
            "                        yield from run\n"
        ),
        put=(
            "                    if first is not None:\n"
            "                        yield first\n"
            "                        try:\n"
            "                            yield from run\n"
            "                        except Exception:\n"
            "                            yield from self._retried(call)\n"
        ),
        tests=[
            f"{_RETRIES}::test_nothing_is_tried_again_once_a_chunk_was_handed_out"
            "[sync stream-closed]",
        ],
    ),
    Protection(
        name="nothing-after-output-awaited",
        promise="The same with `await`.",
        file="xyashui/client.py",
        find=(
            "                    async for batch in run:\n"
            "                        yield batch\n"
            "                        del batch\n"
        ),
        put=(
            "                    try:\n"
            "                        async for batch in run:\n"
            "                            yield batch\n"
            "                    except Exception:\n"
            "                        async for batch in self._retried(call):\n"
            "                            yield batch\n"
        ),
        tests=[
            f"{_RETRIES}::test_nothing_is_tried_again_once_a_chunk_was_handed_out"
            "[async stream-closed]",
        ],
    ),
    Protection(
        name="refusals-are-final",
        promise="A refused key, model, quota or request is not tried again.",
        file="xyashui/retries.py",
        find="if not isinstance(error, XyashuiError) or not error.retryable:",
        put="if not isinstance(error, XyashuiError):",
        tests=[
            f"{_RETRIES}::test_what_will_not_pass_is_not_tried_again[sync call-HTTP 401]",
            f"{_RETRIES}::test_what_will_not_pass_is_not_tried_again[async stream-HTTP 400]",
            f"{_RETRIES}::test_ashuis_other_codes_are_not_tried_again[sync call-800]",
        ],
    ),
    Protection(
        name="what-passes-is-tried-again",
        promise="Faults that may pass are tried again before anything was handed out.",
        file="xyashui/errors.py",
        find=('    """A fault on the service\'s side."""\n\n    retryable = True\n'),
        put='    """A fault on the service\'s side."""\n',
        tests=[f"{_RETRIES}::test_what_may_pass_is_tried_again[sync call-HTTP 500]"],
    ),
    Protection(
        name="cut-before-output",
        promise="So is an answer that was cut short before any of it was handed out.",
        file="xyashui/errors.py",
        find=('    `text` is what had arrived.\n    """\n\n    retryable = True\n'),
        put=('    `text` is what had arrived.\n    """\n'),
        tests=[
            f"{_RETRIES}"
            "::test_a_call_that_breaks_half_way_is_tried_again_for_it_has_handed_nothing_out",
        ],
    ),
    Protection(
        name="lost-connections",
        promise="So is a call whose connection was lost, a stale one of the pool's among them.",
        file="xyashui/errors.py",
        find=('it broke before the answer began."""\n\n    retryable = True\n'),
        put='it broke before the answer began."""\n',
        tests=[
            f"{_RETRIES}::test_what_may_pass_is_tried_again[sync call-reset at once]",
            f"{_RETRIES}::test_what_may_pass_is_tried_again[async stream-closed at once]",
        ],
    ),
    Protection(
        name="silence-before-work",
        promise="So is one that met silence before anything of the answer had come.",
        file="xyashui/errors.py",
        find=('silent for longer than `timeout` allows."""\n\n    retryable = True\n'),
        put='silent for longer than `timeout` allows."""\n',
        tests=[f"{_RETRIES}::test_what_may_pass_is_tried_again[sync call-silence before the head]"],
    ),
    Protection(
        name="silence-at-work",
        promise="A service that fell silent at its work is not asked again: it would cost as much.",
        file="xyashui/retries.py",
        find=("    if isinstance(error, APITimeoutError) and error.begun:\n        return False"),
        put=("    if False:\n        return False"),
        tests=[
            "tests/xyashui/test_deadline_phases.py::test_silence_at_work_is_not_asked_for_again",
        ],
    ),
    Protection(
        name="longest-wait",
        promise="A service that asks for more than a minute's patience gets none.",
        file="xyashui/retries.py",
        find="    return wait is None or wait <= LONGEST_WAIT\n",
        put="    return True\n",
        tests=[f"{_RETRIES}::TestRetryAfter::test_the_limit_is_sixty_seconds"],
    ),
    Protection(
        name="retry-after-is-heeded",
        promise="It is asked again when it says, and not before.",
        file="xyashui/retries.py",
        find="    return asked if asked is not None else ",
        put="    return ",
        tests=[f"{_RETRIES}::test_the_wait_is_what_was_asked_for_or_else_random_and_growing"],
    ),
    Protection(
        name="retry-after-is-finite",
        promise="A Retry-After that is no moment is none.",
        file="xyashui/failures.py",
        find="    return max(0.0, seconds) if isfinite(seconds) else None\n",
        put="    return seconds\n",
        tests=["tests/xyashui/test_failures.py::test_retry_after_in_seconds_or_as_a_date"],
    ),
    Protection(
        name="no-try-too-late",
        promise="Nobody waits for a try that would come after the deadline.",
        file="xyashui/retries.py",
        find="        return left is not None and state.upcoming_sleep >= left\n",
        put="        return False\n",
        tests=[
            "tests/xyashui/test_deadline.py::test_nobody_waits_for_a_try_that_would_come_too_late"
            "[sync call]",
        ],
    ),
    Protection(
        name="as-often-as-asked",
        promise="A call is made again max_retries times and no more.",
        file="xyashui/retries.py",
        find="stop_after_attempt(max_retries + 1)",
        put="stop_after_attempt(max_retries + 2)",
        tests=[f"{_RETRIES}::test_as_often_as_was_asked_for_and_no_more[sync call-0]"],
    ),
    Protection(
        name="paid-once",
        promise="What is paid for when it is sent (pictures, speech, tasks) is not sent twice.",
        file="xyashui/calls.py",
        find="            if call.paid_once_sent and not transport.never_sent(error):\n",
        put="            if False:\n",
        tests=[
            f"{_PAID}::test_what_may_have_arrived_is_not_sent_again[Client-reset-a picture]",
            f"{_PAID}::test_what_may_have_arrived_is_not_sent_again[AsyncClient-reset-a picture]",
        ],
    ),
    Protection(
        name="paid-once-begun",
        promise="Nor where a gateway gave up waiting while somebody may have been at work.",
        file="xyashui/outgoing.py",
        find="        if self.paid_once_sent and not nothing:\n",
        put="        if False:\n",
        tests=[
            f"{_PAID}"
            "::test_nor_is_what_a_gateway_gave_up_on_while_somebody_was_at_work"
            "[Client-HTTP 504-a picture]",
        ],
    ),
    Protection(
        name="refused-before-any-work",
        promise="What was refused before any work was done is sent again all the same.",
        file="xyashui/outgoing.py",
        find="_NOTHING_DONE = frozenset({425, 503})\n",
        put="_NOTHING_DONE = frozenset({425})\n",
        tests=[f"{_PAID}::test_what_was_refused_before_any_work_is_sent_again"],
    ),
    Protection(
        name="what-never-left",
        promise="What never left this machine is sent again all the same.",
        file="xyashui/transport.py",
        find="    return isinstance(error, httpx.ConnectError)\n",
        put="    return False\n",
        tests=[f"{_PAID}::test_what_never_left_is_sent_again"],
    ),
    Protection(
        name="untrusted-certificate",
        promise="A certificate that nobody trusts will not be trusted at the next try either.",
        file="xyashui/transport.py",
        find="        connection.retryable = False\n",
        put="",
        tests=[
            "tests/xyashui/test_transport.py"
            "::test_a_certificate_that_is_not_trusted_is_told_and_not_tried_again",
        ],
    ),
    Protection(
        name="no-such-channel",
        promise="A 503 that means that there is no such model is final.",
        file="xyashui/failures.py",
        find='"无可用渠道", "model_not_found", "不存在的模型"',
        put='"no such words",',
        tests=[
            f"{_RETRIES}::test_what_will_not_pass_is_not_tried_again[sync call-HTTP 503, model]",
        ],
    ),
    Protection(
        name="no-money",
        promise="A 429 that means that there is no money left is final.",
        file="xyashui/failures.py",
        find='            "insufficient_quota",\n',
        put="",
        tests=[
            f"{_RETRIES}::test_what_will_not_pass_is_not_tried_again[sync call-HTTP 429, quota]",
        ],
    ),
    Protection(
        name="embedded-once",
        promise="Texts that have been embedded are kept where a later batch fails.",
        file="xyashui/endpoints/embeddings/work.py",
        find="            locate(error, self._embeddings(), self._culprit)\n",
        put="            pass\n",
        tests=[
            "tests/xyashui/embeddings/test_embeddings_failures.py::TestAFailureThatIsNoTexts"
            "::test_keeps_what_came_before",
        ],
    ),
    Protection(
        name="embedded-and-gone-on-from",
        promise="And not embedded again by the call that goes on from there.",
        file="xyashui/endpoints/embeddings/work.py",
        find="        self._vectors = [known.get(text) for text in self._texts]\n",
        put="",
        tests=[
            "tests/xyashui/embeddings/test_embeddings_answers.py::TestATextAtFault"
            "::test_costs_nothing_twice"
            "[sync]",
        ],
    ),
)

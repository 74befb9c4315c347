"""When a service is down, it is left alone, and another answers."""

from __future__ import annotations

from mutants.protection import Protection

__all__ = ["STAYING_UP"]

_BREAKER = "tests/xyashui/test_breaker.py"
_CLIENTS = "tests/xyashui/test_breaker_in_clients.py"
_VERDICTS = "tests/xyashui/test_verdicts.py"
_FALLBACK = "tests/llama_index_xyashui/fallback/test_llama_fallback.py"
_FALLBACK_BREAKERS = "tests/llama_index_xyashui/fallback/test_llama_fallback_breakers.py"
_FALLBACK_TOOLS = "tests/llama_index_xyashui/fallback/test_llama_fallback_tools.py"
_FALLBACK_OTHERS = "tests/llama_index_xyashui/fallback/test_llama_fallback_others.py"
_FALLBACKS = "tests/langchain_xyashui/test_fallbacks.py"
_ROUNDS = "llama_index_xyashui/fallback/rounds.py"

STAYING_UP = (
    Protection(
        name="breaker-opens",
        promise="After several failed calls in a row a service is asked no more.",
        file="xyashui/breaker.py",
        find="        return missed.opening(self._clock(), self.retry_after)\n",
        put="        return missed\n",
        tests=[
            f"{_BREAKER}::test_it_opens_after_failures_in_a_row",
            f"{_CLIENTS}::test_a_client_asks_no_more_once_it_is_open",
        ],
    ),
    Protection(
        name="breaker-in-a-row",
        promise="An answer between them begins the row anew.",
        file="xyashui/breaker.py",
        find="            return known if known.fine else known.passed()\n",
        put="            return known if known.opened is None else known.passed()\n",
        tests=[f"{_BREAKER}::test_an_answer_between_them_begins_the_row_anew"],
    ),
    Protection(
        name="breaker-half-open",
        promise="After a while one call tries, and the others wait for what it finds.",
        file="xyashui/breaker.py",
        find="            trial, again = known.trial + 1, now + self.retry_after\n",
        put="            trial, again = known.trial + 1, now\n",
        tests=[
            f"{_BREAKER}::test_after_the_rest_one_call_tries_and_the_others_wait",
            f"{_BREAKER}::test_of_many_threads_one_tries",
        ],
    ),
    Protection(
        name="breaker-closes",
        promise="An answer closes it.",
        file="xyashui/breaker.py",
        find="        closed = replace(self, failed=0, opened=None, trying=False)\n",
        put="        closed = replace(self, failed=0, trying=False)\n",
        tests=[f"{_CLIENTS}::test_a_client_asks_again_after_the_rest"],
    ),
    Protection(
        name="breaker-opens-again",
        promise="A try that fails opens it again, be the row as short as it may.",
        file="xyashui/breaker.py",
        find="        if known.opened is None and missed.failed < self.failures:\n",
        put="        if missed.failed % self.failures:\n",
        tests=[f"{_BREAKER}::test_a_try_that_fails_opens_it_again_for_as_long"],
    ),
    Protection(
        name="breaker-late-news",
        promise="Who set out before it opened has no say afterwards.",
        file="xyashui/breaker.py",
        find="            if passage.epoch != known.epoch:\n                return\n",
        put="",
        tests=[f"{_BREAKER}::test_who_set_out_before_it_opened_has_no_say_afterwards"],
    ),
    Protection(
        name="breaker-no-news",
        promise="A try that says nothing of the service leaves it to the next one.",
        file="xyashui/breaker.py",
        find="replace(known, trying=False, next=passage.resume) if decides",
        put="replace(known, trying=False) if decides",
        tests=[f"{_BREAKER}::test_a_try_that_says_nothing_leaves_it_to_the_next"],
    ),
    Protection(
        name="breaker-numbers-its-tries",
        promise="A try that was given up on leaves the one after it alone.",
        file="xyashui/breaker.py",
        find="            decides = known.trying and passage.trial == known.trial\n",
        put="            decides = known.trying\n",
        tests=[f"{_BREAKER}::test_a_try_that_was_given_up_on_leaves_the_one_after_it_alone"],
    ),
    Protection(
        name="breaker-at-any-moment",
        promise="Calls that end at the same moment all count, in whichever thread.",
        file="xyashui/breaker.py",
        find="            if self._known is not before:\n                return False\n",
        put="",
        tests=[
            f"{_BREAKER}::test_failures_that_come_at_once_all_count",
            f"{_BREAKER}::test_a_try_that_fails_while_the_next_one_sets_out_opens_it_again",
        ],
    ),
    Protection(
        name="breaker-and-log-handlers",
        promise="Nobody waits for it while a line of a log is written.",
        file="xyashui/breaker.py",
        find=("            if now is known or self._learn(known, now):\n                break\n"),
        put=(
            "            if now is known or self._learn(known, now):\n"
            "                self._lock().acquire()\n"
            "                break\n"
        ),
        tests=[
            f"{_BREAKER}::test_whoever_writes_a_record_or_a_refusal_keeps_nobody_waiting",
        ],
    ),
    Protection(
        name="breaker-cancelled",
        promise="A call that is cancelled says nothing of the service.",
        file="xyashui/breaker.py",
        find="            self._breaker._ended(self, up=None)  # cancelled",
        put="            self._breaker._ended(self, up=False)  # cancelled",
        tests=[
            f"{_BREAKER}::test_what_says_nothing_of_the_service_changes_nothing",
            "tests/llama_index_xyashui/fallback/test_llama_fallback_breakers.py"
            "::test_a_question_that_is_cancelled_says_nothing_of_an_llm",
        ],
    ),
    Protection(
        name="breaker-thrown-away",
        promise="A call that is thrown away before anything came says nothing either.",
        file="xyashui/breaker.py",
        find="(isinstance(error, GeneratorExit) and self._answered)",
        put="isinstance(error, GeneratorExit)",
        tests=[f"{_BREAKER}::test_a_coroutine_that_is_thrown_away_says_nothing"],
    ),
    Protection(
        name="breaker-left-early",
        promise="A stream that is left early was an answer.",
        file="xyashui/breaker.py",
        find="        self._answered = True\n",
        put="        pass\n",
        tests=[
            f"{_BREAKER}::test_a_generator_that_is_closed_early_was_answering_if_it_said_so[True]",
            f"{_CLIENTS}::test_a_stream_that_is_left_early_was_an_answer",
            f"{_CLIENTS}::test_an_async_stream_that_is_left_early_was_an_answer",
            f"{_CLIENTS}::test_a_sound_that_is_left_early_was_an_answer",
        ],
    ),
    Protection(
        name="breaker-everywhere",
        promise="Every call heeds it, at every endpoint, sync and async.",
        file="xyashui/calls.py",
        find="            if self.breaker is None:\n",
        put="            if True:\n",
        tests=[
            f"{_CLIENTS}::test_every_endpoint_heeds_it",
            f"{_CLIENTS}::test_clients_share_one_sync_and_async",
            f"{_FALLBACKS}::test_a_service_that_is_down_is_asked_no_more",
        ],
    ),
    Protection(
        name="breaker-and-requests",
        promise="What is wrong with a request does not count against the service.",
        file="xyashui/verdicts.py",
        find="_AT_FAULT = Verdict(up=True, elsewhere=False)\n",
        put="_AT_FAULT = Verdict(up=False, elsewhere=False)\n",
        tests=[
            f"{_VERDICTS}::test_the_table_is_what_is_done[BadRequestError]",
            f"{_BREAKER}::test_a_refusal_of_the_request_is_an_answer_too",
        ],
    ),
    Protection(
        name="breaker-and-waiting",
        promise="Nor does a wait in vain for one's own turn.",
        file="xyashui/verdicts.py",
        find=(
            "    if isinstance(error, errors.TransportError) and not error.sent:\n"
            "        return _UNKNOWN\n"
        ),
        put="",
        tests=[
            f"{_VERDICTS}::test_nothing_is_known_of_a_service_that_was_not_called",
            f"{_CLIENTS}::test_to_wait_in_vain_for_ones_own_turn_is_not_the_services_fault",
        ],
    ),
    Protection(
        name="fallback-asks-the-next",
        promise="Where the first gives no answer, the next is asked.",
        file=_ROUNDS,
        find=("        self._round.passed_over(self._member, error)\n        return True\n"),
        put=("        self._round.passed_over(self._member, error)\n        return False\n"),
        tests=[
            f"{_FALLBACK}::test_it_answers_whatever_went_wrong_before_the_first_words[chat-reset]",
            f"{_FALLBACK}::test_it_answers_whatever_went_wrong_before_the_first_words"
            "[astream_complete-key]",
        ],
    ),
    Protection(
        name="fallback-before-the-first-words",
        promise="A stream that has begun is not begun again elsewhere.",
        file=_ROUNDS,
        find="        if self._begun or not verdict(error).elsewhere:\n",
        put="        if not verdict(error).elsewhere:\n",
        tests=[f"{_FALLBACK}::test_a_stream_that_has_begun_is_not_begun_again_elsewhere"],
    ),
    Protection(
        name="fallback-holds-no-words",
        promise="Pieces without words do not begin a stream: another may still take over.",
        file=_ROUNDS,
        find="        empty = not (self._begun or _says_something(response))\n",
        put="        empty = False\n",
        tests=[
            "tests/llama_index_xyashui/fallback/test_llama_fallback_others.py"
            "::test_its_stream_falls_back_as_long_as_it_has_no_words",
        ],
    ),
    Protection(
        name="fallback-loses-nothing",
        promise="What was held is handed out before what follows.",
        file=_ROUNDS,
        find="        held, self._held = self._held, []\n",
        put="        held, self._held = self._held[-1:], []\n",
        tests=[f"{_FALLBACK_OTHERS}::test_pieces_without_words_come_with_the_first_that_has_some"],
    ),
    Protection(
        name="fallback-and-bad-requests",
        promise="A request that is at fault is asked nowhere else.",
        file=_ROUNDS,
        find="        if self._begun or not verdict(error).elsewhere:\n",
        put="        if self._begun:\n",
        tests=[f"{_FALLBACK}::test_a_request_that_is_at_fault_is_asked_nowhere_else"],
    ),
    Protection(
        name="fallback-says-who",
        promise="Every response says which LLM it is of.",
        file=_ROUNDS,
        find='                "index": self._member.index,\n',
        put='                "index": 0,\n',
        tests=[f"{_FALLBACK}::test_the_next_answers_and_every_response_says_so"],
    ),
    Protection(
        name="fallback-tools",
        promise="Whose tool calls they are, its own LLM reads.",
        file="llama_index_xyashui/fallback/tools.py",
        find="        llm: Any = self.llms[who_answered(response)]\n",
        put="        llm: Any = self.llms[0]\n",
        tests=[
            f"{_FALLBACK_TOOLS}::test_a_response_is_read_by_the_llm_that_it_is_of[second-names1]"
        ],
    ),
    Protection(
        name="fallback-without-tools",
        promise="Tools are there only where all LLMs have them.",
        file="llama_index_xyashui/fallback/tools.py",
        find="            if not isinstance(member.llm, FunctionCallingLLM):\n",
        put="            if False:\n",
        tests=[
            "tests/llama_index_xyashui/fallback/test_llama_fallback_tools.py"
            "::test_tools_are_there_only_where_all_have_them",
        ],
    ),
    Protection(
        name="fallback-breaker",
        promise="An LLM that is down is asked no more, and the others at once.",
        file=_ROUNDS,
        find="        self._passage.__exit__(kind, error, traceback)\n",
        put="",
        tests=[
            "tests/llama_index_xyashui/fallback/test_llama_fallback_breakers.py"
            "::test_an_llm_that_is_down_is_asked_no_more",
        ],
    ),
    Protection(
        name="fallback-better-to-try",
        promise="Where all others have failed, the one that rests is asked all the same.",
        file=_ROUNDS,
        find="        if resting:\n",
        put="        if False:\n",
        tests=[
            "tests/llama_index_xyashui/fallback/test_llama_fallback_breakers.py"
            "::test_who_rests_is_asked_all_the_same_where_the_others_fail",
        ],
    ),
    Protection(
        name="fallback-all-failed",
        promise="Where nobody answers, one error names them all.",
        file=_ROUNDS,
        find="        self._errors[member.index] = error\n",
        put="        self._errors = {member.index: error}\n",
        tests=[f"{_FALLBACK}::test_where_all_fail_one_error_names_them_all"],
    ),
    Protection(
        name="fallback-closes",
        promise="A stream of a Fallback that is left early closes its connection.",
        file="llama_index_xyashui/fallback/several.py",
        find="                async with closing_in_order(await ask(turn.llm)) as stream:\n",
        put=(
            "                import contextlib\n"
            "                async with contextlib.nullcontext(await ask(turn.llm)) as stream:\n"
            "                    globals()['kept'] = stream\n"
        ),
        tests=[
            "tests/llama_index_xyashui/fallback/test_llama_fallback_breakers.py"
            "::test_a_stream_that_is_left_early_closes_its_connection"
            "[astream_chat]",
        ],
    ),
    Protection(
        name="pickled-fallbacks",
        promise="The pickle of a Fallback holds no errors of other libraries' LLMs.",
        file="llama_index_xyashui/fallback/several.py",
        find="        copied._members = []\n",
        put="",
        tests=[
            "tests/llama_index_xyashui/fallback/test_llama_fallback_settings.py"
            "::test_a_pickle_holds_no_errors_of_others",
        ],
    ),
    Protection(
        name="langchain-errors",
        promise="Errors are LangChain's own classes too, by which its fallbacks and retries go.",
        file="langchain_xyashui/errors.py",
        find="        twin = _TWINS.get(type(error))\n",
        put="        twin = None\n",
        tests=[f"{_FALLBACKS}::test_its_refusal_is_langchains_connection_error_too"],
    ),
    Protection(
        name="langchain-before-the-first-words",
        promise="A piece without words does not begin a LangChain stream either.",
        file="xyashui/deltas.py",
        find=" if text or reason else None\n",
        put="\n",
        tests=[f"{_FALLBACKS}::test_it_answers_whatever_went_wrong_before_the_first_words"],
    ),
)

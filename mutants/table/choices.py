"""One answer is not mixed with another, and what stages hold back is not lost."""

from __future__ import annotations

from mutants.protection import Protection

__all__ = ["CHOICES"]

_PAYLOADS = "tests/xyashui/test_payloads.py"
_BESIDE = f"{_PAYLOADS}::TestAnErrorBesideChoices"
_UNASKED = f"{_PAYLOADS}::TestAnAnswerThatNobodyAskedFor"
_NUMBERS = f"{_PAYLOADS}::TestAnswersOfOneNumber"
_AGAIN = f"{_PAYLOADS}::TestAllOfItOnceMoreAsAMessage"
_OWN = f"{_PAYLOADS}::TestCallsOfTheServicesOwn"
_ARRIVED = f"{_PAYLOADS}::TestWhatHadArrived"
_EMULATION = "tests/xyashui/test_emulation.py"
_ROUNDS = f"{_EMULATION}::TestRounds::test_lose_nothing_of_the_first_where_the_second_fails"
_CASES = "tests/reliability/test_reliability_cases.py::test_case"

CHOICES = (
    Protection(
        name="choices-of-one-list",
        promise="The choices of one document are answers each, whatever numbers they have.",
        file="xyashui/payloads.py",
        find="            return bool(says_all) and (reader.finished or not delta)\n",
        put="            return False\n",
        tests=[f"{_NUMBERS}::test_are_two_in_a_document[0-text-2]"],
    ),
    Protection(
        name="messages-of-one-number",
        promise="A message behind one that was whole is another answer, and no more of it.",
        file="xyashui/payloads.py",
        find="        return reader.finished or (self._asked > 1 and reader.is_message)\n",
        put="        return False\n",
        tests=[
            f"{_NUMBERS}::test_are_two_in_two_documents[2-message]",
            f"{_NUMBERS}::test_are_two_in_a_stream_where_they_are_whole_messages",
            f"{_CASES}[second answer: a document-ChatXingYun sync call]",
        ],
    ),
    Protection(
        name="messages-without-a-reason",
        promise="Where several are asked for, a message is whole without a reason why it ended.",
        file="xyashui/payloads.py",
        find="        return reader.finished or (self._asked > 1 and reader.is_message)\n",
        put="        return reader.finished\n",
        tests=[
            f"{_NUMBERS}::test_are_two_in_two_documents_that_do_not_end_where_two_were_asked_for",
        ],
    ),
    Protection(
        name="deltas-of-one-number",
        promise="Deltas of one number are of one answer, on lines of their own too.",
        file="xyashui/payloads.py",
        find="        if delta or not (reader.is_message or self._document is not None):\n",
        put="        if not (reader.is_message or self._document is not None):\n",
        tests=[f"{_NUMBERS}::test_are_one_where_they_are_deltas"],
    ),
    Protection(
        name="nothing-said-behind-an-answer",
        promise="What has no text is no second answer: it says why the first has ended.",
        file="xyashui/payloads.py",
        find='        if not (said.get("content") or choice.get("text")):\n',
        put="        if False:\n",
        tests=[
            f"{_NUMBERS}::test_are_one_where_nothing_more_is_said_with_the_usage[1-more0-whole0]",
            f"{_NUMBERS}::test_are_one_where_one_tells_the_text_and_the_other_the_calls",
        ],
    ),
    Protection(
        name="reasons-given-again",
        promise="A reason that is given again with the usage is no end of a second answer.",
        file="xyashui/payloads.py",
        find='        again = chunk.finish_reason and not payload.get("usage")\n',
        put="        again = chunk.finish_reason\n",
        tests=[
            f"{_NUMBERS}::test_are_one_where_nothing_more_is_said_with_the_usage[2-more1-None]",
        ],
    ),
    Protection(
        name="streams-of-one-number",
        promise="Deltas of several answers that share a number are none, for nobody can part them.",
        file="xyashui/payloads.py",
        find="        if went_on and len(self._choices) < self._asked:\n",
        put="        if False:\n",
        tests=[f"{_NUMBERS}::test_are_none_in_a_stream_where_several_were_asked_for"],
    ),
    Protection(
        name="answers-past-the-stages",
        promise="An answer that nobody asked for does not get into one that stages work on.",
        file="xyashui/payloads.py",
        find="        if chunk.index:\n            self._keep(chunk)\n            return [chunk]\n",
        put="",
        tests=[
            f"{_UNASKED}::test_does_not_hold_back_text_of_the_one",
            f"{_UNASKED}::test_does_not_get_into_its_json",
            f"{_CASES}[second answer: a stream, beside what is held back-AShui async stream]",
        ],
    ),
    Protection(
        name="an-answer-that-is-empty-yet",
        promise="Nor is it taken for the one of which nothing has come yet.",
        file="xyashui/payloads.py",
        find="        self._builder.add(Chunk(index=index))",
        put="        pass",
        tests=[f"{_UNASKED}::test_is_not_taken_for_it_where_nothing_of_it_has_come[none]"],
    ),
    Protection(
        name="text-beside-an-error",
        promise="Text in the event of an error is not lost, also where stages hold it back.",
        file="xyashui/payloads.py",
        find="            if self._stages:\n                chunks += self._staged(chunk)\n",
        put="            if self._stages:\n                chunks.append(chunk)\n",
        tests=[
            f"{_BESIDE}::test_has_their_text[stop-]",
            f"{_CASES}[refusal: beside choices, behind what is held back-AShui sync call]",
        ],
    ),
    Protection(
        name="text-in-an-error-event",
        promise="Nor where the event is called `error`.",
        file="xyashui/streaming.py",
        find="            self._save(payload)\n            raise self._api_error(",
        put="            raise self._api_error(",
        tests=[
            f"{_BESIDE}::test_has_it_too_where_the_event_is_named_after_it[none]",
            f"{_CASES}[refusal: beside choices, as an event of that name-XingYun async call]",
        ],
    ),
    Protection(
        name="documents-before-a-cut",
        promise="Of a list of documents that is cut short, those before the cut are not lost.",
        file="xyashui/documents.py",
        find="    payloads = payload if isinstance(payload, list) else [payload]\n",
        put="    payloads = payload[-1:] if isinstance(payload, list) else [payload]\n",
        tests=[
            f"{_NUMBERS}::test_are_kept_apart_where_the_last_is_cut_short",
            f"{_CASES}[cut: in a list of documents, the last of several-ChatAShui sync call]",
        ],
    ),
    Protection(
        name="calls-said-again",
        promise="A message that says all once more makes no call in it twice.",
        file="xyashui/payloads.py",
        find="        if self._stages and index == 0:\n",
        put="        if False:\n",
        tests=[
            f"{_AGAIN}::test_calls_nothing_twice",
            f"{_AGAIN}::test_is_no_second_answer_behind_a_stage",
        ],
    ),
    Protection(
        name="calls-in-two-forms",
        promise="Calls that a service makes out itself are not mixed with those in the text.",
        file="xyashui/emulation/tool_parser.py",
        find="        return replace(call, index=self._own[call.index])\n",
        put="        return call\n",
        tests=[f"{_OWN}::test_are_kept_apart_from_those_in_the_text[behind]"],
    ),
    Protection(
        name="calls-of-the-services-own",
        promise="Nor is the model asked for a call where the service made one out.",
        file="xyashui/emulation/tool_parser.py",
        find="            self._own_is_usable = self._own_is_usable or call.name in wanted\n",
        put="",
        tests=[f"{_OWN}::test_are_calls_where_one_is_demanded_if_it_is_that[f-f-True]"],
    ),
    Protection(
        name="calls-that-nobody-wants",
        promise="But it is, where that is a call of another tool than it was to call.",
        file="xyashui/emulation/tool_parser.py",
        find="            self._own_is_usable = self._own_is_usable or call.name in wanted\n",
        put="            self._own_is_usable = True\n",
        tests=[
            f"{_OWN}::test_are_calls_where_one_is_demanded_if_it_is_that[f-g-False]",
            f"{_OWN}::test_of_no_known_tool_do_not_stand_in_for_one_that_cannot_be_made",
        ],
    ),
    Protection(
        name="text-that-was-dropped",
        promise="Text around a call that is demanded had arrived, and is in the error.",
        file="xyashui/emulation/tool_parser.py",
        find="                self._dropped.write(piece)\n",
        put="                pass\n",
        tests=[f"{_ARRIVED}::test_has_the_text_around_a_call_that_is_demanded"],
    ),
    Protection(
        name="citations-held-back",
        promise="So are the citations in text that was held back.",
        file="xyashui/streaming.py",
        find=(
            "        answer.choices[0].text += held\n"
            "        if self._cites:\n"
            "            for choice in answer.choices:\n"
            "                choice.citations = find_citations(choice.text)\n"
        ),
        put=(
            "        if self._cites:\n"
            "            for choice in answer.choices:\n"
            "                choice.citations = find_citations(choice.text)\n"
            "        answer.choices[0].text += held\n"
        ),
        tests=[f"{_ARRIVED}::test_has_its_citations_though_it_was_held_back"],
    ),
    Protection(
        name="citations-of-what-does-not-fit",
        promise="So are those in an answer that is not in the form that was asked for.",
        file="xyashui/emulation/__init__.py",
        find="            choice.citations = find_citations(said) if cites else []\n",
        put="",
        tests=[
            f"{_EMULATION}::TestJSONOutput"
            "::test_that_does_not_fit_has_its_sources_where_they_stand_in_it",
        ],
    ),
    Protection(
        name="why-it-does-not-fit",
        promise="Why the model stopped is in the error of what does not fit.",
        file="xyashui/emulation/__init__.py",
        find="            choice.finish_reason = stage.finish\n",
        put="",
        tests=[f"{_EMULATION}::TestJSONOutput::test_that_was_too_long_says_so"],
    ),
    Protection(
        name="the-round-before",
        promise="What the first of two rounds handed on is in the error of the second.",
        file="xyashui/outgoing.py",
        find="        error.partial = error.partial or self.before\n",
        put="",
        tests=[f"{_ROUNDS}[refused]", f"{_ROUNDS}[closed]"],
    ),
    Protection(
        name="the-round-before-an-empty-one",
        promise="So it is where the second had begun.",
        file="xyashui/streaming.py",
        find="            if self._builder.began:\n",
        put="            if self._choices:\n",
        tests=[f"{_ROUNDS}[empty]", f"{_ROUNDS}[an error]"],
    ),
)

"""Arguments of tool calls, while they come and when they have: half of them are not executed."""

from __future__ import annotations

from mutants.protection import Protection

__all__ = ["ARGUMENTS"]

_AGENTS = "tests/langchain_xyashui/test_agents.py"
_CASES = "tests/reliability/test_reliability_cases.py::test_case"
_PIECES = "tests/langchain_xyashui/test_tool_pieces.py"
_LANGCHAIN_CALLS = "tests/langchain_xyashui/test_chat_model_tool_calls.py"
_ESCAPED = "characters: half a surrogate pair that is escaped in a tool call"
_BEGINNINGS = "tests/xyashui/test_json_beginnings.py"

ARGUMENTS = (
    Protection(
        name="half-calls",
        promise="Half a call in a stream is not closed, and not made.",
        file="langchain_xyashui/tool_pieces.py",
        find="            if fault is not None and not told.ended:\n",
        put="            if False:\n",
        tests=[
            f"{_AGENTS}::test_half_a_call_is_not_executed[stream-length]",
            f"{_PIECES}::test_half_a_call_is_none_however_the_answer_ended",
            f"{_PIECES}::test_nothing_that_breaks_off_is_closed_wherever_the_sum_goes",
            f"{_CASES}[tool call: arguments that break off-ChatXingYun async stream]",
            f"{_CASES}[tool call: arguments with something behind them-ChatXingYun sync stream]",
        ],
    ),
    Protection(
        name="half-texts",
        promise="Neither is it where a text in it breaks off.",
        file="xyashui/json_beginnings.py",
        find="UNCLOSABLE = '\\n[}\"[}'\n",
        put="UNCLOSABLE = '\\n[}'\n",
        tests=[
            f"{_PIECES}::test_nothing_that_breaks_off_is_closed_wherever_the_sum_goes",
            f"{_CASES}[tool call: arguments that break off within a text-ChatXingYun sync stream]",
        ],
    ),
    Protection(
        name="half-calls-as-they-were-written",
        promise="What keeps it from being closed is not sent to the service.",
        file="langchain_xyashui/tool_calls.py",
        find="    return args.removesuffix(UNCLOSABLE) if",
        put="    return args if",
        tests=[f"{_PIECES}::test_nothing_that_breaks_off_is_closed_wherever_the_sum_goes"],
    ),
    Protection(
        name="half-calls-as-they-are-shown",
        promise="Nor is it shown in a notebook.",
        file="xyashui/notebook/reading/langchain.py",
        find='(piece["args"] or "").removesuffix(UNCLOSABLE)',
        put='piece["args"] or ""',
        tests=[
            "tests/notebook/test_notebook_show.py"
            "::test_a_call_that_breaks_off_is_shown_as_it_was_written[AIMessageChunk]"
        ],
    ),
    Protection(
        name="reasons-of-streamed-calls",
        promise="Why a streamed call cannot be made is not lost where chunks are added up.",
        file="langchain_xyashui/messages.py",
        find='        kwargs["tool_call_errors"] = reasons\n',
        put="        pass\n",
        tests=[
            f"{_PIECES}::test_half_a_call_is_none_however_the_answer_ended",
            "tests/langchain_xyashui/test_structured_output.py"
            "::test_a_call_that_breaks_off_grows_and_is_an_error_then",
        ],
    ),
    Protection(
        name="arguments-that-are-no-object",
        promise="Arguments that are other JSON than an object are a call that cannot be made.",
        file="xyashui/json_texts.py",
        find="    if not isinstance(value, dict):\n        raise",
        put="    if value is None:\n        raise",
        tests=[
            f"{_LANGCHAIN_CALLS}::test_broken_arguments_are_invalid_calls_and_never_lost",
            "tests/xyashui/test_json_texts.py::test_what_is_no_object_from_end_to_end_is_none",
        ],
    ),
    Protection(
        name="arguments-of-null",
        promise="Arguments that are null are none, and the call can be made.",
        file="xyashui/answers.py",
        find='    return "" if text.strip() in ("", "null") else',
        put='    return "" if not text.strip() else',
        tests=[
            f"{_CASES}[tool call: arguments of null-ChatXingYun sync stream]",
            f"{_CASES}[tool call: arguments of null-XingYun async call]",
        ],
    ),
    Protection(
        name="last-pieces",
        promise="What comes last of a call that cannot be made is a piece of it to v3 events, too.",
        file="langchain_xyashui/content_blocks.py",
        find='    return all(call["id"] or call["name"] for call in calls)\n',
        put="    return True\n",
        tests=[
            f"{_AGENTS}::test_nor_is_one_with_arguments_that_are_no_object[events_v3-nonsense]",
            f"{_LANGCHAIN_CALLS}::test_events_v3_tell_calls_that_cannot_be_made",
            f"{_LANGCHAIN_CALLS}::test_blocks_of_content_have_no_call_besides",
        ],
    ),
    Protection(
        name="objects-of-nothing",
        promise="While arguments that can be no object come, LangChain takes them for none.",
        file="langchain_xyashui/tool_pieces.py",
        find='            return self._broken() if text.strip() else ""\n',
        put='            return ""\n',
        tests=[
            f"{_PIECES}::test_langchains_parsers_make_nothing_of_it[nonsense-PydanticToolsParser]",
            f"{_PIECES}::test_what_is_known_to_be_no_object_is_no_call_before_the_answer_ends"
            "[a brace too many-3]",
        ],
    ),
    Protection(
        name="refused-calls",
        promise="Nor does it take a call that this side refuses for one, from its first piece on.",
        file="langchain_xyashui/tool_pieces.py",
        find="        return rest + UNCLOSABLE\n",
        put="        return rest\n",
        tests=[f"{_PIECES}::test_a_call_that_is_refused_is_none_at_once"],
    ),
    Protection(
        name="null-in-pieces",
        promise="What may become null is no call that cannot be made.",
        file="langchain_xyashui/tool_pieces.py",
        find='        if not self.given and "null".startswith(',
        put='        if False and "null".startswith(',
        tests=[f"{_PIECES}::test_null_may_be_what_is_none_yet"],
    ),
    Protection(
        name="long-nonsense",
        promise="What can be no JSON object is kept to the end, before LangChain reads it.",
        file="langchain_xyashui/tool_pieces.py",
        find='            return self._broken() if text.strip() else ""\n',
        put="            return self._up_to(json.length)\n",
        tests=[f"{_PIECES}::test_langchain_need_not_go_far_back_for_it[two values-50]"],
    ),
    Protection(
        name="long-names",
        promise="A name and white space without end are kept until they say something.",
        file="langchain_xyashui/tool_pieces.py",
        find=" if json.firm and json.loose <= _SHORT else",
        put=" if json.firm else",
        tests=[
            f"{_PIECES}::test_langchain_need_not_go_far_back_for_it[a name without end-50]",
            f"{_PIECES}::test_langchain_need_not_go_far_back_for_it[space without end-1000000]",
            f"{_PIECES}::test_what_says_nothing_for_long_comes_as_soon_as_it_does",
        ],
    ),
    Protection(
        name="deep-pieces",
        promise="Arguments that nest too deeply to be written again are not read while they come.",
        file="langchain_xyashui/tool_pieces.py",
        find="Beginning(deepest=DEEPEST)",
        put="Beginning()",
        tests=[
            f"{_PIECES}::test_langchain_need_not_go_far_back_for_it[too deep-50]",
            f"{_PIECES}::test_langchain_need_not_go_far_back_for_it[too deep, and closed-1000000]",
        ],
    ),
    Protection(
        name="deep-calls",
        promise="Nor when they have come: they are a call that cannot be made.",
        file="langchain_xyashui/tool_calls.py",
        find="    if is_deep(arguments):\n",
        put="    if False:\n",
        tests=[
            f"{_PIECES}::test_long_nonsense_is_a_call_that_cannot_be_made[invoke-too deep, and "
            "closed-1000000]",
            f"{_LANGCHAIN_CALLS}::test_nor_are_those_that_python_cannot_read",
        ],
    ),
    Protection(
        name="deep-output",
        promise="Structured output that nests as deeply is no answer.",
        file="langchain_xyashui/parsers.py",
        find="        if is_deep(self._kept(value)):\n",
        put="        if False:\n",
        tests=[
            "tests/langchain_xyashui/test_structured_output.py"
            "::test_lists_too_deep_in_each_other_are_no_answer"
        ],
    ),
    Protection(
        name="halves-of-escapes",
        promise="No piece of arguments ends within an escape: LangChain loses its string.",
        file="langchain_xyashui/tool_pieces.py",
        find="        text = self._escapes.mend(piece)\n",
        put="        text = piece\n",
        tests=[
            f"{_PIECES}::test_no_long_piece_ends_in_the_middle_of_an_escape",
            f"{_CASES}[{_ESCAPED}-ChatXingYun sync stream]",
        ],
    ),
    Protection(
        name="last-half-of-an-escape",
        promise="What was kept for pieces that did not come is handed on at the end.",
        file="langchain_xyashui/messages.py",
        find="    if pieces := calls.last(choice.tool_calls, faults):\n",
        put="    if False:\n",
        tests=[f"{_PIECES}::test_what_is_kept_of_an_escape_is_not_lost_where_the_answer_ends"],
    ),
    Protection(
        name="pieces-as-langchain-reads-them",
        promise="What a piece of arguments says is what LangChain makes of it.",
        file="langchain_xyashui/pieces.py",
        find="    return read if isinstance(read, dict) else None\n",
        put="    return None\n",
        tests=[
            f"{_PIECES}::test_any_beginning_of_arguments_is_what_the_constructors_make",
            f"{_PIECES}::test_so_is_any_short_piece",
        ],
    ),
    Protection(
        name="json-that-is-broken",
        promise="What can be no JSON any more is known at once.",
        file="xyashui/json_beginnings.py",
        find="        elif sign in _CLOSES and self._closers[-1:] == [sign] and",
        put="        elif sign in _CLOSES and self._closers and",
        tests=[f"{_BEGINNINGS}::test_it_is_broken_where_a_sign_cannot_stand"],
    ),
    Protection(
        name="json-in-any-pieces",
        promise="Where JSON is cut makes no difference.",
        file="xyashui/json_beginnings.py",
        find="        text = self._escape + piece\n",
        put="        text = piece\n",
        tests=[f"{_BEGINNINGS}::test_the_beginning_of_json_is_one_wherever_it_is_cut"],
    ),
    Protection(
        name="json-with-many-escapes",
        promise="A text in it may have any number of escapes.",
        file="xyashui/json_beginnings.py",
        find="_INSIDE.match(text, at)) and match.end() > at:",
        put="_INSIDE.match(text, at)) and match.end() == len(text):",
        tests=[f"{_BEGINNINGS}::test_a_text_may_have_more_escapes_than_are_looked_at_in_one_go"],
    ),
    Protection(
        name="whole-nonsense",
        promise="Whole arguments that Python cannot read are a call that cannot be made.",
        file="xyashui/json_texts.py",
        find="    except RecursionError:\n        raise ValueError(",
        put="    except json.JSONDecodeError:\n        raise ValueError(",
        tests=[f"{_LANGCHAIN_CALLS}::test_nor_are_those_that_python_cannot_read"],
    ),
)

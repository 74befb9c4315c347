"""Tool calls come out whole, however oddly they come in."""

from __future__ import annotations

from mutants.protection import Protection

__all__ = ["TOOL_CALLS"]

_DELTAS = "tests/xyashui/test_deltas.py"
_CASES = "tests/reliability/test_reliability_cases.py::test_case"
_PARSER = "tests/xyashui/test_tool_parser.py"
_EMULATION = "tests/xyashui/test_emulation.py"
_STOP = "tests/xyashui/test_stop_beside_tools.py"
_CUT = "tests/xyashui/test_cut_at_the_limit.py"
_STRUCTURED = "tests/langchain_xyashui/test_structured_output.py"

TOOL_CALLS = (
    Protection(
        name="calls-of-one-number",
        promise="Two calls that are both number 0 are two calls.",
        file="xyashui/deltas.py",
        find="            return id_ == self.id\n",
        put="            return True\n",
        tests=[
            f"{_CASES}[tool call: two calls that are both number 0-ChatXingYun sync call]",
            f"{_DELTAS}::TestToolCalls::test_the_calls_are_whole[all numbered 0, with ids]",
        ],
    ),
    Protection(
        name="calls-without-a-number",
        promise="Pieces of a call that have no index belong to the call before them.",
        file="xyashui/deltas.py",
        find="            return last if last.goes_on(id_, name, arguments) else None\n",
        put="            return None\n",
        tests=[
            f"{_CASES}[tool call: without an index-ChatXingYun async stream]",
            f"{_DELTAS}::TestToolCalls::test_the_calls_are_whole[no index, id once]",
        ],
    ),
    Protection(
        name="names-in-every-piece",
        promise="A name that comes with every piece is written once.",
        file="xyashui/deltas.py",
        find='        shown = "" if name == call.name or call.arguments else name\n',
        put="        shown = name\n",
        tests=[
            f"{_CASES}[tool call: with its name in every piece-ChatXingYun sync stream]",
            f"{_DELTAS}::TestToolCalls::test_the_calls_are_whole[name in every delta]",
        ],
    ),
    Protection(
        name="calls-without-an-id",
        promise="A call without an id gets one, by which its result is found.",
        file="xyashui/deltas.py",
        find='        self.id = id_ or f"call_{uuid4().hex[:24]}"\n',
        put='        self.id = id_ or ""\n',
        tests=[
            f"{_DELTAS}::TestToolCalls::test_the_calls_are_whole[no index and no id]",
            f"{_DELTAS}::test_the_legacy_form_is_a_tool_call",
        ],
    ),
    Protection(
        name="arguments-that-are-no-text",
        promise="Arguments that come as an object are written as JSON.",
        file="xyashui/deltas.py",
        find="            arguments = to_json(arguments).decode()\n",
        put="            arguments = str(arguments)\n",
        tests=[f"{_CASES}[tool call: arguments that are no text-ChatXingYun sync call]"],
    ),
    Protection(
        name="calls-by-the-old-name",
        promise="A call by the old name (function_call) is a call.",
        file="xyashui/deltas.py",
        find='            legacy = delta.get("function_call")\n',
        put="            legacy = None\n",
        tests=[
            f"{_DELTAS}::test_the_legacy_form_is_a_tool_call",
            f"{_CASES}[tool call: by the old name-XingYun async call]",
        ],
    ),
    Protection(
        name="a-call-in-place-of-a-list",
        promise="One call in the place of a list of them is a call.",
        file="xyashui/deltas.py",
        find="            entries = [entries]\n",
        put="            entries = []\n",
        tests=[f"{_CASES}[tool call: an object in place of a list-ChatAShui sync call]"],
    ),
    Protection(
        name="ids-that-are-numbers",
        promise="An id that is a number is one.",
        file="xyashui/deltas.py",
        find=("    if isinstance(value, int):\n        return str(value)\n"),
        put="",
        tests=[f"{_CASES}[tool call: an id that is a number-ChatXingYun sync call]"],
    ),
    Protection(
        name="unknown-fields",
        promise="Fields that nobody knows are kept.",
        file="xyashui/deltas.py",
        find="        return Chunk(text, reasoning, calls, reason, extra=extra or None, raw=raw)\n",
        put="        return Chunk(text, reasoning, calls, reason, raw=raw)\n",
        tests=["tests/xyashui/test_streaming.py::TestContents::test_unknown_fields_are_kept"],
    ),
    Protection(
        name="reasoning",
        promise="Reasoning is kept, apart from the answer.",
        file="xyashui/deltas.py",
        find='        reasoning = delta.get("reasoning_content") or delta.get("reasoning") or ""\n',
        put='        reasoning = ""\n',
        tests=[
            "tests/xyashui/test_streaming.py::TestContents"
            "::test_reasoning_is_kept_apart_whatever_it_is_called",
        ],
    ),
    Protection(
        name="odd-token-counts",
        promise="Token counts that are none break nothing.",
        file="xyashui/deltas.py",
        find="        return int(value) if isfinite(value) else None\n",
        put="        return int(value)\n",
        tests=[
            f"{_CASES}[payload: usage that is no number-ChatXingYun sync call]",
            f"{_DELTAS}::test_usage",
        ],
    ),
    Protection(
        name="calls-in-text",
        promise="Of the markup of calls in the text nothing gets into the answer.",
        file="xyashui/emulation/blocks.py",
        find='        keep = 0 if last else _possible(held, "\\n" + OPEN, OPEN)\n',
        put="        keep = 0\n",
        tests=[f"{_PARSER}::test_text_before_a_call_streams_through_at_once"],
    ),
    Protection(
        name="tags-inside-strings",
        promise="A closing tag inside a string of its arguments does not end a call.",
        file="xyashui/emulation/blocks.py",
        find="        end = self._json.find(self._held)\n",
        put=(
            "        end = self._held.find(CLOSE)\n"
            "        end = None if end < 0 else end\n"
            "        self._json.find(self._held)\n"
        ),
        tests=[f"{_PARSER}::test_a_call_is_handed_on_when_its_json_ends"],
    ),
    Protection(
        name="unknown-tools",
        promise="A call of a tool that there is not comes out with the reason, and is not made.",
        file="xyashui/emulation/tool_parser.py",
        find="        if name not in self._schemas:\n",
        put="        if False:\n",
        tests=[f"{_PARSER}::test_a_call_that_cannot_be_made_comes_out_with_the_reason"],
    ),
    Protection(
        name="arguments-that-break-the-schema",
        promise="So does one whose arguments break the schema.",
        file="xyashui/emulation/tool_parser.py",
        find="        if broken is not None:\n",
        put="        if False:\n",
        tests=[f"{_PARSER}::test_a_call_that_cannot_be_made_comes_out_with_the_reason"],
    ),
    Protection(
        name="calls-that-are-demanded",
        promise="A call that was demanded and not made is no answer.",
        file="xyashui/emulation/tool_parser.py",
        find="        if self._forced is not None and not self._refused_calls:\n",
        put="        if False:\n",
        tests=[f"{_PARSER}::TestFault::test_is_that_the_tool_that_must_be_called_was_not[Sunny.]"],
    ),
    Protection(
        name="calls-beside-stop",
        promise="A stop sequence is looked for in what the model says, and cuts no call.",
        file="xyashui/emulation/__init__.py",
        find=("        stages: list[Stage] = []\n        if self._schemas:\n"),
        put=(
            "        stages: list[Stage] = [StopStage(self._stop)] if self._stop else []\n"
            "        if self._schemas:\n"
        ),
        tests=[
            f"{_STOP}::test_a_call_is_made_in_one_request[ashui-\\n]",
            f"{_STOP}::test_a_call_is_made_in_one_request[xingyun-}}]",
        ],
    ),
    Protection(
        name="stop-of-the-services-own",
        promise="None is sent to a service that knows them, where it would cut calls in the text.",
        file="xyashui/emulation/__init__.py",
        find="        if request.stop and (self._schemas or not has.stop):\n",
        put="        if request.stop and not has.stop:\n",
        tests=[f"{_STOP}::test_a_call_is_made_in_one_request[xingyun-weather]"],
    ),
    Protection(
        name="calls-behind-stop",
        promise="A call behind a stop sequence is not made.",
        file="xyashui/emulation/tool_parser.py",
        find="                self.done = self._stop.found\n",
        put="",
        tests=[
            f"{_STOP}::test_a_call_behind_one_cannot_be_wrong",
            f"{_STOP}::test_neither_is_a_call_behind_one_that_the_service_makes_out",
        ],
    ),
    Protection(
        name="calls-cut-at-the-limit",
        promise="A call that `max_tokens` cut is handed on as one that cannot be made, and why.",
        file="xyashui/emulation/tool_parser.py",
        find='                replace(call, error=f"{call.error}{limited}")\n',
        put="                call\n",
        tests=[f"{_CUT}::test_a_call_is_seen_wherever_it_is_cut[streamed-31]"],
    ),
    Protection(
        name="calls-cut-behind-the-tag",
        promise="So is one of which the tag alone had come.",
        file="xyashui/emulation/blocks.py",
        find="        while (self._held or last) and self._state(last):\n",
        put="        while self._held and self._state(last):\n",
        tests=[f"{_CUT}::test_a_call_is_seen_wherever_it_is_cut[whole-11]"],
    ),
    Protection(
        name="half-of-a-closing-tag",
        promise="Half of the tag that closes a call is no text.",
        file="xyashui/emulation/blocks.py",
        find='                self._held = ""  # half a tag is no text\n',
        put="                self._state = self._in_text\n                return True\n",
        tests=[f"{_CUT}::test_a_call_is_seen_wherever_it_is_cut[streamed-61]"],
    ),
    Protection(
        name="why-a-call-is-the-last",
        promise="An answer with calls says that it was cut at its limit, where it was.",
        file="xyashui/emulation/tool_parser.py",
        find='"tool_calls" if called and not limited else self.finish',
        put='"tool_calls" if called else self.finish',
        tests=[f"{_CUT}::test_a_call_that_was_cut_stands_beside_one_that_was_not[whole]"],
    ),
    Protection(
        name="asking-again-below-the-limit",
        promise="What was cut at its limit is not asked for again, and the error names max_tokens.",
        file="xyashui/emulation/__init__.py",
        find="        if limited or self._round >= _MOST_ROUNDS:\n",
        put="        if self._round >= _MOST_ROUNDS:\n",
        tests=[
            f"{_CUT}::test_so_is_json[whole-Here it is:]",
            f"{_CUT}::test_a_call_that_must_be_is_an_error_at_once[streamed-Let me think:]",
        ],
    ),
    Protection(
        name="the-limit-in-langchain",
        promise="So does LangChain's error for an answer that is not in its form.",
        file="langchain_xyashui/parsers.py",
        find="        facts = generation.message.response_metadata\n",
        put="        pass\n",
        tests=[f"{_STRUCTURED}::test_what_was_cut_at_its_limit_says_so"],
    ),
    Protection(
        name="the-limit-in-llama-index",
        promise="And LlamaIndex's.",
        file="llama_index_xyashui/structured.py",
        find='        finish = response.additional_kwargs.get("finish_reason")\n',
        put="        finish = None\n",
        tests=[
            "tests/llama_index_xyashui/test_llama_structured.py"
            "::test_what_was_cut_at_its_limit_says_so"
        ],
    ),
    Protection(
        name="json-that-does-not-fit",
        promise="JSON that does not fit the schema that was asked for is no answer.",
        file="xyashui/emulation/structured.py",
        find="            if broken is None:\n",
        put="            if True:\n",
        tests=[
            f"{_EMULATION}::TestJSONOutput::test_that_does_not_fit_is_shown_to_the_model_once",
            f"{_EMULATION}::TestJSONOutput::test_streams_only_what_fits",
        ],
    ),
    Protection(
        name="json-that-breaks-off",
        promise="Nor is JSON that breaks off.",
        file="langchain_xyashui/parsers.py",
        find="        value = json_in(text)\n",
        put="        value = json_so_far(text)\n",
        tests=[
            "tests/langchain_xyashui/test_structured_output.py"
            "::test_what_does_not_fit_is_an_error_with_the_text[invoke-JSON that breaks off]"
        ],
    ),
    Protection(
        name="json-that-cannot-be-read",
        promise="Nor is it a bare error where numbers or brackets have no end.",
        file="xyashui/json_texts.py",
        find="    except (ValueError, RecursionError):\n        return None, 0\n",
        put="    except json.JSONDecodeError:\n        return None, 0\n",
        tests=["tests/xyashui/test_json_texts.py::test_what_breaks_off_is_none"],
    ),
    Protection(
        name="half-of-an-escape",
        promise="A text that breaks off within an escape is there up to it, with any Pydantic.",
        file="xyashui/json_texts.py",
        find="EscapedHalves().mend(text)",
        put='text.replace("\\\\", "")',
        tests=["tests/xyashui/test_json_texts.py::test_what_has_come_of_it_is_there_at_once"],
    ),
    Protection(
        name="citations-are-no-answer",
        promise="Nor is a list that cites a source.",
        file="xyashui/json_texts.py",
        find="        if isinstance(value, dict):\n            return value\n        at =",
        put="        if end:\n            return value\n        at =",
        tests=[
            "tests/langchain_xyashui/test_structured_output.py"
            "::test_a_citation_is_not_taken_for_the_answer",
        ],
    ),
    Protection(
        name="deep-fields",
        promise="Fields that nest too deeply to be written again are kept as JSON text.",
        file="langchain_xyashui/depths.py",
        find="    return bool(level)\n",
        put="    return False\n",
        tests=[
            "tests/langchain_xyashui/test_depths.py::test_what_is_too_deep_becomes_json",
            "tests/langchain_xyashui/test_chat_model_answers.py"
            "::test_those_that_nest_too_deeply_are_kept_as_json",
        ],
    ),
    Protection(
        name="pictures-that-can-only-be-read",
        promise="A cache leaves alone a file object that can be no more than read.",
        file="langchain_xyashui/messages.py",
        find="        return image.tell() if image.seekable() else None\n    except Exception:",
        put="        return image.tell() if image.seekable() else None\n    except OSError:",
        tests=[
            "tests/langchain_xyashui/test_chat_model_caching.py"
            "::test_an_object_that_can_be_no_more_than_read_is_asked_about_each_time",
        ],
    ),
    Protection(
        name="kinds-of-blocks",
        promise="A content block whose type is no name is refused with a word about it.",
        file="langchain_xyashui/messages.py",
        find="    if not isinstance(kind, str):\n",
        put="    if False:\n",
        tests=[
            "tests/langchain_xyashui/test_chat_model_messages.py"
            "::test_so_is_one_whose_type_is_no_name",
        ],
    ),
)

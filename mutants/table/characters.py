"""Text that no text should be: answers can be printed and written down all the same."""

from __future__ import annotations

from mutants.protection import Protection

__all__ = ["CHARACTERS"]

_STREAMING = "tests/xyashui/test_streaming.py"
_HOSTILE = "tests/xyashui/test_hostile_answers.py"
_ESCAPED = "characters: half a surrogate pair that is escaped in a tool call"
_CASES = "tests/reliability/test_reliability_cases.py::test_case"

CHARACTERS = (
    Protection(
        name="bytes-that-are-no-utf8",
        promise="Bytes that are no UTF-8 lose one character, and not the answer.",
        file="xyashui/streaming.py",
        find='        text = event.data.decode("utf-8", "replace").strip()\n',
        put='        text = event.data.decode("utf-8").strip()\n',
        tests=[
            f"{_STREAMING}::TestContents::test_bytes_that_are_no_utf8_are_replaced",
            f"{_CASES}[characters: a byte that is no UTF-8-ChatAShui async stream]",
        ],
    ),
    Protection(
        name="bytes-that-are-no-utf8-in-json",
        promise="The same in an answer of one piece.",
        file="xyashui/documents.py",
        find='getincrementaldecoder("utf-8")("replace")',
        put='getincrementaldecoder("utf-8")("strict")',
        tests=[
            f"{_CASES}[characters: a byte that is no UTF-8, in JSON-XingYun sync call]",
            "tests/xyashui/test_documents.py::TestDocument"
            "::test_bytes_that_are_no_utf8_are_replaced",
        ],
    ),
    Protection(
        name="halves-of-characters",
        promise="Half of a surrogate pair never gets into an answer, which could not be written.",
        file="xyashui/surrogates.py",
        find='.decode("utf-16-le", "replace")',
        put='.decode("utf-16-le", "surrogatepass")',
        tests=[
            f"{_CASES}[characters: half a surrogate pair in a name-ChatXingYun sync call]",
            "tests/xyashui/test_surrogates.py::TestWellFormed::test_what_becomes_of_it",
        ],
    ),
    Protection(
        name="escaped-halves",
        promise="Nor by way of an escape in the arguments of a call.",
        file="xyashui/answers.py",
        find=" else well_formed_json(text)\n",
        put=" else text\n",
        tests=[
            f"{_CASES}[{_ESCAPED}-ChatXingYun sync call]",
            f"{_CASES}[{_ESCAPED}-XingYun async stream]",
        ],
    ),
    Protection(
        name="escaped-halves-in-text",
        promise="Nor in JSON that is the answer.",
        file="xyashui/json_texts.py",
        find="raw_decode(well_formed_json(text))",
        put="raw_decode(text)",
        tests=[
            "tests/xyashui/test_json_texts.py::test_json_is_found_where_it_stands",
            "tests/langchain_xyashui/test_structured_output.py"
            "::test_half_a_character_in_it_is_replaced[invoke-json_mode]",
        ],
    ),
    Protection(
        name="escaped-halves-in-pieces",
        promise="Escapes of one character that come in two pieces are put together.",
        file="xyashui/surrogates.py",
        find='        end = begun.start("begun") if begun else len(text)\n',
        put="        end = len(text)\n",
        tests=[
            "tests/xyashui/test_surrogates.py::TestEscapedHalves::test_they_depend_on_no_cut",
            f"{_CASES}[{_ESCAPED}-ChatXingYun async stream]",
        ],
    ),
    Protection(
        name="escaped-halves-while-an-object-grows",
        promise="No object has half of one in it while it grows.",
        file="llama_index_xyashui/responses.py",
        find=" if whole else EscapedHalves().mend(text),",
        put=" if whole else text,",
        tests=[
            "tests/llama_index_xyashui/test_llama_structured.py"
            "::test_no_half_of_a_character_is_in_it_at_any_time"
        ],
    ),
    Protection(
        name="halves-of-one-character",
        promise="Halves of a character that come in two events are put together.",
        file="xyashui/surrogates.py",
        find=(
            "                self.held[*place, name] = text[-1]\n                text = text[:-1]\n"
        ),
        put="                pass\n",
        tests=[
            f"{_STREAMING}::TestContents::test_a_surrogate_pair_that_was_cut_in_two_is_put_together",
            f"{_CASES}[characters: a surrogate pair in two pieces-ChatAShui sync stream]",
        ],
    ),
    Protection(
        name="a-half-that-stays-alone",
        promise="A half whose other never comes is not lost without a sign.",
        file="xyashui/streaming.py",
        find=("            if self._halves.held:\n                yield from"),
        put=("            if False:\n                yield from"),
        tests=[f"{_STREAMING}::TestContents::test_a_half_whose_other_does_not_come_is_not_lost"],
    ),
    Protection(
        name="halves-in-refusals",
        promise="Nor does half a pair get into an error's words.",
        file="xyashui/failures.py",
        find="        message=well_formed(failure.message),\n",
        put="",
        tests=[f"{_HOSTILE}::test_what_a_refusal_says_can_be_written_down"],
    ),
)

"""However much is sent, memory and work have a bound."""

from __future__ import annotations

from mutants.protection import Protection

__all__ = ["BOUNDS"]

_SSE = "tests/xyashui/test_sse.py"
_STREAMING = "tests/xyashui/test_streaming.py"
_CLIENT = "tests/xyashui/test_client.py"
_ENCODINGS = "tests/xyashui/test_encodings.py"
_CITATIONS = "tests/xyashui/test_citations.py"
_PARSER = "tests/xyashui/test_tool_parser.py"
_LENGTH = "tests/reliability/test_reliability_length.py"
_OURS = "tests/xyashui/test_bounds.py"
_EMULATED = "tests/emulator/test_emulator_bounds.py"
_CASE = "tests/reliability/test_reliability_cases.py::test_case"

BOUNDS = (
    Protection(
        name="longest-event",
        promise="An event longer than max_event_bytes is refused, however it is cut.",
        file="xyashui/sse.py",
        find="        self._too_long = self._too_long or self._size > self._limit\n",
        put="",
        tests=[
            f"{_SSE}::TestLimit::test_a_longer_event_is_refused",
            f"{_STREAMING}::TestBounds::test_what_is_longer_than_the_limit_is_refused[event]",
        ],
    ),
    Protection(
        name="longest-event-of-one-line",
        promise="So is one that comes whole in one read.",
        file="xyashui/sse.py",
        find=" and len(block) <= self._limit:",
        put=":",
        tests=[f"{_SSE}::TestLimit::test_a_longer_event_is_refused[one line]"],
    ),
    Protection(
        name="longest-event-of-a-frame",
        promise="So is one that looks as the last one did.",
        file="xyashui/streaming.py",
        find=" or len(data) > self._limit:\n",
        put=":\n",
        tests=[f"{_OURS}::test_an_event_that_looks_as_the_last_one_did_has_the_same_limit"],
    ),
    Protection(
        name="longest-document",
        promise="An answer in one piece is read up to max_event_bytes.",
        file="xyashui/streaming.py",
        find="        if len(self._document) > self._limit:\n",
        put="        if False:\n",
        tests=[
            f"{_STREAMING}::TestBounds::test_what_is_longer_than_the_limit_is_refused[document]",
            f"{_STREAMING}::TestBounds::test_what_is_longer_than_the_limit_is_refused[HTML]",
        ],
    ),
    Protection(
        name="longest-answer",
        promise="A stream that never ends is over after a gigabyte.",
        file="xyashui/streaming.py",
        find=(
            "        if self._size > _MOST_BYTES:\n"
            '            raise self._unreadable(f"sent an answer of more'
        ),
        put=('        if False:\n            raise self._unreadable(f"sent an answer of more'),
        tests=[f"{_OURS}::test_a_stream_without_end_is_over_after_a_gigabyte"],
    ),
    Protection(
        name="most-pieces",
        promise="An answer in small pieces that never ends is over after a million.",
        file="xyashui/payloads.py",
        find="        if self._builder.weight > most:\n",
        put="        if False:\n",
        tests=[f"{_OURS}::test_pieces_without_end_are_over_after_a_million[many at once]"],
    ),
    Protection(
        name="most-pieces-one-by-one",
        promise="So it is where each read brings one of them.",
        file="xyashui/streaming.py",
        find="            self._builder.weight += 1\n",
        put="",
        tests=[f"{_OURS}::test_pieces_without_end_are_over_after_a_million[one by one]"],
    ),
    Protection(
        name="longest-result",
        promise="The results of all other endpoints are read up to max_event_bytes.",
        file="xyashui/sending.py",
        find=(
            "        for data in pieces:\n"
            "            body += data\n"
            "            self.check_size(len(body))\n"
        ),
        put="        for data in pieces:\n            body += data\n",
        tests=[f"{_OURS}::test_the_result_of_an_endpoint_is_read_up_to_the_limit"],
    ),
    Protection(
        name="longest-result-awaited",
        promise="The same with `await`.",
        file="xyashui/sending.py",
        find=(
            "        async for data in pieces:\n"
            "            body += data\n"
            "            self.check_size(len(body))\n"
        ),
        put="        async for data in pieces:\n            body += data\n",
        tests=[f"{_OURS}::test_that_of_an_awaited_one_too"],
    ),
    Protection(
        name="longest-sound",
        promise="A sound that is held in memory is held up to max_event_bytes.",
        file="xyashui/endpoints/speech.py",
        find=(
            "            for piece in pieces:\n"
            "                data += piece\n"
            "                self._sender.check_size(len(data))\n"
            "        return self._order.sound(bytes(data), form)\n"
            "\n"
            "    def save("
        ),
        put=(
            "            for piece in pieces:\n"
            "                data += piece\n"
            "        return self._order.sound(bytes(data), form)\n"
            "\n"
            "    def save("
        ),
        tests=["tests/xyashui/test_speech.py::test_no_more_is_held_than_may_be[sync]"],
    ),
    Protection(
        name="longest-refusal",
        promise="The page of a refusal is read up to a megabyte.",
        file="xyashui/sending.py",
        find=(
            "        for data in bodies.body(response):\n"
            "            body += data\n"
            "            if len(body) > _ERROR_BODY_LIMIT:\n"
            "                break\n"
        ),
        put=("        for data in bodies.body(response):\n            body += data\n"),
        tests=[f"{_OURS}::test_the_page_of_a_refusal_is_read_up_to_a_megabyte[False]"],
    ),
    Protection(
        name="longest-words",
        promise="Of a refusal's words, so many are kept as people can read.",
        file="xyashui/failures.py",
        find="    message = message[:_MESSAGE_LIMIT]\n",
        put="",
        tests=[f"{_CLIENT}::test_a_refusal_without_end_is_not_read_to_the_end[sync call]"],
    ),
    Protection(
        name="unpacking-in-pieces",
        promise="What is compressed is unpacked in small pieces, never all at once.",
        file="xyashui/encodings.py",
        find="inflater.decompress(data, _PIECE)",
        put="inflater.decompress(data)",
        tests=[f"{_ENCODINGS}::TestBounds::test_what_unpacks_to_much_comes_in_small_pieces"],
    ),
    Protection(
        name="unpacking-layers",
        promise="What is packed into itself again and again is refused.",
        file="xyashui/encodings.py",
        find="        if len(self._layers) > _MOST_LAYERS:\n",
        put="        if False:\n",
        tests=[f"{_ENCODINGS}::TestBounds::test_layers_have_an_end"],
    ),
    Protection(
        name="unpacking-nothing",
        promise="What is compressed and has nothing in it, again and again, is refused.",
        file="xyashui/encodings.py",
        find="            if self._in_vain > _MOST_IN_VAIN:\n",
        put="            if False:\n",
        tests=[
            f"{_ENCODINGS}::TestBounds::test_nothing_has_an_end",
            f"{_CASE}[gzip of nothing without end-AShui async stream]",
        ],
    ),
    Protection(
        name="unpacking-our-own",
        promise="Bodies are unpacked here and not by httpx, which does it all at once.",
        file="xyashui/bodies.py",
        find=(
            "    return iter(response.stream) if encoding is None else _unpacked(response.stream, "
            "encoding)\n"
        ),
        put="    return iter(response.stream) if encoding is None else response.iter_bytes()\n",
        tests=[
            "tests/reliability/test_reliability_memory.py"
            "::test_nor_does_what_is_small_only_on_the_wire"
            "[sync]",
        ],
    ),
    Protection(
        name="brackets-that-trickle",
        promise="A body of brackets that trickles in is not parsed after every byte.",
        file="xyashui/documents.py",
        find=(
            "        if self._attempts >= _FREE_ATTEMPTS and len(self._bytes) < self._tried * "
            "1.1:\n"
        ),
        put="        if False:\n",
        tests=[f"{_OURS}::test_a_body_of_brackets_that_trickles_in_is_looked_at_now_and_then"],
    ),
    Protection(
        name="a-line-that-trickles",
        promise="A long line that trickles in is not copied with every byte.",
        file="xyashui/sse.py",
        find=("        if len(self._line) > _SHORT_LINE:\n            return None\n"),
        put="",
        tests=[f"{_OURS}::test_a_long_line_that_trickles_in_is_not_taken_back_with_every_byte"],
    ),
    Protection(
        name="frames-that-do-not-pay",
        promise="What events have in common is not looked for without end where they all differ.",
        file="xyashui/frames.py",
        find="        self.credit -= 1\n",
        put="",
        tests=[
            "tests/xyashui/test_frames.py"
            "::test_a_stream_whose_events_all_differ_is_not_searched_for_ever",
        ],
    ),
    Protection(
        name="hostile-links",
        promise="Links are found in time linear in the text, however hostile it is.",
        file="xyashui/citations.py",
        find="_DEEPEST_PARENTHESES: Final = 4\n",
        put="_DEEPEST_PARENTHESES: Final = 10**9\n",
        tests=[f"{_OURS}::test_an_address_with_more_parentheses_than_anybody_writes_is_none"],
    ),
    Protection(
        name="tags-in-prose",
        promise="A tag that the text only speaks of does not hold the text back for ever.",
        file="xyashui/emulation/blocks.py",
        find="if closed or not (again or last or len(inside) > _LONGEST_ODD_BLOCK):",
        put="if closed or not (again or last):",
        tests=[f"{_PARSER}::test_prose_that_speaks_of_the_tag_is_not_held_back_for_ever"],
    ),
    Protection(
        name="arguments-that-nest",
        promise="Arguments in the text that nest without end are refused, and no RecursionError.",
        file="xyashui/emulation/tool_parser.py",
        find=(
            "        except (ValueError, RecursionError) as error:\n"
            '            yield self._delta("", written, f"the call is no JSON: {error}")\n'
        ),
        put=(
            "        except ValueError as error:\n"
            '            yield self._delta("", written, f"the call is no JSON: {error}")\n'
        ),
        tests=[f"{_OURS}::test_a_tool_call_that_nests_without_end_is_refused_with_the_reason"],
    ),
    Protection(
        name="most-calls",
        promise="Calls in the text are read up to a thousand, and no more of them are kept.",
        file="xyashui/emulation/tool_parser.py",
        find=(
            "            self._too_much = self._count > _MOST_CALLS or self._refused_size > "
            "_MOST_CHARACTERS\n"
        ),
        put="            self._too_much = self._refused_size > _MOST_CHARACTERS\n",
        tests=[
            f"{_PARSER}::TestBounds::test_one_more_is_an_error[nothing]",
            f"{_PARSER}::TestBounds::test_so_is_one_more_in_a_list",
        ],
    ),
    Protection(
        name="longest-call",
        promise="A call in the text that is longer than any model writes is not parsed.",
        file="xyashui/emulation/tool_parser.py",
        find="        self._too_much = self._too_much or len(block) > _MOST_CHARACTERS\n",
        put="",
        tests=[f"{_PARSER}::TestBounds::test_so_is_one_that_is_longer_than_any_model_writes"],
    ),
    Protection(
        name="longest-call-that-goes-on",
        promise="Nor is one waited for that never ends.",
        file="xyashui/emulation/tool_parser.py",
        find=" or self._reader.size > _MOST_CHARACTERS:\n",
        put=":\n",
        tests=[
            f"{_PARSER}::TestBounds::test_it_is_not_waited_for_where_it_does_not_end",
        ],
    ),
    Protection(
        name="longest-json",
        promise="JSON that was asked for by prompt and never ends is over at a bound.",
        file="xyashui/emulation/structured.py",
        find="        if self._text.tell() > _LONGEST:\n",
        put="        if False:\n",
        tests=["tests/xyashui/test_emulation.py::TestJSONOutput::test_has_an_end"],
    ),
    Protection(
        name="hostile-code-blocks",
        promise="JSON in code blocks is looked for in time linear in the text.",
        file="xyashui/json_texts.py",
        find='_OPENING = re.compile(r"```[a-zA-Z]*+[^\\S\\n]*+\\n")\n',
        put='_OPENING = re.compile(r"```[a-zA-Z]*\\s*\\n(?=.*\\n?\\s*```)", re.DOTALL)\n',
        tests=[f"{_LENGTH}::test_it_is_read_through_as_often_as_is_needed[JSON by prompt]"],
    ),
    Protection(
        name="hostile-calls-in-text",
        promise="So is a call that a text-completion model writes.",
        file="llama_index_xyashui/completions.py",
        find='.parse(f"Thought: .\\nAction: {action.group(1)}\\n{_INPUT} {arguments}")\n',
        put=".parse(text)\n",
        tests=[
            f"{_LENGTH}::test_it_is_read_through_as_often_as_is_needed[a call that is written down]"
        ],
    ),
    Protection(
        name="long-lists-that-differ",
        promise="Whether the values of a list differ is found without comparing each two.",
        file="xyashui/emulation/schemas.py",
        find='{"uniqueItems": _unique_items}',
        put="{}",
        tests=[f"{_LENGTH}::test_it_is_read_through_as_often_as_is_needed[whether JSON fits]"],
    ),
    Protection(
        name="long-words-in-a-terminal",
        promise="A word that never ends is written in time linear in its length.",
        file="xyashui/terminal/wrapping.py",
        find="        if len(self._held) > 2 * self._width:\n            self._let_go()\n",
        put="",
        tests=[
            f"{_LENGTH}::test_it_is_read_through_as_often_as_is_needed[what a terminal is to show]"
        ],
    ),
    Protection(
        name="sequences-without-end",
        promise="A terminal sequence that never ends does not swallow the answer.",
        file="xyashui/terminal/cleaning.py",
        find="        elif len(text) - start <= _LONGEST and _BEGUN.fullmatch(text, start):\n",
        put="        elif _BEGUN.fullmatch(text, start):\n",
        tests=[
            "tests/xyashui/test_terminal.py"
            "::test_a_sequence_that_never_ends_does_not_swallow_the_answer",
        ],
    ),
    Protection(
        name="emulated-bodies",
        promise="A body that announces more than 64 MB is not read by the emulator.",
        file="xyashui/emulator/bodies.py",
        find="int(announced[:20]) > LARGEST:\n",
        put="False:\n",
        tests=[f"{_EMULATED}::test_a_body_that_is_announced_as_too_large_is_not_waited_for"],
    ),
    Protection(
        name="emulated-bodies-unannounced",
        promise="Of one that announces nothing it reads 64 MB and no more.",
        file="xyashui/emulator/bodies.py",
        find="        if size > LARGEST:\n",
        put="        if False:\n",
        tests=[f"{_EMULATED}::test_a_body_of_more_than_64_mb_is_refused"],
    ),
    Protection(
        name="emulated-schemas",
        promise="A schema cannot have it make an answer of any length.",
        file="xyashui/emulator/rules/schemas.py",
        find="        self._left -= count * size\n",
        put="",
        tests=[
            f"{_EMULATED}::test_a_schema_has_no_more_made_than_an_answer_holds[many long strings]"
        ],
    ),
    Protection(
        name="emulated-leavers",
        promise="A client that leaves in the middle of its body is no error of the emulator's.",
        file="xyashui/emulator/app.py",
        find="        except ClientDisconnect:\n",
        put="        except ZeroDivisionError:\n",
        tests=[
            f"{_EMULATED}::test_a_client_that_leaves_in_the_middle_of_its_body_is_recorded_and_no_error"
        ],
    ),
)

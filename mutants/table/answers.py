"""An answer is whole, or one error of ours that says what happened."""

from __future__ import annotations

from mutants.protection import Protection

__all__ = ["ANSWERS"]

_STREAMING = "tests/xyashui/test_streaming.py"
_CLIENT = "tests/xyashui/test_client.py"
_HOSTILE = "tests/xyashui/test_hostile_answers.py"
_CASES = "tests/reliability/test_reliability_cases.py::test_case"

ANSWERS = (
    Protection(
        name="unfinished-stream",
        promise="A response that ends without a finish reason and without [DONE] was cut short.",
        file="xyashui/streaming.py",
        find=("            if not self.finished:\n                raise self._unfinished()\n"),
        put="",
        tests=[
            f"{_STREAMING}::test_every_prefix_of_a_stream_is_complete_or_interrupted",
            f"{_STREAMING}::test_an_answer_cut_short_is_no_answer"
            "[neither finish reason nor [DONE]]",
            f"{_CLIENT}::test_an_answer_that_is_cut_short_is_an_error_that_holds_it"
            "[sync call-an end in good order]",
        ],
    ),
    Protection(
        name="unclosed-document",
        promise="An answer in one piece whose JSON is not closed was cut short.",
        file="xyashui/streaming.py",
        find="                raise self._broken_document(part)\n",
        put=("                self._broken_document(part)\n                break\n"),
        tests=[
            f"{_STREAMING}::test_every_prefix_of_a_document_is_an_error",
            f"{_CLIENT}::test_an_answer_that_is_cut_short_is_an_error_that_holds_it"
            "[async call-a document]",
        ],
    ),
    Protection(
        name="half-an-event",
        promise="Half of an event at the end of a stream is a cut, and no nonsense of the service.",
        file="xyashui/streaming.py",
        find="                if unterminated:\n",
        put="                if False:\n",
        tests=[f"{_STREAMING}::test_an_answer_cut_short_is_no_answer[in the middle of an event]"],
    ),
    Protection(
        name="null-finish-reason",
        promise='A finish reason of "null" says that the answer goes on.',
        file="xyashui/deltas.py",
        find='reason = None if reason == "null" else str(reason)',
        put="reason = str(reason)",
        tests=[
            "tests/xyashui/test_deltas.py::test_a_finish_reason_is_text_or_nothing",
            f'{_STREAMING}::test_an_answer_cut_short_is_no_answer[a finish reason of "null"]',
        ],
    ),
    Protection(
        name="missing-choices",
        promise="Fewer answers than asked for are whole only by [DONE] or in a closed document.",
        file="xyashui/streaming.py",
        find="if not self._choices or (len(self._choices) < self._asked and not self._closed):",
        put="if not self._choices:",
        tests=[f"{_STREAMING}::test_fewer_choices_than_asked_for_are_not_whole_unless_said_to_be"],
    ),
    Protection(
        name="open-choice",
        promise="An answer of which one choice is still open is not whole.",
        file="xyashui/streaming.py",
        find=("        return all(\n            one.finished or"),
        put=("        return any(\n            one.finished or"),
        tests=[f"{_STREAMING}::test_an_answer_cut_short_is_no_answer[one of two choices is open]"],
    ),
    Protection(
        name="done-and-nothing",
        promise="[DONE] alone is no answer.",
        file="xyashui/payloads.py",
        find=(
            "        if not self._choices:\n"
            '            raise self._unreadable("ended the stream without any answer in it")\n'
        ),
        put="",
        tests=[
            f"{_STREAMING}::test_what_is_no_answer_is_a_protocol_error[xingyun-[DONE] alone]",
            f"{_CLIENT}::test_what_is_no_answer_is_an_error[sync call-[DONE] alone]",
        ],
    ),
    Protection(
        name="broken-connection",
        promise="An answer whose connection breaks or falls silent is told as just that.",
        file="xyashui/client.py",
        find=(
            "break  # all that was missing was a farewell\n"
            "                        raise self.broken(call, error, responded=True) from error\n"
        ),
        put=("break\n                        break\n"),
        tests=[
            f"{_CLIENT}::test_an_answer_that_is_cut_short_is_an_error_that_holds_it"
            "[sync call-silence]",
        ],
    ),
    Protection(
        name="broken-connection-awaited",
        promise="The same with `await`.",
        file="xyashui/client.py",
        find=(
            "                                break\n"
            "                            raise self.broken(call, error, responded=True) from "
            "error\n"
        ),
        put=("                                break\n                            break\n"),
        tests=[
            f"{_CLIENT}::test_an_answer_that_is_cut_short_is_an_error_that_holds_it"
            "[async stream-silence]",
        ],
    ),
    Protection(
        name="half-a-sound",
        promise="Media of which not all has come is an error, and no shorter sound.",
        file="xyashui/sending.py",
        find=(
            "                        data = next(body, None)\n"
            "                except Exception as error:\n"
            "                    raise self.broken(call, error, responded=True) from error\n"
        ),
        put=(
            "                        data = next(body, None)\n"
            "                except Exception as error:\n"
            "                    return\n"
        ),
        tests=[
            "tests/xyashui/test_speech.py::TestFailures"
            "::test_what_is_cut_short_is_no_sound_and_leaves_no_file"
            "[sync-length-close-read]",
            "tests/xyashui/test_speech.py::TestFailures"
            "::test_what_is_cut_short_is_no_sound_and_leaves_no_file"
            "[sync-chunked-close-read]",
        ],
    ),
    Protection(
        name="error-under-200",
        promise="An error inside HTTP 200 is that error, whole or as an event of a stream.",
        file="xyashui/payloads.py",
        find="                raise self._api_error(failure)\n",
        put="                pass\n",
        tests=[
            f"{_STREAMING}::test_an_error_under_http_200_is_that_error[\\u661f\\u82b8, whole body]",
            f"{_STREAMING}::test_an_error_under_http_200_is_that_error[\\u661f\\u82b8, event]",
            f"{_STREAMING}::test_an_error_under_http_200_is_that_error[\\u963f\\u6c34, event]",
        ],
    ),
    Protection(
        name="error-beside-choices",
        promise="An error that comes beside an answer is not passed over.",
        file="xyashui/payloads.py",
        find='        if not choices or "error" in payload:\n',
        put="        if not choices:\n",
        tests=[
            f"{_STREAMING}::test_an_error_under_http_200_is_that_error"
            "[\\u661f\\u82b8, beside choices]",
            f"{_CASES}[refusal: beside choices-ChatXingYun sync call]",
        ],
    ),
    Protection(
        name="error-event",
        promise="An event called `error` is one, whatever is in it.",
        file="xyashui/streaming.py",
        find=(
            '        if event.type == "error":\n'
            "            raise self._api_error(plain_failure(event.data, 200))\n"
        ),
        put="",
        tests=[
            f"{_STREAMING}::test_an_error_under_http_200_is_that_error"
            "[\\u661f\\u82b8, event named error, no JSON]",
        ],
    ),
    Protection(
        name="codes-nobody-knows",
        promise="A code that a service does not document is an error all the same.",
        file="xyashui/providers/ashui.py",
        find="    return Failure(errors.ServerError, words, code,",
        put="    return None and Failure(errors.ServerError, words, code,",
        tests=[
            "tests/xyashui/test_failures.py"
            "::test_a_code_that_ashui_does_not_document_is_a_fault_of_the_service",
        ],
    ),
    Protection(
        name="error-under-200-elsewhere",
        promise="So is an error inside HTTP 200 at every endpoint besides chat.",
        file="xyashui/calls.py",
        find=(
            "        if failure is not None:\n"
            "            raise self._api_error(call, response, failure)\n"
            "        try:\n"
        ),
        put="        try:\n",
        tests=["tests/xyashui/test_models.py::test_an_error_under_http_200_is_one"],
    ),
    Protection(
        name="page-for-a-sound",
        promise="A page or an error where a sound should come is not taken for the sound.",
        file="xyashui/sending.py",
        find=(
            "                if head.is_document:\n                    whole = self._all_of(pieces"
        ),
        put="                if False:\n                    whole = self._all_of(pieces",
        tests=[
            "tests/xyashui/test_speech.py::TestFailures::test_a_refusal_under_http_200_is_one"
            "[sync-read]",
        ],
    ),
    Protection(
        name="error-called-a-sound",
        promise="Nor where it is called a sound, or nothing: the first bytes tell.",
        file="xyashui/media.py",
        find="            self.is_document = True\n",
        put="            self.is_document = False\n",
        tests=[
            "tests/xyashui/test_speech.py::TestFailures::test_whatever_it_is_called"
            "[sync-audio/mpeg-read]",
        ],
    ),
    Protection(
        name="error-called-a-picture",
        promise="Text where a picture should be is not taken for the picture.",
        file="xyashui/picture_bytes.py",
        find="    if is_document(data) or ",
        put="    if False and ",
        tests=[
            "tests/xyashui/test_downloads.py::TestFetching::test_nor_where_it_is_called_one",
        ],
    ),
    Protection(
        name="whole-by-its-end",
        promise="An answer that is whole stays so, whatever is wrong behind it.",
        file="xyashui/bodies.py",
        find="            with suppress(Exception), deadline(_DRAIN_TIMEOUT):\n",
        put="            with suppress(httpx.HTTPError), deadline(_DRAIN_TIMEOUT):\n",
        tests=[f"{_CASES}[gzip with a bad end in a packet of its own-ChatXingYun sync call]"],
    ),
    Protection(
        name="what-had-arrived",
        promise="What had arrived is in the error.",
        file="xyashui/streaming.py",
        find="                error.partial = self._arrived(self._held())\n",
        put="                pass\n",
        tests=[
            f"{_CLIENT}::test_an_answer_that_is_cut_short_is_an_error_that_holds_it"
            "[sync stream-close]",
            f"{_CASES}[reset in the middle-AShui async stream]",
        ],
    ),
    Protection(
        name="what-had-arrived-elsewhere",
        promise="It is in the error that another process is sent.",
        file="xyashui/errors.py",
        find="        return _restore, (type(self), self.args, copy.copy(self.__dict__))\n",
        put="        return _restore, (type(self), self.args, {})\n",
        tests=[f"{_CASES}[closed in the middle-XingYun sync call]"],
    ),
    Protection(
        name="what-had-arrived-in-langchain",
        promise="It is in the error of LangChain's that means the same.",
        file="xyashui/errors.py",
        find="        twin.__dict__.update(self.__dict__)\n",
        put="",
        tests=[f"{_CASES}[closed in the middle-ChatXingYun sync call]"],
    ),
    Protection(
        name="chunks-before-an-error",
        promise="What came before an error in the same read is handed out before it is raised.",
        file="xyashui/streaming.py",
        find=("            if not batch:\n                raise\n"),
        put="            raise\n",
        tests=[f"{_HOSTILE}::test_what_comes_in_one_read_with_an_error_is_handed_out_before_it"],
    ),
    Protection(
        name="not-an-object",
        promise="JSON that is no object is no answer.",
        file="xyashui/payloads.py",
        find=(
            "        if type(payload) is not dict:\n"
            '            raise self._unreadable(f"sent {shorten(payload)} where an object '
            'belongs")\n'
        ),
        put=("        if type(payload) is not dict:\n            return []\n"),
        tests=[f"{_CASES}[unreadable: a number in an event-ChatXingYun sync call]"],
    ),
    Protection(
        name="choices-of-no-shape",
        promise="Choices that are no list are told, and do not end in a TypeError.",
        file="xyashui/payloads.py",
        find="        if choices and type(choices) is not list:\n",
        put="        if False:\n",
        tests=[
            f"{_STREAMING}::test_what_is_no_answer_is_a_protocol_error"
            "[xingyun-choices as a number]",
        ],
    ),
    Protection(
        name="a-choice-of-no-shape",
        promise="Nor does a choice of another shape than any known.",
        file="xyashui/payloads.py",
        find="        except (AttributeError, TypeError, ValueError, OverflowError) as error:\n",
        put="        except ZeroDivisionError as error:\n",
        tests=[
            f"{_STREAMING}::test_what_is_no_answer_is_a_protocol_error[ashui-a choice as text]",
            f"{_CASES}[unreadable: a delta as a number-AShui sync call]",
        ],
    ),
    Protection(
        name="results-of-no-shape",
        promise="Nor does the result of any endpoint besides chat.",
        file="xyashui/calls.py",
        find=(
            "        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as "
            "error:\n"
        ),
        put="        except ZeroDivisionError as error:\n",
        tests=["tests/xyashui/test_models.py::test_another_shape_is_no_list"],
    ),
    Protection(
        name="nests",
        promise="JSON that nests without end is unreadable, and no RecursionError.",
        file="xyashui/documents.py",
        find="except (ValueError, RecursionError):",
        put="except ValueError:",
        tests=[
            "tests/xyashui/test_documents.py::TestSeveralInOneText"
            "::test_a_nest_without_end_cannot_be_read",
        ],
    ),
    Protection(
        name="nests-of-refusals",
        promise="Nor is it one in the body of a refusal.",
        file="xyashui/calls.py",
        find="        except (ValueError, RecursionError):\n",
        put="        except ValueError:\n",
        tests=[f"{_HOSTILE}::test_a_refusal_may_nest_as_deeply_as_it_likes[sync call-100000]"],
    ),
    Protection(
        name="envelope-in-itself",
        promise="An envelope that holds itself for ever has an end.",
        file="xyashui/streaming.py",
        find=(
            "            self._answer = self.answer\n"
            "        except XyashuiError as error:\n"
            "            raise self.explained(error) from error.__cause__\n"
            "        except RecursionError:\n"
        ),
        put=(
            "            self._answer = self.answer\n"
            "        except XyashuiError as error:\n"
            "            raise self.explained(error) from error.__cause__\n"
            "        except ZeroDivisionError:\n"
        ),
        tests=[f"{_HOSTILE}::test_so_may_an_answer_which_is_read_or_refused"],
    ),
    Protection(
        name="first-byte",
        promise="What a body is, its first byte says, and not the type that it is called.",
        file="xyashui/streaming.py",
        find='            if data[:1] in (b"{", b"[", b"<"):\n',
        put='            if "json" in self._headers.get("content-type", ""):\n',
        tests=[
            f"{_CLIENT}::TestForms::test_the_content_type_makes_no_difference"
            "[sync call-stream-application/json]",
        ],
    ),
    Protection(
        name="bare-json",
        promise="JSON that is spread over lines without `data:` is read all the same.",
        file="xyashui/sse.py",
        find=" and name and _is_bare_json(line):\n",
        put=" and False:\n",
        tests=[f"{_STREAMING}::TestComplete::test_the_answer_is_whole"],
    ),
)

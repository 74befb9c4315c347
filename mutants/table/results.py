"""What is no chat is read as closely: pictures, tasks, transcripts, models."""

from __future__ import annotations

from mutants.protection import Protection

__all__ = ["RESULTS"]

_PICTURES = "tests/xyashui/test_pictures.py::TestPainting"
_DOWNLOADS = "tests/xyashui/test_downloads.py::TestFetching"
_BYTES = "tests/xyashui/test_picture_bytes.py"
_TASKS = "tests/xyashui/test_midjourney_waiting.py::TestWaiting"
_WIRE = "tests/xyashui/test_midjourney_wire.py"
_TRANSCRIPTIONS = "tests/xyashui/test_transcriptions.py::TestWhatComesBack"
_RECEIVED = "tests/security/test_canary_received.py"

RESULTS = (
    Protection(
        name="key-in-task-failures",
        promise="Why a task failed is told without the key, should the service repeat it.",
        file="xyashui/endpoints/midjourney/tasks.py",
        find=(
            "        with client.clean_errors():\n"
            "            raise_if_failed(self, client.provider)\n"
            "        if self.image is not None and wanted_at_once(download):\n"
            "            self.image.prefetch()\n"
        ),
        put=(
            "        raise_if_failed(self, client.provider)\n"
            "        if self.image is not None and wanted_at_once(download):\n"
            "            self.image.prefetch()\n"
        ),
        tests=[f"{_RECEIVED}::test_of_a_task_that_is_waited_for[a reason-sync]"],
    ),
    Protection(
        name="key-in-looks",
        promise="So is how it stands, where nobody waits any longer.",
        file="xyashui/endpoints/midjourney/tasks.py",
        find=(
            "                with client.clean_errors():\n"
            "                    await self._look(patience, client.deadline)\n"
        ),
        put="                await self._look(patience, client.deadline)\n",
        tests=[f"{_RECEIVED}::test_of_a_task_that_is_waited_for[a status-async]"],
    ),
    Protection(
        name="key-in-buttons",
        promise="So are the buttons that it has.",
        file="xyashui/endpoints/midjourney/tasks.py",
        find="        if self._midjourney is None:\n            return super()",
        put="        if True:\n            return super()",
        tests=[f"{_RECEIVED}::test_of_a_button[press]", f"{_RECEIVED}::test_of_a_button[upscale]"],
    ),
    Protection(
        name="key-in-addresses-of-pictures",
        promise="A picture whose address has the key is not fetched with words that have it.",
        file="xyashui/downloads.py",
        find="nullcontext() if sender is None else sender.clean_errors()",
        put="nullcontext()",
        tests=[
            f"{_RECEIVED}::test_of_a_picture",
            f"{_RECEIVED}::test_of_a_picture_that_cannot_be_fetched_yet",
            f"{_RECEIVED}::test_of_an_address_that_leads_nowhere",
        ],
    ),
    Protection(
        name="parts-of-pictures",
        promise="A part of a picture is none.",
        file="xyashui/downloads.py",
        find="        if _is_whole(response):\n",
        put="        if response.is_success:\n",
        tests=[f"{_DOWNLOADS}::test_does_not_take_less_than_a_picture_for_one"],
    ),
    Protection(
        name="pictures-of-nothing",
        promise="No bytes are no picture.",
        file="xyashui/picture_bytes.py",
        find="    if not data:\n",
        put="    if False:\n",
        tests=[f"{_BYTES}::test_nothing_is_none"],
    ),
    Protection(
        name="pages-with-drawings",
        promise="A page that has a drawing in it is no drawing.",
        file="xyashui/picture_bytes.py",
        find='first[1].lower() == b"svg"',
        put='b"<svg" in head',
        tests=[f"{_BYTES}::test_text_is_none[a page with a drawing]"],
    ),
    Protection(
        name="base64-of-pages",
        promise="Base64 of a page is no picture either.",
        file="xyashui/pictures.py",
        find="    if (problem := why_no_picture(data)) is not None:\n",
        put="    if False:\n",
        tests=[f"{_PICTURES}::test_says_so_where_an_answer_cannot_be_read"],
    ),
    Protection(
        name="good-pictures-of-several",
        promise="Of several pictures, all paid for, the good ones are not lost with a bad one.",
        file="xyashui/endpoints/pictures.py",
        find="        unreadable.received = whole if pictures else None",
        put="        unreadable.received = None",
        tests=[f"{_PICTURES}::test_loses_no_picture_because_another_is_broken"],
    ),
    Protection(
        name="other-tasks",
        promise="What is said of another task is not taken for this one's.",
        file="xyashui/endpoints/midjourney/wire.py",
        find="        if ids and id_ not in ids:\n",
        put="        if False:\n",
        tests=[f"{_WIRE}::TestQueries::test_say_so_where_another_task_is_told_of"],
    ),
    Protection(
        name="ids-that-lead-elsewhere",
        promise="What cannot be a step of a path is no id of a task.",
        file="xyashui/endpoints/midjourney/wire.py",
        find='    if not id_.strip(".") or not id_.isprintable()',
        put="    if not id_",
        tests=[f"{_WIRE}::TestSubmits::test_that_cannot_be_read_say_so"],
    ),
    Protection(
        name="deep-answers",
        promise="An answer that is nested too deep cannot be read, whatever was asked.",
        file="xyashui/operations.py",
        find="        except RecursionError:\n",
        put="        except BlockingIOError:\n",
        tests=[f"{_WIRE}::TestQueries::test_say_so_where_an_answer_is_too_deep"],
    ),
    Protection(
        name="halves-in-results",
        promise="Half a character is told as one that is missing, in every result.",
        file="xyashui/operations.py",
        find="well_formed(value) if _MAY_HAVE_HALVES.search(self.body) else value",
        put="value",
        tests=[
            "tests/xyashui/test_models.py::test_half_a_character_is_told_as_one_that_is_missing",
            f"{_WIRE}::TestQueries::test_give_texts_that_can_be_written_down",
        ],
    ),
    Protection(
        name="failures-by-other-names",
        promise="A task that failed has ended, however that is spelt.",
        file="xyashui/endpoints/midjourney/records.py",
        find="        status = _ALIASES.get(word, word) if known else given\n",
        put="        status = word if known else given\n",
        tests=[f"{_TASKS}::test_ends_however_a_cancellation_is_spelt"],
    ),
    Protection(
        name="failures-by-their-reasons",
        promise="So has one that gives a reason for its failure, and has nothing left to do.",
        file="xyashui/endpoints/midjourney/records.py",
        find='        return "FAILURE" if failed and ',
        put='        return "FAILURE" if False and ',
        tests=[f"{_TASKS}::test_ends_however_a_failure_is_spelt[sync-None]"],
    ),
    Protection(
        name="riddles",
        promise="A status that nobody knows is not waited on for ever.",
        file="xyashui/endpoints/midjourney/waiting.py",
        find="        if now - self._since >= _LONGEST_RIDDLE:\n",
        put="        if False:\n",
        tests=[
            "tests/xyashui/test_midjourney_waiting.py::TestPatience"
            "::test_lasts_ten_minutes_where_nobody_knows_what_is_going_on"
        ],
    ),
    Protection(
        name="waiting-has-an-end",
        promise="Waiting for a task has an end, and it is not that of one call.",
        file="xyashui/endpoints/midjourney/tasks.py",
        find="        seconds = LONGEST_TASK if timeout is None else timeout\n",
        put="        seconds = client.deadline if timeout is None else timeout\n",
        tests=[f"{_TASKS}::test_ends_after_half_an_hour_where_nobody_says"],
    ),
    Protection(
        name="long-reasons",
        promise="An error quotes no more of a reason than somebody reads.",
        file="xyashui/endpoints/midjourney/waiting.py",
        find="    reason = reason[:_LONGEST_REASON]\n",
        put="",
        tests=[f"{_TASKS}::test_quotes_no_more_than_somebody_reads"],
    ),
    Protection(
        name="pages-for-transcripts",
        promise="A page is no transcript.",
        file="xyashui/endpoints/transcriptions.py",
        find="    if _PAGE.match(text):\n",
        put="    if False:\n",
        tests=[f"{_TRANSCRIPTIONS}::test_nor_is_a_page"],
    ),
    Protection(
        name="words-for-subtitles",
        promise="Words without times are no subtitles.",
        file="xyashui/endpoints/transcriptions.py",
        find='    if form == "srt" and ',
        put='    if form == "nosuch" and ',
        tests=[f"{_TRANSCRIPTIONS}::test_nor_are_words_without_times"],
    ),
    Protection(
        name="times-out-of-reach",
        promise="A transcript with a time that none can be is shown all the same.",
        file="xyashui/transcripts.py",
        find="min(max(0.0, seconds), LONGEST_RECORDING)",
        put="max(0.0, seconds)",
        tests=[
            "tests/xyashui/test_transcripts.py::test_a_time_that_none_can_be_is_shown_as_some",
        ],
    ),
    Protection(
        name="kept-vectors-after-a-fork",
        promise="What failed calls have embedded is no trap for a fork.",
        file="xyashui/endpoints/embeddings/kept.py",
        find="        self._lock = Lock()\n",
        put="        self._lock = lambda lock=Lock()(): lock\n",
        tests=[
            "tests/xyashui/embeddings/test_embeddings_result.py::TestWhatIsKeptForTheNextCall::"
            "test_is_free_in_a_fork_whoever_was_at_it",
        ],
    ),
    Protection(
        name="speech-cut-short",
        promise="Speech that was cut short is in the error, as far as it came.",
        file="xyashui/endpoints/speech.py",
        find="            if data := so_far():\n",
        put="            if False:\n",
        tests=["tests/xyashui/test_speech.py::TestWhatHadCome::test_is_in_the_error"],
    ),
    Protection(
        name="true-and-false-for-numbers",
        promise="A vector of true and false is none, though Python takes them for numbers.",
        file="xyashui/endpoints/embeddings/wire.py",
        find="    if bool in set(map(type, numbers)):\n",
        put="    if False:\n",
        tests=[
            "tests/xyashui/embeddings/test_embeddings_answers.py::TestAnAnswerThatIsNone"
            "::test_is_an_error_of_its_own[sync-of true and false]",
        ],
    ),
)

"""An option reaches whom it is for, or is refused: never dropped, and never sent by accident."""

from __future__ import annotations

from mutants.protection import Protection

__all__ = ["OPTIONS"]

_NAMES = "tests/xyashui/test_option_names.py"
_WHOLE = "tests/xyashui/test_stream_or_whole.py"
_LLAMA = "tests/llama_index_xyashui/test_llama_settings_by_name.py"
_LANGCHAIN = "tests/langchain_xyashui/test_settings_by_name.py"

OPTIONS = (
    Protection(
        name="unknown-options",
        promise="An option that nobody knows is refused, and not sent by accident.",
        file="xyashui/providers/provider.py",
        find=(
            "        known = self.completion_option_names if completion else self.option_names\n"
            "        for name in names:\n"
            "            if name not in known:\n"
        ),
        put=(
            "        known = self.completion_option_names if completion else self.option_names\n"
            "        for name in names:\n"
            "            if False:\n"
        ),
        tests=[
            "tests/llama_index_xyashui/fallback/test_llama_fallback.py"
            "::test_a_misspelt_option_is_an_error",
        ],
    ),
    Protection(
        name="keys-into-the-body",
        promise="Nobody is told to put into the body what looks like a key.",
        file="xyashui/option_names.py",
        find=" and field and not _LOOKS_LIKE_A_KEY.search(folded(name)):\n",
        put=" and field:\n",
        tests=[
            f"{_NAMES}::TestTheBody::test_is_not_offered_for_what_looks_like_a_key[here2-password]",
        ],
    ),
    Protection(
        name="settings-into-the-body",
        promise="Nor a setting of the client.",
        file="xyashui/option_names.py",
        find="    field = not ({name, meant} & _NO_FIELDS or name in _THEIRS_ALONE)\n",
        put="    field = True\n",
        tests=[
            f"{_NAMES}::TestTheBody::test_is_not_offered_for_settings_of_a_client_whosever[tokenizer]",
            f"{_NAMES}::TestInACall"
            "::test_a_slip_for_such_a_setting_is_told_with_the_place_where_it_goes"
            "[api_base-base_url]",
        ],
    ),
    Protection(
        name="keys-without-a-name",
        promise="A key that is given without its name is in no variable that an error shows.",
        file="langchain_xyashui/connection.py",
        find="                del given, settings  # a traceback may show variables",
        put="                settings = {}  # a traceback may show variables",
        tests=[
            f"{_LANGCHAIN}::test_one_without_a_name_is_refused_with_the_name_of_the_class"
            "[ChatXingYun]",
        ],
    ),
    Protection(
        name="streams-as-a-whole",
        promise="Who asks for a stream where there is none is told, and gets no whole answer.",
        file="xyashui/requests.py",
        find="    if given is not None and given is not wanted:\n",
        put="    if False:\n",
        tests=[
            f"{_WHOLE}::test_the_contrary_is_refused_and_whose_it_is_is_said[chat-True-client.stream]",
            f"{_LLAMA}::test_a_method_is_not_talked_into_the_contrary"
            "[xingyun-complete-True-stream_chat or stream_complete]",
        ],
    ),
    Protection(
        name="headers-of-one-call",
        promise="Headers that are given to one call of LlamaIndex are not dropped.",
        file="llama_index_xyashui/base.py",
        find='        if options.get("extra_headers") == _FOR_ANTHROPIC:\n',
        put='        if "extra_headers" in options:\n',
        tests=[f"{_LLAMA}::test_a_setting_in_a_call_is_said_to_be_one[xingyun]"],
    ),
)

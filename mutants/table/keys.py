"""The key is in the request's header, and nowhere else."""

from __future__ import annotations

from mutants.protection import Protection

__all__ = ["KEYS"]

_KEY = "tests/security/test_canary_key.py"
_ERRORS = "tests/security/test_canary_errors.py"
_OBSERVERS = "tests/security/test_canary_observers.py"
_SECRECY = "tests/xyashui/test_secrecy.py"

KEYS = (
    Protection(
        name="key-in-repr",
        promise="A key does not show itself where variables are shown.",
        file="xyashui/secrecy.py",
        find="        return repr(HIDDEN)\n",
        put="        return str.__repr__(self)\n",
        tests=[
            f"{_SECRECY}::test_a_key_is_a_string_that_does_not_show_itself",
            f"{_KEY}::test_an_object_shows_nothing_of_it[Client]",
            f"{_KEY}::test_an_object_shows_nothing_of_it[ChatXingYun]",
        ],
    ),
    Protection(
        name="key-in-settings",
        promise=(
            "Settings that may be secrets do not show themselves in the tracebacks of a setting "
            "that cannot be."
        ),
        file="xyashui/secrecy.py",
        find="            settings[name] = concealed_key(value)\n",
        put="            pass\n",
        tests=[
            f"{_SECRECY}::test_settings_are_concealed_by_what_they_are_called",
            f"{_ERRORS}::test_of_a_setting_that_cannot_be[ChatXingYun-a number]",
        ],
    ),
    Protection(
        name="headers-in-settings",
        promise="Nor do the values of default_headers.",
        file="xyashui/secrecy.py",
        find="    return {name: concealed_key(value) for name, value in headers.items()}\n",
        put="    return dict(headers)\n",
        tests=[
            f"{_ERRORS}::test_of_a_setting_that_cannot_be[Client-a number]",
            f"{_ERRORS}::test_of_a_setting_that_cannot_be[XingYun-a timeout]",
        ],
    ),
    Protection(
        name="key-of-bytes",
        promise="Nor does a key that was given as bytes, by mistake.",
        file="xyashui/secrecy.py",
        find=("    if type(key) is bytes:\n        return _Bytes(key)\n"),
        put="",
        tests=[f"{_ERRORS}::test_of_a_setting_that_cannot_be[Client-a key of bytes]"],
    ),
    Protection(
        name="key-in-requests-repr",
        promise="A request that a traceback shows does not show its headers.",
        file="xyashui/outgoing.py",
        find="    headers: httpx.Headers = field(repr=False)  # tracebacks may show a call\n",
        put="    headers: httpx.Headers\n",
        tests=[
            f"{_ERRORS}::test_of_a_model[ChatXingYun sync call-closed]",
            f"{_ERRORS}::test_of_a_model[XingYun async stream-silence]",
        ],
    ),
    Protection(
        name="key-in-errors",
        promise="No error repeats the key, though the service or a proxy does.",
        file="xyashui/secrecy.py",
        find="                one.args = tuple(self._cleaned(value) for value in one.args)\n",
        put="                pass\n",
        tests=[
            "tests/xyashui/test_secrets.py"
            "::test_the_key_is_in_no_error_though_the_service_repeats_it"
            "[sync call-an error's message]",
            f"{_ERRORS}::test_of_a_model[ChatXingYun sync call-a message]",
        ],
    ),
    Protection(
        name="key-in-errors-attributes",
        promise="Nor does any attribute of an error.",
        file="xyashui/secrecy.py",
        find="                    setattr(one, name, self._cleaned(value))\n",
        put="                    pass\n",
        tests=[
            "tests/xyashui/test_secrets.py"
            "::test_the_key_is_in_no_error_though_the_service_repeats_it"
            "[sync call-a header]",
        ],
    ),
    Protection(
        name="key-in-causes",
        promise="Nor do the errors that it came of.",
        file="xyashui/secrecy.py",
        find="        waiting += [one.__cause__, one.__context__]\n",
        put="",
        tests=[
            f"{_SECRECY}::test_errors_are_cleaned_with_all_that_they_came_of",
            f"{_ERRORS}::test_of_a_model[ChatXingYun sync call-no HTTP]",
        ],
    ),
    Protection(
        name="key-in-groups",
        promise="Nor do the errors of a group.",
        file="xyashui/secrecy.py",
        find="            waiting += one.exceptions\n",
        put="            pass\n",
        tests=[f"{_SECRECY}::test_errors_are_cleaned_with_all_that_they_came_of"],
    ),
    Protection(
        name="key-in-requests-of-errors",
        promise="Nor does the request that an error of a library holds.",
        file="xyashui/secrecy.py",
        find='        if hasattr(value, "headers"):\n',
        put="        if False:\n",
        tests=[
            f"{_SECRECY}::test_errors_are_cleaned_with_all_that_they_came_of",
            f"{_ERRORS}::test_of_a_model[ChatXingYun async call-no HTTP]",
        ],
    ),
    Protection(
        name="key-in-tracebacks",
        promise="No variable of a traceback holds the request's headers as bytes.",
        file="xyashui/secrecy.py",
        find="            if not _is_http(frame) and not (kept and self._are_shown_by(frame)):\n",
        put="            if not (kept and self._are_shown_by(frame)):\n",
        tests=[f"{_ERRORS}::test_of_a_model[ChatXingYun sync call-no HTTP]"],
    ),
    Protection(
        name="key-in-variables",
        promise="No variable of a traceback holds an answer that repeats the key.",
        file="xyashui/secrecy.py",
        find="            if not _is_http(frame) and not (kept and self._are_shown_by(frame)):\n",
        put="            if not _is_http(frame):\n",
        tests=[
            f"{_SECRECY}::test_places_whose_variables_show_it_are_taken_out",
            f"{_ERRORS}::test_of_a_model[ChatXingYun sync call-an event]",
        ],
    ),
    Protection(
        name="key-in-a-trys-variables",
        promise="Nor does a variable of the try itself, which can be taken out only further up.",
        file="xyashui/calls.py",
        find=("        with self.clean_errors():\n            if self.breaker is None:\n"),
        put=("        if True:\n            if self.breaker is None:\n"),
        tests=[f"{_ERRORS}::test_of_a_model[ChatXingYun sync call-an event]"],
    ),
    Protection(
        name="places-of-ones-own",
        promise="The places of a program's own hooks and transports stay in a traceback.",
        file="xyashui/secrecy.py",
        find="    return _package_of(frame) in _HTTP\n",
        put=(
            '    return _package_of(frame) in _HTTP or frame.f_code.co_name == "handle_request"\n'
        ),
        tests=[f"{_ERRORS}::test_where_the_users_own_code_failed_is_still_told"],
    ),
    Protection(
        name="key-in-a-chats-errors",
        promise="Errors of calls are cleaned on their way out.",
        file="xyashui/calls.py",
        find="            self.secrets().clean(error)\n",
        put="            pass\n",
        tests=[
            "tests/xyashui/test_secrets.py"
            "::test_the_key_is_in_no_error_though_the_service_repeats_it"
            "[async call-an error's page]",
            f"{_OBSERVERS}::test_the_command_line_says_none",
        ],
    ),
    Protection(
        name="key-among-headers",
        promise="A key among default_headers is one too.",
        file="xyashui/secrecy.py",
        find="            if _SECRET_NAME.search(name) and value.strip():\n",
        put="            if False:\n",
        tests=[
            "tests/xyashui/test_calls.py::TestWhatIsHiddenInErrors"
            "::test_a_key_among_the_headers_is_one_too",
            f"{_SECRECY}::test_what_is_cut_off_is_hidden_as_well",
        ],
    ),
    Protection(
        name="key-cut-off",
        promise="The beginning of a key counts as the key: what is quoted may be cut anywhere.",
        file="xyashui/secrecy.py",
        find='    return re.escape(secret[:_TELLING]) + r"[\\w.~+/=-]*"\n',
        put="    return re.escape(secret)\n",
        tests=[f"{_SECRECY}::test_what_is_cut_off_is_hidden_as_well"],
    ),
    Protection(
        name="short-keys",
        promise="A short key takes no words apart.",
        file="xyashui/secrecy.py",
        find='        return rf"(?<!\\w){re.escape(secret)}(?!\\w)"\n',
        put="        return re.escape(secret)\n",
        tests=[
            f"{_SECRECY}::test_what_is_cut_off_is_hidden_as_well",
            "tests/xyashui/test_calls.py::TestWhatIsHiddenInErrors"
            "::test_a_short_key_takes_no_words_apart",
        ],
    ),
    Protection(
        name="key-in-logs",
        promise="No key is in what httpx and httpcore log, though a service repeats it.",
        file="xyashui/secrecy.py",
        find="            record.msg, record.args = message, None\n",
        put="            pass\n",
        tests=[
            f"{_SECRECY}::test_logs_are_cleaned_as_long_as_there_is_somebody_whose_key_it_is",
            f"{_ERRORS}::test_of_a_model[ChatXingYun sync call-a header]",
        ],
    ),
    Protection(
        name="logs-that-cannot-be-cleaned",
        promise="A line of a log from which no secrets can be taken is not written.",
        file="xyashui/secrecy.py",
        find=(
            '            message = f"(not shown: secrets cannot be hidden in it: '
            '{type(error).__name__})"\n'
        ),
        put="            return bool(error)\n",
        tests=[f"{_SECRECY}::test_what_nobody_can_clean_is_not_logged"],
    ),
    Protection(
        name="key-in-pickles",
        promise="The pickle of a client holds no key.",
        file="xyashui/calls.py",
        find='        secret: dict[str, Any] = {"_api_key": None, "_default_headers": {}}\n',
        put='        secret: dict[str, Any] = {"_default_headers": {}}\n',
        tests=[
            f"{_KEY}::test_a_pickle_has_none_and_takes_it_from_the_environment[Client-copy]",
            f"{_KEY}::test_a_pickle_has_none_and_takes_it_from_the_environment[AsyncClient-copy]",
        ],
    ),
    Protection(
        name="headers-in-pickles",
        promise="Nor the values of default_headers.",
        file="xyashui/calls.py",
        find='        secret: dict[str, Any] = {"_api_key": None, "_default_headers": {}}\n',
        put='        secret: dict[str, Any] = {"_api_key": None}\n',
        tests=[
            f"{_KEY}::test_a_pickle_has_none_and_takes_it_from_the_environment[Client-copy]",
            f"{_KEY}::test_a_pickle_has_none_and_takes_it_from_the_environment[AsyncClient-copy]",
        ],
    ),
    Protection(
        name="key-in-langchain-pickles",
        promise="Nor does the pickle of a LangChain model hold either.",
        file="langchain_xyashui/connection.py",
        find='            dropped += ["api_key", "default_headers"]\n',
        put="            pass\n",
        tests=[
            f"{_KEY}::test_a_pickle_has_none_and_takes_it_from_the_environment[ChatXingYun-copy]",
            f"{_KEY}::test_a_pickle_has_none_and_takes_it_from_the_environment"
            "[XingYunEmbeddings-copy]",
        ],
    ),
    Protection(
        name="key-in-llama-index-pickles",
        promise="Nor does that of a LlamaIndex model.",
        file="llama_index_xyashui/connection.py",
        find='            dropped += ["api_key", "default_headers"]\n',
        put="            pass\n",
        tests=[
            f"{_KEY}::test_a_pickle_has_none_and_takes_it_from_the_environment[XingYun-copy]",
            f"{_KEY}::test_a_pickle_has_none_and_takes_it_from_the_environment[Fallback-copy]",
        ],
    ),
    Protection(
        name="key-in-what-llama-index-writes",
        promise="What LlamaIndex writes out has no key.",
        file="llama_index_xyashui/connection.py",
        find="    api_key: Key = Field(default=None, exclude=True, repr=False)\n",
        put="    api_key: Any = Field(default=None, repr=False)\n",
        tests=["tests/llama_index_xyashui/test_llama_copies.py::test_to_dict_and_back"],
    ),
    Protection(
        name="headers-in-what-llama-index-writes",
        promise="Nor the values of default_headers.",
        file="llama_index_xyashui/connection.py",
        find="    default_headers: Headers = Field(default=None, exclude=True, repr=False)\n",
        put="    default_headers: Headers = Field(default=None, repr=False)\n",
        tests=[
            f"{_KEY}::test_nor_what_it_is_dumped_as[XingYun-model_dump_json]",
            f"{_KEY}::test_nor_what_it_is_dumped_as[Fallback-to_json]",
        ],
    ),
    Protection(
        name="headers-in-what-langchain-writes",
        promise="Nor has what LangChain writes out.",
        file="langchain_xyashui/connection.py",
        find="    default_headers: Headers = Field(default=None, exclude=True, repr=False)\n",
        put="    default_headers: Headers = Field(default=None, repr=False)\n",
        tests=[f"{_KEY}::test_nor_what_it_is_dumped_as[ChatXingYun-model_dump_json]"],
    ),
    Protection(
        name="pickles-with-keys",
        promise="Pickles hold the key where that is asked for.",
        file="xyashui/calls.py",
        find="        kept = {} if keys_are_pickled() else secret\n",
        put="        kept = secret\n",
        tests=[f"{_KEY}::test_a_pickle_has_it_where_that_is_asked_for[Client]"],
    ),
    Protection(
        name="pickles-afterwards",
        promise="Pickles hold the key only where that was asked for, and not afterwards.",
        file="xyashui/secrecy.py",
        find="        _pickled.reset(before)\n",
        put="        pass\n",
        tests=[
            f"{_SECRECY}::test_whether_keys_are_pickled_is_said_for_a_block",
            f"{_KEY}::test_a_pickle_has_it_where_that_is_asked_for[Client]",
        ],
    ),
    Protection(
        name="pickled-errors",
        promise=(
            "The pickle of an error holds no errors of other libraries, which may hold a request."
        ),
        file="xyashui/errors.py",
        find=(
            "        ours = tuple(error for error in self.errors if isinstance(error, "
            "XyashuiError))\n"
        ),
        put="        ours = tuple(self.errors)\n",
        tests=[
            "tests/xyashui/test_errors.py::test_all_failed_keeps_no_errors_of_others_in_a_pickle",
        ],
    ),
    Protection(
        name="key-in-what-langchain-writes",
        promise="What LangChain writes out names the key's variable and not the key.",
        file="langchain_xyashui/models.py",
        find='        return {"api_key": self.provider.api_key_variable}\n',
        put="        return {}\n",
        tests=[
            "tests/langchain_xyashui/test_chat_model_copies.py"
            "::test_it_is_written_out_without_the_key",
        ],
    ),
    Protection(
        name="key-in-cache-keys",
        promise="The key of a cache is none.",
        file="langchain_xyashui/chat_models.py",
        find="        who = (self._llm_type, self.base_url, self.output_version)\n",
        put="        who = (self._llm_type, self.base_url, self._sync_client()._headers('').raw)\n",
        tests=[
            f"{_OBSERVERS}::test_the_key_of_a_cache_is_no_key",
            "tests/langchain_xyashui/test_chat_model_caching.py::test_the_key_is_in_no_cache_key",
        ],
    ),
    Protection(
        name="key-in-traces",
        promise="Traces are told no key.",
        file="langchain_xyashui/models.py",
        find='        return {"model": self.model, "base_url": self.base_url, **shown}\n',
        put=(
            '        return {"model": self.model, "api_key": str(self.api_key.get_secret_value()), '
            "**shown}\n"
        ),
        tests=[f"{_OBSERVERS}::test_langsmith_is_told_none[ChatXingYun-answered]"],
    ),
    Protection(
        name="key-in-addresses",
        promise="An address that is refused is quoted without what may be a secret in it.",
        file="xyashui/providers/provider.py",
        find="base_url={shorten(bare(url))} is",
        put="base_url={shorten(url)} is",
        tests=[f"{_ERRORS}::test_of_an_address_that_holds_it"],
    ),
    Protection(
        name="key-in-validation",
        promise="What Pydantic finds wrong is told without the key.",
        file="xyashui/requests.py",
        find=(
            '        value = "" if name in ("", "api_key") else f" (it is '
            "{shorten(one['input'])})\"\n"
        ),
        put="        value = f\" (it is {shorten(one['input'])})\"\n",
        tests=["tests/security/test_canary_settings.py::test_its_refusal_is_in_other_words"],
    ),
    Protection(
        name="key-in-downloads",
        promise="A picture is fetched without the key.",
        file="xyashui/downloads.py",
        find="            headers=httpx.Headers(\n",
        put='            headers=sender._headers("image/*") if sender else httpx.Headers(\n',
        tests=[
            "tests/xyashui/test_downloads.py::TestFetching::test_gives_the_bytes_and_shows_no_key",
        ],
    ),
)

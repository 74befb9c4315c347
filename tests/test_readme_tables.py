"""The tables of both READMEs say what the code says."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from langchain_core.language_models import BaseChatModel
from llama_index.core.llms.function_calling import FunctionCallingLLM

import xyashui
from langchain_xyashui import ChatAShui, ChatXingYun
from llama_index_xyashui import AShui, XingYun
from tests.markdown import Document, both, codes
from xyashui import PROVIDERS, Capabilities, errors, retries, transport
from xyashui.emulator import TRIGGERS

# The table of what each provider supports

NATIVE, HERE, NO = ("native", "原生"), ("this side", "本地"), ("no", "不支持")

# Which row is about which field of `Capabilities`.
CAPABILITIES = {
    "file_list": "files",
    "bind_tools": "tools",
    "with_structured_output": "json_output",
    "stop": "stop",
    "n": "choices",
    "usage_metadata": "usage",
    "reasoning_content": "reasoning",
    "embed": "endpoints",
}
SUPPLIED_HERE = {"stop"}  # of what is a plain yes or no
OPTIONS = {name for provider in PROVIDERS.values() for name in provider.options}


def _support(document: Document) -> dict[str, list[str]]:
    table = next(table for table in document.tables if table[0][0] == "")
    return {",".join(codes(row[0])): row[1:] for row in table[1:]}


@both
def test_what_is_supported(document: Document) -> None:
    assert set(CAPABILITIES.values()) == {field.name for field in dataclasses.fields(Capabilities)}
    support = _support(document)
    for code, name in CAPABILITIES.items():
        cells = next(cells for key, cells in support.items() if key.split(",")[0] == code)
        for cell, provider in zip(cells, PROVIDERS.values(), strict=True):
            ability = getattr(provider.capabilities, name)
            if ability == "prompted" or (code in SUPPLIED_HERE and not ability):
                expected = HERE
            else:
                expected = NATIVE if ability else NO
            assert cell.startswith(expected), (code, provider.name, cell)
            if expected is NO:
                assert re.search("[:：]", cell), f"{code}: no reason is given"


@both
def test_which_options_are_native(document: Document) -> None:
    support = _support(document)
    told = set()
    for key, cells in support.items():
        for option in OPTIONS & set(key.split(",")):
            told.add(option)
            for cell, provider in zip(cells, PROVIDERS.values(), strict=True):
                assert cell.startswith(NATIVE) == (option in provider.options), (option, cell)
    assert told == OPTIONS
    assert f"`{xyashui.XINGYUN.web_search_model}`" in support["web_search"][0]
    assert str(xyashui.XINGYUN.max_stop) in support["stop"][0]


# The table of errors


def _error_rows(document: Document) -> dict[str, list[str]]:
    rows = document.table("`ConfigurationError`")
    return {codes(row[0])[0]: row[1:] for row in rows}


def _leaves(cls: type[Exception]) -> list[type[Exception]]:
    below = [one for one in cls.__subclasses__() if one.__module__ == errors.__name__]
    return [leaf for one in below for leaf in _leaves(one)] or [cls]


def _cases(cell: str) -> list[tuple[int, str]]:
    """Read "401 无效的令牌, 该令牌已过期; 404 `model_not_found`": numbers, each with some words."""
    cases = []
    for part in filter(None, cell.split("; ")):
        match = re.fullmatch(r"(\d+(?:, \d+)*)(?: (.+))?", part)
        assert match, part
        words = (match[2] or "").split(", ")
        cases += [(int(number), word) for number in match[1].split(", ") for word in words]
    return cases


@both
def test_every_error_is_there(document: Document) -> None:
    assert list(_error_rows(document)) == [cls.__name__ for cls in _leaves(errors.XyashuiError)]


@both
def test_which_errors_are_tried_again(document: Document) -> None:
    for name, (_, _, again, advice) in _error_rows(document).items():
        assert again in (("yes", "是") if getattr(errors, name).retryable else ("no", "否")), name
        assert advice


@both
def test_what_raises_each_error(document: Document) -> None:
    for name, (xingyun, ashui, *_) in _error_rows(document).items():
        for status, words in _cases(xingyun):
            assert _xingyun_class(status, words).__name__ == name, (status, words)
        for code, words in _cases(ashui):
            envelope = {"Type": "string", "Data": None, "Err": words, "Code": code}
            failure = xyashui.ASHUI.failure(envelope, 200)
            assert failure is not None
            assert failure.kind.__name__ == name, (code, words)


def _xingyun_class(status: int, words: str) -> type[Exception]:
    code, message = (words[1:-1], "") if words.startswith("`") else (None, words)
    body = {"error": {"message": message, "type": "new_api_error", "code": code}}
    failure = xyashui.XINGYUN.failure(body, status)
    assert failure is not None
    return failure.kind


@both
def test_every_documented_error_is_in_the_table(document: Document) -> None:
    rows = _error_rows(document).values()
    ashui = [code for row in rows for code, _ in _cases(row[1])]
    assert {one.code for one in TRIGGERS if one.service == "ashui"} == set(ashui)
    xingyun = [case for row in rows for case in _cases(row[0])]
    for one in TRIGGERS:
        if one.service == "xingyun" and one.status != 200:
            assert any(
                status == one.status and words.strip("`") in f"{one.code} {one.message}"
                for status, words in xingyun
            ), one


@both
def test_how_calls_are_tried_again(document: Document) -> None:
    policy = next(line for line in document.prose if "`Retry-After`" in line)
    assert f"{retries.LONGEST_WAIT:g} s" in policy
    assert "twice by default" in policy or "默认两次" in policy
    assert xyashui.Client(api_key="any").max_retries == 2
    wait = retries._backoff()
    assert f"{wait.multiplier:g} s" in policy
    assert f"{wait.max:g} s" in policy


# The table of options

MODELS = {
    ("LangChain", "星芸"): ChatXingYun,
    ("LangChain", "阿水"): ChatAShui,
    ("LlamaIndex", "星芸"): XingYun,
    ("LlamaIndex", "阿水"): AShui,
}
# What the classes leave to the client and the provider.
DEFAULTS_BELOW = {
    "timeout": f"{transport.DEFAULT_TIMEOUT:g}",
    "web_search_model": xyashui.XINGYUN.web_search_model,
    "stream_usage": xyashui.XINGYUN.request("").stream_usage,
    "merge_buffered": inspect.signature(xyashui.Client).parameters["merge_buffered"].default,
    "tool_calling": xyashui.ASHUI.request("").tool_calling,
}
OR = {"README.md": " or ", "README.zh-CN.md": " 或 "}
SET_ONCE = "api_key"  # the first of the options that belong to a model and not to a call


def _own_fields(model: type[BaseChatModel] | type[FunctionCallingLLM]) -> Mapping[str, Any]:
    base = BaseChatModel if issubclass(model, BaseChatModel) else FunctionCallingLLM
    own = model.model_fields.keys() - base.model_fields.keys()
    return {name: model.model_fields[name] for name in own}


def _option_rows(document: Document) -> dict[str, list[str]]:
    return {codes(row[0])[0]: row[1:] for row in document.table("`model`")}


@both
def test_every_option_is_there_and_where_it_belongs(document: Document) -> None:
    rows = _option_rows(document)
    for where, model in MODELS.items():
        told = {name for name, row in rows.items() if row[2] in (*where, "all", "全部")}
        assert told == set(_own_fields(model)), model


@both
def test_types_and_defaults_of_options(document: Document) -> None:
    for name, (kind, default, *_) in _option_rows(document).items():
        fields = [found[name] for one in MODELS.values() if name in (found := _own_fields(one))]
        kinds = {_kind(field.annotation).replace(" or ", OR[document.path]) for field in fields}
        assert kind in kinds, name
        defaults = {field.default for field in fields} - {None}
        if name in DEFAULTS_BELOW:
            defaults.add(DEFAULTS_BELOW[name])
        assert set(codes(default)) == {str(one) for one in defaults}, name


def _kind(annotation: Any) -> str:
    kinds = [one for one in get_args(annotation) or (annotation,) if one is not type(None)]
    if annotation is Any:
        return "any"
    if get_origin(kinds[0]) is Literal:
        return " or ".join(map(repr, get_args(kinds[0])))
    names = [repr(one) if get_args(one) else one.__name__ for one in kinds]
    return " or ".join(names).replace("SecretStr", "str").replace("typing.", "")


@both
def test_which_options_can_be_given_per_call(document: Document) -> None:
    names = list(_option_rows(document))
    per_call = set(names[: names.index(SET_ONCE)])
    for provider in PROVIDERS.values():
        known = provider.option_names
        assert per_call & known == set(names) & known
        assert known <= per_call | {"stream", *_only_per_call(document)}
    assert per_call <= xyashui.XINGYUN.option_names | xyashui.ASHUI.option_names


def _only_per_call(document: Document) -> list[str]:
    line = next(line for line in document.prose if "`parallel_tool_calls`" in line)
    return [name for name in codes(line) if name not in _option_rows(document)]


@both
def test_variables_and_addresses(document: Document) -> None:
    line = next(line for line in document.prose if "_BASE_URL`" in line)
    variables = [(one.api_key_variable, one.base_url_variable) for one in PROVIDERS.values()]
    assert codes(line) == [name for pair in variables for name in pair]
    assert re.findall(r"<(.+?)>", line) == [provider.root for provider in PROVIDERS.values()]

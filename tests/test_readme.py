"""Both READMEs: the examples run as they are written, and the tables say what the code says."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import re
import shlex
import subprocess
import sys
import threading
import tomllib
import types
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from llama_index.core import Settings
from llama_index.core.llms.function_calling import FunctionCallingLLM
from tests.markdown import Block, Document, codes, read
from PIL import Image

import xyashui
from langchain_xyashui import ChatAShui, ChatXingYun
from llama_index_xyashui import AShui, XingYun
from xyashui import PROVIDERS, Capabilities, Provider, errors, retries, transport
from xyashui.emulator import TRIGGERS, Faults, serve
from xyashui.failures import plain_failure

ROOT = Path(__file__).parent.parent
FILES = {"en": "README.md", "zh": "README.zh-CN.md"}
READMES = {language: read(ROOT / name) for language, name in FILES.items()}
EXAMPLES = [
    pytest.param(language, block, id=f"{language}-{block.line}")
    for language, document in READMES.items()
    for block in document.python()[1:]
]
CONSOLES = [
    pytest.param(block, id=f"{language}-{block.line}")
    for language, document in READMES.items()
    for block in document.blocks
    if block.language == "console"
]
both = pytest.mark.parametrize("document", READMES.values(), ids=READMES.keys())


# The examples


@dataclasses.dataclass
class Place:
    """Where examples run: what the first block of a README makes of the world."""

    names: dict[str, Any]
    directory: Path
    environment: dict[str, str]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Place]]:
    """Run the first block of each README, which starts an emulator and points at it."""
    made = {}
    for language, document in READMES.items():
        first = document.python()[0]
        with pytest.MonkeyPatch.context() as patch:
            directory = tmp_path_factory.mktemp(language)
            patch.chdir(directory)
            for provider in PROVIDERS.values():  # so that they are as before when it is over
                patch.setenv(provider.api_key_variable, "")
                patch.setenv(provider.base_url_variable, "")
            names, printed = _run(first, FILES[language], {})
            assert printed == first.shown
            environment = {name: os.environ[name] for name in _variables()}
        made[language] = Place(names, directory, environment)
    yield made
    for place in made.values():
        place.names["emulator"].close()


@pytest.mark.parametrize(("language", "block"), EXAMPLES)
def test_an_example_prints_what_it_says(
    language: str, block: Block, places: dict[str, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = places[language]
    monkeypatch.chdir(place.directory)
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Settings, "_llm", None)  # what an example sets is taken back
    # Nothing of the other examples: each can be copied by itself.
    _, printed = _run(block, FILES[language], {"emulator": place.names["emulator"]})
    assert printed == block.shown


def _run(block: Block, name: str, names: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Run a block as a program of its own; return its names, and the lines that it prints."""
    module = types.ModuleType("readme_example")
    vars(module).update(names)
    # Empty lines before it, so that a traceback names the line of the README.
    code = compile("\n" * (block.line - 1) + block.text, name, "exec")
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setitem(sys.modules, module.__name__, module)  # where types look names up
        exec(code, vars(module))
    return vars(module), printed.getvalue().splitlines()


def _variables() -> list[str]:
    return [
        name
        for provider in PROVIDERS.values()
        for name in (provider.api_key_variable, provider.base_url_variable)
    ]


@pytest.mark.parametrize("block", CONSOLES)
def test_a_command_prints_what_it_says(
    block: Block, emulator: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (160, 120), "orange").save("orange.png")
    for session in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, expected = session.partition("\n")
        if command.startswith("xyashui emulate"):
            printed = _start(command)
        else:
            printed = _shell(command, emulator.url)
        assert re.fullmatch(_pattern(expected), printed), f"$ {command}\n{printed}"


def _shell(command: str, url: str) -> str:
    """Run a command as a shell would, and return its stdout. `...` addresses are the README's."""
    script = f'xyashui() {{ {shlex.quote(sys.executable)} -m xyashui "$@"; }}\n{command}'
    done = subprocess.run(
        ["bash", "-c", script], env=_environment(url), capture_output=True, text=True, timeout=120
    )
    return _as_documented(done.stdout, url)


def _start(command: str) -> str:
    """Run `xyashui emulate` until it is up, on a free port."""
    arguments = [*shlex.split(command)[1:], "--port", "0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "xyashui", *arguments],
        env=_environment(""), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    patience = threading.Timer(60, process.kill)
    patience.start()
    lines = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C"):
                break
    finally:
        patience.cancel()
        process.terminate()
        process.communicate()
    printed = "".join(lines)
    found = re.search(r"http://127\.0\.0\.1:\d+", printed)
    return _as_documented(printed, found[0] if found else "")


def _environment(url: str) -> dict[str, str]:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    ours = {one.base_url_variable: f"{url}/{one.name}" for one in PROVIDERS.values()}
    ours |= {one.api_key_variable: "any" for one in PROVIDERS.values()}
    plain = {"COLUMNS": "80", "PYTHONPATH": path, "PYTHONUTF8": "1"}
    return {**os.environ, **(ours if url else {}), **plain}


def _as_documented(printed: str, url: str) -> str:
    lines = printed.replace(url, "http://127.0.0.1:8700").strip().splitlines()
    return "\n".join(line.rstrip() for line in lines)


def _pattern(expected: str) -> str:
    """A line of three dots stands for any lines."""
    return re.escape(expected.strip()).replace(re.escape("\n...\n"), r"\n(.*\n)+")


# The two say the same


def test_both_have_the_same_code() -> None:
    ours, theirs = (
        [(block.language, block.text) for block in document.blocks] for document in READMES.values()
    )
    assert ours == theirs


def test_both_have_the_same_sections() -> None:
    ours, theirs = ([level for level, _ in document.headings] for document in READMES.values())
    assert ours == theirs
    # What stands between two headings is the same kind of thing, in the same order.
    ours, theirs = (_outline(document) for document in READMES.values())
    assert ours == theirs


def _outline(document: Document) -> list[str]:
    kinds = {"#": "heading", "```": "code", "|": "row", "- ": "item"}
    outline = []
    in_code = False
    for line in document.text.splitlines():
        fence = line.startswith("```")
        if line and not (in_code and not fence):
            found = (kind for start, kind in kinds.items() if line.startswith(start))
            outline.append(next(found, "prose"))
        in_code ^= fence
    return outline


def test_both_have_the_same_facts() -> None:
    ours, theirs = (
        [[(_facts(cell)) for cell in row] for table in document.tables for row in table]
        for document in READMES.values()
    )
    assert ours == theirs
    ours, theirs = (
        [_facts(line) for line in document.prose if line and not line.startswith("[English]")]
        for document in READMES.values()
    )
    assert ours[1:] == theirs[1:]  # the first line leads from each to the other


def _facts(text: str) -> tuple[Counter[str], int]:
    """What is the same in every language: code, addresses, marks."""
    return Counter(codes(text) + re.findall(r"https?://[^)>\s]+|\]\([^)]+\)", text)), text.count("†")


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
}
SUPPLIED_HERE = {"stop"}  # of what is a plain yes or no


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
            if ability in (True, "native"):
                expected = NATIVE
            else:
                expected = HERE if ability == "prompted" or code in SUPPLIED_HERE else NO
            assert cell.startswith(expected), (code, provider.name, cell)
            if expected is NO:
                assert re.search("[:：]", cell), f"{code}: no reason is given"


@both
def test_which_options_are_native(document: Document) -> None:
    support = _support(document)
    for key, cells in support.items():
        for cell, provider in zip(cells, PROVIDERS.values(), strict=True):
            for option in {"temperature", "top_p", "max_tokens", "logit_bias", "user", "n"} & set(
                key.split(",")
            ):
                assert cell.startswith(NATIVE) == (option in provider.options), (option, cell)
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
    page = plain_failure(b"<title>A proxy's page</title>", status)
    assert words or page.kind is failure.kind
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
    wait = retries._BACKOFF
    assert f"{wait.multiplier:g} s" in policy
    assert f"{wait.max:g} s" in policy


# The table of options

MODELS = {
    ("LangChain", "星芸"): ChatXingYun,
    ("LangChain", "阿水"): ChatAShui,
    ("LlamaIndex", "星芸"): XingYun,
    ("LlamaIndex", "阿水"): AShui,
}
TITLES = {"星芸": xyashui.XINGYUN, "阿水": xyashui.ASHUI}
SET_ONCE = "api_key"  # the first of the options that belong to a model and not to a call


def _own_fields(model: type[BaseChatModel] | type[FunctionCallingLLM]) -> Mapping[str, Any]:
    base = BaseChatModel if issubclass(model, BaseChatModel) else FunctionCallingLLM
    return {name: field for name, field in model.model_fields.items() if name not in base.model_fields}


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
        assert kind in {_kind(field.annotation) for field in fields}, name
        expected = {*map(_default, {field.default for field in fields if field.default is not None})}
        expected |= {
            "timeout": {f"`{transport.DEFAULT_TIMEOUT:g}`"},
            "web_search_model": {f"`{xyashui.XINGYUN.web_search_model}`"},
            "stream_usage": {f"`{xyashui.XINGYUN.request('').stream_usage}`"},
            "tool_calling": {f"`{xyashui.ASHUI.request('').tool_calling}`"},
        }.get(name, set())
        assert set(filter(None, default.split(", "))) == expected, name


def _kind(annotation: Any) -> str:
    kinds = [one for one in get_args(annotation) or (annotation,) if one is not type(None)]
    if annotation is Any:
        return "any"
    if any(get_args(one) and "Literal" in repr(one) for one in kinds):
        *most, last = map(repr, get_args(kinds[0]))
        return f"{', '.join(most)} or {last}"
    names = [repr(one) if get_args(one) else one.__name__ for one in kinds]
    return " or ".join(names).replace("SecretStr", "str").replace("typing.", "")


def _default(value: Any) -> str:
    return f"`{value}`"


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
    line = next(line for line in document.prose if "NO_PROXY" not in line and "_BASE_URL`" in line)
    assert codes(line) == _variables()
    assert re.findall(r"<(.+?)>", line) == [provider.root for provider in PROVIDERS.values()]


# Why not another client

END_MISSING = Faults(no_done=True, no_finish_reason=True)


def test_this_package_does_as_the_comparison_says(emulator: Any) -> None:
    with serve(faults=END_MISSING) as endless:
        for url, model, llm in ((endless.xingyun_url, ChatXingYun, XingYun),):
            with pytest.raises(errors.StreamInterruptedError) as cut:
                list(model(api_key="any", base_url=url, max_retries=0).stream("1 + 1 = ?"))
            assert cut.value.text == "1 + 1 = 2."
            with pytest.raises(errors.StreamInterruptedError):
                list(llm(api_key="any", base_url=url, max_retries=0).stream_complete("Hi"))
    refused = {"api_key": "no-quota", "base_url": emulator.ashui_url}
    for ask in (
        lambda: ChatAShui(**refused).invoke("Hi"),
        lambda: list(ChatAShui(**refused).stream("Hi")),
        lambda: AShui(**refused).complete("Hi"),
        lambda: list(AShui(**refused).stream_complete("Hi")),
    ):
        with pytest.raises(errors.QuotaExceededError) as refusal:
            ask()
        assert (refusal.value.code, refusal.value.message[:6]) == (800, "您的账户已欠")
    there = {"api_key": "any", "base_url": emulator.xingyun_url}
    thought = ChatXingYun(model="deepseek-r1", **there).invoke("1 + 1 = ?")
    assert thought.additional_kwargs["reasoning_content"]
    for cls in MODELS.values():
        with pytest.raises(errors.ConfigurationError, match="'temperature'"):
            cls(api_key="any", temprature=0.5)
    found = ChatXingYun(web_search=True, **there).invoke("How far is the Moon?")
    assert found.additional_kwargs["citations"][0]["end"]


def test_chat_openai_does_as_the_comparison_says(emulator: Any) -> None:
    openai = pytest.importorskip("langchain_openai", reason="the extra `bench` has it")

    def chat(url: str, model: str, key: str = "any", **settings: Any) -> Any:
        return openai.ChatOpenAI(
            model=model, base_url=f"{url}/v1", api_key=key, max_retries=0, **settings
        )

    with serve(faults=END_MISSING) as endless:
        pieces = list(chat(endless.xingyun_url, "gpt-4-turbo").stream("1 + 1 = ?"))
    assert "".join(piece.content for piece in pieces) == "1 + 1 = 2."
    pieces = list(chat(emulator.ashui_url, "ashuiai-4.0", "no-quota").stream("Hi"))
    assert "".join(piece.content for piece in pieces) == ""
    whole = {"extra_body": {"stream": False}}  # which 阿水 requires
    with pytest.raises(TypeError):
        chat(emulator.ashui_url, "ashuiai-4.0", "no-quota", **whole).invoke("Hi")
    thought = chat(emulator.xingyun_url, "deepseek-r1").invoke("1 + 1 = ?")
    assert isinstance(thought, AIMessage)
    assert "reasoning_content" not in thought.additional_kwargs
    assert [block["type"] for block in thought.content_blocks] == ["text"]
    with pytest.warns(UserWarning, match="model_kwargs"):
        misspelt = chat(emulator.xingyun_url, "gpt-4-turbo", temprature=0.5)
    assert misspelt.model_kwargs == {"temprature": 0.5}
    found = chat(emulator.xingyun_url, "gpt-4-web").invoke("How far is the Moon?")
    assert "https://" in found.content
    assert "annotations" not in found.content_blocks[0]


def test_openai_like_does_as_the_comparison_says(emulator: Any) -> None:
    like = pytest.importorskip("llama_index.llms.openai_like", reason="the extra `bench` has it")

    def llm(url: str, model: str, key: str = "any", **settings: Any) -> Any:
        fixed = {"is_chat_model": True, "max_retries": 0}
        return like.OpenAILike(
            model=model, api_base=f"{url}/v1", api_key=key, **fixed, **settings
        )

    with serve(faults=END_MISSING) as endless:
        pieces = list(llm(endless.xingyun_url, "gpt-4-turbo").stream_complete("1 + 1 = ?"))
    assert pieces[-1].text == "1 + 1 = 2."
    with pytest.raises(TypeError):
        list(llm(emulator.ashui_url, "ashuiai-4.0", "no-quota").stream_complete("Hi"))
    whole = {"additional_kwargs": {"extra_body": {"stream": False}}}
    with pytest.raises(TypeError):
        llm(emulator.ashui_url, "ashuiai-4.0", "no-quota", **whole).complete("Hi")
    message = llm(emulator.xingyun_url, "deepseek-r1").chat([_question("1 + 1 = ?")]).message
    assert [block.block_type for block in message.blocks] == ["thinking", "text"]
    misspelt = llm(emulator.xingyun_url, "gpt-4-turbo", temprature=0.5)
    assert "temprature" not in {**vars(misspelt), **misspelt.additional_kwargs}
    found = llm(emulator.xingyun_url, "gpt-4-web").complete("How far is the Moon?")
    assert "https://" in found.text
    assert not found.additional_kwargs


def _question(text: str) -> Any:
    from llama_index.core.llms import ChatMessage

    return ChatMessage(text)


# The rest


@both
def test_extras_and_files_exist(document: Document) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for extra in re.findall(r"(?:xyashui|\.)\[([a-z-]+)\]'", document.text):
        assert extra in project["optional-dependencies"], extra
    for path in re.findall(r"\]\(([^)#]+)\)", document.text):
        assert path.startswith("https://") or (ROOT / path).is_file() or path in _IN_CODE, path
    for command in re.findall(r"^\./(\S+)", document.text, re.MULTILINE):
        assert os.access(ROOT / command, os.X_OK), command


_IN_CODE = {page for page in ()}


@both
def test_it_links_to_nothing_else(document: Document) -> None:
    hosts = set(re.findall(r"https?://([^/)>\s:\"]+)", "\n".join(document.prose)))
    assert hosts <= {httpx.URL(provider.root).host for provider in PROVIDERS.values()}
    assert not re.search(r"/(?:home|root|tmp|work|Users)/", document.text)


def test_every_provider_is_in_the_tables() -> None:
    assert list(PROVIDERS.values()) == list(TITLES.values())
    assert all(isinstance(provider, Provider) for provider in TITLES.values())

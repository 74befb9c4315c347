"""The real command, in a process of its own, against the emulator."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import xyashui
from xyashui.emulator import TRIGGERS, XINGYUN_MODELS, Emulator, Faults, serve

ROOT = Path(xyashui.__file__).parents[1]
COMMAND = (sys.executable, "-m", "xyashui")
SERVICES = ("xingyun", "ashui")


def environment(**variables: str) -> dict[str, str]:
    ours = ("XINGYUN_", "ASHUI_", "LANGSMITH_", "LANGCHAIN_")
    names = {"COLUMNS", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(ours) and not name.lower().endswith("_proxy") and name not in names
    }
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"} | variables


def run(
    *arguments: str, stdin: str | bytes | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [*COMMAND, *arguments],
        input=data,
        stdin=subprocess.DEVNULL if data is None else None,
        capture_output=True,
        timeout=60,
        env=environment(**variables),
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def pointed_at(emulator: Emulator, key: str = "any") -> dict[str, str]:
    return {
        "XINGYUN_BASE_URL": emulator.xingyun_url,
        "ASHUI_BASE_URL": emulator.ashui_url,
        "XINGYUN_API_KEY": key,
        "ASHUI_API_KEY": key,
    }


# The door


def test_it_says_which_version_it_is() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"xyashui {xyashui.__version__}\n")


def test_help_names_the_commands() -> None:
    done = run("--help")
    assert done.returncode == 0
    for name in ("demo", "chat", "check", "models", "emulate"):
        assert name in done.stdout


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_a_missing_extra_is_one_line_that_says_what_to_install(missing: str) -> None:
    program = f"import sys; sys.modules[{missing!r}] = None; from xyashui.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"The xyashui command needs {missing}: pip install 'xyashui[cli]'"
    ]


def test_a_missing_emulator_is_one_line_that_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['starlette'] = None; sys.argv = ['xyashui', 'chat', '--emulator',"
        " 'hi']; from xyashui.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=environment(),
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 1
    assert "pip install 'xyashui[emulator]'" in done.stderr
    assert "Traceback" not in done.stderr


# chat


def test_the_answer_alone_goes_to_stdout(emulator: Emulator) -> None:
    done = run("chat", "1+1=?", "--provider", "xingyun", **pointed_at(emulator))
    assert (done.returncode, done.stdout) == (0, "1 + 1 = 2.\n")
    assert re.fullmatch(
        r"gpt-4-turbo · \d+ \+ \d+ tokens · first word after \d+\.\d\d s\n", done.stderr
    )


@pytest.mark.parametrize("provider", SERVICES)
def test_web_search_lists_its_sources(emulator: Emulator, provider: str) -> None:
    done = run(
        "chat", "今天济南的天气怎么样？", "-p", provider, "--web-search", **pointed_at(emulator)
    )
    assert done.returncode == 0
    answer, _, sources = done.stdout.partition("\n\nSources 来源\n")
    assert "[济南天气预报](https://www.tianqi.com/jinan/)" in answer
    assert sources == "1. 济南天气预报  https://www.tianqi.com/jinan/\n"


@pytest.mark.parametrize("provider", SERVICES)
def test_it_shows_a_picture(emulator: Emulator, provider: str) -> None:
    url = f"{emulator.files_url}/cat.png"
    done = run("chat", "这张图片里有什么？", "-p", provider, "-i", url, **pointed_at(emulator))
    assert done.returncode == 0, done.stderr


def test_it_shows_a_picture_of_ones_own(emulator: Emulator, tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "red.png"
    Image.new("RGB", (30, 20), "red").save(path)
    done = run("chat", "What is this?", "-p", "ashui", "--image", str(path), **pointed_at(emulator))
    assert "PNG image of 30 × 20 pixels, mainly red" in done.stdout


def test_it_asks_about_a_file(emulator: Emulator) -> None:
    question = ("chat", "Which month sold the most units?", "--file")
    url = f"{emulator.files_url}/sales.csv"
    done = run(*question, url, "-p", "ashui", **pointed_at(emulator))
    assert "May" in done.stdout
    refused = run(*question, url, "-p", "xingyun", **pointed_at(emulator))
    assert refused.returncode == 2
    assert "--provider ashui" in refused.stderr


def test_every_option_is_sent(emulator: Emulator) -> None:
    sent = ("--system", "You are Li Lei.", "--temperature", "0.5", "--max-tokens", "7")
    done = run(
        "chat", "who are you? 407", "-p", "xingyun", *sent, "--stop", "X", "--stop", "Y",
        "--model", "gpt-4o", "--no-stream", **pointed_at(emulator),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    body = next(one.body for one in reversed(emulator.requests) if "407" in str(one.body))
    assert body == {
        "model": "gpt-4o",
        "messages": [
            {"role": "system", "content": "You are Li Lei."},
            {"role": "user", "content": "who are you? 407"},
        ],
        "temperature": 0.5,
        "max_tokens": 7,
        "stop": ["X", "Y"],
        "stream": False,
    }


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_the_question_may_come_from_stdin(arguments: tuple[str, ...]) -> None:
    done = run("chat", "--emulator", *arguments, stdin="1+1=?\n")
    assert (done.returncode, done.stdout) == (0, "1 + 1 = 2.\n")


def test_what_is_piped_in_stands_below_the_question(emulator: Emulator) -> None:
    done = run("chat", "Explain 408", "-p", "ashui", stdin="some text\n", **pointed_at(emulator))
    assert done.returncode == 0
    body = next(one.body for one in reversed(emulator.requests) if "408" in str(one.body))
    assert body["messages"][0]["content"] == "Explain 408\n\nsome text"


def test_chinese_may_come_in_the_encoding_of_old() -> None:
    done = run("chat", "--emulator", stdin="从1数到3".encode("gb18030"))
    assert done.stdout == "1，2，3\n"


def test_no_question_is_an_error() -> None:
    done = run("chat", "--emulator", stdin="  \n")
    assert done.returncode == 2
    assert "There is no question" in done.stderr


def test_reasoning_stays_out_of_stdout(emulator: Emulator) -> None:
    question = ("chat", "1+1=?", "-p", "xingyun", "-m", "deepseek-r1")
    done = run(*question, **pointed_at(emulator))
    assert done.stdout == "1 + 1 = 2.\n"
    assert done.stderr.startswith("The user asks: 1+1=? It is arithmetic.\n\ndeepseek-r1 · ")


def test_json_is_one_object(emulator: Emulator) -> None:
    question = ("chat", "今天济南的天气怎么样？", "-p", "xingyun", "-w", "--json")
    sheet = json.loads(run(*question, **pointed_at(emulator)).stdout)
    assert sheet["complete"] is True
    assert sheet["error"] is None
    assert sheet["citations"][0]["url"] == "https://www.tianqi.com/jinan/"
    assert sheet["usage"]["output_tokens"] > 0


def test_escape_sequences_do_not_reach_the_terminal() -> None:
    hostile = "\x1b[31mred\x1b[0m \x1b]0;owned\x07title\x9b2J \u202ebidi\r\b tail"
    done = run("chat", "--emulator", stdin=hostile)
    assert "red title bidi  tail" in done.stdout
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", done.stdout)
    sheet = run("chat", "--emulator", "--json", stdin=hostile)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", sheet.stdout)
    assert "\x1b[31mred" in json.loads(sheet.stdout)["text"]


def test_errors_say_what_happened_and_what_to_do(emulator: Emulator) -> None:
    done = run("chat", "hi", "-p", "ashui", **pointed_at(emulator, key="no-quota"))
    assert (done.returncode, done.stdout) == (1, "")
    what, todo = done.stderr.splitlines()
    assert what.startswith("QuotaExceededError: 阿水AI (AShui AI): ")
    assert "您的账户已欠费，请充值后重试。" in what
    assert todo == "→ Top the account up, or set ASHUI_API_KEY to another key."


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--image", "/nowhere.png"), "does not exist"),
        (("--temperature", "9"), "0 to 2"),
        (("--base-url", "nonsense"), "no http(s) address"),
        (("--provider", "asui"), "mean 'ashui'"),
        (("--emulator", "--base-url", "http://127.0.0.1:1"), "leave --base-url out"),
    ],
)
def test_what_cannot_be_asked_exits_with_2(arguments: tuple[str, ...], words: str) -> None:
    done = run("chat", "hi", *arguments, XINGYUN_API_KEY="any")
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr.replace("\n", " ")


def test_without_a_key_it_says_how_to_set_one() -> None:
    done = run("chat", "hi")
    assert done.returncode == 2
    for words in ("XINGYUN_API_KEY", "ASHUI_API_KEY", "--emulator"):
        assert words in done.stderr


def test_the_service_is_the_one_whose_key_is_set(emulator: Emulator) -> None:
    both = pointed_at(emulator)
    only_ashui = {name: value for name, value in both.items() if name != "XINGYUN_API_KEY"}
    assert run("chat", "hi", **only_ashui).stderr.startswith("ashuiai-4.0 · ")
    hint, footer = run("chat", "hi", **both).stderr.splitlines()
    assert "--provider ashui" in hint
    assert footer.startswith("gpt-4-turbo · ")


@pytest.mark.parametrize("fault", ["cut", "error_mid_stream"])
def test_a_partial_answer_is_kept_and_said_to_be_one(fault: str) -> None:
    with serve(faults=Faults(**{fault: 1})) as emulator:
        done = run("chat", "从1数到50", "-p", "ashui", **pointed_at(emulator))
        sheet = run("chat", "从1数到50", "-p", "ashui", "--json", **pointed_at(emulator))
    assert done.returncode == sheet.returncode == 1
    assert done.stdout.startswith("1，2，3，")
    assert not done.stdout.rstrip().endswith("50")
    assert done.stderr.startswith("The answer above is cut short.\n")
    partial = json.loads(sheet.stdout)
    assert partial["complete"] is False
    assert partial["text"] == done.stdout.rstrip("\n")
    assert partial["error"]["type"] in done.stderr


def test_ctrl_c_exits_with_130_and_keeps_what_came() -> None:
    with serve(tokens_per_second=20) as emulator:
        process = subprocess.Popen(
            [*COMMAND, "chat", "从1数到500", "-p", "ashui"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(**pointed_at(emulator)),
        )
        assert process.stdout
        assert process.stdout.read(1) == b"1"
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    assert stderr.decode() == "The answer above is cut short.\n"


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    process = subprocess.Popen(
        [*COMMAND, "chat", "--emulator", "从1数到2000"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout
    assert process.stderr
    process.stdout.read(1)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(20) == 1


# check


def test_check_finds_both_services_well(emulator: Emulator) -> None:
    done = run("check", **pointed_at(emulator))
    assert done.returncode == 0, done.stdout
    assert "max_tokens=1" in done.stdout
    assert done.stdout.count("all is well") == 2
    tried = [one.body for one in emulator.requests if one.body and one.body.get("max_tokens") == 1]
    assert {body["model"] for body in tried} >= {"gpt-4-turbo", "ashuiai-4.0"}


def row(output: str, title: str) -> list[str]:
    line = next(one for one in output.splitlines() if one.startswith(title) and "  " in one)
    return re.split(r"\s{2,}", line.strip())


@pytest.mark.parametrize(
    ("provider", "key", "marks", "verdict"),
    [
        ("xingyun", "invalid", "✓✗?", "the key is wrong"),
        ("xingyun", "expired", "✓✗?", "the key is wrong"),
        ("xingyun", "no-quota", "✓✓?", "no money is left"),
        ("xingyun", "wrong-network", "✓✗?", "the key may not do this"),
        ("ashui", "invalid", "✓✗?", "the key is wrong"),
        ("ashui", "no-quota", "✓✓?", "no money is left"),
        ("ashui", "", "?✗?", "there is no key"),
        ("ashui", "not a key", "?✗?", "the key is damaged"),
    ],
)
def test_check_tells_what_is_wrong_with_a_key(
    emulator: Emulator, provider: str, key: str, marks: str, verdict: str
) -> None:
    done = run("check", "-p", provider, **pointed_at(emulator, key=key))
    title = xyashui.PROVIDERS[provider].title
    found = row(done.stdout, title)
    assert (done.returncode, found[-1]) == (1, verdict)
    assert "".join(cell[0] for cell in found[1:4]) == marks
    assert f"{provider.upper()}_API_KEY" in done.stdout or "another key" in done.stdout


def test_check_tells_that_a_model_is_not_there(emulator: Emulator) -> None:
    done = run("check", "-p", "xingyun", "-m", "no-channel", **pointed_at(emulator))
    found = row(done.stdout, "星芸AI")
    assert (done.returncode, found[-1]) == (1, "the model is not available")
    assert "".join(cell[0] for cell in found[1:4]) == "✓✓✗"


def test_check_looks_at_what_is_configured(emulator: Emulator) -> None:
    settings = {"ASHUI_API_KEY": "any", "ASHUI_BASE_URL": emulator.ashui_url}
    done = run("check", **settings)
    assert done.returncode == 0
    assert "星芸AI (XingYun AI): not checked, XINGYUN_API_KEY is not set" in done.stdout


@contextmanager
def listener(*, answers: bytes | None) -> Iterator[str]:
    """Something else at the address: a web server, or one that never says a word."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = (answers or b"").split(b" ", 1)
            self.send_response(int(status))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    if answers is None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            yield f"127.0.0.1:{silent.getsockname()[1]}"
        return
    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("scheme", "answers", "verdict"),
    [
        ("http", b"200 <html><title>Welcome</title></html>", "something else answers there"),
        ("http", b"200 {}", "something else answers there"),
        ("http", b"404 <html><title>404 Not Found</title></html>", "something else answers there"),
        ("http", b"403 <html><title>403 Forbidden</title></html>", "something else answers there"),
        (
            "http",
            '401 {"error": {"message": "无效的令牌", "code": null}}'.encode(),
            "the key is wrong",
        ),
        ("http", b"502 <html><title>502 Bad Gateway</title></html>", "the service has a fault"),
        ("http", None, "no answer in time"),
        ("https", b"200 ", "no safe connection"),
    ],
)
def test_check_tells_what_is_wrong_with_an_address(
    scheme: str, answers: bytes | None, verdict: str
) -> None:
    with listener(answers=answers) as place:
        done = run(
            "check", "-p", "ashui", "--base-url", f"{scheme}://{place}", "--timeout", "1",
            ASHUI_API_KEY="any",
        )  # fmt: skip
    assert (done.returncode, row(done.stdout, "阿水AI")[-1]) == (1, verdict), done.stdout


@pytest.mark.parametrize(
    ("address", "verdict"),
    [
        ("http://127.0.0.1:9", "nothing listens there"),
        ("http://nowhere.invalid", "no such address"),
        ("nonsense", "the address is malformed"),
    ],
)
def test_check_tells_that_nobody_is_there(address: str, verdict: str) -> None:
    done = run("check", "-p", "xingyun", XINGYUN_API_KEY="any", XINGYUN_BASE_URL=address)
    assert (done.returncode, row(done.stdout, "星芸AI")[-1]) == (1, verdict), done.stdout


# models


def test_models_are_listed_with_their_owners(emulator: Emulator) -> None:
    done = run("models", **pointed_at(emulator))
    assert done.returncode == 0
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows[0] == ["Model", "Owner"]
    assert ["qwen-turbo", "ali"] in rows
    assert [row[0] for row in rows[1:]] == list(XINGYUN_MODELS)
    assert f"{len(XINGYUN_MODELS)} models of 星芸AI" in done.stderr


def test_models_can_be_listed_without_a_key() -> None:
    done = run("models", "--emulator")
    assert done.returncode == 0
    assert "gpt-4-turbo" in done.stdout


def test_models_of_a_service_without_a_list_are_wrong_use(emulator: Emulator) -> None:
    done = run("models", "--provider", "ashui", **pointed_at(emulator))
    assert (done.returncode, done.stdout) == (2, "")
    assert "documents no models" in done.stderr


def test_models_are_not_listed_for_a_wrong_key(emulator: Emulator) -> None:
    done = run("models", **pointed_at(emulator, key="invalid"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "AuthenticationError" in done.stderr


# emulate


@contextmanager
def emulating(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [*COMMAND, "emulate", "--port", "0", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdout
    try:
        said = ""
        while not said.endswith("Ctrl-C ends it.\n"):
            line = process.stdout.readline()
            assert line, "it ended before it began"
            said += line
        yield process, said
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == 0


def test_emulate_says_how_to_reach_it() -> None:
    with emulating() as (_, said):
        lines = re.findall(r"^export (.+)$", said, re.MULTILINE)
        settings = dict(pair.split("=", 1) for line in lines for pair in line.split())
        assert sorted(settings) == [
            "ASHUI_API_KEY", "ASHUI_BASE_URL", "XINGYUN_API_KEY", "XINGYUN_BASE_URL"
        ]  # fmt: skip
        for provider in SERVICES:
            assert run("chat", "1+1=?", "-p", provider, **settings).stdout == "1 + 1 = 2.\n"


def test_emulate_goes_wrong_as_it_is_told() -> None:
    with emulating("--rate-limit", "1", "--retry-after", "0") as (_, said):
        url = re.search(r"http://\S+/ashui", said)
        assert url
        done = run("chat", "hi", "--base-url", url[0], ASHUI_API_KEY="any")
    assert done.returncode == 1
    assert done.stderr.startswith("RateLimitError: ")


def test_emulate_has_a_flag_for_every_fault() -> None:
    help_text = run("emulate", "--help", COLUMNS="120").stdout
    for field in fields(Faults):
        assert f"--{field.name.replace('_', '-')} " in help_text
    assert run("emulate", "--cut", "2").returncode == 2


def test_emulate_lists_the_triggers() -> None:
    with emulating("--triggers") as (_, said):
        for one in TRIGGERS:
            assert re.search(rf"{one.service}\s+{one.kind} {one.name}\s", said)


def test_a_port_in_use_is_one_line(emulator: Emulator) -> None:
    done = run("emulate", "--port", str(emulator.port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"Port {emulator.port} is in use already: choose another with --port, or --port 0\n"
    )

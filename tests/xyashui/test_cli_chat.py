"""`xyashui chat`: what is asked, what goes to stdout and what to stderr, and how it exits."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.commands import COMMAND, SERVICES, environment, pointed_at, run, run_alone
from xyashui.emulator import Emulator, Faults, serve


def test_the_answer_alone_goes_to_stdout(emulator: Emulator) -> None:
    done = run_alone("chat", "1+1=?", "--provider", "xingyun", **pointed_at(emulator))
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
def test_the_question_may_come_from_stdin(emulator: Emulator, arguments: tuple[str, ...]) -> None:
    done = run("chat", *arguments, stdin="1+1=?\n", **pointed_at(emulator))
    assert (done.returncode, done.stdout) == (0, "1 + 1 = 2.\n")


def test_what_is_piped_in_stands_below_the_question(emulator: Emulator) -> None:
    asked = ("chat", "Explain 408", "-p", "ashui")
    done = run_alone(*asked, stdin="some text\n", **pointed_at(emulator))
    assert done.returncode == 0
    body = next(one.body for one in reversed(emulator.requests) if "408" in str(one.body))
    assert body["messages"][0]["content"] == "Explain 408\n\nsome text"


def test_chinese_may_come_in_the_encoding_of_old() -> None:
    done = run_alone("chat", "--emulator", stdin="从1数到3".encode("gb18030"))
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


def test_escape_sequences_do_not_reach_the_terminal(emulator: Emulator) -> None:
    hostile = "\x1b[31mred\x1b[0m \x1b]0;owned\x07title\x9b2J \u202ebidi\r\b tail"
    done = run("chat", stdin=hostile, **pointed_at(emulator))
    assert "red title bidi  tail" in done.stdout
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", done.stdout)
    sheet = run("chat", "--json", stdin=hostile, **pointed_at(emulator))
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
        bufsize=0,
        pipesize=4096,  # it has more to say than that, and cannot have said it all by then
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

"""Without a page, an answer is text: as it comes, and cleaned."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from xyashui import Client
from xyashui.emulator import Emulator, Faults, serve
from xyashui.errors import StreamInterruptedError
from xyashui.notebook import show
from xyashui.notebook.pacing import Pace
from xyashui.notebook.screens import Terminal
from xyashui.notebook.views import View


@pytest.fixture
def client(emulator: Emulator) -> Client:
    return Client("xingyun", api_key="test-key", base_url=emulator.xingyun_url)


def test_the_answer_comes_first_and_what_surrounds_it_at_the_end(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = show(client.stream("今天济南天气怎么样?", web_search=True), heading="天气")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "天气"
    assert lines[1] == answer.text
    assert lines[2:5] == ["", "Sources 来源", "1. 济南天气预报  https://www.tianqi.com/jinan/"]
    assert lines[5].startswith("(gpt-4-web · ")
    assert len(lines) == 6


def test_reasoning_stands_apart(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    answer = show(client.stream("What is 2+2?", model="deepseek-r1"))
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["Reasoning 思考过程:", f"│ {answer.reasoning}", answer.text]


def test_it_is_written_as_it_comes(capsys: pytest.CaptureFixture[str]) -> None:
    terminal, view = Terminal(), View(clock=lambda: 0.0)
    turn = view.turn(1)
    turn.say("one ")
    terminal.draw(view)
    assert capsys.readouterr().out == "one "
    turn.say("two\n")
    terminal.draw(view)
    terminal.draw(view)
    assert capsys.readouterr().out == "two\n"
    view.end()
    terminal.draw(view)
    assert capsys.readouterr().out == "(≈ 2 tokens · 0.00 s to first token)\n"


def test_a_row_is_written_once_it_is_complete(capsys: pytest.CaptureFixture[str]) -> None:
    terminal, view = Terminal(), View()
    call = view.turn(1).call(1)
    call.name, call.arguments = "add", '{"a": 1'
    terminal.draw(view)
    assert capsys.readouterr().out == ""
    call.arguments, call.result = '{"a": 1}', "2"
    terminal.draw(view)
    terminal.draw(view)
    assert capsys.readouterr().out == '> add {"a": 1} -> 2\n'


def test_answers_that_come_at_the_same_time_are_told_apart(
    capsys: pytest.CaptureFixture[str],
) -> None:
    terminal, view = Terminal(), View()
    for word in ("one", "two"):
        view.turn(1, "first").say(word)
        terminal.draw(view)
        view.turn(2, "second").say(word.upper())
        terminal.draw(view)
    assert capsys.readouterr().out.splitlines() == [
        "[first]", "one", "[second]", "ONE", "[first]", "two", "[second]", "TWO",
    ]  # fmt: skip


HOSTILE = [
    "a\x1b",
    "[31mred",
    "\x1b]0;title\x07",
    "\u202egnp",
    "\x9b2J",
    "\rb\x08",
    "\ud83d",
    "!\n",
]


def test_what_a_terminal_would_obey_is_never_written(capsys: pytest.CaptureFixture[str]) -> None:
    show(iter(HOSTILE), heading="\x1b[2Jtitle")
    view = View()
    call = view.turn(1).call(1)
    call.name = call.arguments = call.result = "".join(HOSTILE)
    view.cite([{"url": "https://a.example/\x1b[2J", "title": "".join(HOSTILE)}])
    view.facts.add(model="\x1b[2Jmodel")
    view.cut(ValueError("\x1b[2Jerror"))
    terminal = Terminal()
    terminal.draw(view)
    written = capsys.readouterr().out
    assert not set(written) & set("\x1b\x07\x08\r\x9b\u202e\ud83d")
    assert "aredgnpb\ufffd!" in written


def test_an_answer_that_breaks_off_stays_and_is_marked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with serve(faults=Faults(cut=1)) as emulator:
        client = Client("xingyun", api_key="test-key", base_url=emulator.xingyun_url)
        with pytest.raises(StreamInterruptedError) as caught:
            show(client.stream("数到100"))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == caught.value.text != ""
    assert lines[1].startswith("Cut short 回答不完整: StreamInterruptedError: ")


def test_an_answer_that_is_interrupted_stays_and_is_marked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted() -> Iterator[str]:
        yield "half of "
        yield "an answer"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        show(interrupted())
    assert capsys.readouterr().out.splitlines()[:2] == ["half of an answer", "Cut short 回答不完整"]


def test_a_terminal_with_ipython_gets_text_too(
    shell: object, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = show(client.stream("数到10"))
    out = capsys.readouterr().out
    assert out.startswith(answer.text)
    assert "<div" not in out


def test_neither_a_framework_nor_ipython_nor_a_parser_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys; from xyashui.notebook import connect, show; show(iter(['a', 'b']));"
        "names = ('IPython', 'markdown_it', 'langchain_core', 'llama_index', 'tqdm');"
        "assert not [name for name in names if name in sys.modules]"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ab\n")


def test_the_pace_of_drawing_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    numbers = [f"{number} " for number in range(5000)]
    assert show(iter(numbers)) == "".join(numbers)
    assert capsys.readouterr().out.startswith("".join(numbers))
    assert Pace().due()

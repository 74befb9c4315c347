"""`%%ask` in a cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.notebook.pages import Page
from xyashui.emulator import Emulator, Faults, serve

WEATHER = "今天济南天气怎么样?"


@pytest.fixture(autouse=True)
def _on_the_emulator(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XINGYUN", "ASHUI"):
        monkeypatch.setenv(f"{name}_API_KEY", "test-key")
        monkeypatch.setenv(f"{name}_BASE_URL", f"{emulator.url}/{name.lower()}")


@pytest.fixture
def ask(shell: Any, page: Page) -> Any:
    """Runs a cell with `%%ask`, and returns what IPython made of it."""
    shell.run_line_magic("load_ext", "xyashui.notebook")

    def run(line: str, cell: str) -> Any:
        return shell.run_cell(f"%%ask {line}\n{cell}")

    return run


def body(emulator: Emulator) -> dict[str, Any]:
    """What was asked last."""
    return dict(emulator.requests[-1].body)


def test_the_cell_is_the_question_and_its_answer_is_kept(
    ask: Any, shell: Any, emulator: Emulator, page: Page
) -> None:
    result = ask("", "What is 2+2?\n")
    assert result.success
    assert result.result is None
    assert body(emulator)["messages"] == [{"role": "user", "content": "What is 2+2?"}]
    assert shell.user_ns["_answer"].text == "2 + 2 = 4."
    assert "2 + 2 = 4." in page.text


def test_its_options_are_those_of_the_command_line(
    ask: Any, shell: Any, emulator: Emulator, page: Page
) -> None:
    options = "--provider ashui --web-search --temperature 0.5 --max-tokens 300 --system 简短"
    assert ask(f"{options} --name found", WEATHER).success
    sent = body(emulator)
    assert sent["web_search"] is True
    assert (sent["temperature"], sent["max_tokens"]) == (0.5, 300)
    assert sent["messages"][0] == {"role": "system", "content": "简短"}
    assert shell.user_ns["found"].citations
    assert "www.tianqi.com" in page.text.partition("Sources 来源")[2]


def test_pictures_and_files_can_be_given(
    ask: Any, emulator: Emulator, page: Page, tmp_path: Path
) -> None:
    path = tmp_path / "red.png"
    Image.new("RGB", (20, 20), "red").save(path)
    assert ask(f"--image {path} --image {path} --model gpt-4o", "这是什么?").success
    assert len(body(emulator)["messages"][0]["content"]) == 3
    url = f"{emulator.files_url}/sales.csv"
    assert ask(f"--provider ashui --file {url}", "Which month sold best?").success
    assert body(emulator)["file_list"] == [url]


def test_a_conversation_can_go_on(ask: Any, emulator: Emulator, page: Page) -> None:
    ask("--system 简短", "What is 2+2?")
    ask("--continue --provider ashui", "谢谢")
    assert body(emulator)["messages"] == [
        {"role": "system", "content": "简短"},
        {"role": "user", "content": "What is 2+2?"},
        {"role": "assistant", "content": "2 + 2 = 4."},
        {"role": "user", "content": "谢谢"},
    ]
    ask("", "数到3")
    assert len(body(emulator)["messages"]) == 1


def test_an_answer_that_failed_is_no_part_of_the_conversation(
    ask: Any, emulator: Emulator, page: Page
) -> None:
    ask("", "What is 2+2?")
    assert not ask("--continue --model no-such-model", "谢谢").success
    ask("--continue", "谢谢")
    assert [one["role"] for one in body(emulator)["messages"]] == ["user", "assistant", "user"]


@pytest.mark.parametrize(
    ("line", "cell", "row"),
    [
        ("", "   ", "ConfigurationError: There is no question: write it into the cell"),
        ("--provider xinyun", "hi", "There is no provider 'xinyun'"),
        (
            "--file https://a.example/x.csv",
            "hi",
            "documents no file input; these do: --provider ashui",
        ),
        ("--temperature 9", "hi", "temperature"),
        ("--image no-such.png", "hi", "no-such.png"),
        ("--model no-such-model", "hi", "ModelNotFoundError: "),
    ],
)
def test_an_error_is_one_row(
    line: str, cell: str, row: str, ask: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    result = ask(line, cell)
    assert not result.success
    written = capsys.readouterr()
    lines = (written.out + written.err).strip().splitlines()
    assert len(lines) == 1
    assert row in lines[0]
    assert "Traceback" not in lines[0]


def test_without_a_key_it_says_what_to_do(
    ask: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("XINGYUN", "ASHUI"):
        monkeypatch.delenv(f"{name}_API_KEY")
    assert not ask("", "hi").success
    out = capsys.readouterr().out
    assert "XINGYUN_API_KEY" in out
    assert "xyashui.notebook.connect()" in out


def test_the_service_with_a_key_is_asked(
    ask: Any, emulator: Emulator, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XINGYUN_API_KEY")
    assert ask("", "hi").success
    assert emulator.requests[-1].path.startswith("/ashui")


def test_an_unknown_option_is_one_row_too(ask: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert not ask("--websearch", "hi").success
    written = capsys.readouterr()
    assert "UsageError" in written.out + written.err
    assert not ask("--name 2x", "hi").success


def test_an_answer_that_breaks_off_stays_and_is_marked(
    ask: Any, page: Page, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve(faults=Faults(cut=1)) as emulator:
        monkeypatch.setenv("XINGYUN_BASE_URL", emulator.xingyun_url)
        assert not ask("", "数到100").success
    assert "1，2，3" in page.text
    assert "Cut short 回答不完整" in page.text


def test_its_help_names_its_options(ask: Any, shell: Any) -> None:
    text = shell.find_cell_magic("ask").__doc__
    for option in ("--provider", "--web-search", "--image", "--continue", "--name"):
        assert option in text

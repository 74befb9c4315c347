"""The demo, run as a user runs it: through a pipe, and on a terminal."""

from __future__ import annotations

import os
import pty
import re
import struct
import subprocess
import sys
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

import pytest
from rich.cells import cell_len

import xyashui
from tests.commands import COMMAND, environment, run
from xyashui.demo.paragraphs import embed
from xyashui.demo.scenes import FRAMEWORKS, SCENES, lines_of
from xyashui.terminal.cleaning import clean

pytestmark = pytest.mark.slow

DEMO = (*COMMAND, "demo")


# A user's own keys, which both services refuse, and an address where there is none.
NOT_TO_BE_USED = {
    "XINGYUN_API_KEY": "invalid",
    "ASHUI_API_KEY": "invalid",
    "XINGYUN_BASE_URL": "http://nowhere.invalid",
}


def test_it_shows_everything_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        DEMO,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        cwd=tmp_path,
        env=environment(**NOT_TO_BE_USED, TMPDIR=str(tmp_path), PYTHONDONTWRITEBYTECODE="1"),
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []

    shown = done.stdout
    assert "\x1b" not in shown
    assert shown.index("offline emulator") < shown.index("=== 星芸AI")
    xingyun, ashui = shown[shown.index("=== 星芸AI") :].split("=== 阿水AI")
    for part in (xingyun, ashui):
        for name in FRAMEWORKS.values():
            assert f"  {name}: " in part
        assert "cat.png: PNG, 160 × 120 pixels" in part
        assert re.search(r"^   1\. \S+  https://", part, re.MULTILINE)
    # In order: chain, query engine, web search, picture, what 星芸 has besides chat, file, error.
    assert "这是关于西湖的诗。" in xingyun
    assert "龙井茶宜用80℃左右的水冲泡，水太烫会使茶汤发苦。\n   — found in: 龙井茶\n" in xingyun
    assert "1. 济南天气预报  https://www.tianqi.com/jinan/" in xingyun
    assert "主色为橙色" in xingyun
    assert "embedding = XingYunEmbedding()" in xingyun
    assert "painted.png: PNG, 1024 × 1024 pixels" in xingyun
    assert re.search(r"^   0% .*100%$", xingyun, re.MULTILINE)
    assert "Buttons: U1 U2 U3 U4 🔄 V1 V2 V3 V4" in xingyun
    assert "second.png: PNG, 1024 × 1024 pixels" in xingyun
    assert re.search(r"spoken.mp3: \d\.\d s of sound. It says:\n   你好，济南今天晴。", xingyun)
    assert "documents no files." in xingyun
    assert "   ModelNotFoundError: 星芸AI (XingYun AI): " in xingyun
    assert "documents no images, midjourney, speech." in " ".join(ashui.split())
    assert "Here is a story about the Moon." in ashui
    assert "1,794 kilometres long" in ashui
    assert "— found in: The Grand Canal" in ashui
    assert "mainly orange" in ashui
    assert "(month: May," in ashui
    assert "   QuotaExceededError: 阿水AI (AShui AI): " in ashui
    assert "费，请充值后重试。\n   → Top the account up" in ashui
    assert "\nexport XINGYUN_API_KEY=...\nexport ASHUI_API_KEY=...\n" in ashui


@pytest.mark.parametrize("framework", list(FRAMEWORKS))
def test_one_framework_and_one_service_can_be_chosen(framework: str) -> None:
    done = run("demo", "--framework", framework, "--provider", "ashui", **NOT_TO_BE_USED)
    assert done.returncode == 0, done.stderr
    assert "星芸" not in done.stdout
    captions = re.findall(r"^\d+  (\w+): ", done.stdout, re.MULTILINE)
    assert len(captions) == 5
    assert set(captions) == {FRAMEWORKS[framework]}  # type: ignore[index]


@pytest.mark.parametrize(
    ("package", "line"),
    [
        ("langchain_core", "LangChain is left out: langchain_xyashui needs LangChain"),
        ("llama_index", "LlamaIndex is left out: llama_index_xyashui needs LlamaIndex"),
    ],
)
def test_a_framework_that_is_not_installed_is_left_out(package: str, line: str) -> None:
    program = (
        f"import sys; sys.modules[{package!r}] = None; "
        "sys.argv = ['xyashui', 'demo', '--provider', 'ashui']; "
        "from xyashui.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        encoding="utf-8",
        env=environment(**NOT_TO_BE_USED),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert f"{line}: pip install 'xyashui[" in said
    assert "QuotaExceededError" in said  # the last scene


def test_on_a_terminal_it_is_drawn_and_fits() -> None:
    screen = on_terminal(80, "--provider", "ashui", "--framework", "langchain", "--fast")
    assert "╭" in screen
    assert "▀" in screen
    assert "\x1b[35mfrom\x1b[0m langchain_xyashui" in screen
    # But for the commands at its end, which are to be copied in one piece.
    lines = [clean(line) for line in screen.partition("\nexport ")[0].splitlines()]
    assert max(map(cell_len, lines)) <= 80
    for line in lines:
        assert not line.strip().startswith(("，", "。", "？", "）")), line


def on_terminal(columns: int, *arguments: str) -> str:
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        [*DEMO, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(**NOT_TO_BE_USED, TERM="xterm-256color"),
    )
    os.close(theirs)
    screen = bytearray()
    while True:
        try:
            data = os.read(ours, 4096)
        except OSError:  # how Linux says that the other end is closed
            break
        if not data:
            break
        screen += data
    os.close(ours)
    assert process.wait(20) == 0
    return screen.decode()


def test_no_line_of_code_is_wider_than_its_panel() -> None:
    for provider in xyashui.PROVIDERS.values():
        for scene in (scene for scene in SCENES if scene.is_offered(provider)):
            for framework in scene.code:
                lines = lines_of(scene, framework, provider, "http://127.0.0.1:65535/files")
                for line in lines.splitlines():
                    assert cell_len(line) <= 80 - 3 - 4, line


def test_the_embedding_is_the_same_everywhere_and_finds_what_is_alike() -> None:
    def likeness(one: str, other: str) -> float:
        return sum(a * b for a, b in zip(embed(one), embed(other), strict=True))

    assert embed("龙井茶")[:3] == embed("龙井茶")[:3]
    assert likeness("How long is the canal?", "How long is the canal?") == pytest.approx(1)
    assert likeness("the canal", "a long canal") > likeness("the canal", "terracotta soldiers")
    assert not any(embed(""))

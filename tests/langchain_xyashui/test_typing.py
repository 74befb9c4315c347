"""What a type checker says of a program that uses this package, without Pydantic's plugin."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import httpx
import xyashui
from langchain_xyashui import ChatAShui, ChatXingYun, XingYunWebRetriever, XingYunWebSearch

ChatXingYun(api_key="...", timeout=3, default_headers={"a": "b"}, http_client=httpx.Client())
ChatAShui(api_key="...", timeout=httpx.Timeout(3), http_async_client=httpx.AsyncClient())
XingYunWebSearch(provider=xyashui.ASHUI, api_key="...")
XingYunWebRetriever(provider="ashui", api_key="...", k=3)
client = xyashui.Client("ashui", api_key="...", max_retries=0)
client.chat("?", temperature=1, images=["a.png", b""], stop="x", timeout=httpx.Timeout(1))
client.stream([{"role": "user", "content": "?"}], logit_bias={"1": 2}, tool_choice="any")
# What is wrong:
ChatXingYun(apikey="...")
ChatXingYun(api_key=5)
ChatXingYun(timeout="3")
ChatXingYun(http_client=httpx.AsyncClient())
client.chat("?", temprature=1)
xyashui.AsyncClient(max_retrys=2)
"""


def test_what_is_right_passes_and_what_is_wrong_does_not(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    (tmp_path / "program.py").write_text(PROGRAM)
    options = ("--strict", "--config-file=", "--follow-imports=silent", "--cache-dir=cache")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "program.py"],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if ": error:" in line]
    wrong = PROGRAM[: PROGRAM.index("# What is wrong")].count("\n") + 1
    expected = range(wrong + 1, PROGRAM.count("\n") + 1)
    assert [int(line.split(":")[1]) for line in lines] == list(expected), done.stdout

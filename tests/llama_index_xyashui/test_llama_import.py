"""Without LlamaIndex, importing says what to install."""

from __future__ import annotations

import subprocess
import sys


def _run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_a_missing_llamaindex_is_named_with_what_to_install() -> None:
    code = "import sys; sys.modules['llama_index.core'] = None; import llama_index_xyashui"
    result = _run(code)
    assert result.returncode == 1
    last = result.stderr.strip().splitlines()[-1]
    assert last == (
        "ImportError: llama_index_xyashui needs LlamaIndex: pip install 'xyashui[llama-index]'"
    )


def test_neither_langchain_nor_the_emulator_is_imported() -> None:
    code = (
        "import sys, llama_index_xyashui\n"
        "unwanted = ('langchain', 'langchain_core', 'langchain_xyashui', 'xyashui.emulator')\n"
        "print([name for name in unwanted if name in sys.modules])"
    )
    assert _run(code).stdout.strip() == "[]"

"""What is long takes as long as it is long, whatever stands in it, and no longer.

Read in a process of its own, which is ended where it takes a hundred times what it should: what
takes the square of a length would take hours.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.slow

READERS = {
    "a refusal that is a page": """
        from xyashui.failures import plain_failure
        def read(text):
            plain_failure(text.encode(), 404)
        units = ["<title>", " ", "\\n", "<", "-", "model ", "404 "]
        beginnings = ["", "<title>"]
    """,
    "a refusal in words": """
        from xyashui.failures import openai_failure
        def read(text):
            for end in (1990, 1999):
                openai_failure({"error": {"message": text[:end] + "x"}}, 404)
        units = ["-", "(", " ", "model ", "模型", "404 ", "not found "]
        beginnings = ["", "404"]
    """,
    "tool calls by prompt": """
        from xyashui import Chunk
        from xyashui.emulation.tool_parser import ToolCallStage
        def read(text):
            for size in (len(text), 50):
                stage = ToolCallStage({"f": {"type": "object"}})
                for start in range(0, len(text), size):
                    list(stage.feed(Chunk(text[start : start + size])))
                list(stage.close())
        units = ["<tool_call>", "<", " ", "}", "{", "```", "\\n```", '{"a": ', "</tool_call>", '"']
        beginnings = ["", "<tool_call>", '<tool_call>{"', '<tool_call>{"name": "f"}']
    """,
    "citations": """
        from xyashui.citations import find_citations
        read = find_citations
        units = ["[", "]", "[a](", "![", "[^1]: ", "[1]: ", "`", "](https://a.cn", "> ", "<"]
        beginnings = ["", "[a", "`"]
    """,
    "a body": """
        from xyashui import XINGYUN, XyashuiError
        from xyashui.streaming import AnswerReader
        def read(text):
            data = text.encode()
            for size in (len(data), 64):
                reader = AnswerReader(XINGYUN, "m", cites=True)
                try:
                    for start in range(0, len(data), size):
                        list(reader.feed(data[start : start + size]))
                        reader.finished
                    list(reader.close())
                except XyashuiError:
                    pass
        units = ["{}\\n", "[", "{", '{"a":', "data:\\n", "data: {\\n", "\\r", ":\\n", "]", " ", "}"]
        beginnings = ["", "[", '{"a": ', "data: "]
    """,
}
SCRIPT = """
    for unit in units:
        for beginning in beginnings:
            read(beginning + unit * (200_000 // len(unit)) + "x")
    print("fine")
"""


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_it_is_read_through_as_often_as_is_needed(reader: str) -> None:
    script = textwrap.dedent(reader) + textwrap.dedent(SCRIPT)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.stdout, done.stderr) == ("fine\n", "")

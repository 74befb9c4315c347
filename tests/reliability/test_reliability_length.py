"""What is long takes as long as it is long, whatever stands in it, and no longer.

Read in a process of its own, which is ended where it takes a hundred times what it should: what
takes the square of a length would take hours.
"""

from __future__ import annotations

import textwrap

import pytest

from tests.programs import run_program

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
    "JSON by prompt": """
        from xyashui import Chunk
        from xyashui.emulation.structured import JSONStage
        def read(text):
            for size in (len(text), 50):
                for schema in ({"type": "object"}, {"type": "string"}):
                    stage = JSONStage(schema)
                    for start in range(0, len(text), size):
                        stage.feed(Chunk(text[start : start + size]))
                    stage.close()
        units = ["\\n", " ", "`", "```", "```\\n", "```a", "```json\\n{}", "{", "[]", "\\\\", '"']
        beginnings = ["", "```json\\n", "```json\\n{", '{"a": "']
    """,
    "JSON that a model wrote": """
        from xyashui.json_texts import json_in, json_so_far
        def read(text):
            json_so_far(text)
            try:
                json_in(text)
            except ValueError:
                pass
        units = ["\\n", " ", "`", "```\\n", "```json\\n", "{", "[", "\\\\", '"', '{"a":', "0"]
        beginnings = ["", "```json\\n", '{"a": "']
    """,
    "a call that is written down": """
        from llama_index.core.base.llms.types import ChatMessage, ChatResponse
        from llama_index_xyashui.completions import written_calls
        def read(text):
            written_calls(ChatResponse(message=ChatMessage(content=text)))
        units = ["\\n", " ", "Thought: ", "\\nAction: f", "\\nAction Input: {", "{", "}", '"', "'"]
        beginnings = ["", "Thought: a\\nAction: f\\n", 'Action: f\\nAction Input: {"a": "']
    """,
    "whether JSON fits": """
        from xyashui.emulation.schemas import violation
        def read(text):
            values = [text, [text], {"a": text}, list(text), [[one] for one in text]]
            values.append([{"a": at} for at in range(len(text))])
            for value in values:
                violation(value, {"type": "array", "uniqueItems": True})
        units = ["a", "[1]"]
        beginnings = [""]
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
    "what was said in a recording": """
        from xyashui.transcripts import Segment, Transcript
        def read(text):
            said = Transcript(text, segments=[Segment(0, 1, "x" + text)])
            said.to_srt()
            said.to_vtt()
        units = [" ", "\\n", " \\n", "-->", "<"]
        beginnings = [""]
    """,
    "what Midjourney has to say": """
        from xyashui.endpoints.midjourney.records import TaskRecord
        def read(text):
            raw = {"prompt": "x" + text, "progress": text, "status": text}
            for action in ("DESCRIBE", "SHORTEN"):
                task = TaskRecord("1", {**raw, "action": action})
                task.descriptions, task.prompts, task.progress, repr(task)
        units = [" ", "\\n", "1.", "1. \\n", "1\\ufe0f"]
        beginnings = [""]
    """,
    "a picture's address": """
        from xyashui.images import base64_image_part, message_image_part
        from xyashui.errors import ConfigurationError
        from xyashui.notebook.safety import shown_host, is_picture
        def read(text):
            shown_host("https://" + text)
            is_picture("data:image/png;base64," + text + "]")
            for part in (message_image_part, lambda text: base64_image_part(text, "image/png")):
                try:
                    part(text)
                except ConfigurationError:
                    pass
        units = [" ", "\\n", "a", "=", "//", "@", "data:", ";base64,"]
        beginnings = ["", "data:image/png;base64,", "https://"]
    """,
    "what a terminal is to show": """
        from xyashui.terminal.cleaning import Cleaner
        from xyashui.terminal.wrapping import Wrapper
        def read(text):
            for size in (len(text), 7):
                cleaner, wrapper = Cleaner(), Wrapper(len, 80, len)
                for start in range(0, len(text), size):
                    wrapper.feed(cleaner.feed(text[start : start + size]))
                wrapper.flush()
        units = ["a", " ", "。", "（", "好", "\\x1b", "\\x1b[", "\\x1b]", "\\x9b1;"]
        beginnings = ["", "\\x1b]"]
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
    done = run_program(textwrap.dedent(reader) + textwrap.dedent(SCRIPT))
    assert (done.stdout, done.stderr) == ("fine\n", "")

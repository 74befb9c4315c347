"""Where the search begins, and the words that it puts in."""

from __future__ import annotations

import gzip
import json
import zlib

from tests.servers import LAST_CHUNK, chunk, chunked
from tests.wire import DONE, STREAM, completion, delta, envelope, error, event, piece

__all__ = ["TOKENS", "WORDS", "seeds"]

WORDS: tuple[bytes, ...] = (
    b"data: ", b"data:", b"\n\n", b"\r\n", b"\r", b"event: error\n", b": ping\n\n", b"[DONE]",
    b"\xef\xbb\xbf", b"\xff", b'"choices"', b'"delta"', b'"content"', b'"index"', b'"error"',
    b'"tool_calls"', b'"finish_reason"', b'"stop"', b"null", b"NaN", b"1e999", b"\\ud83d",
    b"\\ude00", b'{"', b'"}', b"[[[[", b"]]]]", b"<tool_call>", b"</tool_call>", b"```json\n",
    b"](https://", b"](http://a.cn)", b"![", b"[^1]: ",
    b"[1]", b"`", b"```", b"https://", b";base64,",
    b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff", b"RIFF", b"\x1f\x8b\x08", b"\x78\x9c",
    b"0\r\n\r\n", b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n", b"Transfer-Encoding: chunked\r\n",
    b"ffffffff",
)  # fmt: skip

# For texts that are put together of what means something in them.
TOKENS: tuple[str, ...] = (
    "<tool_call>", "</tool_call>", '{"name": "f", "arguments": {"a": 1}}', '{"name": "f"', "{", "}",
    '"arguments": ', '{"a": 1}', '"name"', ": ", '"f"',
    '"g"', '"', "\\", "[", "]", "(", ")", "<", ">",
    "](", "![", "[1]", "[^1]", "[1]: https://a.cn/1\n",
    "https://a.cn/b(c)", "http://济南.cn", "`", "```",
    "```json\n", "\n", "\n\n", "- ", "1. ", "> ",
    "# ", "~~~", "。", ". ", "!", " ", "你好", "word", "😀",
    "\\ud83d", "\\u0000", "\ufffc", "\ufffb", "*",
    '"title"', "'", "[a](https://a.cn)", "}\n</tool_call>",
    "data:image/png;base64,", "iVBORw0KGgo=", "NaN",
    "1e999", "null", ",", "[[", "]]", "<tool", "_call>",
)  # fmt: skip


def seeds() -> list[bytes]:
    """Return what a service may send, and what a model may write."""
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": '{"a": 1}'}}
    document = json.dumps(completion(), ensure_ascii=False).encode()
    bodies = [
        STREAM,
        STREAM.replace(b"\n", b"\r\n"),
        document,
        delta("a\ud83d".encode("utf-8", "replace").decode(), "stop") + DONE,
        delta(tool_calls=[call]) + delta("", "tool_calls") + DONE,
        event(error("坏了", 500)),
        json.dumps(envelope(700, "坏了")).encode(),
        event(json.dumps(piece("你好。", "stop"), indent=1)),
        b'text <tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call> more',
        "请参考[天气预报](https://www.tianqi.com/jinan/)。[1]\n\n[1]: https://a.cn".encode(),
        b"https://example.com/cat.png",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\2\0\0\0\1" + bytes(40),
        gzip.compress(STREAM, mtime=0),
        chunked(*STREAM.splitlines(keepends=True)),
        chunk(b"a" * 20) * 20 + LAST_CHUNK,
        zlib.compress(document),
        b"Wed, 21 Oct 2015 07:28:00 GMT",
        bytes(range(256)),
        b"",
    ]
    # The first bytes choose among settings, so each body comes with a few of them.
    return [bytes([first, second]) * 4 + body for body in bodies for first, second in _PREFIXES]


_PREFIXES = ((0, 0), (1, 3), (5, 2))

"""What JSON can be: of the wrong type, too deep, too long, or the service's word for no."""

from __future__ import annotations

import json
import math
from typing import Any

from tests.reliability.cases.case import CALL, CALLED, TEXT, Case, fails, whole
from tests.servers import CHUNKED, LAST_CHUNK, chunk, chunked, http
from tests.wire import DONE, STREAM, completion, delta, envelope, error, event, piece
from xyashui import errors

XINGYUN, ASHUI = ("xingyun",), ("ashui",)
DEEP = "[" * 100_000


def choices(value: Any) -> bytes:
    return event({"choices": value})


def raw(text: str) -> bytes:
    return event(text.replace("'", '"'))


def calling(*deltas: Any, calls: tuple[tuple[str, Any], ...] = CALLED) -> Case:
    stream = b"".join(delta(tool_calls=[one]) for one in deltas) + delta("", "tool_calls") + DONE
    return whole(chunked(stream), text="", calls=calls)


# Every one is an answer, and says 你好。
HARMLESS: dict[str, bytes] = {
    "choices empty, null and missing": choices([]) + choices(None) + event({}) + STREAM,
    "a choice of null": choices([None]) + STREAM,
    "a delta of null": choices([{"index": 0, "delta": None}]) + STREAM,
    "a choice without a delta": choices([{"index": 0}]) + STREAM,
    "an event of null": event("null") + STREAM,
    "content of null": delta(content=None) + STREAM,
    "content in parts": delta(content=[{"type": "text", "text": "你"}, "好。"]) + DONE,
    "content of nested lists": delta(content=[[["x"]]]) + STREAM,
    "content of true": delta(content=True) + STREAM,
    "content of an object": delta(content={"a": 1}) + STREAM,
    "a role of 5": delta(role=5) + STREAM,
    "an index of null": choices([{"index": None, "delta": {"content": "你"}}])
    + delta("好。", "stop"),
    "an index in quotes": STREAM.replace(b'"index": 0', b'"index": "0"'),
    "an index counted from one": STREAM.replace(b'"index": 0', b'"index": 1'),
    "a negative index": STREAM.replace(b'"index": 0', b'"index": -1'),
    "an index beyond all": STREAM.replace(b'"index": 0', b'"index": 99999999999999999999999'),
    "a second answer that nobody asked for": delta("你") + delta("no", index=1) + STREAM[186:],
    "a finish reason of true": delta(TEXT, True) + DONE,
    "a finish reason of an object": delta(TEXT, {"type": "stop"}) + DONE,
    "a finish reason nobody knows": delta(TEXT, "because") + DONE,
    "numbers for names": event({**piece("你"), "id": 5, "model": 6, "created": "7"})
    + delta("好。", "stop"),
    "lists for names": event({**piece("你"), "id": [5], "model": {}, "created": []})
    + delta("好。", "stop"),
    "a moment beyond all": STREAM.replace(b"1724669253", b"9" * 400),
    "a moment that is a fraction": STREAM.replace(b"1724669253", b"1724669253.5"),
    "no number, and no end": STREAM.replace(b"1724669253", b"NaN", 1).replace(
        b"1724669253", b"-Infinity", 1
    ),
    "usage as text": event({**piece(TEXT, "stop"), "usage": "a lot"}),
    "usage as a list": event({**piece(TEXT, "stop"), "usage": [1, 2]}),
    "usage in quotes": event({**piece(TEXT, "stop"), "usage": {"prompt_tokens": "5"}}),
    "usage of null": event({**piece(TEXT, "stop"), "usage": {"prompt_tokens": None}}),
    "usage below nothing": event({**piece(TEXT, "stop"), "usage": {"prompt_tokens": -5}}),
    "usage beyond all": event({**piece(TEXT, "stop"), "usage": {"prompt_tokens": 10**400}}),
    "usage that is no number": event({**piece(TEXT, "stop"), "usage": {"prompt_tokens": math.nan}}),
    "usage with odd details": event(
        {
            **piece(TEXT, "stop"),
            "usage": {
                "prompt_tokens": 1,
                "prompt_tokens_details": [1],
                "completion_tokens_details": {"reasoning_tokens": {"a": 1}},
            },
        }
    ),
    "names given twice": raw("{'choices': 5, 'choices': [{'delta': {'content': '你好。'}}]}")
    + DONE,
    "extra fields of every kind": delta(
        TEXT, "stop", refusal={"a": [1, None]}, audio=[], annotations=5, logprobs={"x": {}}
    )
    + DONE,
    "extra fields that change their type": delta("你", x="a")
    + delta("好", x=[1])
    + delta("。", x={})
    + DONE,
    "reasoning as a number": delta(reasoning_content=5) + STREAM,
    "reasoning as an object": delta(reasoning={"a": 1}) + STREAM,
    "a nest in an extra field": raw(
        "{'choices': [{'delta': {'content': '你好。', 'x': " + "[" * 150 + "]" * 150 + "}}]}"
    )
    + DONE,
    "escapes": event(json.dumps(piece(TEXT, "stop"))),
    "escapes in capitals": raw("{'choices': [{'delta': {'content': '\\u4F60\\u597D\\u3002'}}]}")
    + DONE,
    "an error of null": event({**piece(TEXT, "stop"), "error": None}),
    "an error of nothing": event({**piece(TEXT, "stop"), "error": {}}),
    "tool calls of null": delta(TEXT, "stop", tool_calls=None) + DONE,
    "tool calls of nothing": delta(TEXT, "stop", tool_calls=[]) + DONE,
    "a tool call of null": delta(TEXT, "stop", tool_calls=[None]) + DONE,
}

# Text that no text should have in it, and what becomes of it.
CHARACTERS: dict[str, Case] = {
    "a byte that is no UTF-8": whole(
        chunked(STREAM.replace("好".encode(), b"\xff")), text="你\ufffd。"
    ),
    "a byte that is no UTF-8, in JSON": whole(
        http(json.dumps(completion(), ensure_ascii=False).encode().replace("好".encode(), b"\xff")),
        text="你\ufffd。",
    ),
    "half a surrogate pair": whole(
        chunked(raw("{'choices': [{'delta': {'content': '你\\ud83d'}}]}") + DONE), text="你\ufffd"
    ),
    "half a surrogate pair, in JSON": whole(
        http(json.dumps(completion("你\ud83d")).encode()), text="你\ufffd"
    ),
    "a surrogate pair in two pieces": whole(
        chunked(
            raw("{'choices': [{'delta': {'content': '你\\ud83d'}}]}")
            + raw("{'choices': [{'delta': {'content': '\\ude00'}}]}")
            + DONE
        ),
        text="你😀",
    ),
    "a surrogate pair": whole(chunked(event(json.dumps(piece("😀", "stop")))), text="😀"),
    "zeros in the text": whole(chunked(delta("a\0b", "stop")), text="a\0b"),
    "line ends of every kind": whole(
        chunked(delta("a\r\nb\rc\u2028d\u0085e", "stop")), text="a\r\nb\rc\u2028d\u0085e"
    ),
    "half a surrogate pair in a name": whole(
        chunked(STREAM.replace(b"chatcmpl-1", b"\\ud83d").replace(b"reported", b"\\udc00"))
    ),
    "half a surrogate pair in an extra field": whole(
        chunked(raw("{'choices': [{'delta': {'x': 'a\\ud83d', '\\ud83d': 5}}]}") + STREAM)
    ),
    "half a surrogate pair in a finish reason": whole(
        chunked(
            raw("{'choices': [{'delta': {'content': '你好。'}, 'finish_reason': '\\ud83d'}]}")
            + DONE
        )
    ),
    "half a surrogate pair in reasoning": whole(
        chunked(raw("{'choices': [{'delta': {'reasoning_content': 'a\\ud83d'}}]}") + STREAM)
    ),
    "half a surrogate pair in usage": whole(
        chunked(raw("{'choices': [], 'usage': {'prompt_tokens': 1, 'x': '\\ud83d'}}") + STREAM)
    ),
    "half a surrogate pair in a tool call": whole(
        chunked(
            raw(
                "{'choices': [{'delta': {'tool_calls': [{'id': '\\ud83d', 'function': "
                "{'name': 'f', 'arguments': '{\\\"a\\\": \\\"\\ud83d\\\"}'}}]}}]}"
            )
            + DONE
        ),
        text="",
        calls=(("f", {"a": "\ufffd"}),),
    ),
    "half a surrogate pair that is escaped in a tool call": calling(
        {"index": 0, "function": {"name": "f", "arguments": '{"\\ude00": "\\ud8'}},
        {"index": 0, "function": {"arguments": '3d", "b": "\\ud83d\\ud'}},
        {"index": 0, "function": {"arguments": 'e00"}'}},
        calls=(("f", {"\ufffd": "\ufffd", "b": "😀"}),),
    ),
}


# The first is the answer, and nothing of the others gets into it.
SECOND: dict[str, Case] = {
    "a message of the same number": whole(
        http({"choices": [*completion()["choices"], *completion("no")["choices"]]})
    ),
    "a text of the same number": whole(
        http({"choices": [{"text": text, "finish_reason": "stop"} for text in (TEXT, "no")]})
    ),
    "a document": whole(
        http(b"\n".join(json.dumps(completion(text)).encode() for text in (TEXT, "no")))
    ),
    "a document in a list": whole(http([completion(), completion("no")])),
    "a message behind a message": whole(chunked(event(completion()), event(completion("no")))),
    "a stream, beside what is held back": whole(
        chunked(delta("你"), delta("no", "stop", 1), delta("好。", "stop"), DONE),
        settings={"stop": ["你好。Q"]},
    ),
}

CALLS: dict[str, Case] = {
    "in one delta": calling(CALL),
    "in pieces": calling(
        {"index": 0, "id": "call_1", "function": {"name": "f", "arguments": ""}},
        {"index": 0, "function": {"arguments": '{"a"'}},
        {"index": 0, "function": {"arguments": ": 1}"}},
    ),
    "without an index": calling(
        {"id": "call_1", "function": {"name": "f", "arguments": '{"a"'}},
        {"id": None, "function": {"name": None, "arguments": ": 1}"}},
    ),
    "with its name in every piece": calling(
        {"index": 0, "id": "call_1", "function": {"name": "f", "arguments": '{"a"'}},
        {"index": 0, "id": "", "function": {"name": "f", "arguments": ": 1}"}},
    ),
    "an index that is a fraction": calling({**CALL, "index": 0.0}),
    "an index in quotes": calling({**CALL, "index": "0"}),
    "an id that is a number": calling({**CALL, "id": 5}),
    "no id": calling({"index": 0, "function": CALL["function"]}),
    "arguments that are no text": calling(
        {"index": 0, "id": "call_1", "function": {"name": "f", "arguments": {"a": 1}}}
    ),
    "no arguments": calling(
        {"index": 0, "id": "call_1", "function": {"name": "f"}}, calls=(("f", {}),)
    ),
    "arguments of null": calling(
        {"index": 0, "function": {"name": "f", "arguments": "nu"}},
        {"index": 0, "function": {"arguments": "ll"}},
        calls=(("f", {}),),
    ),
    "arguments that break off": calling(
        {"index": 0, "function": {"name": "f", "arguments": '{"to": "Bob", '}},
        {"index": 0, "function": {"arguments": '"amount": 10'}},
        calls=(("f", '{"to": "Bob", "amount": 10'),),
    ),
    "arguments that break off within a text": calling(
        {"index": 0, "function": {"name": "f", "arguments": '{"to": "Bob\\'}},
        calls=(("f", '{"to": "Bob\\'),),
    ),
    "arguments with something behind them": calling(
        {"index": 0, "function": {"name": "f", "arguments": '{"to": "Bob"}.'}},
        calls=(("f", '{"to": "Bob"}.'),),
    ),
    "arguments that are a list": calling(
        {"index": 0, "function": {"name": "f", "arguments": "[]"}}, calls=(("f", "[]"),)
    ),
    "two calls that are both number 0": calling(CALL, {**CALL, "id": "call_2"}, calls=CALLED * 2),
    "an object in place of a list": whole(
        chunked(delta(None, "tool_calls", tool_calls=CALL) + DONE), text="", calls=CALLED
    ),
    "by the old name": whole(
        chunked(delta(None, "function_call", function_call=CALL["function"]) + DONE),
        text="",
        calls=CALLED,
    ),
    "in a message": whole(
        http({"choices": [{"message": {"content": None, "tool_calls": [CALL]}}]}),
        text="",
        calls=CALLED,
    ),
}

UNREADABLE: dict[str, bytes] = {
    "a number in an event": b"data: 42\n\n",
    "a list in an event": b"data: [1]\n\n",
    "half an object": b'data: {"choices": [\n\n',
    "choices as text": choices("no"),
    "choices as an object": choices({"0": {}}),
    "choices as a number": choices(1),
    "choices as true": choices(True),
    "a choice as text": choices(["no"]),
    "a choice as a list": choices([[1]]),
    "an index as a list": choices([{"index": [1], "delta": {}}]),
    "an index as words": choices([{"index": "first", "delta": {}}]),
    "an index that is no number": raw("{'choices': [{'index': NaN}]}"),
    "an index without end": raw("{'choices': [{'index': 1e999}]}"),
    "an index below 0 beside another": choices([{"index": -1, "delta": {"content": "x"}}]),
    "a delta as text": choices([{"delta": "no"}]),
    "a delta as a list": choices([{"delta": [1]}]),
    "a delta as a number": choices([{"delta": 5}]),
    "a message as text": choices([{"message": "no"}]),
    "tool calls as a number": delta(tool_calls=1),
    "tool calls as text": delta(tool_calls="no"),
    "a tool call as text": delta(tool_calls=["no"]),
    "a function as a list": delta(tool_calls=[{"function": ["no"]}]),
    "a function's name as a list": delta(tool_calls=[{"function": {"name": ["no"]}}]),
    "a tool call's index as a list": delta(tool_calls=[{"index": [1], "function": {}}]),
    "a nest without end": event(DEEP),
    "a nest without end in a choice": raw("{'choices': [{'delta': {'x': " + DEEP),
    "a nest that ends": raw("{'choices': [{'delta': {'x': " + DEEP + "]" * 100_000 + "}}]}"),
    "a number too long to read": raw("{'choices': " + "9" * 10_000 + "}"),
    "a thousand choices and one": choices([{"index": i} for i in range(1001)]),
    "a function's name without end": delta(tool_calls=[{"index": 0, "function": {"name": "f"}}])
    + b"".join(delta(tool_calls=[{"index": 0, "function": {"name": f"{i}"}}]) for i in range(1000)),
}
ODD: dict[str, Case] = {}
for _name, _stream in UNREADABLE.items():
    ODD[_name] = fails(errors.ProtocolError, chunked(delta("你"), _stream), received="你")
ODD |= {
    "JSON of no meaning": fails(errors.ProtocolError, http({"hello": "world"})),
    "an empty object": fails(errors.ProtocolError, http({})),
    "an empty list": fails(errors.ProtocolError, http([])),
    "a list of numbers": fails(errors.ProtocolError, http([1, 2])),
    "a JSON string": fails(errors.ProtocolError, http("no")),
    "JSON with deep nests": fails(errors.ProtocolError, http(DEEP.encode())),
}

REFUSALS: dict[str, Case] = {
    "whole": fails(errors.ServerError, http(error("坏了"))),
    "as text": fails(errors.ServerError, http({"error": "坏了"})),
    "as a list": fails(errors.ServerError, http({"error": ["坏了"]})),
    "as a number": fails(errors.ServerError, http({"error": 500})),
    "as true": fails(errors.ServerError, http({"error": True})),
    "as a message of nests": fails(errors.ServerError, http(error({"a": [[{}]]}, ["x"]))),
    "as the first event": fails(errors.ServerError, chunked(event(error("坏了")))),
    "in the middle": fails(
        errors.ServerError, chunked(delta("你"), event(error("坏了"))), received="你"
    ),
    "in the middle of a packet": fails(
        errors.ServerError, chunked(delta("你") + event(error("坏了"))), received="你"
    ),
    "as an event of that name": fails(
        errors.ServerError,
        chunked(delta("你"), b"event: error\ndata: oops\n\n"),
        received="你",
    ),
    "beside choices, behind others": fails(
        errors.ServerError,
        chunked(delta("好"), event({**piece("你"), **error("坏了")})),
        received="好你",
    ),
    "beside choices, behind what is held back": fails(
        errors.ServerError,
        chunked(delta("你"), event({**piece("好"), **error("坏了")})),
        received="你好",
        settings={"stop": ["你好啊"]},
    ),
    "beside choices, as an event of that name": fails(
        errors.ServerError,
        chunked(delta("好"), b"event: error\n" + event({**piece("你"), **error("坏了")})),
        received="好你",
    ),
    "beside choices": fails(
        errors.ServerError, chunked(event({**piece("你"), **error("坏了")})), received="你"
    ),
    "with a status that was lost": fails(errors.RateLimitError, http(error("busy", 429))),
    "of a key": fails(errors.AuthenticationError, http(error("无效的令牌"))),
    "of money, in the middle": fails(
        errors.QuotaExceededError,
        CHUNKED,
        chunk(delta("你")),
        chunk(event(error("该令牌额度已用尽"))) + LAST_CHUNK,
        received="你",
    ),
    "a status and a page": fails(errors.ServerError, http(b"<html>", 502, "text/html")),
    "a status and nothing": fails(errors.AuthenticationError, http(b"", 401, None)),
    "in words without end": fails(
        errors.ServerError,
        http(error("坏" * 99_999, "c" * 99_999), 500, "application/json", x_request_id="r" * 6000),
    ),
    "an event of that name, with its words": fails(
        errors.RateLimitError,
        chunked(delta("你"), b"event: error\n" + event(error("请求过于频繁"))),
        received="你",
    ),
    "a status and a nest": fails(errors.BadRequestError, http(DEEP.encode(), 400)),
    "a status and bytes": fails(errors.BadRequestError, http(bytes(range(256)), 400)),
    "a status and half of what was announced": fails(
        errors.BadRequestError,
        http(error("坏了"), 400, "application/json", content_length=9999),
        lambda connection: connection.close(),
    ),
    "阿水's, whole": fails(errors.ModelNotFoundError, http(envelope(700, "坏")), services=ASHUI),
    "阿水's, as the first event": fails(
        errors.AuthenticationError, chunked(event(envelope(600, "坏"))), services=ASHUI
    ),
    "阿水's, in the middle": fails(
        errors.QuotaExceededError,
        chunked(delta("你"), event(envelope(800, "坏"))),
        received="你",
        services=ASHUI,
    ),
    "阿水's, in quotes": fails(
        errors.AuthenticationError, http(envelope("600", "坏")), services=ASHUI
    ),
    "阿水's, of no known code": fails(
        errors.ServerError, http(envelope(12345, {"a": 1})), services=ASHUI
    ),
    "阿水's, of success without anything": fails(
        errors.StreamInterruptedError, chunked(event(envelope(0))), services=ASHUI
    ),
    "阿水's, from 星芸": fails(errors.ProtocolError, http(envelope(700, "坏")), services=XINGYUN),
    "阿水's, with the answer in it": whole(http(envelope(0, "", completion())), services=ASHUI),
    "阿水's, in itself for ever": fails(
        errors.ProtocolError,
        http(('{"Code": 0, "Data": ' * 5000 + "5" + "}" * 5000).encode()),
        services=ASHUI,
    ),
}

PAYLOADS = {
    **{f"payload: {name}": whole(chunked(stream)) for name, stream in HARMLESS.items()},
    **{f"characters: {name}": case for name, case in CHARACTERS.items()},
    **{f"second answer: {name}": case for name, case in SECOND.items()},
    **{f"tool call: {name}": case for name, case in CALLS.items()},
    **{f"unreadable: {name}": case for name, case in ODD.items()},
    **{f"refusal: {name}": case for name, case in REFUSALS.items()},
}

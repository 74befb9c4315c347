"""How an answer can end, and what there is of it by then."""

from __future__ import annotations

import json

from tests.reliability.cases.case import CALL, CALLED, LONGER, TEXT, Case, fails, whole
from tests.servers import CHUNKED, LAST_CHUNK, Step, chunk, chunked, close, head, hold, reset, taken
from tests.wire import DONE, completion, delta, event, piece
from xyashui import errors

CUT_SHORT = errors.StreamInterruptedError


def before(end: str, payload: object) -> bytes:
    """JSON as far as the text `end`, which is not part of it."""
    data = json.dumps(payload, ensure_ascii=False)
    return data[: data.index(end)].encode()


# The text is on its way, and neither it nor the JSON around it has ended.
DOCUMENT = head(200, "application/json", content_length=999) + before("。", completion())
EVENT = CHUNKED + chunk(delta("你")) + chunk(b"data: " + before("。", piece("好。")))
ESCAPED = chunk(b"data: " + json.dumps(piece("好。")).encode().split(b"3002")[0])
CHARACTER = "好".encode()[:2]

BREAKS: dict[str, tuple[Step, ...]] = {
    "closed": (close,),
    "reset": (taken, reset),
    "silent": (hold,),
}
CUTS: dict[str, Case] = {
    f"{what}, {how}": fails(
        errors.APITimeoutError if how == "silent" else CUT_SHORT,
        begun,
        *steps,
        received="你好",
        settings=LONGER if how == "silent" else {},
    )
    for what, begun in (("in a document", DOCUMENT), ("in an event", EVENT))
    for how, steps in BREAKS.items()
} | {
    "in an event, ended in good order": fails(CUT_SHORT, EVENT + LAST_CHUNK, received="你好"),
    "in an escape": fails(
        CUT_SHORT, CHUNKED + chunk(delta("你")) + ESCAPED + LAST_CHUNK, received="你好"
    ),
    "in a character": fails(
        CUT_SHORT, CHUNKED + chunk(delta("你")) + chunk(b'data: {"choices": [{"delta": '
        b'{"content": "' + CHARACTER) + LAST_CHUNK, received="你",
    ),
    "in a reason to end": fails(
        CUT_SHORT, CHUNKED + chunk(b"data: " + before('op"', piece(TEXT, "stop"))) + LAST_CHUNK,
        received=TEXT,
    ),
    "in a list of documents": fails(
        CUT_SHORT, head(200, "application/json") + b"[" + before("。", completion()), close,
        received="你好",
    ),
    "in the second document": fails(
        CUT_SHORT,
        head(200, "application/json") + json.dumps(piece("你")).encode() + b"\n"
        + before("。", piece("好。")), close, received="你好",
    ),
    "in an error": fails(
        CUT_SHORT, CHUNKED + chunk(delta("你") + b'data: {"error": {"message": "\xe5') + LAST_CHUNK,
        received="你",
    ),
    "in a list of documents, the last of several": fails(
        CUT_SHORT, head(200, "application/json") + b"[" + json.dumps(piece("你")).encode() + b","
        + before("。", piece("好。")), close, received="你好",
    ),
    "in what an answer is held back for": fails(
        CUT_SHORT, chunked(delta("你好")), received="你好", settings={"stop": ["好啊"]}
    ),
}  # fmt: skip

REASONS: dict[str, Case] = {
    **{reason: whole(chunked(delta(TEXT, reason))) for reason in ("length", "content_filter")},
    **{
        reason: fails(CUT_SHORT, chunked(delta("你"), delta("好", reason), DONE), received="你好")
        for reason in ("error", "abort", "network_error", "insufficient_system_resource")
    },
    "error, in a message": fails(
        CUT_SHORT,
        chunked(json.dumps({"choices": [{"message": {"content": "你"}, "finish_reason": "error"}]})
                .encode()),
        received="你",
    ),
}  # fmt: skip

# What some say at the end of a stream: all of it once more, as a message.
AGAIN: dict[str, Case] = {
    "the text": whole(chunked(delta("你"), delta("好。"), event(completion()))),
    "the text, and more": whole(chunked(delta("你"), event(completion()))),
    "tool calls": whole(
        chunked(
            delta(tool_calls=[CALL]),
            event(
                {"choices": [{"message": {"tool_calls": [CALL]}, "finish_reason": "tool_calls"}]}
            ),
        ),
        text="",
        calls=CALLED,
    ),
    "another text": whole(chunked(delta("你"), event(completion("好。")))),
    "messages that are deltas": whole(
        chunked(*(event({"choices": [{"message": {"content": "哈"}}]}) for _ in range(2)), DONE),
        text="哈哈",
    ),
}

ENDINGS = {
    **{f"cut: {name}": case for name, case in CUTS.items()},
    **{f"finish reason: {name}": case for name, case in REASONS.items()},
    **{f"said again: {name}": case for name, case in AGAIN.items()},
}

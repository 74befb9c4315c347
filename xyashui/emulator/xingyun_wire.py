"""The shapes of 星芸AI's answers: chat completions, chunks, errors, the model list.

All are OpenAI's as the gateway (new-api) passes them on [gw]; `gpt-4-web` alone
answers in the shape of the provider's own example [doc].
"""

import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from . import tokens
from .completion import Completion, ToolCall, Usage
from .delivery import DONE, Body, EventStream, Frame, json_body
from .exchange import Exchange
from .failures import Failure
from .models import ModelCard
from .xingyun_requests import ChatRequest

PREFIX = "data: "

WEB_MODEL = "gpt-4-web"
"""The model whose answers have an empty `id` and `model`, and `usage` first [doc]."""

_MODELS_CREATED = 1_626_777_600  # what the gateway says of every model


def request_id(number: int) -> str:
    """Make a request id as the gateway does: the time, then digits of its own."""
    return time.strftime("%Y%m%d%H%M%S") + f"{number:017d}"


def answer_headers(number: int) -> dict[str, str]:
    """Headers of every answer [gw]."""
    return {"x-oneapi-request-id": request_id(number)}


def model_list(models: Mapping[str, ModelCard]) -> dict[str, Any]:
    """Make the answer of `GET /v1/models`."""
    data = [
        {"id": card.name, "object": "model", "created": _MODELS_CREATED, "owned_by": card.vendor}
        for card in models.values()
    ]
    return {"object": "list", "data": data}


def refusal(failure: Failure, identifier: str, stream: bool) -> Body | EventStream:
    """Make the answer of a refused request."""
    headers = refusal_headers(failure, identifier)
    if failure.arrives == "page":
        return Body(_page(failure), failure.status, "text/html; charset=utf-8", headers)
    error = _error(failure, identifier)
    if failure.status == 200 and stream:
        return EventStream([Frame(error), Frame(DONE)], PREFIX, headers)
    return json_body(error, status=failure.status, headers=headers)


def refusal_headers(failure: Failure, identifier: str) -> dict[str, str]:
    """Headers of the answer of a refused request."""
    headers = {"x-oneapi-request-id": identifier}
    if failure.detail:
        detail = failure.detail.encode("ascii", "replace").decode()
        headers["x-emulator-detail"] = detail.replace("\n", " ")
    if failure.retry_after is not None:
        headers["retry-after"] = f"{failure.retry_after:g}"
    return headers


def _error(failure: Failure, identifier: str) -> dict[str, Any]:
    return {
        "error": {
            "message": f"{failure.message} (request id: {identifier})",
            "type": failure.type,
            "param": failure.param or "",
            "code": failure.code,
        }
    }


def _page(failure: Failure) -> bytes:
    title = failure.message
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return page.encode()


def whole(
    exchange: Exchange, request: ChatRequest, completions: list[Completion], usage: Usage
) -> Body:
    """Make a completion in one body."""
    headers = answer_headers(exchange.number)
    cost = usage.completion
    if request.card.name == WEB_MODEL:
        choices: list[dict[str, Any]] = [
            {
                "message": _message(each),
                "finish_reason": each.finish_reason,
                "index": index,
            }
            for index, each in enumerate(completions)
        ]
        body = {"id": "", "model": "", "usage": usage.brief, "choices": choices}
        return json_body(body, headers=headers, tokens=cost)
    choices = [
        {
            "index": index,
            "message": _message(each),
            "logprobs": None,
            "finish_reason": each.finish_reason,
        }
        for index, each in enumerate(completions)
    ]
    head = _head(exchange, request, "chat.completion")
    return json_body(
        {**head, "choices": choices, "usage": usage.full}, headers=headers, tokens=cost
    )


def stream_of(
    exchange: Exchange,
    request: ChatRequest,
    completions: list[Completion],
    usage: Usage,
    late: Failure | None,
) -> EventStream:
    """Make a completion in events; `late` is the error that ends it half-way."""
    head = _head(exchange, request, "chat.completion.chunk")
    frames = [
        Frame({**head, "choices": [choice]}, cost)
        for index, completion in enumerate(completions)
        for choice, cost in _choices(index, completion)
    ]
    shape = usage.brief if request.card.name == WEB_MODEL else usage.full
    last = {**head, "choices": [], "usage": shape} if request.include_usage else None
    return event_stream(exchange, frames, last, late)


def event_stream(
    exchange: Exchange, frames: list[Frame], last: dict[str, Any] | None, late: Failure | None
) -> EventStream:
    """Close a stream: with its usage chunk, if it has one, or half-way with an error."""
    if late is not None:
        error = _error(late, request_id(exchange.number))
        frames = [*frames[: max(2, len(frames) // 2)], Frame(error)]
    elif last is not None:
        frames = [*frames, Frame(last)]
    return EventStream([*frames, Frame(DONE)], PREFIX, answer_headers(exchange.number))


def _head(exchange: Exchange, request: ChatRequest, kind: str) -> dict[str, Any]:
    web = request.card.name == WEB_MODEL
    unique = uuid.uuid5(uuid.NAMESPACE_URL, str(exchange.number)).hex
    return {
        "id": "" if web else f"chatcmpl-{unique}",
        "object": kind,
        "created": int(time.time()),
        "model": "" if web else request.card.name,
        "system_fingerprint": "",
    }


def _message(completion: Completion) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": completion.text}
    if completion.reasoning:
        message["reasoning_content"] = "".join(completion.reasoning)
    if completion.calls:
        message["content"] = completion.text or None
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in completion.calls
        ]
    return message


def _choices(index: int, completion: Completion) -> Iterator[tuple[dict[str, Any], int]]:
    """The `choices` entries of one choice's chunks, with what each costs."""

    def choice(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        return {
            "index": index,
            "delta": delta,
            "logprobs": None,
            "finish_reason": finish_reason,
        }

    # The role comes alone and first [gw].
    yield choice({"role": "assistant", "content": ""}), 0
    for piece in completion.reasoning:
        yield choice({"reasoning_content": piece}), 1
    for piece in completion.content:
        yield choice({"content": piece}), 1
    for position, call in enumerate(completion.calls):
        for delta, cost in _call_deltas(position, call):
            yield choice({"tool_calls": [delta]}), cost
    yield choice({}, completion.finish_reason), 0


def _call_deltas(position: int, call: ToolCall) -> Iterator[tuple[dict[str, Any], int]]:
    """The deltas of one call: id and name first, then its arguments in pieces."""
    yield (
        {
            "index": position,
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": ""},
        },
        tokens.count(call.name),
    )
    for piece in tokens.split(call.arguments):
        yield {"index": position, "function": {"arguments": piece}}, 1

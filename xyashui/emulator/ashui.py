"""阿水AI's protocol, from the server's side.

[doc] is the provider's page. Errors are envelopes under HTTP 200; a stream's
events have no space after `data:`; the model echoed is an internal name; the last
chunk carries content and `finish_reason` together; there is no `usage`.
"""

import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from . import engine, tokens, triggers, vision
from .bundle import files
from .completion import Completion, complete
from .conversation import Inquiry, Turn
from .delivery import DONE, Body, EventStream, Frame, json_body
from .exchange import Exchange
from .failures import Failure
from .models import ASHUI_MODELS, ModelCard
from .parameters import BadParameter, Parameter, check_all
from .state import State

ECHOED_MODEL = "kfzmxmc"
"""The internal name that every answer carries instead of the model's [doc]."""

PREFIX = "data:"

_ROLES = ("system", "user", "assistant")

_PARAMETERS = {
    "frequency_penalty": Parameter("number", -2, 2),
    "presence_penalty": Parameter("number", -2, 2),
    "max_tokens": Parameter("number", 1),
    "temperature": Parameter("number", 0, 2),
    "top_p": Parameter("number", 0, 1),
    "web_search": Parameter("boolean"),
}
_FIELDS = {"model", "messages", "stream", "file_list", *_PARAMETERS}

_WORDS = {
    400: "参数异常",
    401: "message结构异常",
    500: "内部错误",
    600: "无效的key",
    700: "不存在的模型",
    701: "模型暂不支持该功能",
    900: "不支持的文件类型",
}


class AShui:
    """The service under `/ashui`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def chat(self, exchange: Exchange) -> Body | EventStream:
        """Answer `POST /v1/chat/completions` [doc]."""
        stream = exchange.streams(_asks_for_stream(exchange.body))
        if exchange.strike.rate_limit:
            return _too_many_requests(exchange)
        try:
            return self._answer(exchange, stream)
        except Failure as failure:
            exchange.record.outcome = "refused"
            return _refusal(failure, stream)

    def too_large(self, exchange: Exchange) -> Body:
        """Refuse a body that is too large, as a proxy in front of the service would."""
        exchange.record.outcome = "refused"
        return Body(b"413 Request Entity Too Large", 413, "text/plain")

    def unknown_path(self, exchange: Exchange) -> Body:
        """Refuse anything but chat, the only documented endpoint."""
        exchange.record.outcome = "refused"
        return Body(b"404 page not found", 404, "text/plain")

    def _answer(self, exchange: Exchange, stream: bool) -> Body | EventStream:
        late = _check_key_and_model(exchange)
        card = _check_body(exchange)
        inquiry = _inquiry(exchange, card)
        _check_features(inquiry, card, exchange.body)
        if exchange.strike.server_error:
            raise _failure(500, "fault: server_error")
        completion = _complete(inquiry, card, exchange.body.get("max_tokens"))
        if exchange.strike.error_mid_stream:
            late = _failure(500, "fault: error_mid_stream")
        head = _head(exchange.number)
        if not stream:
            if late is not None:
                raise late
            return _whole(head, completion)
        return EventStream(list(_frames(head, completion, late)), PREFIX)


def _asks_for_stream(body: Any) -> bool:
    return isinstance(body, dict) and body.get("stream") is True


def _failure(code: int, detail: str) -> Failure:
    return Failure(_WORDS[code], code, detail=detail)


def _check_key_and_model(exchange: Exchange) -> Failure | None:
    """Raise what the key or the model brings about; return what comes mid-stream."""
    if not exchange.key:
        raise _failure(600, "no key: send `Authorization: Bearer <key>`")
    if trigger := triggers.find("ashui", "key", exchange.key):
        raise trigger.failure()
    body = exchange.body
    model = body.get("model") if isinstance(body, dict) else None
    trigger = triggers.find("ashui", "model", model) if isinstance(model, str) else None
    if trigger is None:
        return None
    if trigger.arrives == "stream":
        return trigger.failure()
    raise trigger.failure()


def _check_body(exchange: Exchange) -> ModelCard:
    body = exchange.body
    if not exchange.is_json or not isinstance(body, dict):
        raise _failure(400, "the body must be a JSON object")
    # What the page does not document is refused, so that sending it is noticed.
    if unknown := sorted(body.keys() - _FIELDS):
        raise _failure(400, f"undocumented: {', '.join(unknown)}")
    card = _card(body.get("model"))
    if not isinstance(body.get("stream"), bool):
        raise _failure(400, "stream: required, true or false")
    try:
        check_all(body, _PARAMETERS)
    except BadParameter as bad:
        raise _failure(400, str(bad)) from None
    _check_messages(body.get("messages"))
    return card


def _card(model: Any) -> ModelCard:
    if not isinstance(model, str) or not model:
        raise _failure(400, "model: required, a string")
    if trigger := triggers.find("ashui", "model", model):
        # The request is well until it fails, so any able model will do.
        return replace(ASHUI_MODELS["ashuiai-4.0"], name=trigger.name)
    if model not in ASHUI_MODELS:
        raise _failure(700, f"known models: {', '.join(ASHUI_MODELS)}")
    return ASHUI_MODELS[model]


def _check_messages(messages: Any) -> None:
    if not isinstance(messages, list) or not messages:
        raise _failure(401, "messages: required, a non-empty array")
    for index, message in enumerate(messages):
        where = f"messages[{index}]"
        if not isinstance(message, dict):
            raise _failure(401, f"{where}: must be an object")
        if message.get("role") not in _ROLES:
            raise _failure(401, f"{where}.role: must be one of {', '.join(_ROLES)}")
        _check_content(where, message.get("content"))
        if extra := sorted(message.keys() - {"role", "content"}):
            raise _failure(400, f"{where}: undocumented: {', '.join(extra)}")


def _check_content(where: str, content: Any) -> None:
    if isinstance(content, str):
        return
    if not isinstance(content, list) or not content:
        raise _failure(401, f"{where}.content: must be a string or an array of parts")
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "text" and isinstance(part.get("text"), str):
            continue
        image = part.get("image_url") if kind == "image_url" else None
        if isinstance(image, dict) and isinstance(image.get("url"), str):
            continue
        raise _failure(401, f"{where}.content: parts are text or image_url")


def _inquiry(exchange: Exchange, card: ModelCard) -> Inquiry:
    body = exchange.body
    return Inquiry(
        turns=tuple(_turn(message) for message in body["messages"]),
        web_search=bool(body.get("web_search")),
        files=_file_list(body.get("file_list")),
        site=exchange.site,
        reasoning=card.reasoning,
        seed=exchange.number,
    )


def _turn(message: dict[str, Any]) -> Turn:
    content = message["content"]
    if isinstance(content, str):
        return Turn(message["role"], content)
    texts = [part["text"] for part in content if part["type"] == "text"]
    images = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
    return Turn(message["role"], "\n".join(texts), tuple(images))


def _file_list(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(url, str) and url for url in value):
        raise _failure(400, "file_list: must be an array of URLs")
    for url in value:
        if urlsplit(url).scheme not in ("http", "https"):
            raise _failure(400, f"file_list: not a URL: {url[:80]!r}")
    return tuple(value)


def _check_features(inquiry: Inquiry, card: ModelCard, body: dict[str, Any]) -> None:
    """Refuse what the model, or the service, cannot do with images and files [doc]."""
    has_images = any(turn.images for turn in inquiry.turns)
    if inquiry.files and has_images:
        raise _failure(400, "file_list cannot be combined with images")
    if has_images and not card.vision:
        raise _failure(701, f"{card.name} takes no images")
    if inquiry.files and not card.files:
        raise _failure(701, f"{card.name} takes no files")
    if inquiry.web_search and not card.web_search:
        raise _failure(701, f"{card.name} does not search the web")
    for url in inquiry.files:
        suffix = PurePosixPath(urlsplit(url).path).suffix.lower()
        if suffix not in files.SUPPORTED_SUFFIXES:
            raise _failure(900, f"file_list: {suffix or 'no extension'} is not supported")
    prompt = sum(tokens.count_message(turn.text, len(turn.images)) for turn in inquiry.turns)
    if prompt >= card.context:
        raise _failure(400, f"{prompt} tokens; {card.name} takes {card.context}")


def _complete(inquiry: Inquiry, card: ModelCard, max_tokens: float | None) -> Completion:
    try:
        reply = engine.reply(inquiry)
    except (vision.UnreadableImage, files.UnknownFile) as error:
        raise _failure(400, str(error)) from None
    prompt = sum(tokens.count_message(turn.text, len(turn.images)) for turn in inquiry.turns)
    limit = card.context - prompt
    return complete(reply, limit=limit if max_tokens is None else min(int(max_tokens), limit))


def _head(number: int) -> dict[str, Any]:
    # The documentation's ids are "chat" and a UUID; here the UUID follows from the
    # request's number, so that the same run gives the same ids.
    return {
        "id": f"chat{uuid.uuid5(uuid.NAMESPACE_URL, str(number))}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": ECHOED_MODEL,
        "system_fingerprint": None,
    }


def _whole(head: dict[str, Any], completion: Completion) -> Body:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": completion.text},
        "logprobs": None,
        "finish_reason": completion.finish_reason,
    }
    return json_body({**head, "choices": [choice]}, tokens=completion.token_count)


def _frames(head: dict[str, Any], completion: Completion, late: Failure | None) -> Iterator[Frame]:
    head = {**head, "object": "chat.completion.chunk"}
    # An empty answer is still one chunk: `finish_reason` has to travel on something.
    pieces = completion.content or [""]
    if late is not None:
        pieces = [*pieces[: max(1, len(pieces) // 2)], ""]
    for index, piece in enumerate(pieces):
        last = index == len(pieces) - 1
        if last and late is not None:
            yield Frame(_envelope(late))
            return
        choice = {
            "index": 0,
            "delta": {"content": piece},
            "logprobs": None,
            "finish_reason": completion.finish_reason if last else None,
        }
        yield Frame({**head, "choices": [choice]}, tokens=1)
    yield Frame(DONE)


def _envelope(failure: Failure) -> dict[str, Any]:
    return {"Type": "string", "Data": None, "Err": failure.message, "Code": failure.code}


def _refusal(failure: Failure, stream: bool) -> Body | EventStream:
    """An error is an event of a stream, or a plain body; HTTP 200 both times [doc]."""
    headers = _detail(failure.detail)
    if stream:
        return EventStream([Frame(_envelope(failure))], PREFIX, headers)
    return json_body(_envelope(failure), headers=headers)


def _too_many_requests(exchange: Exchange) -> Body:
    # The page documents no rate limit: this is what a proxy in front would answer.
    exchange.record.outcome = "refused"
    after = exchange.faults.retry_after
    headers = {} if after is None else {"retry-after": f"{after:g}"}
    return Body(b"429 Too Many Requests", 429, "text/plain", headers)


def _detail(detail: str) -> dict[str, str]:
    ascii_only = detail.encode("ascii", "replace").decode().replace("\n", " ")
    return {"x-emulator-detail": ascii_only} if detail else {}

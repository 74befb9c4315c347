"""星芸AI's protocol, from the server's side: an OpenAI-compatible gateway.

[doc] is the provider's page, [gw] the gateway software that it runs (new-api).
This file routes and answers; `xingyun_requests.py` checks requests, and
`xingyun_wire.py` holds the shapes of answers and errors.
"""

from . import engine, tokens, triggers, vision
from .bundle import files
from .completion import Completion, Usage, complete
from .conversation import Inquiry
from .delivery import Body, EventStream, json_body
from .exchange import Exchange
from .failures import Failure
from .models import XINGYUN_MODELS, ModelCard
from .state import State
from .xingyun_requests import ChatRequest, bad_request, read_chat
from .xingyun_wire import (
    answer_headers,
    model_list,
    refusal,
    request_id,
    stream_of,
    whole,
)


class XingYun:
    """The service under `/xingyun`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def models(self, exchange: Exchange) -> Body | EventStream:
        """Answer `GET /v1/models` with OpenAI's list shape [gw]."""
        try:
            _check_key(exchange, "")
        except Failure as failure:
            return self._refuse(exchange, failure, stream=False)
        return json_body(model_list(XINGYUN_MODELS), headers=answer_headers(exchange.number))

    def unknown_path(self, exchange: Exchange) -> Body | EventStream:
        """Refuse a path that is not served, in the gateway's words [gw]."""
        where = f"{exchange.record.method} {exchange.record.path.removeprefix('/xingyun')}"
        failure = Failure(f"Invalid URL ({where})", "", 404, "invalid_request_error", "")
        return self._refuse(exchange, failure, stream=False)

    def chat(self, exchange: Exchange) -> Body | EventStream:
        """Answer `POST /v1/chat/completions` [doc]."""
        body = exchange.body
        asked = isinstance(body, dict) and body.get("stream") is True
        stream = exchange.streams(asked)
        try:
            return self._answer(exchange, stream)
        except Failure as failure:
            return self._refuse(exchange, failure, stream)

    def _answer(self, exchange: Exchange, stream: bool) -> Body | EventStream:
        model = exchange.body.get("model") if isinstance(exchange.body, dict) else None
        name = model if isinstance(model, str) else ""
        _check_key(exchange, name)
        _raise_faults(exchange)
        late = _check_model_trigger(name)
        request = read_chat(exchange)
        completions = _complete(request)
        usage = self._usage(request, completions)
        if exchange.strike.error_mid_stream:
            late = Failure("上游返回错误，请稍后再试", "bad_response_body", detail="fault")
        if late is not None and not stream:
            raise late
        if stream:
            return stream_of(exchange, request, completions, usage, late)
        return whole(exchange, request, completions, usage)

    def _usage(self, request: ChatRequest, completions: list[Completion]) -> Usage:
        turns = request.inquiry.turns
        seen = self._state.cached_messages(
            request.card.name, [f"{turn.role}\n{turn.text}\n{turn.images}" for turn in turns]
        )
        return Usage(
            prompt=request.prompt_tokens,
            cached=_count(request.inquiry, seen),
            completion=sum(completion.token_count for completion in completions),
            reasoning=sum(len(completion.reasoning) for completion in completions),
        )

    def _refuse(self, exchange: Exchange, failure: Failure, stream: bool) -> Body | EventStream:
        exchange.record.outcome = "refused"
        return refusal(failure, request_id(exchange.number), stream)


def _check_key(exchange: Exchange, model: str) -> None:
    if not exchange.key:
        raise Failure("未提供令牌", "", 401, detail="send `Authorization: Bearer <key>`")
    if trigger := triggers.find("xingyun", "key", exchange.key):
        raise trigger.failure(model)


def _raise_faults(exchange: Exchange) -> None:
    if exchange.strike.rate_limit:
        raise Failure(
            "当前分组上游负载已饱和，请稍后再试",
            "",
            429,
            detail="fault: rate_limit",
            retry_after=exchange.faults.retry_after,
        )
    if exchange.strike.server_error:
        raise Failure(
            "bad response status code 500",
            "bad_response_status_code",
            500,
            detail="fault: server_error",
        )


def _check_model_trigger(model: str) -> Failure | None:
    """Raise what the model brings about; return what comes mid-stream."""
    trigger = triggers.find("xingyun", "model", model)
    if trigger is None:
        return None
    if trigger.arrives == "stream":
        return trigger.failure(model)
    raise trigger.failure(model)


def _count(inquiry: Inquiry, messages: int | None = None) -> int:
    turns = inquiry.turns[:messages]
    return sum(tokens.count_message(turn.text, len(turn.images)) for turn in turns)


def _complete(request: ChatRequest) -> list[Completion]:
    try:
        reply = engine.reply(request.inquiry)
    except (vision.UnreadableImage, files.UnknownFile) as error:
        raise bad_request("messages", f"图片无法识别: {error}", str(error)) from None
    one = complete(reply, stop=request.stop, limit=_limit(request))
    return [one] * request.choices


def _limit(request: ChatRequest) -> int:
    """How many tokens one choice may have [doc: prompt and completion share the context]."""
    card: ModelCard = request.card
    room = card.context - request.prompt_tokens
    return min(limit for limit in (room, card.max_output, request.max_tokens) if limit is not None)

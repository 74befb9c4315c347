"""星芸AI's protocol, from the server's side: an OpenAI-compatible gateway.

[doc] is the provider's page, [gw] the gateway software that it runs (new-api).
`XingYun` has a method for each endpoint; `xingyun_gate.py` checks what all requests
have in common, `xingyun_wire.py` holds the shapes of errors and of chat, and each
endpoint's own file reads its requests and answers them.
"""

from collections.abc import Callable

from . import (
    xingyun_chat,
    xingyun_completions,
    xingyun_embeddings,
    xingyun_images,
    xingyun_speech,
    xingyun_transcriptions,
)
from .delivery import Body, EventStream, json_body
from .exchange import Exchange
from .failures import Failure
from .models import XINGYUN_MODELS
from .state import State
from .xingyun_gate import check_key
from .xingyun_wire import answer_headers, model_list, refusal, request_id

Answer = Body | EventStream


class XingYun:
    """The service under `/xingyun`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def models(self, exchange: Exchange) -> Answer:
        """Answer `GET /v1/models` with OpenAI's list shape [gw]."""
        return _refusing(exchange, lambda: _list_models(exchange))

    def chat(self, exchange: Exchange) -> Answer:
        """Answer `POST /v1/chat/completions` [doc]."""
        stream = _streams(exchange)
        return _refusing(
            exchange, lambda: xingyun_chat.answer(exchange, self._state, stream), stream
        )

    def completions(self, exchange: Exchange) -> Answer:
        """Answer `POST /v1/completions` with OpenAI's legacy shape [gw]."""
        stream = _streams(exchange)
        return _refusing(exchange, lambda: xingyun_completions.answer(exchange, stream), stream)

    def embeddings(self, exchange: Exchange) -> Answer:
        """Answer `POST /v1/embeddings` [doc]."""
        return _refusing(exchange, lambda: xingyun_embeddings.answer(exchange))

    def images(self, exchange: Exchange) -> Answer:
        """Answer `POST /v1/images/generations` [gw]."""
        return _refusing(exchange, lambda: xingyun_images.answer(exchange, self._state))

    def speech(self, exchange: Exchange) -> Answer:
        """Answer `POST /v1/audio/speech` [gw]."""
        return _refusing(exchange, lambda: xingyun_speech.answer(exchange))

    def transcriptions(self, exchange: Exchange) -> Answer:
        """Answer `POST /v1/audio/transcriptions` [gw]."""
        return _refusing(exchange, lambda: xingyun_transcriptions.answer(exchange, exchange.upload))

    def too_large(self, exchange: Exchange) -> Answer:
        """Refuse a body that is too large, in the gateway's words [gw]."""
        words = "request body too large"
        return _refuse(exchange, Failure(words, "read_request_body_failed", 413, detail=words))

    def unknown_path(self, exchange: Exchange) -> Answer:
        """Refuse a path that is not served, in the gateway's words [gw]."""
        where = f"{exchange.record.method} {exchange.record.path.removeprefix('/xingyun')}"
        failure = Failure(f"Invalid URL ({where})", "", 404, "invalid_request_error", "")
        return _refuse(exchange, failure)


def _refusing(exchange: Exchange, answer: Callable[[], Answer], stream: bool = False) -> Answer:
    try:
        return answer()
    except Failure as failure:
        return _refuse(exchange, failure, stream)


def _refuse(exchange: Exchange, failure: Failure, stream: bool = False) -> Answer:
    exchange.record.outcome = "refused"
    return refusal(failure, request_id(exchange.number), stream)


def _streams(exchange: Exchange) -> bool:
    body = exchange.body
    return exchange.streams(isinstance(body, dict) and body.get("stream") is True)


def _list_models(exchange: Exchange) -> Body:
    check_key(exchange)
    return json_body(model_list(XINGYUN_MODELS), headers=answer_headers(exchange.number))

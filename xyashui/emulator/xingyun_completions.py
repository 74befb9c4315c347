"""Answering `POST /v1/completions`: text completion in OpenAI's legacy shape [gw].

Tokens are counted by `tokens.py`. `best_of` and other fields that only some vendor
knows pass through the gateway unread.
"""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import engine, tokens
from .completion import Completion, Reply, Usage, complete
from .delivery import Body, EventStream, Frame, json_body
from .exchange import Exchange
from .failures import Failure
from .models import ModelCard
from .parameters import Parameter
from .xingyun_gate import (
    admit,
    bad_request,
    check_generation,
    find_card,
    json_object,
    malformed,
    read_stop,
)
from .xingyun_wire import answer_headers, event_stream

DEFAULT_MAX_TOKENS = 16
"""How many tokens a completion has where the request does not say, as OpenAI has it."""

_PARAMETERS = {
    "suffix": Parameter("string"),
    "max_tokens": Parameter("integer", 0),
    "temperature": Parameter("number", 0, 2),
    "top_p": Parameter("number", 0, 1),
    "n": Parameter("integer", 1, 128),
    "stream": Parameter("boolean"),
    "stream_options": Parameter("object"),
    "echo": Parameter("boolean"),
    "presence_penalty": Parameter("number", -2, 2),
    "frequency_penalty": Parameter("number", -2, 2),
    "logit_bias": Parameter("object"),
    "user": Parameter("string"),
}


@dataclass(frozen=True)
class CompletionRequest:
    """A checked request.

    Attributes:
        card: The model asked for.
        prompts: The texts to complete, each into `choices` choices.
        suffix: What comes after the completion; empty for none.
        max_tokens: The limit of one choice.
        choices: How many choices each prompt has (`n`).
        stop: The stop sequences.
        echo: Whether a choice begins with its prompt.
        alike: Whether the choices of a prompt are all the same (temperature 0).
        include_usage: Whether a stream ends with a usage chunk.
    """

    card: ModelCard
    prompts: tuple[str, ...]
    suffix: str
    max_tokens: int
    choices: int
    stop: tuple[str, ...]
    echo: bool
    alike: bool
    include_usage: bool

    @property
    def prompt_tokens(self) -> int:
        """What the prompts cost, together with the suffix of each."""
        after = tokens.count(self.suffix)
        return sum(tokens.count(prompt) + after for prompt in self.prompts)


def answer(exchange: Exchange, stream: bool) -> Body | EventStream:
    """Complete the prompts of a request.

    Raises:
        Failure: If the request is refused.
    """
    late = admit(exchange)
    request = _read(exchange)
    completions = [
        _complete(exchange, request, prompt, 0 if request.alike else variant)
        for prompt in request.prompts
        for variant in range(request.choices)
    ]
    written = sum(completion.token_count for completion in completions)
    usage = Usage(prompt=request.prompt_tokens, cached=0, completion=written, reasoning=0).brief
    head = _head(exchange, request)
    echoes = [
        prompt if request.echo else "" for prompt in request.prompts for _ in range(request.choices)
    ]
    if stream:
        frames = [
            Frame({**head, "choices": [choice]}, cost)
            for index, (echo, completion) in enumerate(zip(echoes, completions, strict=True))
            for choice, cost in _choices(index, echo, completion)
        ]
        last = {**head, "choices": [], "usage": usage} if request.include_usage else None
        return event_stream(exchange, frames, last, late)
    if late is not None:
        raise late
    choices = [
        _choice(index, echo + completion.text, completion.finish_reason)
        for index, (echo, completion) in enumerate(zip(echoes, completions, strict=True))
    ]
    headers = answer_headers(exchange.number)
    return json_body({**head, "choices": choices, "usage": usage}, headers=headers, tokens=written)


def _read(exchange: Exchange) -> CompletionRequest:
    body = json_object(exchange)
    card = find_card(body.get("model"), "completion")
    check_generation(body, _PARAMETERS)
    if body.get("logprobs") is not None:
        raise malformed("logprobs", "must be null: these models do not report them")
    limit = body.get("max_tokens")
    request = CompletionRequest(
        card=card,
        prompts=_prompts(body.get("prompt")),
        suffix=body.get("suffix") or "",
        max_tokens=DEFAULT_MAX_TOKENS if limit is None else int(limit),
        choices=int(body.get("n") or 1),
        stop=read_stop(body.get("stop")),
        echo=body.get("echo") is True,
        alike=body.get("temperature") == 0,
        include_usage=(body.get("stream_options") or {}).get("include_usage") is True,
    )
    for prompt in request.prompts:
        _check_room(card, tokens.count(prompt + request.suffix), request.max_tokens)
    return request


def _prompts(value: Any) -> tuple[str, ...]:
    if value is None or value in ("", []):
        raise bad_request("prompt", "field prompt is required", "prompt: required")
    prompts = [value] if isinstance(value, str) else value
    if not isinstance(prompts, list) or not all(isinstance(each, str) for each in prompts):
        raise malformed("prompt", "must be a string or an array of strings")
    return tuple(prompts)


def _check_room(card: ModelCard, prompt: int, completion: int) -> None:
    """Prompt and completion share the context; a limit that does not fit is refused."""
    if prompt + completion <= card.context:
        return
    # The upstream vendor's own words, passed on by the gateway [gw].
    message = (
        f"This model's maximum context length is {card.context} tokens, however you requested "
        f"{prompt + completion} tokens ({prompt} in your prompt; {completion} for the "
        "completion). Please reduce your prompt; or completion length."
    )
    code = "context_length_exceeded"
    raise Failure(message, code, 400, "invalid_request_error", "prompt", detail=message)


def _complete(
    exchange: Exchange, request: CompletionRequest, prompt: str, variant: int
) -> Completion:
    text = engine.complete(prompt, exchange.site, request.suffix, variant)
    return complete(Reply(text), stop=request.stop, limit=request.max_tokens)


def _head(exchange: Exchange, request: CompletionRequest) -> dict[str, Any]:
    unique = uuid.uuid5(uuid.NAMESPACE_URL, f"completion {exchange.number}").hex
    return {
        "id": f"cmpl-{unique}",
        "object": "text_completion",
        "created": int(time.time()),
        "model": request.card.name,
    }


def _choice(index: int, text: str, finish_reason: str | None) -> dict[str, Any]:
    return {"text": text, "index": index, "logprobs": None, "finish_reason": finish_reason}


def _choices(index: int, echo: str, completion: Completion) -> Iterator[tuple[dict[str, Any], int]]:
    """The `choices` entries of one choice's chunks, with what each costs."""
    if echo:
        yield _choice(index, echo, None), 0
    for piece in completion.content:
        yield _choice(index, piece, None), 1
    yield _choice(index, "", completion.finish_reason), 0

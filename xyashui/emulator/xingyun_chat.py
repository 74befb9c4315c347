"""Answering `POST /v1/chat/completions` [doc]."""

from . import engine, tokens, vision
from .bundle import files
from .completion import Completion, Usage, complete
from .conversation import Inquiry
from .delivery import Body, EventStream
from .exchange import Exchange
from .state import State
from .xingyun_gate import admit, bad_request
from .xingyun_requests import ChatRequest, read_chat
from .xingyun_wire import stream_of, whole


def answer(exchange: Exchange, state: State, stream: bool) -> Body | EventStream:
    """Answer a chat request.

    Raises:
        Failure: If the request is refused.
    """
    late = admit(exchange)
    request = read_chat(exchange)
    completions = _complete(request)
    usage = _usage(request, completions, state)
    if stream:
        return stream_of(exchange, request, completions, usage, late)
    if late is not None:
        raise late
    return whole(exchange, request, completions, usage)


def _complete(request: ChatRequest) -> list[Completion]:
    try:
        reply = engine.reply(request.inquiry)
    except (vision.UnreadableImage, files.UnknownFile) as error:
        raise bad_request("messages", f"图片无法识别: {error}", str(error)) from None
    one = complete(reply, stop=request.stop, limit=_limit(request))
    return [one] * request.choices


def _limit(request: ChatRequest) -> int:
    """How many tokens one choice may have [doc: prompt and completion share the context]."""
    room = request.card.context - request.prompt_tokens
    limits = (room, request.card.max_output, request.max_tokens)
    return min(limit for limit in limits if limit is not None)


def _usage(request: ChatRequest, completions: list[Completion], state: State) -> Usage:
    turns = request.inquiry.turns
    seen = state.cached_messages(
        request.card.name, [f"{turn.role}\n{turn.text}\n{turn.images}" for turn in turns]
    )
    return Usage(
        prompt=request.prompt_tokens,
        cached=_count(request.inquiry, seen),
        completion=sum(completion.token_count for completion in completions),
        reasoning=sum(len(completion.reasoning) for completion in completions),
    )


def _count(inquiry: Inquiry, messages: int) -> int:
    turns = inquiry.turns[:messages]
    return sum(tokens.count_message(turn.text, len(turn.images)) for turn in turns)

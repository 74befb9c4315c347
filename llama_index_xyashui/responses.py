"""What is received -> LlamaIndex's responses."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Iterable
from io import StringIO
from typing import TYPE_CHECKING, Any, TypeVar

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    ContentBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from llama_index.core.llms.llm import ToolSelection
from pydantic import TypeAdapter, ValidationError

from llama_index_xyashui.messages import legacy_calls
from llama_index_xyashui.so_far import (
    CompletionSoFar,
    TextSoFar,
    ThinkingSoFar,
    text_response,
)
from xyashui.surrogates import EscapedHalves

if TYPE_CHECKING:
    from xyashui import Answer, AsyncChatStream, ChatStream, Choice, Chunk, ToolCall, Usage

__all__ = [
    "achat_responses",
    "acompletion_responses",
    "chat_response",
    "chat_responses",
    "completion_response",
    "completion_responses",
    "is_whole",
    "keep_one_call",
    "selections",
]

_R = TypeVar("_R")
_ARGUMENTS = TypeAdapter(dict[str, Any])


# A whole answer


def chat_response(answer: Answer, delta: str | None = None) -> ChatResponse:
    """Return a whole answer as LlamaIndex has it.

    Args:
        answer: The answer; of several choices, the first is the message and all are in `raw`.
        delta: "" for the last response of a stream, whose text has been given out already.
    """
    return ChatResponse(
        message=_message(answer),
        delta=delta,
        raw=_raw(answer),
        additional_kwargs=_facts(answer),
    )


def is_whole(response: ChatResponse) -> bool:
    """Say whether a response has all of the answer: only then is it known which model it is of."""
    return "model_name" in response.additional_kwargs


def completion_response(answer: Answer, delta: str | None = None) -> CompletionResponse:
    """Return a whole answer to a prompt; see `chat_response`."""
    return CompletionResponse(
        text=answer.text, delta=delta, raw=_raw(answer), additional_kwargs=_facts(answer)
    )


def _message(answer: Answer) -> ChatMessage:
    blocks: list[ContentBlock] = []
    if answer.reasoning:
        tokens = answer.usage.reasoning_tokens if answer.usage is not None else None
        blocks.append(ThinkingBlock(content=answer.reasoning, num_tokens=tokens))
    if answer.text or not answer.tool_calls:
        blocks.append(TextBlock(text=answer.text))
    blocks += [_call_block(call) for call in answer.tool_calls]
    kwargs: dict[str, Any] = {}
    if answer.tool_calls:
        kwargs["tool_calls"] = _call_dicts(answer.tool_calls)
    if answer.citations:
        # Here as well, because a chat engine keeps the message and not the response.
        kwargs["citations"] = [citation.to_dict() for citation in answer.citations]
    return ChatMessage(role=MessageRole.ASSISTANT, blocks=blocks, additional_kwargs=kwargs)


def _raw(answer: Answer) -> dict[str, Any]:
    """The answer in Chat Completions' own shape, as plain as it came."""
    return {
        "id": answer.id,
        "object": "chat.completion",
        "created": answer.created,
        "model": answer.model,
        "reported_model": answer.reported_model,
        "system_fingerprint": answer.system_fingerprint,
        "choices": [_raw_choice(index, choice) for index, choice in enumerate(answer.choices)],
        "usage": answer.usage.raw | _tokens(answer.usage) if answer.usage is not None else None,
    }


def _raw_choice(index: int, choice: Choice) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": choice.text, **choice.extra}
    if choice.reasoning:
        message["reasoning_content"] = choice.reasoning
    if choice.tool_calls:
        message["tool_calls"] = _call_dicts(choice.tool_calls)
    return {"index": index, "message": message, "finish_reason": choice.finish_reason}


def _facts(answer: Answer) -> dict[str, Any]:
    """What is worth knowing of an answer beside its text, as `additional_kwargs`."""
    facts = {
        "model_name": answer.model,
        "reported_model": answer.reported_model,
        "finish_reason": answer.finish_reason,
        "id": answer.id,
        "citations": [citation.to_dict() for citation in answer.citations] or None,
    }
    tokens = _tokens(answer.usage) if answer.usage is not None else {}
    return {name: value for name, value in facts.items() if value is not None} | tokens


def _tokens(usage: Usage) -> dict[str, Any]:
    # The names are those that LlamaIndex's token counters look for.
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
    }


# An answer that arrives piece by piece


def chat_responses(
    stream: ChatStream, *, one_call: bool = False
) -> Generator[ChatResponse, None, None]:
    """Return a stream's chunks, and at last what is known only then: usage, sources, why it ended.

    Every response has what is new as `delta`, and as its message all there is so far.

    Args:
        stream: What is received.
        one_call: Whether to keep only the first tool call.
    """
    return _responses(stream, *_chat_readers(one_call))


def achat_responses(
    stream: AsyncChatStream, *, one_call: bool = False
) -> AsyncGenerator[ChatResponse, None]:
    """Do what `chat_responses` does, with `async for`."""
    return _aresponses(stream, *_chat_readers(one_call))


def _chat_readers(
    one_call: bool,
) -> tuple[Callable[[Chunk], ChatResponse], Callable[[Answer, str], ChatResponse]]:
    part = _Received().chat
    if not one_call:
        return part, chat_response
    return (
        lambda chunk: keep_one_call(part(chunk)),
        lambda answer, delta: keep_one_call(chat_response(answer, delta)),
    )


def completion_responses(stream: ChatStream) -> Generator[CompletionResponse, None, None]:
    """Do what `chat_responses` does, for a prompt."""
    return _responses(stream, _Received().completion, completion_response)


def acompletion_responses(stream: AsyncChatStream) -> AsyncGenerator[CompletionResponse, None]:
    """Do what `completion_responses` does, with `async for`."""
    return _aresponses(stream, _Received().completion, completion_response)


def _responses(
    stream: ChatStream, part: Callable[[Chunk], _R], whole: Callable[[Answer, str], _R]
) -> Generator[_R, None, None]:
    with stream:
        for chunk in stream:
            if not chunk.index:  # else it is of another answer than the one that is streamed
                yield part(chunk)
    yield whole(stream.answer, "")


async def _aresponses(
    stream: AsyncChatStream, part: Callable[[Chunk], _R], whole: Callable[[Answer, str], _R]
) -> AsyncGenerator[_R, None]:
    async with stream:
        async for chunks in stream.batches():
            for chunk in chunks:
                if not chunk.index:
                    yield part(chunk)
            del chunks  # while the next are waited for
    yield whole(stream.answer, "")


class _Received:
    """What has arrived of one stream."""

    def __init__(self) -> None:
        self._text = StringIO()
        self._reasoning = StringIO()
        self._is_plain = True  # there is nothing but text so far
        # By index: id, name, arguments.
        self._calls: dict[int, tuple[str | None, str, StringIO]] = {}

    def completion(self, chunk: Chunk) -> CompletionResponse:
        self._text.write(chunk.text)
        return CompletionSoFar.of(
            self._text,
            delta=chunk.text,
            raw=chunk.raw,
            logprobs=None,
            additional_kwargs=_thinking_delta(chunk),
        )

    def chat(self, chunk: Chunk) -> ChatResponse:
        self._text.write(chunk.text)
        if self._is_plain:
            if not chunk.reasoning and not chunk.tool_calls:
                return text_response(self._text, chunk)
            self._is_plain = False
        self._reasoning.write(chunk.reasoning)
        self._add_calls(chunk)
        blocks: list[ContentBlock] = []
        if self._reasoning.tell():
            blocks.append(
                ThinkingSoFar.of(
                    self._reasoning,
                    block_type="thinking",
                    num_tokens=None,
                    additional_information={},
                )
            )
        if self._text.tell() or not self._calls:
            blocks.append(TextSoFar.of(self._text, block_type="text"))
        kwargs: dict[str, Any] = {}
        if self._calls:
            from xyashui import ToolCall

            calls = [
                ToolCall(id=id_, name=name, arguments=arguments.getvalue())
                for id_, name, arguments in self._calls.values()
            ]
            # JSON that may be unfinished stays text.
            blocks += [_call_block(call, finished=False) for call in calls]
            # LlamaIndex's structured streams look for calls here.
            kwargs["tool_calls"] = _call_dicts(calls)
        return ChatResponse(
            message=ChatMessage(
                role=MessageRole.ASSISTANT, blocks=blocks, additional_kwargs=kwargs
            ),
            delta=chunk.text,
            raw=chunk.raw,
            additional_kwargs=_thinking_delta(chunk),
        )

    def _add_calls(self, chunk: Chunk) -> None:
        for delta in chunk.tool_calls:
            id_, name, arguments = self._calls.get(delta.index) or (None, "", StringIO())
            arguments.write(delta.arguments)
            self._calls[delta.index] = (id_ or delta.id, name or delta.name or "", arguments)


def _thinking_delta(chunk: Chunk) -> dict[str, Any]:
    # The name that LlamaIndex's agents look for.
    return {"thinking_delta": chunk.reasoning} if chunk.reasoning else {}


# Tool calls


def _call_block(call: ToolCall, *, finished: bool = True) -> ToolCallBlock:
    arguments: dict[str, Any] | str = call.arguments
    if finished and (parsed := _object(call.arguments)) is not None:
        arguments = parsed
    return ToolCallBlock(tool_call_id=call.id, tool_name=call.name, tool_kwargs=arguments)


def _call_dicts(calls: Iterable[ToolCall]) -> list[dict[str, Any]]:
    return [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
            **({"error": call.error} if call.error is not None else {}),
        }
        for call in calls
    ]


def _object(text: str, *, whole: bool = True) -> dict[str, Any] | None:
    """Return `text` as the JSON object that it is, or `None`. No arguments are an empty one.

    Args:
        text: The arguments of a call.
        whole: Whether they are all there; if not, the object has what there is of them.
    """
    text = text if text.strip() else "{}"
    try:
        return _ARGUMENTS.validate_json(
            text if whole else EscapedHalves().mend(text),
            experimental_allow_partial=False if whole else "trailing-strings",
        )
    except ValidationError:
        return None


def selections(response: ChatResponse) -> list[ToolSelection]:
    """Return the tools that a response calls, with their arguments.

    While a response is streamed, the arguments are as much as there is of them. Once it is whole,
    arguments that cannot be used are not mended, lest a tool be called with half of what was
    meant: the tool gets the reason as the name of an argument, and then `invalid_json`. It knows
    neither, Python says so, and agents tell the model what Python says.
    """
    message = response.message
    blocks = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    errors = {
        call["id"]: call["error"]
        for call in message.additional_kwargs.get("tool_calls") or ()
        if isinstance(call, dict) and "error" in call
    }
    whole = is_whole(response)
    selected = []
    for block in blocks or legacy_calls(message):
        error = errors.get(block.tool_call_id, "")
        selected.append(
            ToolSelection(
                tool_id=block.tool_call_id or "",
                # Agents say that there is no tool of this name.
                tool_name=block.tool_name or error,
                tool_kwargs=_selected(block.tool_kwargs, error, whole),
            )
        )
    return selected


def _selected(arguments: dict[str, Any] | str, error: str, whole: bool) -> dict[str, Any]:
    if not isinstance(arguments, str):
        return arguments
    parsed = _object(arguments, whole=whole)
    if parsed is None and whole:
        # Two, because LlamaIndex hands a tool a single argument without its name.
        return {error or "the arguments are no JSON object": None, "invalid_json": arguments}
    return parsed or {}


def keep_one_call(response: ChatResponse) -> ChatResponse:
    """Take all but the first tool call out of a response, and return it.

    Not every model behind a gateway heeds what it is told of parallel calls.
    """
    message = response.message
    calls = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    if len(calls) > 1:
        rest = {id(call) for call in calls[1:]}
        message.blocks = [block for block in message.blocks if id(block) not in rest]
        message.additional_kwargs["tool_calls"] = message.additional_kwargs["tool_calls"][:1]
    return response

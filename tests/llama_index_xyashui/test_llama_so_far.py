"""Responses that are made the short way are the responses that Pydantic makes."""

from __future__ import annotations

import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from copy import copy, deepcopy
from io import StringIO

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole, TextBlock

from llama_index_xyashui.so_far import text_response
from xyashui import Chunk

RAW = {"choices": [{"delta": {"content": "南"}}]}


def made(text: str = "南") -> ChatResponse:
    so_far = StringIO()
    so_far.write("济" + text)
    response = text_response(so_far, Chunk(text, raw=RAW))
    so_far.write("的秋天")
    return response


def constructed(text: str = "南") -> ChatResponse:
    block = TextBlock(text="济" + text, block_type="text")
    message = ChatMessage(role=MessageRole.ASSISTANT, blocks=[block], additional_kwargs={})
    return ChatResponse(message=message, delta=text, raw=RAW, additional_kwargs={})


@pytest.mark.parametrize("text", ["南", ""])
@pytest.mark.parametrize(
    "look",
    [
        lambda response: response,
        lambda response: response.raw,
        lambda response: response.delta,
        lambda response: response.logprobs,
        lambda response: (response.message, response),
        lambda response: (response.raw, response.message, response.model_dump_json()),
        lambda response: list(response.model_dump()),
        lambda response: getattr(response, "nothing of the kind", "missing"),
        lambda response: response.message,
        lambda response: response.message.content,
        lambda response: response.model_dump(),
        lambda response: response.model_dump(exclude_unset=True),
        lambda response: response.message.model_dump(exclude_unset=True),
        lambda response: ChatResponse.model_validate_json(response.model_dump_json()),
        lambda response: response.model_copy(update={"delta": "x"}),
        lambda response: response.model_fields_set,
        lambda response: type(response.model_copy()),
        str,
        lambda response: pickle.loads(pickle.dumps(response)),
        copy,
        deepcopy,
    ],
)
def test_a_piece_is_what_the_constructors_make(text, look) -> None:
    assert look(made(text)) == look(constructed(text))


def test_pieces_share_nothing_that_can_change() -> None:
    first, second = made(), made()
    first.message.blocks.append(TextBlock(text="mine"))
    first.message.additional_kwargs["mine"] = first.additional_kwargs["mine"] = True
    first.logprobs = []
    assert second == constructed()


def test_two_threads_may_look_at_once() -> None:
    looks = [
        lambda response: response.message.content,
        lambda response: response.raw["choices"],
        lambda response: response.model_dump()["delta"],
        lambda response: response.message.blocks[0].text,
    ]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(len(looks)) as threads:
            for _ in range(1500):
                response = made()
                found = list(threads.map(lambda look, seen=response: look(seen), looks))
                assert found == [look(constructed()) for look in looks]
    finally:
        sys.setswitchinterval(before)

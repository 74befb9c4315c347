"""Chunks that are made the short way are the chunks that Pydantic makes."""

from __future__ import annotations

import pickle
from copy import copy, deepcopy

import pytest
from langchain_core.load import dumps
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from langchain_xyashui.pieces import text_piece


def made(text: str) -> ChatGenerationChunk:
    return text_piece(text, {"reasoning_content": "嗯"}, {"model_provider": "ashui"})


def constructed(text: str) -> ChatGenerationChunk:
    message = AIMessageChunk(
        content=text,
        additional_kwargs={"reasoning_content": "嗯"},
        response_metadata={"model_provider": "ashui"},
    )
    return ChatGenerationChunk(message=message)


@pytest.mark.parametrize("text", ["济南", ""])
@pytest.mark.parametrize(
    "look",
    [
        lambda piece: piece,
        lambda piece: piece.message,
        lambda piece: piece.model_dump(),
        lambda piece: piece.message.model_dump(exclude_unset=True),
        lambda piece: piece.message.model_copy(update={"id": "1"}),
        lambda piece: piece.message.content_blocks,
        lambda piece: piece + piece,
        lambda piece: piece.message + piece.message,
        lambda piece: repr(piece),
        lambda piece: dumps(piece.message),
        lambda piece: pickle.loads(pickle.dumps(piece)),
        copy,
        deepcopy,
    ],
)
def test_a_piece_is_what_the_constructors_make(text, look) -> None:
    assert look(made(text)) == look(constructed(text))


def test_pieces_share_nothing_that_can_change() -> None:
    first, second = made("济"), made("南")
    first.message.tool_calls.append({"name": "f", "args": {}, "id": "1", "type": "tool_call"})
    first.message.invalid_tool_calls.append({})
    first.message.note = "mine"
    first.message.id = "1"
    assert second == constructed("南")

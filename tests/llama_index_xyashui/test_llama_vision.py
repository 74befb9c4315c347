"""Questions about pictures, on the emulator: whole, streamed and with `await`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from llama_index.core.llms import LLM, ChatMessage, ImageBlock, TextBlock

from tests.drawing import drawn
from xyashui import ConfigurationError

Ask = Callable[..., Awaitable[str]]

PICTURE = drawn("orange", (160, 120))


async def _complete(llm: LLM, question: str, **options: Any) -> str:
    return llm.complete(question, **options).text


async def _acomplete(llm: LLM, question: str, **options: Any) -> str:
    return (await llm.acomplete(question, **options)).text


async def _stream(llm: LLM, question: str, **options: Any) -> str:
    return "".join(piece.delta or "" for piece in llm.stream_complete(question, **options))


async def _astream(llm: LLM, question: str, **options: Any) -> str:
    pieces = await llm.astream_complete(question, **options)
    return "".join([piece.delta or "" async for piece in pieces])


@pytest.fixture(params=[_complete, _acomplete, _stream, _astream])
def ask(request: pytest.FixtureRequest) -> Ask:
    return request.param


async def test_are_answered_from_the_picture(make, ask: Ask) -> None:
    answer = await ask(make(), "What is in this picture?", images=[PICTURE])
    assert answer == "This is a PNG image of 160 × 120 pixels, mainly orange."


async def test_are_refused_where_there_is_no_picture(make, ask: Ask) -> None:
    with pytest.raises(ConfigurationError, match=r"'no-such\.png' does not exist"):
        await ask(make(), "What is in this picture?", images=["no-such.png"])
    with pytest.raises(ConfigurationError, match="image"):
        await ask(make(), "What is in this picture?", images=[b"no image at all"])


async def test_may_hold_it_in_a_message_as_well(make) -> None:
    blocks = [TextBlock(text="What is in this picture?"), ImageBlock(image=PICTURE)]
    message = ChatMessage(role="user", blocks=blocks)
    for answer in make().chat([message]), await make().achat([message]):
        assert "mainly orange" in str(answer.message.content)

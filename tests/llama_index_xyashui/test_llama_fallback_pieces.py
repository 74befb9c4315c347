"""What a `Fallback` hands on is its LLMs' own: every piece, and every way to call a tool."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.llms import ChatMessage, ChatResponse
from llama_index.core.llms.llm import ToolSelection
from llama_index.llms.openai_like import OpenAILike

from llama_index_xyashui import AShui, Fallback, XingYun
from tests.servers import FaultServer, chunked, http
from tests.wire import STREAM, completion, delta, error


class Other(XingYun):
    """An LLM that keeps its tool calls elsewhere."""

    def get_tool_calls_from_response(self, response: ChatResponse, **_: Any) -> list[ToolSelection]:
        return [ToolSelection(tool_id="1", tool_name="other", tool_kwargs={})]


@pytest.mark.parametrize(("status", "names"), [(200, []), (503, ["other"])])
def test_a_response_is_read_by_the_llm_that_it_is_of(status: int, names: list[str]) -> None:
    answer = http(completion()) if status == 200 else http(error("overloaded"), 503)
    with FaultServer([answer]) as server, FaultServer([http(completion())]) as second:
        given = {"api_key": "test-key", "max_retries": 0}
        llm = Fallback([XingYun(base_url=server.url, **given), Other(base_url=second.url, **given)])
        response = llm.chat([ChatMessage("hi")])
        calls = llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
    assert [call.tool_name for call in calls] == names


@pytest.mark.parametrize("way", ["stream_chat", "astream_chat"])
async def test_pieces_without_words_come_with_the_first_that_has_some(
    ashui: Callable[..., AShui], way: str
) -> None:
    silent = delta("", role="assistant") * 3
    with FaultServer([chunked(silent, STREAM)]) as server:
        theirs = OpenAILike(
            model="theirs",
            api_base=f"{server.url}/v1",
            api_key="test-key",
            is_chat_model=True,
            is_function_calling_model=True,
            max_retries=0,
        )
        counts = []
        for llm in (theirs, Fallback([theirs, ashui()])):
            pieces = getattr(llm, way)([ChatMessage("hi")])
            if way.startswith("a"):
                counts.append([piece.delta async for piece in await pieces])
            else:
                counts.append([piece.delta for piece in pieces])
    assert counts[0] == counts[1]
    assert len(counts[1]) > 4

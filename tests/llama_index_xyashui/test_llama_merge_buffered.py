"""`merge_buffered` in LlamaIndex: the same answer in fewer responses."""

from __future__ import annotations

import pytest
from llama_index.core.llms import ChatMessage

from llama_index_xyashui import XingYun
from tests.servers import FaultServer, chunked
from tests.wire import DONE, delta

ANSWER = [chunked(b"".join(map(delta, "济南的秋天")), delta("。", finish="stop") + DONE)]
QUESTION = [ChatMessage("?")]


@pytest.mark.parametrize(
    ("of_model", "of_call", "texts"),
    [
        ({}, {}, [*"济南的秋天", "。"]),
        ({"merge_buffered": True}, {}, ["济南的秋天", "。"]),
        ({}, {"merge_buffered": True}, ["济南的秋天", "。"]),
        ({"merge_buffered": True}, {"merge_buffered": False}, [*"济南的秋天", "。"]),
    ],
)
async def test_an_llm_merges_where_it_is_asked_to(of_model, of_call, texts):
    with FaultServer(ANSWER) as server:
        llm = XingYun(api_key="test-key", base_url=server.url, **of_model)
        said = list(llm.stream_chat(QUESTION, **of_call))
        assert [one.delta for one in said if one.delta] == texts
        assert said[-1].message.content == "济南的秋天。"
        said = [one async for one in await llm.astream_chat(QUESTION, **of_call)]
        assert [one.delta for one in said if one.delta] == texts
        completed = [one.delta for one in llm.stream_complete("?", **of_call)]
        assert [delta for delta in completed if delta] == texts

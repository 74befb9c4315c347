"""`merge_buffered` in LangChain: the same message in fewer chunks."""

from __future__ import annotations

import pytest

from langchain_xyashui import ChatXingYun
from tests.servers import FaultServer, chunked
from tests.wire import DONE, delta

ANSWER = [chunked(b"".join(map(delta, "济南的秋天")), delta("。", finish="stop") + DONE)]


@pytest.mark.parametrize(
    ("of_model", "of_call", "texts"),
    [
        ({}, {}, [*"济南的秋天", "。"]),
        ({"merge_buffered": True}, {}, ["济南的秋天", "。"]),
        ({}, {"merge_buffered": True}, ["济南的秋天", "。"]),
        ({"merge_buffered": True}, {"merge_buffered": False}, [*"济南的秋天", "。"]),
    ],
)
async def test_a_model_merges_where_it_is_asked_to(of_model, of_call, texts):
    with FaultServer(ANSWER) as server:
        model = ChatXingYun(api_key="test-key", base_url=server.url, **of_model)
        said = [one.content for one in model.stream("?", **of_call)]
        assert [text for text in said if text] == texts
        assert (await model.ainvoke("?", stream=True, **of_call)).content == "济南的秋天。"
        said = [one.content async for one in model.astream("?", **of_call)]
    assert "".join(said) == "济南的秋天。"

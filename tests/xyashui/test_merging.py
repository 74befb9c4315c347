"""`merge_buffered`: the same answer in fewer chunks."""

from __future__ import annotations

from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers import FaultServer, chunked
from tests.wire import DONE, delta, event
from xyashui import XINGYUN, AsyncClient, Chunk, Client, ConfigurationError
from xyashui.errors import ProtocolError
from xyashui.merging import merged
from xyashui.streaming import AnswerReader

CALL = [{"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}]
EVENTS = st.lists(
    st.sampled_from(
        [
            delta("济"), delta('引"号'), delta("\n南"), delta(reasoning_content="想"),
            delta("好", index=1), delta(tool_calls=CALL), delta("啊", refusal="不"), delta(""),
            event({"choices": [], "usage": {"total_tokens": 3, "prompt_tokens": 1}}),
        ]
    ),
    max_size=12,
)  # fmt: skip


def read(pieces: list[bytes], *, merge: bool) -> tuple[list[Chunk], AnswerReader]:
    reader = AnswerReader(XINGYUN, "m", choices=2, merge=merge)
    chunks = [one for data in pieces if not reader.done for one in reader.feed(data)]
    return [*chunks, *reader.close()], reader


def kind(one: Chunk) -> tuple[object, ...]:
    special = bool(one.tool_calls or one.finish_reason or one.extra)
    return one.index, bool(one.reasoning), id(one) if special else None


@given(events=EVENTS, cuts=st.lists(st.integers(0, 3000), max_size=6))
def test_the_text_is_the_same_wherever_the_bytes_are_cut(events, cuts):
    end = delta("完", finish="stop") + delta("完", finish="stop", index=1) + DONE
    stream = b"".join(events) + end
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[start:end] for start, end in pairwise(places)]
    joined, reader = read(pieces, merge=True)
    single, other = read(pieces, merge=False)
    assert repr(reader.answer) == repr(other.answer)
    runs = [list(run) for _, run in groupby(single, kind)]
    assert len(joined) <= len(single)
    if len(pieces) == 1:
        assert [(one.text, one.reasoning, one.tool_calls, one.finish_reason) for one in joined] == [
            ("".join(one.text for one in run), "".join(one.reasoning for one in run),
             run[0].tool_calls, run[0].finish_reason)
            for run in runs
        ]  # fmt: skip


def test_what_came_before_an_error_comes_before_it():
    reader = AnswerReader(XINGYUN, "m", merge=True)
    chunks = iter(reader.feed(delta("济") + delta("南") + b"data: {nonsense\n\n"))
    assert next(chunks).text == "济南"
    with pytest.raises(ProtocolError):
        next(chunks)


def test_a_merged_chunk_has_the_last_event_as_raw():
    [one] = merged([Chunk("济", raw={"n": 1}), Chunk("南", raw={"n": 2})])
    assert (one.text, one.raw) == ("济南", {"n": 2})


ANSWER = [
    chunked(b"".join(map(delta, "济南的秋天")), delta("。", finish="stop") + DONE),
]


@pytest.mark.parametrize(
    ("of_client", "of_call", "texts"),
    [
        ({}, {}, [*"济南的秋天", "。"]),
        ({"merge_buffered": True}, {}, ["济南的秋天", "。"]),
        ({}, {"merge_buffered": True}, ["济南的秋天", "。"]),
        ({"merge_buffered": True}, {"merge_buffered": False}, [*"济南的秋天", "。"]),
    ],
)
async def test_a_client_merges_where_it_is_asked_to(of_client, of_call, texts):
    with FaultServer(ANSWER) as server:
        settings = {"api_key": "test-key", "base_url": server.url, **of_client}
        with Client(XINGYUN, **settings) as client:
            assert [one.text for one in client.stream("?", **of_call)] == texts
        async with AsyncClient(XINGYUN, **settings) as client:
            said = [one.text async for one in client.stream("?", **of_call)]
    assert "".join(said) == "济南的秋天。"
    assert len(said) <= len(texts)


@pytest.mark.parametrize("value", ["yes", 1])
def test_it_is_on_or_off(value):
    with pytest.raises(ConfigurationError, match="merge_buffered"):
        Client(XINGYUN, api_key="test-key", merge_buffered=value)
    with pytest.raises(ConfigurationError, match="merge_buffered"):
        XINGYUN.request("?", merge_buffered=value)

"""What an answer holds: the same, whichever of the four ways it was asked for."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.load import dumps
from langchain_core.messages import AIMessage, HumanMessage

from langchain_xyashui.errors import ConfigurationError, StreamInterruptedError


def without_index(blocks: Any) -> list[dict[str, Any]]:
    """LangChain numbers the blocks of a stream, and of nothing else."""
    return [{key: value for key, value in block.items() if key != "index"} for block in blocks]


async def test_the_answer_says_who_gave_it_and_why_it_ended(xingyun, ask):
    answer = await ask(xingyun(model="gpt-4o"), "What is 2+3?")
    assert answer.content == "2 + 3 = 5."
    metadata = answer.response_metadata
    assert metadata["model_name"] == metadata["reported_model"] == "gpt-4o"
    assert metadata["model_provider"] == "xingyun"
    assert metadata["finish_reason"] == "stop"
    assert metadata["id"].startswith("chatcmpl-")
    assert isinstance(metadata["created"], int)


async def test_the_name_that_ashui_echoes_is_kept_apart(ashui, ask):
    answer = await ask(ashui(), "What is 2+3?")
    assert answer.content == "2 + 3 = 5."
    assert answer.response_metadata["model_name"] == "ashuiai-4.0"
    assert answer.response_metadata["reported_model"] == "kfzmxmc"
    assert answer.response_metadata["model_provider"] == "ashui"
    assert answer.response_metadata["finish_reason"] == "stop"


async def test_the_model_of_the_call_is_the_one_named(xingyun, ask):
    answer = await ask(xingyun(model="gpt-4"), "hi", model="qwen-turbo")
    assert answer.response_metadata["model_name"] == "qwen-turbo"


async def test_tokens_are_counted_on_xingyun(xingyun, ask):
    usage = (await ask(xingyun(), "What is 2+3?")).usage_metadata
    assert usage["input_tokens"] > 0
    assert usage["output_tokens"] > 0
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


async def test_cached_and_reasoning_tokens_are_told(service, xingyun, ask):
    service.answer(
        {"content": "hi"},
        usage={
            "prompt_tokens": 10,
            "completion_tokens": 8,
            "total_tokens": 18,
            "prompt_tokens_details": {"cached_tokens": 6},
            "completion_tokens_details": {"reasoning_tokens": 5},
        },
    )
    answer = await ask(xingyun(base_url=service.url), "hi")
    assert answer.usage_metadata == {
        "input_tokens": 10,
        "output_tokens": 8,
        "total_tokens": 18,
        "input_token_details": {"cache_read": 6},
        "output_token_details": {"reasoning": 5},
    }


async def test_ashui_counts_no_tokens(ashui, ask):
    assert (await ask(ashui(), "hi")).usage_metadata is None


def test_usage_is_streamed_unless_turned_off(xingyun, sent):
    asked_for = [*xingyun().stream("hi")][-1].usage_metadata
    assert asked_for is not None
    assert all(chunk.usage_metadata is None for chunk in xingyun(stream_usage=False).stream("hi"))
    assert all(chunk.usage_metadata is None for chunk in xingyun().stream("hi", stream_usage=False))
    first, *others = sent()
    assert first["stream_options"] == {"include_usage": True}
    assert not any("stream_options" in body for body in others)


async def test_reasoning_is_kept_and_is_the_first_block(xingyun, ask):
    answer = await ask(xingyun(model="deepseek-r1"), "What is 2+3?")
    reasoning = answer.additional_kwargs["reasoning_content"]
    assert reasoning
    assert answer.content == "2 + 3 = 5."
    assert answer.content_blocks == [
        {"type": "reasoning", "reasoning": reasoning},
        {"type": "text", "text": "2 + 3 = 5."},
    ]


async def test_reasoning_and_text_in_one_chunk_and_in_turns_stay_two_blocks(service, xingyun, ask):
    service.answer(
        {"reasoning_content": "Let ", "content": "A"},
        {"reasoning_content": "me."},
        {"content": "B"},
    )
    answer = await ask(xingyun(base_url=service.url, output_version="v1"), "hi")
    assert without_index(answer.content) == [
        {"type": "reasoning", "reasoning": "Let me."},
        {"type": "text", "text": "AB"},
    ]


async def test_v1_content_is_blocks_and_the_same_streamed(xingyun, ask):
    answer = await ask(xingyun(model="deepseek-r1", output_version="v1"), "What is 2+3?")
    kinds = [block["type"] for block in answer.content]
    assert kinds == ["reasoning", "text"]
    assert answer.content == answer.content_blocks
    assert answer.text == "2 + 3 = 5."
    assert answer.response_metadata["output_version"] == "v1"


async def test_fields_without_a_name_here_are_kept(service, xingyun, ask):
    service.answer(
        {"content": "a", "confidence": 0.25, "refusal": "no, "},
        {"content": "b", "confidence": 0.5, "refusal": "never", "flagged": True},
        {"content": "c", "flagged": False},
    )
    answer = await ask(xingyun(base_url=service.url), "hi")
    assert answer.content == "abc"
    assert answer.additional_kwargs == {"confidence": 0.5, "refusal": "no, never", "flagged": False}


@pytest.mark.parametrize(("depth", "whole"), [(280, True), (150, False)])
async def test_those_that_nest_too_deeply_are_kept_as_json(service, xingyun, ask, depth, whole):
    deep: Any = "济南"
    for _ in range(depth):
        deep = [deep]
    (service.answer_whole if whole else service.answer)({"trace": deep, "content": "", "seen": [1]})
    answer = await ask(xingyun(base_url=service.url), "hi")
    assert answer.additional_kwargs["trace"] == "[" * depth + '"济南"' + "]" * depth
    assert answer.additional_kwargs["seen"] == [1]
    assert "济南" in dumps(answer, ensure_ascii=False)
    assert "济南" in answer.model_dump_json()


async def test_a_whole_answer_to_a_stream_request_will_do(service, xingyun, ask):
    service.answer_whole({"content": "hello", "reasoning_content": "why"}, model="m", id="x")
    answer = await ask(xingyun(base_url=service.url), "hi")
    assert answer.content == "hello"
    assert answer.additional_kwargs["reasoning_content"] == "why"
    assert answer.response_metadata["reported_model"] == "m"


async def test_an_answer_cut_short_is_an_error_with_what_came(service, xingyun, ask):
    service.stream(b'data: {"choices":[{"index":0,"delta":{"content":"half an"}}]}\n\n')
    with pytest.raises(StreamInterruptedError) as caught:
        await ask(xingyun(base_url=service.url), "hi")
    assert caught.value.text == "half an"


async def test_stop_sequences_end_the_answer_on_both(either, ask):
    answer = await ask(either(), "What is 2+3?", stop=["="])
    assert answer.content.rstrip() == "2 + 3"
    assert answer.response_metadata["finish_reason"] == "stop"


async def test_several_answers_are_several_generations(xingyun):
    result = xingyun(n=3).generate([[HumanMessage("hi")]])
    assert len(result.generations[0]) == 3
    assert all(isinstance(one.message, AIMessage) and one.text for one in result.generations[0])
    result = await xingyun().agenerate([[HumanMessage("hi")], [HumanMessage("hello")]], n=2)
    assert [len(one) for one in result.generations] == [2, 2]


def test_of_several_answers_invoke_gives_the_first_and_counts_all(xingyun):
    one, first = xingyun().invoke("hi"), xingyun(n=3).invoke("hi")
    assert isinstance(first.content, str)
    assert first.usage_metadata["output_tokens"] > one.usage_metadata["output_tokens"]


def test_a_stream_carries_one_answer(xingyun, sent):
    for options in ({"n": 2}, {"extra_body": {"n": 2}}):
        with pytest.raises(ConfigurationError, match="n=2"):
            list(xingyun().stream("hi", **options))
    with pytest.raises(ConfigurationError, match="n=2"):
        xingyun(n=2, streaming=True).invoke("hi")
    assert sent() == []
    assert list(xingyun(n=1).stream("hi"))

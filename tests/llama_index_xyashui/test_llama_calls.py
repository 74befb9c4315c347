"""The eight ways to ask, and what an answer has in it."""

from __future__ import annotations

import pytest
from llama_index.core.base.llms.types import TextBlock, ThinkingBlock
from llama_index.core.llms import ChatMessage, MessageRole

from tests.llama_index_xyashui.asking import ANSWER, QUESTION
from xyashui import ConfigurationError, StreamInterruptedError

WEATHER = "济南今天天气怎么样?"


def test_complete(make) -> None:
    response = make().complete(QUESTION)
    assert response.text == ANSWER
    assert str(response) == ANSWER


def test_chat(make) -> None:
    response = make().chat([ChatMessage("Be brief.", role="system"), ChatMessage(QUESTION)])
    assert response.message.role is MessageRole.ASSISTANT
    assert response.message.content == ANSWER
    assert response.message.blocks == [TextBlock(text=ANSWER)]
    assert response.delta is None


def test_stream_chat(make) -> None:
    responses = list(make().stream_chat([ChatMessage(QUESTION)]))
    assert len(responses) > 3
    assert "".join(response.delta for response in responses) == ANSWER
    assert responses[-1].delta == ""
    assert responses[-1].message.content == ANSWER


def test_stream_complete(make) -> None:
    responses = list(make().stream_complete(QUESTION))
    assert len(responses) > 3
    assert "".join(response.delta for response in responses) == ANSWER
    assert responses[-1].text == ANSWER


async def test_acomplete(make) -> None:
    assert (await make().acomplete(QUESTION)).text == ANSWER


async def test_achat(make) -> None:
    assert (await make().achat([ChatMessage(QUESTION)])).message.content == ANSWER


async def test_astream_chat(make) -> None:
    stream = await make().astream_chat([ChatMessage(QUESTION)])
    responses = [response async for response in stream]
    assert "".join(response.delta for response in responses) == ANSWER
    assert responses[-1].message.content == ANSWER


async def test_astream_complete(make) -> None:
    stream = await make().astream_complete(QUESTION)
    responses = [response async for response in stream]
    assert "".join(response.delta for response in responses) == ANSWER
    assert responses[-1].text == ANSWER


def test_every_streamed_response_has_the_text_so_far(make) -> None:
    text = ""
    for response in make().stream_chat([ChatMessage(QUESTION)]):
        text += response.delta
        assert response.message.content == text
    text = ""
    for piece in make().stream_complete(QUESTION):
        text += piece.delta
        assert piece.text == text


def test_a_prompt_may_be_given_by_name_and_be_formatted(make) -> None:
    assert make().complete(prompt=QUESTION, formatted=True).text == ANSWER
    assert [*make().stream_complete(prompt=QUESTION, formatted=True)][-1].text == ANSWER


# What comes with the text


def test_usage_whole_and_streamed(xingyun) -> None:
    llm = xingyun()
    whole = llm.chat([ChatMessage(QUESTION)])
    streamed = list(llm.stream_chat([ChatMessage(QUESTION)]))[-1]
    for response in (whole, streamed, llm.complete(QUESTION), [*llm.stream_complete(QUESTION)][-1]):
        facts = response.additional_kwargs
        assert facts["prompt_tokens"] > 0
        assert facts["completion_tokens"] > 0
        assert facts["total_tokens"] == facts["prompt_tokens"] + facts["completion_tokens"]
        assert response.raw["usage"]["prompt_tokens"] == facts["prompt_tokens"]


def test_usage_of_a_stream_can_be_turned_off(xingyun, sent) -> None:
    last = list(xingyun(stream_usage=False).stream_chat([ChatMessage(QUESTION)]))[-1]
    assert "stream_options" not in sent()
    assert "total_tokens" not in last.additional_kwargs
    assert last.raw["usage"] is None


def test_no_usage_is_made_up_where_the_service_gives_none(ashui) -> None:
    response = ashui().complete(QUESTION)
    assert "total_tokens" not in response.additional_kwargs
    assert response.raw["usage"] is None


def test_the_model_is_the_one_asked_and_not_the_one_echoed(ashui) -> None:
    facts = ashui().complete(QUESTION).additional_kwargs
    assert facts["model_name"] == "ashuiai-4.0"
    assert facts["reported_model"] == "kfzmxmc"
    assert facts["finish_reason"] == "stop"


def test_raw_is_plain(make) -> None:
    llm = make()
    whole = llm.chat([ChatMessage(QUESTION)]).raw
    assert whole["choices"][0]["message"]["content"] == ANSWER
    assert whole["choices"][0]["finish_reason"] == "stop"
    first, *_, last = llm.stream_chat([ChatMessage(QUESTION)])
    assert first.raw["choices"][0]["delta"]["content"] == first.delta
    assert last.raw["choices"][0]["message"]["content"] == ANSWER


@pytest.mark.parametrize("streamed", [False, True])
def test_citations_of_a_web_answer(make, streamed: bool) -> None:
    llm, messages = make(web_search=True), [ChatMessage(WEATHER)]
    response = list(llm.stream_chat(messages))[-1] if streamed else llm.chat(messages)
    (citation,) = response.additional_kwargs["citations"]
    assert citation["url"] == "https://www.tianqi.com/jinan/"
    assert citation["title"] == "济南天气预报"
    cited = response.message.content[citation["start"] : citation["end"]]
    assert cited == "[济南天气预报](https://www.tianqi.com/jinan/)"
    # A chat engine keeps the message, and forgets the response.
    assert response.message.additional_kwargs["citations"] == [citation]


def test_citations_of_a_completion(make) -> None:
    llm = make()
    whole = llm.complete(WEATHER, web_search=True)
    last = list(llm.stream_complete(WEATHER, web_search=True))[-1]
    assert whole.additional_kwargs["citations"] == last.additional_kwargs["citations"]
    assert len(whole.additional_kwargs["citations"]) == 1


def test_reasoning_comes_first(xingyun) -> None:
    llm = xingyun(model="deepseek-r1")
    thinking, text = llm.chat([ChatMessage(QUESTION)]).message.blocks
    assert isinstance(thinking, ThinkingBlock)
    assert thinking.content
    assert text == TextBlock(text=ANSWER)


def test_streamed_reasoning(xingyun) -> None:
    llm = xingyun(model="deepseek-r1")
    whole = llm.chat([ChatMessage(QUESTION)]).message
    so_far = ""
    for response in llm.stream_chat([ChatMessage(QUESTION)]):
        so_far += response.additional_kwargs.get("thinking_delta", "")
        if so_far:
            assert response.message.blocks[0].content == so_far
    assert so_far == whole.blocks[0].content
    assert response.message.blocks == whole.blocks
    assert response.message.content == ANSWER


def test_reasoning_is_not_part_of_a_completion(xingyun) -> None:
    assert xingyun(model="deepseek-r1").complete(QUESTION).text == ANSWER


def test_of_several_answers_the_first_is_the_message(xingyun) -> None:
    response = xingyun().chat([ChatMessage(QUESTION)], n=2)
    assert response.message.content == ANSWER
    assert len(response.raw["choices"]) == 2


def test_a_stream_carries_one_answer(xingyun) -> None:
    with pytest.raises(ConfigurationError, match="n=2: a stream carries one answer"):
        xingyun(n=2).stream_chat([ChatMessage(QUESTION)])


def test_an_answer_cut_short_is_an_error_with_what_there_was(xingyun, service) -> None:
    service.answer({"content": "Once upon"}, {"content": " a"}, finish=None)
    llm = xingyun(base_url=service.url, max_retries=0)
    with pytest.raises(StreamInterruptedError) as caught:
        list(llm.stream_chat([ChatMessage("?")]))
    assert caught.value.text == "Once upon a"
    with pytest.raises(StreamInterruptedError):
        llm.complete("?")


def test_an_empty_answer_is_an_empty_text(xingyun, service) -> None:
    service.answer({"content": ""})
    response = xingyun(base_url=service.url).chat([ChatMessage("?")])
    assert response.message.content == ""
    assert response.message.blocks == [TextBlock(text="")]

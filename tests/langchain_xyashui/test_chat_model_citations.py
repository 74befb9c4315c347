"""The sources of web answers, in `additional_kwargs` and as annotations."""

from __future__ import annotations

import pytest

QUESTION = "济南天气怎么样?"


def check(citation: dict, start: int, end: int, text: str) -> None:
    """The offsets are those of the link in the text."""
    link = text[start:end]
    assert link.startswith("[")
    assert citation["title"] in link
    assert link.endswith(f"({citation['url']})")


@pytest.mark.parametrize("version", ["v0", "v1"])
async def test_offsets_are_those_of_the_text(either, ask, version):
    answer = await ask(either(output_version=version), QUESTION, web_search=True)
    text = answer.text
    citations = answer.additional_kwargs["citations"]
    assert citations
    for citation in citations:
        check(citation, citation["start"], citation["end"], text)
    (block,) = answer.content_blocks
    assert block["text"] == text
    assert len(block["annotations"]) == len(citations)
    for annotation in block["annotations"]:
        assert annotation["type"] == "citation"
        check(annotation, annotation["start_index"], annotation["end_index"], text)


async def test_the_sources_are_the_same_however_asked(either, ask):
    whole = either().invoke(QUESTION, web_search=True)
    answer = await ask(either(), QUESTION, web_search=True)
    assert answer.content == whole.content
    assert answer.additional_kwargs["citations"] == whole.additional_kwargs["citations"]
    assert answer.content_blocks == whole.content_blocks


async def test_several_sources_beside_reasoning(service, xingyun, ask):
    service.answer(
        {"reasoning_content": "I look."},
        {"content": "见[甲](https://a.c"},
        {"content": "n/)和[乙](https://b.cn/)。"},
    )
    answer = await ask(
        xingyun(base_url=service.url, output_version="v1", web_search=True), QUESTION
    )
    reasoning, text = answer.content
    assert reasoning["reasoning"] == "I look."
    assert [one["url"] for one in text["annotations"]] == ["https://a.cn/", "https://b.cn/"]
    for annotation in text["annotations"]:
        check(annotation, annotation["start_index"], annotation["end_index"], answer.text)


async def test_links_in_other_answers_are_no_sources(service, xingyun, ask):
    service.answer({"content": "[a](https://a.cn/)"})
    answer = await ask(xingyun(base_url=service.url), "hi")
    assert "citations" not in answer.additional_kwargs
    assert answer.content_blocks == [{"type": "text", "text": "[a](https://a.cn/)"}]


async def test_the_model_that_searches_cites_without_being_told(xingyun, ask):
    answer = await ask(xingyun(model="gpt-4-web"), QUESTION)
    assert answer.additional_kwargs["citations"]


async def test_ashui_sends_the_flag_and_xingyun_asks_another_model(xingyun, ashui, ask, sent):
    await ask(ashui(), QUESTION, web_search=True)
    answer = await ask(xingyun(), QUESTION, web_search=True)
    first, second = sent()
    assert (first["model"], first["web_search"]) == ("ashuiai-4.0", True)
    assert second["model"] == "gpt-4-web"
    assert "web_search" not in second
    assert answer.response_metadata["model_name"] == "gpt-4-web"

"""`show` renders every kind of stream, and returns the finished message."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough
from langchain_core.tools import tool
from llama_index.core import Document as LlamaDocument
from llama_index.core import SummaryIndex
from llama_index.core.agent.workflow import AgentOutput, FunctionAgent
from llama_index.core.base.response.schema import Response
from llama_index.core.chat_engine.types import AgentChatResponse
from llama_index.core.llms import ChatMessage, ChatResponse, CompletionResponse
from llama_index.core.schema import NodeWithScore, TextNode

from langchain_xyashui import ChatAShui, ChatXingYun, XingYunWebSearch
from llama_index_xyashui import XingYun
from tests.notebook.pages import Document as Html
from tests.notebook.pages import Page, check_harmless, shown, watched_emulator
from xyashui import Answer, AsyncClient, Chunk, Client
from xyashui.emulator import Emulator, Faults, serve
from xyashui.errors import ConfigurationError, StreamInterruptedError
from xyashui.json_beginnings import UNCLOSABLE
from xyashui.notebook import show

WEATHER = "今天济南天气怎么样?"
COUNT = "数到40"
COUNTED = "，".join(map(str, range(1, 41)))


@pytest.fixture(autouse=True)
def _on_the_emulator(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XINGYUN", "ASHUI"):
        monkeypatch.setenv(f"{name}_API_KEY", "test-key")
        monkeypatch.setenv(f"{name}_BASE_URL", f"{emulator.url}/{name.lower()}")


@tool
def weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


ASKED = {"messages": [("user", "What is the weather in Jinan?")]}


# This package's own streams


def test_an_answer_is_one_output_that_is_updated_in_place(page: Page) -> None:
    answer = show(Client("xingyun").stream(COUNT))
    assert isinstance(answer, Answer)
    assert answer.text == COUNTED
    assert COUNTED in page.text
    assert "gpt-4-turbo" in page.text
    assert len(page.cards) == 1
    assert [one["update"] for one in page.sent] == [False] + [True] * (len(page.sent) - 1)
    for html in page.htmls:
        check_harmless(html)
    assert COUNTED in page.sent[-1]["data"]["text/plain"]


async def test_an_async_answer_is_awaited(page: Page) -> None:
    async with AsyncClient("ashui") as client:
        answer = await show(client.stream(WEATHER, web_search=True))
    assert isinstance(answer, Answer)
    assert answer.citations
    assert "Sources 来源" in page.text
    assert "www.tianqi.com" in page.text


def test_there_are_at_most_twenty_updates_a_second(page: Page) -> None:
    with watched_emulator(page, 10) as emulator:
        client = Client("xingyun", base_url=emulator.xingyun_url)
        began = time.monotonic()
        show(client.stream("数到150"))
        took = time.monotonic() - began
    assert 10 <= len(page.sent) <= took * 20 + 3  # the first, the last, and one for the fraction


def test_several_choices_are_told_apart(page: Page) -> None:
    chunks = [Chunk("one"), Chunk("two", index=1), Chunk(" more"), Chunk(finish_reason="stop")]
    answer = show(chunks)
    assert [choice.text for choice in answer.choices] == ["one more", "two"]
    assert "one more" in page.text
    assert "Choice 2" in page.text


def test_text_is_shown_as_it_comes(page: Page) -> None:
    assert show(iter(["**bo", "ld**"])) == "**bold**"
    assert "<strong>bold</strong>" in page.html


def test_a_stream_of_nothing_is_shown_as_nothing(page: Page) -> None:
    assert show(iter(())) is None
    assert "xya-whole" in page.html


# LangChain's


def test_a_langchain_model_gives_its_message(page: Page) -> None:
    message = show(ChatXingYun(model="deepseek-r1").stream(COUNT))
    assert type(message) is AIMessage
    assert message.content == COUNTED
    assert message.usage_metadata is not None
    assert Html(page.html).with_class("xya-thoughts")
    assert "deepseek-r1" in page.text
    assert f"{message.usage_metadata['output_tokens']} tokens" in page.text


async def test_a_langchain_model_streams_asynchronously(page: Page) -> None:
    message = await show(ChatAShui(web_search=True).astream(WEATHER))
    assert message.additional_kwargs["citations"]
    assert "Sources 来源" in page.text


def test_a_chain_that_gives_text_returns_text(page: Page) -> None:
    chain = ChatPromptTemplate.from_template("{question}") | ChatXingYun() | StrOutputParser()
    assert show(chain.stream({"question": COUNT})) == COUNTED
    assert COUNTED in page.text


def test_a_chain_that_gives_documents_and_an_answer_shows_both(page: Page) -> None:
    documents = [Document("济南晴", metadata={"source": "weather.txt"})]
    chain = RunnablePassthrough.assign(context=lambda _: documents).assign(
        answer=lambda given: given["context"][0].page_content
    )
    result = show(chain.stream({"input": WEATHER}))
    assert result["answer"] == "济南晴"
    assert "济南晴" in page.text
    assert "weather.txt" in page.text


@pytest.mark.parametrize("mode", ["messages", "updates", "values", ["messages", "updates"]])
def test_a_graph_is_shown_in_every_mode(mode: Any, page: Page) -> None:
    message = show(create_agent(ChatXingYun(), [weather]).stream(ASKED, stream_mode=mode))
    assert type(message) is AIMessage
    assert message.content == "sunny in Jinan."
    assert page.text.count("sunny in Jinan.") == 1
    assert len(Html(page.html).with_class("xya-tool")) == 1
    assert 'weather {"city"' in page.text
    assert "→ sunny in Jinan" in page.text


async def test_a_graph_is_shown_asynchronously_and_by_its_events(page: Page) -> None:
    agent = create_agent(ChatXingYun(), [weather])
    for stream in (
        agent.astream(ASKED, stream_mode="messages", version="v2"),
        agent.astream(ASKED, stream_mode="messages", subgraphs=True),
        agent.astream_events(ASKED, version="v2"),
    ):
        message = await show(stream)
        assert message.content == "sunny in Jinan."
        assert "→ sunny in Jinan" in page.text


def test_what_a_tool_cites_is_among_the_sources(page: Page) -> None:
    agent = create_agent(ChatXingYun(), [XingYunWebSearch()])
    question = {"messages": [("user", "What is new in Python 3.13?")]}
    show(agent.stream(question, stream_mode="messages"))
    assert "docs.python.org" in page.text.partition("Sources 来源")[2]


def test_a_tool_that_fails_is_shown_to_have_failed(page: Page) -> None:
    message = AIMessage("", tool_calls=[{"name": "no_tool", "args": {"a": 1}, "id": "1"}])
    show([message, ToolMessage("no such tool", tool_call_id="1", status="error")])
    assert Html(page.html).with_class("xya-bad")


@pytest.mark.parametrize("kind", [AIMessageChunk, AIMessage])
def test_a_call_that_breaks_off_is_shown_as_it_was_written(page: Page, kind: Any) -> None:
    call = {"name": "f", "args": '{"a": 10' + UNCLOSABLE, "id": "1", "error": None}
    show([kind("", invalid_tool_calls=[call])])
    assert '{"a": 10' in page.text
    assert "[}" not in page.text


def test_blocks_of_content_are_shown(page: Page) -> None:
    blocks = [
        {"type": "reasoning", "reasoning": "why"},
        {"type": "text", "text": "what"},
        {"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"},
        {"type": "image", "base64": "PHN2Zz4=", "mime_type": "image/svg+xml"},
        {"type": "image", "url": "https://evil.example/pixel.png"},
    ]
    show(AIMessage(blocks))
    document = check_harmless(page.html)
    assert [one["src"] for one in document.all("img")] == ["data:image/png;base64,iVBORw0KGgo="]
    assert [one["href"] for one in document.all("a")] == ["https://evil.example/pixel.png"]


# LlamaIndex's


def test_a_llama_index_model_gives_its_response(page: Page) -> None:
    response = show(XingYun(model="deepseek-r1").stream_chat([ChatMessage(COUNT)]))
    assert isinstance(response, ChatResponse)
    assert response.message.content == COUNTED
    assert page.text.count(COUNTED) == 1
    assert Html(page.html).with_class("xya-thoughts")
    assert "deepseek-r1" in page.text


def test_a_completion_gives_its_response(page: Page) -> None:
    response = show(XingYun(web_search=True).stream_complete(WEATHER))
    assert isinstance(response, CompletionResponse)
    assert response.text in page.sent[-1]["data"]["text/plain"]
    assert "www.tianqi.com" in page.text


async def test_a_call_that_must_be_awaited_for_its_stream_is(page: Page) -> None:
    response = await show(XingYun().astream_chat([ChatMessage(COUNT)]))
    assert response.message.content == COUNTED
    response = await show(await XingYun().astream_complete(COUNT))
    assert response.text == COUNTED


@pytest.fixture
def index() -> SummaryIndex:
    document = LlamaDocument(text="Jinan is sunny.", metadata={"file_name": "weather.txt"})
    return SummaryIndex.from_documents([document])


async def test_a_query_engine_shows_its_sources(index: SummaryIndex, page: Page) -> None:
    engine = index.as_query_engine(llm=XingYun(), streaming=True)
    asked = engine.query("How is Jinan?")
    for response in (show(asked), await show(engine.aquery("How is Jinan?"))):
        assert isinstance(response, Response)
        assert response.response == "Jinan is sunny."
        assert response.source_nodes[0].metadata["file_name"] == "weather.txt"
        assert "weather.txt" in page.text.partition("Sources 来源")[2]
    assert str(asked) == "Jinan is sunny."


async def test_a_chat_engine_shows_its_sources(index: SummaryIndex, page: Page) -> None:
    engine = index.as_chat_engine(llm=XingYun(), chat_mode="context")
    for response in (
        show(engine.stream_chat("How is Jinan?")),
        await show(engine.astream_chat("How is Jinan?")),
    ):
        assert isinstance(response, AgentChatResponse)
        assert response.response == "Jinan is sunny."
        assert "weather.txt" in page.text.partition("Sources 来源")[2]
        assert "→ 1 node" in page.text


def city_weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


async def test_an_agent_is_shown_by_its_handler_and_by_its_events(page: Page) -> None:
    agent = FunctionAgent(tools=[city_weather], llm=XingYun())
    for run in (
        lambda: agent.run("What is the weather in Jinan?"),
        lambda: agent.run("What is the weather in Jinan?").stream_events(),
    ):
        output = await show(run())
        assert isinstance(output, AgentOutput)
        assert str(output) == "sunny in Jinan."
        assert page.text.count("sunny in Jinan.") == 1
        assert 'city_weather {"city":"Jinan"} → sunny in Jinan' in page.text
        assert "gpt-4-turbo" in page.text


async def test_what_goes_wrong_in_a_workflow_is_raised_and_shown(page: Page) -> None:
    agent = FunctionAgent(tools=[city_weather], llm=XingYun(api_key="invalid"))
    with pytest.raises(Exception, match="无效的令牌"):
        await show(agent.run("hello"))
    assert "无效的令牌" in page.text
    assert "xya-cut" in page.html


# What is whole already


@pytest.mark.parametrize(
    "whole",
    [
        lambda: "**hello**",
        lambda: Client("xingyun").chat("What is 2+2?"),
        lambda: ChatXingYun().invoke("What is 2+2?"),
        lambda: create_agent(ChatXingYun(), [weather]).invoke(ASKED),
        lambda: XingYun().chat([ChatMessage("What is 2+2?")]),
        lambda: XingYun().complete("What is 2+2?"),
        lambda: XingYun().chat([ChatMessage("What is 2+2?")]).message,
        lambda: Response("4", source_nodes=[NodeWithScore(node=TextNode(text="2+2=4"))]),
    ],
)
def test_what_is_whole_is_shown_and_returned_as_it_is(whole: Any, page: Page) -> None:
    given = whole()
    assert show(given) is given
    assert len(page.sent) == 1
    assert "xya-whole" in page.html
    assert "first token" not in page.text
    assert any(word in page.text for word in ("hello", "4", "sunny in Jinan."))


def test_documents_are_shown_as_sources(page: Page) -> None:
    documents = [Document("text", metadata={"source": "https://a.example/", "title": "A"})]
    assert show(documents) == documents
    assert "a.example" in page.text


@pytest.mark.parametrize("given", [5, None, object(), [5], b"bytes"])
def test_what_cannot_be_read_is_refused_in_words(given: Any, page: Page) -> None:
    with pytest.raises(ConfigurationError, match=r"show\(\) cannot read a \w+"):
        show(given)


# What breaks off


def interrupted(error: BaseException) -> Iterator[AIMessageChunk]:
    yield AIMessageChunk("half of ")
    yield AIMessageChunk("an answer")
    raise error


async def ainterrupted(error: BaseException) -> AsyncIterator[AIMessageChunk]:
    for chunk in interrupted(error):
        yield chunk


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("<b>why</b>")])
async def test_what_has_come_stays_is_marked_and_the_error_goes_on(
    error: BaseException, page: Page
) -> None:
    with pytest.raises(type(error)):
        show(interrupted(error))
    with pytest.raises(type(error)):
        await show(ainterrupted(error))
    assert len(page.cards) == 2
    for html in page.cards.values():
        check_harmless(html)
        assert "half of an answer" in shown(html)
        assert "Cut short 回答不完整" in shown(html)
        assert ("<b>why</b>" in shown(html)) == isinstance(error, ValueError)


async def test_a_task_that_is_cancelled_leaves_what_has_come(page: Page) -> None:
    waiting = asyncio.Event()

    async def slow() -> AsyncIterator[str]:
        yield "half of an answer"
        waiting.set()
        await asyncio.sleep(60)

    task = asyncio.ensure_future(show(slow()))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "half of an answer" in page.text
    assert "Cut short 回答不完整" in page.text


def test_a_broken_stream_says_what_broke(page: Page) -> None:
    with serve(faults=Faults(cut=1)) as emulator:
        stream = Client("xingyun", base_url=emulator.xingyun_url).stream(COUNT)
        with pytest.raises(StreamInterruptedError) as caught:
            show(stream)
    assert caught.value.text
    assert caught.value.text in page.text
    assert "StreamInterruptedError" in page.text


def test_a_stream_that_is_given_up_is_closed(page: Page) -> None:
    closed = []

    def stream() -> Iterator[Any]:
        try:
            yield "text"
            yield 5  # nothing that can be read
        finally:
            closed.append(True)

    with pytest.raises(ConfigurationError):
        show(stream())
    assert closed


def test_hostile_markdown_is_harmless_at_every_update(page: Page) -> None:
    pieces = ["<img src=x ", "onerror=alert(1)>", "[a](javas", "cript:alert(1))", "```<b", ">\n<i>"]
    show(iter(pieces))
    for html in page.htmls:
        check_harmless(html)
    assert shown(page.html).startswith("<img src=x onerror=alert(1)>[a](javascript:alert(1))")

"""The handlers show what happens inside chains, agents, query engines and workflows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models import FakeListLLM
from langchain_core.runnables import RunnableLambda, RunnableParallel
from langchain_core.tools import tool
from llama_index.core import Document, SummaryIndex
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage
from llama_index_instrumentation import get_dispatcher

from langchain_xyashui import ChatXingYun, XingYunWebRetriever
from llama_index_xyashui import XingYun
from tests.notebook.pages import Document as Html
from tests.notebook.pages import Page, check_harmless, watched_emulator
from xyashui import AuthenticationError
from xyashui.emulator import Emulator, Faults, serve
from xyashui.notebook import NotebookCallbackHandler, NotebookEventHandler, watching

ASKED = {"messages": [("user", "What is the weather in Jinan?")]}


@pytest.fixture(autouse=True)
def _on_the_emulator(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINGYUN_API_KEY", "test-key")
    monkeypatch.setenv("XINGYUN_BASE_URL", emulator.xingyun_url)


# LangChain


@tool
def weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


@tool
def broken(city: str) -> str:
    """The weather of a city."""
    raise OSError(f"<b>no weather in {city}</b>")


@pytest.fixture
def config() -> dict[str, Any]:
    return {"callbacks": [NotebookCallbackHandler()]}


async def test_an_agent_is_one_card(config: dict[str, Any], page: Page) -> None:
    agent = create_agent(ChatXingYun(streaming=True, model="deepseek-r1"), [weather])
    agent.invoke(ASKED, config)
    await agent.ainvoke(ASKED, config)
    assert len(page.cards) == 2
    for html in page.cards.values():
        document = check_harmless(html)
        words = " ".join(document.words)
        assert "xya-whole" in html
        assert words.count("deepseek-r1") == 3  # the heading of each call, and the footer
        assert len(document.with_class("xya-thoughts")) == 2
        assert len(document.with_class("xya-tool")) == 1
        assert "→ sunny in Jinan" in words
        assert words.count("sunny in Jinan.") == 1


def test_a_model_is_shown_as_it_streams(config: dict[str, Any], page: Page) -> None:
    with watched_emulator(page, 4) as emulator:
        model = ChatXingYun(base_url=emulator.xingyun_url, streaming=True)
        answer = model.invoke("数到40", config)
    assert len(page.cards) == 1
    assert len(page.sent) > 3
    assert answer.content in page.text
    assert "tokens/s" in page.text


def test_an_answer_that_is_not_streamed_is_shown_in_one_piece(
    config: dict[str, Any], page: Page
) -> None:
    answer = ChatXingYun().invoke("数到10", config)
    assert page.text.count(str(answer.content)) == 1
    assert "tokens/s" not in page.text


def test_a_plain_language_model_is_shown(config: dict[str, Any], page: Page) -> None:
    model = FakeListLLM(responses=["**hello**"])
    model.invoke("hi", config)
    list(model.stream("hi", config))
    assert [html.count("<strong>hello</strong>") for html in page.cards.values()] == [1, 1]


def test_what_a_retriever_finds_are_sources(config: dict[str, Any], page: Page) -> None:
    XingYunWebRetriever().invoke("济南天气", config)
    assert "→ 1 document" in page.text
    assert "www.tianqi.com" in page.text.partition("Sources 来源")[2]


def test_a_tool_by_itself_is_a_row(config: dict[str, Any], page: Page) -> None:
    weather.invoke({"city": "Jinan"}, config)
    assert 'weather {"city":"Jinan"} → sunny in Jinan' in page.text
    with pytest.raises(OSError, match="no weather"):
        broken.invoke({"city": "Jinan"}, config)
    check_harmless(page.html)
    assert "<b>no weather in Jinan</b>" in page.text
    assert "xya-cut" in page.html


def test_what_runs_at_the_same_time_is_told_apart(config: dict[str, Any], page: Page) -> None:
    model = ChatXingYun(streaming=True)
    both = RunnableParallel(
        a=RunnableLambda(lambda _: "数到30") | model, b=RunnableLambda(lambda _: "数到31") | model
    )
    both.invoke(None, config)
    assert len(page.cards) == 1
    for last in (30, 31):
        assert "，".join(map(str, range(1, last + 1))) in page.text


def test_a_chain_that_shows_nothing_has_no_card(config: dict[str, Any], page: Page) -> None:
    RunnableLambda(lambda given: given + 1).invoke(1, config)
    assert not page.sent


def test_a_model_that_fails_is_marked_and_the_error_goes_on(
    config: dict[str, Any], page: Page
) -> None:
    with pytest.raises(Exception, match="无效的令牌"):
        ChatXingYun(api_key="invalid").invoke("hello", config)
    assert "No answer 没有回答" in page.text
    assert "无效的令牌" in page.text


def test_a_chain_may_go_on_after_a_model_failed(config: dict[str, Any], page: Page) -> None:
    failing, other = ChatXingYun(api_key="invalid"), ChatXingYun()

    def either(question: str) -> Any:
        try:
            return failing.invoke(question)
        except Exception:
            return other.invoke(question)

    RunnableLambda(either).invoke("What is 2+2?", config)
    assert len(page.cards) == 1
    assert "xya-whole" in page.html
    assert "无效的令牌" in page.text
    assert "2 + 2 = 4." in page.text


def test_a_stream_that_breaks_off_leaves_what_has_come(config: dict[str, Any], page: Page) -> None:
    with serve(faults=Faults(cut=1)) as emulator:
        model = ChatXingYun(base_url=emulator.xingyun_url)
        with pytest.raises(Exception, match=r"\w") as caught:
            list(model.stream("数到100", config))
    assert caught.value.text  # type: ignore[attr-defined]
    assert caught.value.text in page.text  # type: ignore[attr-defined]
    assert "Cut short 回答不完整" in page.text


def test_a_handler_forgets_what_has_ended(page: Page) -> None:
    handler = NotebookCallbackHandler()
    create_agent(ChatXingYun(), [weather]).invoke(ASKED, {"callbacks": [handler]})
    assert not handler._cards
    assert not handler._uses
    assert not handler._streamed


# LlamaIndex


@pytest.fixture
def index() -> SummaryIndex:
    document = Document(text="Jinan is sunny.", metadata={"file_name": "weather.txt"})
    return SummaryIndex.from_documents([document])


@pytest.fixture
def handler() -> Iterator[NotebookEventHandler]:
    root = get_dispatcher()
    before = root.event_handlers
    root.event_handlers = [*before, made := NotebookEventHandler()]
    yield made
    root.event_handlers = before


async def test_a_query_is_one_card(
    index: SummaryIndex, handler: NotebookEventHandler, page: Page
) -> None:
    engine = index.as_query_engine(llm=XingYun())
    engine.query("How is Jinan?")
    await engine.aquery("How is Jinan?")
    assert len(page.cards) == 2
    for html in page.cards.values():
        words = " ".join(check_harmless(html).words)
        assert "xya-whole" in html
        assert "→ 1 node" in words
        assert "Jinan is sunny." in words
        assert "weather.txt" in words.partition("Sources 来源")[2]


def test_what_is_watched_is_on_one_card(index: SummaryIndex, page: Page) -> None:
    with watching("Two questions"):
        index.as_query_engine(llm=XingYun(), streaming=True).query("How is Jinan?").get_response()
        XingYun(model="deepseek-r1").complete("What is 2+2?")
    assert len(page.cards) == 1
    assert "Two questions" in page.text
    assert page.text.partition("Sources 来源")[0].count("Jinan is sunny.") == 1
    assert "2 + 2 = 4." in page.text
    assert "xya-whole" in page.html


def test_watching_ends_with_its_block(index: SummaryIndex, page: Page) -> None:
    before = list(get_dispatcher().event_handlers)
    with watching():
        assert len(get_dispatcher().event_handlers) == len(before) + 1
    XingYun().complete("hello")
    assert get_dispatcher().event_handlers == before
    assert not page.sent


def city_weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


async def test_an_agents_tools_are_rows_with_what_they_gave_back(page: Page) -> None:
    agent = FunctionAgent(tools=[city_weather], llm=XingYun())
    with watching():
        await agent.run("What is the weather in Jinan?")
    assert len(Html(page.html).with_class("xya-tool")) == 1
    assert 'city_weather {"city":"Jinan"} → sunny in Jinan' in page.text
    assert page.text.count("sunny in Jinan.") == 1


def test_a_llama_index_model_is_shown_as_it_streams(page: Page) -> None:
    with watched_emulator(page, 4) as emulator, watching():
        llm = XingYun(base_url=emulator.xingyun_url)
        for _ in llm.stream_chat([ChatMessage("数到40")]):
            pass
    assert len(page.sent) > 3
    assert "，".join(map(str, range(1, 41))) in page.text
    assert "tokens/s" in page.text


@pytest.mark.parametrize("way", ["complete", "stream_complete"])
def test_a_llama_index_model_that_fails_is_marked(
    way: str, handler: NotebookEventHandler, page: Page
) -> None:
    with pytest.raises(AuthenticationError):
        list(getattr(XingYun(api_key="invalid"), way)("hello"))
    assert "No answer 没有回答" in page.text
    assert "无效的令牌" in page.text
    XingYun().complete("What is 2+2?")
    assert len(page.cards) == 2
    assert "xya-whole" in page.html


def test_an_error_that_ends_what_is_watched_is_shown_once(page: Page) -> None:
    with pytest.raises(AuthenticationError), watching():
        XingYun(api_key="invalid").complete("hello")
    above, mark, below = page.text.partition("Cut short 回答不完整")
    assert mark
    assert "the key is missing, wrong or expired" in above
    assert "the key is missing, wrong or expired" not in below

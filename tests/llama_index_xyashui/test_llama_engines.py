"""As the LLM of LlamaIndex's engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from llama_index.core import Document, Settings, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.query_engine import SubQuestionQueryEngine
from llama_index.core.question_gen import LLMQuestionGenerator
from llama_index.core.response_synthesizers import TreeSummarize
from llama_index.core.tools import QueryEngineTool

from xyashui import QuotaExceededError

WORDS = ("jinan", "spring", "qingdao", "beer", "harbin", "ice")
DOCUMENTS = [
    "Jinan is known for its springs. Baotu Spring is the most famous of them.",
    "Qingdao lies by the sea. Qingdao is known for its beer.",
    "Harbin is cold. Harbin is known for its ice festival.",
]


class WordEmbedding(BaseEmbedding):
    """Counts a few words: deterministic, and near enough for three documents."""

    def _get_text_embedding(self, text: str) -> list[float]:
        return [float(text.lower().count(word)) + 0.01 for word in WORDS]

    _get_query_embedding = _get_text_embedding

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


@pytest.fixture(autouse=True)
def _settings(make) -> Iterator[None]:
    Settings.llm, Settings.embed_model = make(), WordEmbedding()
    yield
    Settings._llm = Settings._embed_model = None


@pytest.fixture
def index() -> VectorStoreIndex:
    return VectorStoreIndex.from_documents([Document(text=text) for text in DOCUMENTS])


def test_a_query_engine(index: VectorStoreIndex) -> None:
    response = index.as_query_engine(similarity_top_k=2).query("What is Qingdao known for?")
    assert "beer" in str(response)
    assert "Qingdao" in response.source_nodes[0].text


async def test_a_query_engine_async(index: VectorStoreIndex) -> None:
    response = await index.as_query_engine().aquery("What is Jinan known for?")
    assert "springs" in str(response)


def test_a_streaming_query_engine(index: VectorStoreIndex) -> None:
    response = index.as_query_engine(streaming=True).query("What is Jinan known for?")
    pieces = [piece for piece in response.response_gen if piece]
    assert len(pieces) > 3
    assert "springs" in "".join(pieces)


async def test_a_streaming_query_engine_async(index: VectorStoreIndex) -> None:
    engine = index.as_query_engine(streaming=True, use_async=True)
    response = await engine.aquery("What is Jinan known for?")
    assert "springs" in "".join([piece async for piece in response.async_response_gen()])


@pytest.mark.parametrize("mode", ["refine", "compact", "tree_summarize", "simple_summarize"])
def test_every_way_to_put_an_answer_together(index: VectorStoreIndex, mode: str) -> None:
    engine = index.as_query_engine(response_mode=mode, similarity_top_k=3)
    assert "ice" in str(engine.query("What is Harbin known for?"))


def test_tree_summarize() -> None:
    summary = TreeSummarize().get_response("What is Qingdao known for?", DOCUMENTS)
    assert "beer" in summary


async def test_tree_summarize_async() -> None:
    summary = await TreeSummarize(use_async=True).aget_response(
        "What is Qingdao known for?", DOCUMENTS
    )
    assert "beer" in summary


def test_a_sub_question_query_engine(index: VectorStoreIndex) -> None:
    tool = QueryEngineTool.from_defaults(
        index.as_query_engine(), name="cities", description="what Chinese cities are known for"
    )
    # Without a generator LlamaIndex asks for a package of OpenAI's.
    engine = SubQuestionQueryEngine.from_defaults(
        [tool], question_gen=LLMQuestionGenerator.from_defaults(), use_async=False, verbose=False
    )
    response = engine.query("What is Jinan known for?")
    assert "springs" in str(response)
    assert any("Sub question" in node.text for node in response.source_nodes)


@pytest.mark.parametrize("mode", ["context", "condense_question", "best"])
def test_chat_engines(index: VectorStoreIndex, mode: str) -> None:
    engine = index.as_chat_engine(
        chat_mode=mode, memory=ChatMemoryBuffer.from_defaults(token_limit=3000)
    )
    assert "springs" in str(engine.chat("What is Jinan known for?"))
    pieces = list(engine.stream_chat("What is Qingdao known for?").response_gen)
    assert len(pieces) > 3
    assert "beer" in "".join(pieces)
    assert len(engine.chat_history) == 4


async def test_a_chat_engine_async(index: VectorStoreIndex) -> None:
    engine = index.as_chat_engine(
        chat_mode="context", memory=ChatMemoryBuffer.from_defaults(token_limit=3000)
    )
    assert "springs" in str(await engine.achat("What is Jinan known for?"))
    stream = await engine.astream_chat("What is Qingdao known for?")
    assert "beer" in "".join([piece async for piece in stream.async_response_gen()])


def test_a_chat_engine_keeps_the_citations(make) -> None:
    engine = SimpleChatEngine.from_defaults(
        llm=make(web_search=True), memory=ChatMemoryBuffer.from_defaults(token_limit=3000)
    )
    question = "济南今天天气怎么样?"
    engine.chat(question)
    "".join(engine.stream_chat(question).response_gen)
    for message in (engine.chat_history[1], engine.chat_history[3]):
        (citation,) = message.additional_kwargs["citations"]
        assert citation["title"] == "济南天气预报"


def test_errors_come_through(make, index: VectorStoreIndex) -> None:
    engine: Any = index.as_query_engine(llm=make(api_key="no-quota"))
    with pytest.raises(QuotaExceededError):
        engine.query("What is Jinan known for?")


def test_a_reasoning_model_answers_like_any_other(xingyun, index: VectorStoreIndex) -> None:
    engine = index.as_query_engine(llm=xingyun(model="deepseek-r1"), streaming=True)
    answer = "".join(engine.query("What is Jinan known for?").response_gen)
    assert answer == "Jinan is known for its springs."

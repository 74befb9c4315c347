"""Questions answered out of documents, all of it 星芸: embeddings find, the LLM answers."""

from __future__ import annotations

from typing import Any

import pytest
from llama_index.core import Document, Settings, VectorStoreIndex
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.node_parser import SentenceSplitter

from llama_index_xyashui import XingYun, XingYunEmbedding
from xyashui import ConfigurationError, QuotaExceededError
from xyashui.emulator import Emulator

PARAGRAPHS = [
    "Jinan is known for its springs. Baotu Spring is the most famous of them.",
    "Qingdao lies by the sea. Qingdao is known for its beer.",
    "Harbin is cold. Harbin is known for its ice festival.",
    "员工每年享有二十八天带薪年假。",
    "差旅费在提交发票后十四天内报销。",
]
QUESTIONS = [
    ("What is Qingdao known for?", PARAGRAPHS[1], "beer"),
    ("What is Harbin known for?", PARAGRAPHS[2], "ice festival"),
    ("员工每年享有多少天带薪年假?", PARAGRAPHS[3], "二十八天"),
    ("差旅费多少天内报销?", PARAGRAPHS[4], "十四天"),
]
DOCUMENTS = [Document(text=text) for text in PARAGRAPHS]


@pytest.fixture
def service(emulator: Emulator) -> dict[str, Any]:
    return {"api_key": "test-key", "base_url": emulator.xingyun_url}


@pytest.fixture
def model(service: dict[str, Any]) -> XingYunEmbedding:
    return XingYunEmbedding(**service, embed_batch_size=2)


@pytest.mark.parametrize(("question", "paragraph", "answer"), QUESTIONS)
class TestAQuestion:
    def test_is_answered_from_the_right_paragraph(
        self, service, model, question, paragraph, answer
    ) -> None:
        index = VectorStoreIndex.from_documents(DOCUMENTS, embed_model=model)
        engine = index.as_query_engine(llm=XingYun(**service), similarity_top_k=1)
        response = engine.query(question)
        assert [node.text for node in response.source_nodes] == [paragraph]
        assert answer in str(response)

    async def test_is_answered_from_it_async(
        self, service, model, question, paragraph, answer
    ) -> None:
        index = VectorStoreIndex([], embed_model=model, use_async=True)
        await index.ainsert_nodes(SentenceSplitter()(DOCUMENTS))
        engine = index.as_query_engine(
            llm=XingYun(**service), similarity_top_k=1, use_async=True, streaming=True
        )
        response = await engine.aquery(question)
        assert [node.text for node in response.source_nodes] == [paragraph]
        pieces = [piece async for piece in response.async_response_gen()]
        assert answer in "".join(pieces)


def test_a_pipeline_embeds_its_nodes(model) -> None:
    nodes = IngestionPipeline(transformations=[SentenceSplitter(), model]).run(documents=DOCUMENTS)
    assert [len(node.embedding or []) for node in nodes] == [1536] * len(DOCUMENTS)


def test_it_is_the_embedding_model_of_the_settings(service, model) -> None:
    Settings.llm, Settings.embed_model = XingYun(**service), model
    try:
        engine = VectorStoreIndex.from_documents(DOCUMENTS).as_query_engine(similarity_top_k=1)
        assert "beer" in str(engine.query("What is Qingdao known for?"))
    finally:
        Settings._llm = Settings._embed_model = None


async def test_errors_come_through(service, model) -> None:
    poor = XingYunEmbedding(**{**service, "api_key": "no-quota"})
    with pytest.raises(QuotaExceededError):
        VectorStoreIndex.from_documents(DOCUMENTS, embed_model=poor)
    index = VectorStoreIndex.from_documents(DOCUMENTS, embed_model=model)
    engine = index.as_query_engine(llm=XingYun(**service), embed_model=poor)
    with pytest.raises(QuotaExceededError):
        engine.query("What is Qingdao known for?")
    with pytest.raises(QuotaExceededError):
        await engine.aquery("What is Qingdao known for?")


def test_an_index_that_failed_is_made_again_for_the_rest(model, emulator: Emulator) -> None:
    def texts_sent() -> list[str]:
        bodies = (one.body for one in emulator.requests[seen:] if "embeddings" in one.path)
        return [text for body in bodies for text in body["input"]]

    seen = len(emulator.requests)
    with pytest.raises(ConfigurationError, match="index 5"):
        model.get_text_embedding_batch([*PARAGRAPHS, ""])
    assert texts_sent() == []
    long = Document(text="长" * 9000)
    with pytest.raises(Exception, match="maximum context length"):
        VectorStoreIndex.from_documents(
            [*DOCUMENTS, long],
            embed_model=model,
            transformations=[SentenceSplitter(chunk_size=100_000)],
        )
    seen = len(emulator.requests)
    VectorStoreIndex.from_documents(DOCUMENTS, embed_model=model)
    assert len(texts_sent()) < len(DOCUMENTS)

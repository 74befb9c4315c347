"""Questions answered out of documents, all of it 星芸: embeddings find, the chat model answers."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnablePassthrough
from langchain_core.vectorstores import InMemoryVectorStore

from langchain_xyashui import ChatXingYun, XingYunEmbeddings
from langchain_xyashui.errors import QuotaExceededError
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
PROMPT = ChatPromptTemplate.from_template(
    "Answer from this context only:\n{context}\n\nQuestion: {question}"
)


@pytest.fixture
def service(emulator: Emulator) -> dict[str, Any]:
    return {"api_key": "test-key", "base_url": emulator.xingyun_url}


def chain(store: InMemoryVectorStore, service: dict[str, Any]) -> Runnable[str, str]:
    retriever = store.as_retriever(search_kwargs={"k": 1})
    context = retriever | (lambda found: "\n".join(one.page_content for one in found))
    asked = {"context": context, "question": RunnablePassthrough()}
    return asked | PROMPT | ChatXingYun(**service) | StrOutputParser()


@pytest.mark.parametrize(("question", "paragraph", "answer"), QUESTIONS)
class TestAQuestion:
    def test_is_answered_from_the_right_paragraph(self, service, question, paragraph, answer):
        store = InMemoryVectorStore(XingYunEmbeddings(**service))
        store.add_texts(PARAGRAPHS)
        (found,) = store.similarity_search(question, k=1)
        assert found.page_content == paragraph
        assert answer in chain(store, service).invoke(question)

    async def test_is_answered_from_it_async(self, service, question, paragraph, answer):
        store = InMemoryVectorStore(XingYunEmbeddings(**service))
        await store.aadd_documents([Document(text) for text in PARAGRAPHS])
        (found,) = await store.asimilarity_search(question, k=1)
        assert found.page_content == paragraph
        pieces = [piece async for piece in chain(store, service).astream(question)]
        assert len(pieces) > 1
        assert answer in "".join(pieces)


async def test_errors_come_through(service):
    poor = XingYunEmbeddings(**{**service, "api_key": "no-quota"})
    with pytest.raises(QuotaExceededError):
        InMemoryVectorStore(poor).add_texts(PARAGRAPHS)
    with pytest.raises(QuotaExceededError):
        await InMemoryVectorStore(poor).aadd_documents([Document("x")])

    store = InMemoryVectorStore(XingYunEmbeddings(**service))
    store.add_texts(PARAGRAPHS)
    store.embedding = poor
    with pytest.raises(QuotaExceededError):
        chain(store, service).invoke(QUESTIONS[0][0])

"""The models as LangChain's runnables: bound, configured, batched, traced, in chains."""

from __future__ import annotations

import io
import warnings

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, trim_messages
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.rate_limiters import BaseRateLimiter
from langchain_core.runnables import ConfigurableField
from langchain_core.tracers.base import BaseTracer
from PIL import Image

import langchain_xyashui

ANSWER = "2 + 3 = 5."


async def test_a_chain(either):
    chain = ChatPromptTemplate.from_messages([("human", "{sum}?")]) | either() | StrOutputParser()
    assert chain.invoke({"sum": "2+3"}) == ANSWER
    assert await chain.ainvoke({"sum": "2+3"}) == ANSWER
    pieces = list(chain.stream({"sum": "2+3"}))
    assert len(pieces) > 1
    assert "".join(pieces) == ANSWER
    assert "".join([piece async for piece in chain.astream({"sum": "2+3"})]) == ANSWER


async def test_batches(either, sent):
    questions = [f"{number}+1?" for number in range(6)]
    answers = either().batch(questions, config={"max_concurrency": 3})
    assert [answer.content for answer in answers] == [f"{n} + 1 = {n + 1}." for n in range(6)]
    answers = await either().abatch(questions)
    assert [answer.content for answer in answers] == [f"{n} + 1 = {n + 1}." for n in range(6)]
    assert len(sent()) == 12


async def test_a_batch_gives_errors_where_it_is_asked_to(either):
    model = either()
    found = model.batch(["2+3?", []], return_exceptions=True)
    assert found[0].content == ANSWER
    assert isinstance(found[1], Exception)


async def test_bind_and_with_config(either, sent):
    tracer = Trace()
    model = either().bind(temperature=0.5).with_config(tags=["a"], callbacks=[tracer])
    model.invoke("2+3?")
    await model.ainvoke("2+3?", temperature=0.25)
    assert [body["temperature"] for body in sent()] == [0.5, 0.25]
    assert [run.tags for run in tracer.runs] == [["a"], ["a"]]


async def test_configurable_fields_change_options_and_keep_the_rest(either, sent):
    model = either(max_tokens=50, api_key="test-key").configurable_fields(
        temperature=ConfigurableField(id="temperature"), model=ConfigurableField(id="model")
    )
    name = "ashuiai-3.5" if "AShui" in type(model.default).__name__ else "gpt-4o"
    configured = model.with_config(configurable={"temperature": 0.25, "model": name})
    configured.invoke("2+3?")
    assert len(list(configured.stream("2+3?"))) > 2
    assert [(b["model"], b["temperature"], b["max_tokens"]) for b in sent()] == [
        (name, 0.25, 50)
    ] * 2


def test_configurable_alternatives_change_the_provider(xingyun, ashui, sent):
    model = xingyun().configurable_alternatives(
        ConfigurableField(id="provider"), default_key="xingyun", ashui=ashui()
    )
    model.invoke("hi")
    model.with_config(configurable={"provider": "ashui"}).invoke("hi")
    assert [body["model"] for body in sent()] == ["gpt-4-turbo", "ashuiai-4.0"]


async def test_a_rate_limiter_is_asked_for_each_request(either):
    class Limiter(BaseRateLimiter):
        asked = 0

        def acquire(self, *, blocking=True):
            type(self).asked += 1
            return True

        async def aacquire(self, *, blocking=True):
            return self.acquire()

    model = either(rate_limiter=Limiter())
    model.invoke("hi")
    await model.ainvoke("hi")
    list(model.stream("hi"))
    [chunk async for chunk in model.astream("hi")]
    assert Limiter.asked == 4


class Trace(BaseTracer):
    """Keeps the runs that were traced."""

    def __init__(self):
        super().__init__()
        self.runs = []

    def _persist_run(self, run):
        self.runs.append(run)


def metadata(model, /, **options) -> dict:
    tracer = Trace()
    model.invoke("hi", config={"callbacks": [tracer]}, **options)
    found = tracer.runs[-1].extra["metadata"]
    return {key: value for key, value in found.items() if key.startswith("ls_")}


def test_traces_name_provider_model_and_options(xingyun, ashui):
    traced = metadata(xingyun(temperature=0.5, max_tokens=20, stop=["x"]))
    assert traced == {
        "ls_provider": "xingyun",
        "ls_model_type": "chat",
        "ls_model_name": "gpt-4-turbo",
        "ls_temperature": 0.5,
        "ls_max_tokens": 20,
        "ls_stop": ["x"],
        "ls_integration": "langchain_chat_model",
    }
    traced = metadata(xingyun(), model="gpt-4o", temperature=0, max_tokens=9, stop=["y"])
    assert (traced["ls_model_name"], traced["ls_stop"]) == ("gpt-4o", ["y"])
    assert (traced["ls_temperature"], traced["ls_max_tokens"]) == (0, 9)
    assert metadata(xingyun(), web_search=True)["ls_model_name"] == "gpt-4-web"
    assert metadata(ashui(), web_search=True)["ls_model_name"] == "ashuiai-4.0"
    assert metadata(ashui())["ls_provider"] == "ashui"


def test_traces_hold_neither_the_key_nor_megabytes(either):
    buffer = io.BytesIO()
    Image.effect_noise((64, 64), 100).save(buffer, "PNG")
    tracer = Trace()
    model = either()
    model.invoke("What is it?", images=[buffer.getvalue()], config={"callbacks": [tracer]})
    list(model.stream("?", images=[buffer.getvalue()], config={"callbacks": [tracer]}))
    for run in tracer.runs:
        assert "test-key" not in repr(run.extra) + repr(run.serialized)
        assert run.extra["invocation_params"]["images"] == "1 image(s)"
        assert len(repr(run.extra)) < 3000


def test_a_conversation_with_history(either, sent):
    prompt = ChatPromptTemplate.from_messages(
        [("system", "Be brief."), MessagesPlaceholder("history"), ("human", "{question}")]
    )
    chat = prompt | either()
    history = []
    for question in ("2+3?", "3+4?", "4+5?"):
        *_, asked = prompt.invoke({"history": history, "question": question}).to_messages()
        answer = chat.invoke({"history": history, "question": question})
        history += [asked, answer]
    assert [len(body["messages"]) for body in sent()] == [2, 4, 6]
    assert [turn["role"] for turn in sent()[-1]["messages"]] == [
        "system", "user", "assistant", "user", "assistant", "user",
    ]  # fmt: skip
    assert sent()[-1]["messages"][4]["content"] == "3 + 4 = 7."


def test_messages_are_trimmed_to_a_number_of_tokens(either):
    said = [SystemMessage("简短回答。")]
    for number in range(20):
        said += [HumanMessage(f"第{number}个问题:济南的天气怎么样?"), AIMessage("晴天。")]
    kept = trim_messages(
        said,
        token_counter=either(),
        max_tokens=100,
        strategy="last",
        include_system=True,
        start_on="human",
    )
    assert kept[0] == said[0]
    assert 2 < len(kept) < len(said)
    assert kept[-1] == said[-1]
    assert either().get_num_tokens_from_messages(kept) <= 100
    assert either().get_num_tokens("今天天气") == 4


def test_a_multimodal_prompt(either, sent):
    prompt = ChatPromptTemplate.from_messages(
        [
            (
                "human",
                [
                    {"type": "text", "text": "What is in {what}?"},
                    {"type": "image_url", "image_url": {"url": "{address}", "detail": "low"}},
                ],
            )
        ]
    )
    (prompt | either()).invoke({"what": "it", "address": "https://example.com/cat.png"})
    assert sent()[-1]["messages"][0]["content"] == [
        {"type": "text", "text": "What is in it?"},
        {
            "type": "image_url",
            "image_url": {"url": "https://example.com/cat.png", "detail": "low"},
        },
    ]


async def test_nothing_of_ours_is_deprecated(either):
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        warnings.simplefilter("error", PendingDeprecationWarning)
        warnings.simplefilter("error", UserWarning)
        model = either(output_version="v1")
        model.invoke("2+3?")
        list(model.stream("2+3?"))
        await model.ainvoke("2+3?")
        [chunk async for chunk in model.astream("2+3?")]


@pytest.mark.parametrize("name", ["ChatXingYun", "ChatAShui"])
def test_the_public_names_have_docs(name):
    model = getattr(langchain_xyashui, name)
    assert name in langchain_xyashui.__all__
    options = model.model_fields.keys() - BaseChatModel.model_fields.keys()
    assert [option for option in options if f"{option}:" not in model.__doc__] == []

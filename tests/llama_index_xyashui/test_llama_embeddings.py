"""`XingYunEmbedding`: what LlamaIndex asks of an embedding model, and what it keeps besides."""

from __future__ import annotations

import copy
import json
import pickle
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from llama_index.core.callbacks import CallbackManager, CBEventType, LlamaDebugHandler
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events.embedding import (
    EmbeddingEndEvent,
    EmbeddingStartEvent,
)
from llama_index.core.instrumentation.span_handlers import SimpleSpanHandler
from llama_index.core.schema import TextNode
from llama_index.core.storage.kvstore import SimpleKVStore

from llama_index_xyashui import XingYunEmbedding
from tests.vectors import (
    VectorService,
    answered,
    refuse_any_with,
    refused,
    serve_vectors,
    vector,
    vectors,
)
from xyashui import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ContextOverflowError,
    RateLimitError,
)
from xyashui.emulator import Emulator

Embed = Callable[..., Awaitable[list[list[float]]]]
TEN = [f"text {number}" for number in range(10)]
PATIENCE = 20  # seconds after which nothing may hold a test any longer


@pytest.fixture
def service() -> Iterator[VectorService]:
    with serve_vectors() as running:
        yield running


@pytest.fixture
def make(service: VectorService) -> Callable[..., XingYunEmbedding]:
    def make(**settings: Any) -> XingYunEmbedding:
        given = {"api_key": "test-key", "base_url": service.url, "max_retries": 0}
        return XingYunEmbedding(**{**given, **settings})

    return make


@pytest.fixture(params=["sync", "async"])
def embed(request: pytest.FixtureRequest) -> Embed:
    async def embed(model: XingYunEmbedding, texts: Any, **options: Any) -> list[list[float]]:
        if request.param == "sync":
            return model.get_text_embedding_batch(texts, **options)
        return await model.aget_text_embedding_batch(texts, **options)

    return embed


class TestEmbedding:
    async def test_gives_vectors_in_the_order_of_the_texts(self, make, embed, service):
        found = await embed(make(embed_batch_size=3), TEN)
        assert found == vectors(*TEN)
        assert type(found[0]) is list
        assert sorted(map(len, service.inputs)) == [1, 3, 3, 3]

    async def test_of_one_text_and_of_a_question(self, make):
        model = make()
        assert model.get_text_embedding("济南") == vector("济南")
        assert model.get_query_embedding("济南") == vector("济南")
        assert await model.aget_text_embedding("济南") == vector("济南")
        assert await model.aget_query_embedding("济南") == vector("济南")
        assert model.get_agg_embedding_from_queries(["ab", "ad"])[-1] == (98 + 100) / 2

    async def test_of_nodes(self, make):
        node = TextNode(text="济南", metadata={"city": "Jinan"})
        (embedded,) = make()([node])
        assert embedded.embedding == vector("city: Jinan\n\n济南")
        (embedded,) = await make().acall([TextNode(text="x")])
        assert embedded.embedding == vector("x")

    async def test_of_nothing(self, make, embed, service):
        assert await embed(make(), []) == []
        assert service.bodies == []

    async def test_sends_its_options(self, make, embed, service):
        model = make(
            model="m", dimensions=4, user="u", encoding_format="float", extra_body={"seed": 1}
        )
        await embed(model, ["x"])
        assert service.bodies == [
            {
                "model": "m",
                "input": ["x"],
                "encoding_format": "float",
                "dimensions": 4,
                "user": "u",
                "seed": 1,
            }
        ]

    async def test_goes_at_once_up_to_the_limit(self, make, embed, service):
        meeting = threading.Barrier(3)

        def answer(texts: list[str], service: VectorService) -> Any:
            meeting.wait(PATIENCE)  # nobody passes unless three are there
            return answered(texts)

        service.answer = answer
        texts = [f"text {number}" for number in range(9)]
        assert await embed(make(embed_batch_size=1, num_workers=3), texts) == vectors(*texts)
        assert service.most_at_once == 3

    async def test_goes_one_after_another_with_one_worker(self, make, embed, service):
        await embed(make(embed_batch_size=1, num_workers=1), TEN)
        assert service.most_at_once == 1

    async def test_goes_four_at_once_where_llama_index_sets_no_number(self, make, embed, service):
        meeting = threading.Barrier(4)

        def answer(texts: list[str], service: VectorService) -> Any:
            meeting.wait(PATIENCE)
            return answered(texts)

        service.answer = answer
        await embed(make(embed_batch_size=1, num_workers=None), [*TEN, "x", "y"])
        assert service.most_at_once == 4

    async def test_shows_llama_indexs_progress_bar_where_asked(self, make, embed, capsys):
        model = make(embed_batch_size=5)
        await embed(model, TEN, show_progress=True)
        assert "Generating embeddings" in capsys.readouterr().err
        await embed(model, TEN)
        assert capsys.readouterr().err == ""

    async def test_asks_llama_indexs_cache_first(self, make, embed, service):
        model = make(embeddings_cache=SimpleKVStore(), embed_batch_size=4)
        assert await embed(model, TEN) == vectors(*TEN)
        assert await embed(model, ["new", *TEN]) == vectors("new", *TEN)
        assert dict(service.embedded) == dict.fromkeys(["new", *TEN], 1)

    async def test_asks_a_rate_limiter_before_each_request(self, make, embed, service):
        if "rate_limiter" not in XingYunEmbedding.model_fields:
            pytest.skip("this LlamaIndex has none")

        class Turnstile:
            passed = 0

            def acquire(self) -> None:
                self.passed += 1

            async def async_acquire(self) -> None:
                self.passed += 1

        turnstile = Turnstile()
        await embed(make(rate_limiter=turnstile, embed_batch_size=3), TEN)
        assert turnstile.passed == len(service.bodies) == 4


class TestThoseWhoLookOn:
    async def test_get_llama_indexs_events(self, make, embed):
        seen: list[Any] = []

        class Events(BaseEventHandler):
            def handle(self, event: Any, **kwargs: Any) -> None:
                seen.append(event)

        events, spans, dispatcher = Events(), SimpleSpanHandler(), get_dispatcher()
        dispatcher.add_event_handler(events)
        dispatcher.add_span_handler(spans)
        try:
            await embed(make(api_key="canary-key", num_workers=2), TEN)
        finally:
            dispatcher.event_handlers.remove(events)
            dispatcher.span_handlers.remove(spans)
        start, end = (one for one in seen if "Embedding" in one.class_name())
        assert isinstance(start, EmbeddingStartEvent)
        assert isinstance(end, EmbeddingEndEvent)
        assert start.model_dict["model_name"] == "text-embedding-ada-002"
        assert "canary" not in str(start)
        assert (end.chunks, end.embeddings) == (TEN, vectors(*TEN))
        names = [span.id_.split("-")[0] for span in spans.completed_spans]
        assert sum("text_embedding_batch" in name for name in names) == 1

    async def test_get_llama_indexs_callbacks(self, make, embed):
        handler = LlamaDebugHandler(print_trace_on_end=False)
        await embed(make(callback_manager=CallbackManager([handler])), TEN)
        ((start, end),) = handler.get_event_pairs(CBEventType.EMBEDDING)
        assert "test-key" not in str(start.payload)
        assert end.payload is not None
        assert end.payload["chunks"] == TEN


class TestAFailure:
    @pytest.mark.parametrize("named", [False, True])
    @pytest.mark.parametrize("place", [0, 6, 10])
    async def test_names_the_text_at_fault_among_all(self, make, embed, service, place, named):
        texts = [*TEN[:place], "bad", *TEN[place:]]
        service.answer = refuse_any_with("bad", named=named)
        with pytest.raises(BadRequestError) as caught:
            await embed(make(embed_batch_size=2, num_workers=2), texts)
        error = caught.value
        assert error.index == place
        assert f"at index {place}: 'bad'" in str(error)
        assert error.embedded.texts == tuple(texts)
        for index, text in enumerate(texts):
            assert (index in error.embedded.missing) == (service.embedded[text] == 0)

    async def test_costs_nothing_twice_when_called_again(self, make, embed, service):
        model = make(embed_batch_size=2, num_workers=2)
        service.answer = refuse_any_with("bad")
        with pytest.raises(BadRequestError):
            await embed(model, [*TEN[:7], "bad", *TEN[7:]])
        assert service.embedded

        assert await embed(model, TEN) == vectors(*TEN)
        assert dict(service.embedded) == dict.fromkeys(TEN, 1)
        await embed(model, TEN)
        assert set(service.embedded.values()) == {2}  # nothing is kept of what went well

    async def test_stops_what_has_not_been_sent(self, make, embed, service):
        service.answer = lambda texts, service: refused("无效的令牌", 401)
        with pytest.raises(AuthenticationError) as caught:
            await embed(make(embed_batch_size=1, num_workers=2), TEN)
        assert len(service.bodies) <= 2
        assert len(caught.value.embedded.missing) == 10

    async def test_keeps_what_was_under_way(self, make, embed, service):
        refusal_is_out = threading.Event()

        def answer(texts: list[str], service: VectorService) -> Any:
            if texts == ["bad"]:
                refusal_is_out.set()
                return refused("慢一点", 429)
            assert refusal_is_out.wait(PATIENCE)
            return answered(texts)

        service.answer = answer
        model = make(embed_batch_size=1, num_workers=2)
        with pytest.raises(RateLimitError) as caught:
            await embed(model, ["good", "bad", *TEN])
        assert caught.value.embedded[0].tolist() == vector("good")

        service.answer = lambda texts, service: answered(texts)
        await embed(model, ["good", "bad", *TEN])
        assert set(service.embedded.values()) == {1}

    async def test_of_an_empty_text_is_seen_before_anything_is_sent(self, make, embed, service):
        with pytest.raises(ConfigurationError, match="index 2") as caught:
            await embed(make(embed_batch_size=1), ["a", "b", ""])
        assert caught.value.index == 2
        assert service.bodies == []

    async def test_of_one_text_or_question(self, make, service):
        service.answer = lambda texts, service: refused("无效的令牌", 401)
        model = make()
        for way in (model.get_text_embedding, model.get_query_embedding):
            with pytest.raises(AuthenticationError):
                way("x")
        for away in (model.aget_text_embedding, model.aget_query_embedding):
            with pytest.raises(AuthenticationError):
                await away("x")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"embed_batch_size": 5000}, "embed_batch_size"),
        ({"batch_size": 10}, "Did you mean 'embed_batch_size'"),
        ({"num_workers": 0}, "num_workers"),
        ({"dimensions": 0}, "dimensions=0"),
        ({"encoding_format": "hex"}, "encoding_format"),
        ({"model": ""}, "name of a model"),
        ({"model": "a", "model_name": "b"}, "the same option"),
        ({"timeout": -1}, "timeout must be"),
        ({"api_key": ""}, "XINGYUN_API_KEY"),
    ],
)
def test_what_cannot_be_is_refused_when_the_model_is_made(make, given, reason):
    with pytest.raises(ConfigurationError, match=reason):
        make(**given)


class TestTheModelsName:
    def test_is_model_and_model_name(self, make):
        for model in (make(model="m"), make(model_name="m"), make(model="m", model_name="m")):
            assert (model.model, model.model_name) == ("m", "m")

    @pytest.mark.parametrize("name", ["model", "model_name"])
    def test_can_be_another_in_a_copy(self, make, service, name):
        twin = make(model="m").model_copy(update={name: "another"})
        twin.get_text_embedding("x")
        assert service.bodies[0]["model"] == twin.model == "another"


class TestCopies:
    def test_to_dict_and_back(self, make, monkeypatch):
        model = make(api_key="canary-key", dimensions=4, default_headers={"X-Token": "canary"})
        written = model.to_dict()
        assert "canary" not in str(written)
        assert written["class_name"] == "xingyun_embedding"
        monkeypatch.setenv("XINGYUN_API_KEY", "another-key")
        back = XingYunEmbedding.from_dict(written)
        assert (back.model, back.dimensions, back.base_url) == (model.model, 4, model.base_url)
        assert back.get_text_embedding("x") == vector("x")

    def test_to_json_and_back(self, make, monkeypatch):
        written = make(api_key="canary-key", model="m", timeout=httpx.Timeout(5)).to_json()
        assert "canary" not in written
        assert json.loads(written)["model_name"] == "m"
        monkeypatch.setenv("XINGYUN_API_KEY", "another-key")
        assert XingYunEmbedding.from_json(written).model == "m"

    async def test_pickling(self, make, monkeypatch):
        model = make(
            api_key="canary-key", default_headers={"X-Gate": "canary"}, http_client=httpx.Client()
        )
        model.get_text_embedding("x")
        await model.aget_text_embedding("x")
        pickled = pickle.dumps(model)
        assert b"canary" not in pickled
        assert model.get_text_embedding("x") == vector("x"), "the model itself is as before"
        monkeypatch.setenv("XINGYUN_API_KEY", "another-key")
        back = pickle.loads(pickled)
        assert back.get_text_embedding_batch(TEN) == vectors(*TEN)
        assert await back.aget_text_embedding_batch(TEN) == vectors(*TEN)

    @pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda model: model.model_copy()])
    def test_a_copy_works_and_shares_the_connections(self, make, way):
        model = make(http_client=httpx.Client())
        twin = way(model)
        assert twin.http_client is model.http_client
        assert twin.callback_manager is model.callback_manager
        assert twin.get_text_embedding_batch(TEN) == vectors(*TEN)

    def test_repr_has_no_key(self, make):
        model = make(api_key="canary-key", default_headers={"X-Token": "canary"})
        assert "canary" not in f"{model!r} {model}"
        assert "text-embedding-ada-002" in repr(model)


async def test_a_text_that_is_too_long_is_found_on_the_emulator(embed, emulator: Emulator):
    url = emulator.xingyun_url
    model = XingYunEmbedding(api_key="test-key", base_url=url, embed_batch_size=4)
    with pytest.raises(ContextOverflowError) as caught:
        await embed(model, [*TEN, "长" * 9000])
    assert caught.value.index == 10
    assert len(await embed(model, TEN)) == 10

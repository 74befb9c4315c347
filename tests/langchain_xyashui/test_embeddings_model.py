"""`XingYunEmbeddings`: what LangChain asks of an embedding model, and what it keeps besides."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from langchain_core.exceptions import ModelAuthenticationError, ModelInvalidRequestError
from langchain_core.load import dumps

from langchain_xyashui import XingYunEmbeddings
from langchain_xyashui.errors import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ContextOverflowError,
    ProtocolError,
    RateLimitError,
)
from tests.vectors import (
    VectorService,
    answered,
    refuse_any_with,
    refused,
    serve_vectors,
    vector,
    vectors,
)
from xyashui.emulator import Emulator

Embed = Callable[..., Awaitable[list[list[float]]]]
TEN = [f"text {number}" for number in range(10)]


@pytest.fixture
def service() -> Iterator[VectorService]:
    with serve_vectors() as running:
        yield running


@pytest.fixture
def make(service: VectorService) -> Callable[..., XingYunEmbeddings]:
    def make(**settings: Any) -> XingYunEmbeddings:
        given = {"api_key": "test-key", "base_url": service.url, "max_retries": 0}
        return XingYunEmbeddings(**{**given, **settings})

    return make


@pytest.fixture(params=["sync", "async"])
def embed(request: pytest.FixtureRequest) -> Embed:
    async def embed(model: XingYunEmbeddings, texts: Any) -> list[list[float]]:
        if request.param == "sync":
            return model.embed_documents(texts)
        return await model.aembed_documents(texts)

    return embed


class TestEmbedding:
    async def test_gives_lists_of_floats_in_the_order_of_the_texts(self, make, embed, service):
        found = await embed(make(batch_size=3), TEN)
        assert found == vectors(*TEN)
        assert type(found[0]) is list
        assert sorted(map(len, service.inputs)) == [1, 3, 3, 3]

    async def test_of_a_question(self, make):
        model = make(show_progress_bar=True)
        assert model.embed_query("济南") == vector("济南")
        assert await model.aembed_query("济南") == vector("济南")

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

    async def test_shows_a_progress_bar_where_asked(self, make, embed, capsys):
        await embed(make(show_progress_bar=True), TEN)
        assert "10/10" in capsys.readouterr().err

    async def test_goes_at_most_so_many_at_once(self, make, embed, service):
        await embed(make(batch_size=1, max_concurrency=2), TEN)
        assert service.most_at_once <= 2


class TestAFailure:
    async def test_names_the_text_at_fault(self, make, embed, service):
        service.answer = refuse_any_with("bad")
        with pytest.raises(BadRequestError) as caught:
            await embed(make(batch_size=4), [*TEN[:6], "bad"])
        assert caught.value.index == 6
        assert caught.value.embedded.texts == (*TEN[:6], "bad")

    async def test_costs_nothing_twice_when_called_again(self, make, embed, service):
        model = make(batch_size=4, max_concurrency=1)
        service.answer = refuse_any_with("bad")
        with pytest.raises(BadRequestError):
            await embed(model, [*TEN[:6], "bad", *TEN[6:]])
        assert service.embedded

        assert await embed(model, TEN) == vectors(*TEN)
        assert dict(service.embedded) == dict.fromkeys(TEN, 1)

    async def test_leaves_nothing_behind_once_all_went_well(self, make, embed, service):
        model = make()
        service.answer = lambda texts, service: refused("慢一点", 429)
        with pytest.raises(RateLimitError):
            await embed(model, TEN)
        service.answer = lambda texts, service: answered(texts)
        await embed(model, TEN)
        await embed(model, TEN)
        assert service.embedded[TEN[0]] == 2

    async def test_leaves_nothing_to_a_copy_with_another_model(self, make, embed, service):
        model = make(batch_size=4, max_concurrency=1)
        service.answer = refuse_any_with("bad")
        with pytest.raises(BadRequestError):
            await embed(model, [*TEN, "bad"])
        await embed(model.model_copy(update={"model": "another"}), TEN)
        assert service.embedded[TEN[0]] == 2

    async def test_is_langchains_own_class_too(self, make, embed, service):
        service.answer = lambda texts, service: refused("无效的令牌", 401)
        with pytest.raises(ModelAuthenticationError) as caught:
            await embed(make(), TEN)
        assert isinstance(caught.value, AuthenticationError)
        with pytest.raises(AuthenticationError):
            make().embed_query("x")
        with pytest.raises(AuthenticationError):
            await make().aembed_query("x")

    async def test_of_an_empty_text_is_seen_before_anything_is_sent(self, make, embed, service):
        with pytest.raises(ConfigurationError, match="index 2") as caught:
            await embed(make(batch_size=1), ["a", "b", ""])
        assert caught.value.index == 2
        assert isinstance(caught.value, ModelInvalidRequestError)
        assert service.bodies == []

    async def test_of_an_answer_that_is_none(self, make, embed, service):
        service.answer = lambda texts, service: {"data": []}
        with pytest.raises(ProtocolError):
            await embed(make(), TEN)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"batch_size": 5000}, "1 to 2,048"),
        ({"chunk_size": 10}, "no option 'chunk_size'. Did you mean 'batch_size'"),
        ({"dimensions": 0}, "dimensions=0"),
        ({"encoding_format": "hex"}, "encoding_format"),
        ({"model": ""}, "name of a model"),
        ({"max_concurrency": 0}, "max_concurrency must be"),
        ({"timeout": -1}, "timeout must be"),
        ({"api_key": ""}, "XINGYUN_API_KEY"),
    ],
)
def test_what_cannot_be_is_refused_when_the_model_is_made(make, given, reason):
    with pytest.raises(ConfigurationError, match=reason):
        make(**given)


class TestCopies:
    def test_it_is_printed_and_written_without_the_key(self, make):
        model = make(api_key="canary-key", default_headers={"X-Gate": "canary"})
        for shown in (repr(model), str(model.model_dump()), model.model_dump_json(), dumps(model)):
            assert "canary" not in shown
        assert "text-embedding-ada-002" in repr(model)

    async def test_a_pickle_has_no_key_and_takes_the_environments(self, make, monkeypatch):
        model = make(
            api_key="canary-key",
            default_headers={"X-Gate": "canary"},
            http_client=httpx.Client(),
            dimensions=4,
        )
        model.embed_query("x")
        await model.aembed_query("x")
        pickled = pickle.dumps(model)
        assert b"canary" not in pickled
        monkeypatch.setenv("XINGYUN_API_KEY", "another-key")
        back = pickle.loads(pickled)
        assert back.dimensions == 4
        assert back.embed_query("x") == vector("x")
        assert await back.aembed_query("x") == vector("x")

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda model: model.model_copy()])
    def test_a_copy_works_and_shares_the_connections(self, make, copied):
        model = make(http_client=httpx.Client())
        again = copied(model)
        assert again.http_client is model.http_client
        assert again.embed_documents(TEN) == vectors(*TEN)


class TestOnTheEmulator:
    async def test_a_text_that_is_too_long_is_found(self, embed, emulator: Emulator):
        model = XingYunEmbeddings(api_key="test-key", base_url=emulator.xingyun_url, batch_size=4)
        with pytest.raises(ContextOverflowError) as caught:
            await embed(model, [*TEN, "长" * 9000])
        assert caught.value.index == 10
        seen = len(emulator.requests)
        assert len(await embed(model, TEN)) == 10
        paid = [text for one in emulator.requests[seen:] for text in one.body["input"]]
        assert len(paid) < 10

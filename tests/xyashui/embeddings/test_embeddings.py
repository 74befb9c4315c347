"""Texts as vectors: in batches, at once, in order."""

from __future__ import annotations

import contextvars
import threading
from typing import Any

import httpx
import numpy
import pytest

from tests.vectors import VectorService, answered, encoded, refused, vector, vectors
from tests.xyashui.embeddings.embedding import PATIENCE, TEN, failure
from xyashui import ASHUI, AsyncClient, Client, errors
from xyashui.emulator import Emulator, Faults, serve


class TestVectors:
    async def test_are_those_of_their_texts(self, embed, service):
        found = await embed(service.url, ["济南", "青岛"])
        assert found.tolist() == vectors("济南", "青岛")
        assert (found.model, found.reported_model) == ("text-embedding-ada-002", "reported")
        assert (len(found), found.dimensions) == (2, 4)
        assert found.usage.input_tokens == 2
        assert service.bodies == [
            {
                "model": "text-embedding-ada-002",
                "input": ["济南", "青岛"],
                "encoding_format": "base64",
            }
        ]

    async def test_one_text_needs_no_list(self, embed, service):
        assert (await embed(service.url, "济南")).tolist() == vectors("济南")

    async def test_texts_may_come_from_anything_with_an_order(self, embed, service):
        found = await embed(service.url, (f"text {number}" for number in range(3)))
        assert found.texts == ("text 0", "text 1", "text 2")

    async def test_no_text_is_no_request(self, embed, service):
        found = await embed(service.url, [])
        assert (found.tolist(), found.dimensions, found.usage) == ([], None, None)
        assert service.bodies == []

    async def test_options_are_sent(self, embed, service):
        await embed(
            service.url, "x", model="m", dimensions=4, user="u", extra_body={"input_type": "query"}
        )
        assert service.bodies == [
            {
                "model": "m",
                "input": ["x"],
                "encoding_format": "base64",
                "dimensions": 4,
                "user": "u",
                "input_type": "query",
            }
        ]

    @pytest.mark.parametrize("asked", ["base64", "float"])
    @pytest.mark.parametrize("given", ["base64", "float"])
    async def test_are_read_in_either_encoding_whichever_was_asked(
        self, embed, service, asked, given
    ):
        write = encoded if given == "base64" else list
        data = [{"index": 0, "embedding": write([0.1, -2.5, 0.0])}]
        service.answer = lambda texts, service: {"data": data}
        found = await embed(service.url, "x", encoding_format=asked)
        assert found[0].tolist() == pytest.approx([0.1, -2.5, 0.0])
        assert service.bodies[0]["encoding_format"] == asked

    async def test_numbers_are_not_rounded_where_they_come_as_json(self, embed, service):
        service.answer = lambda texts, service: {"data": [{"embedding": [0.1, 1 / 3]}]}
        assert (await embed(service.url, "x")).tolist() == [[0.1, 1 / 3]]

    async def test_are_put_in_order_by_index(self, embed, service):
        def answer(texts: list[str], service: VectorService) -> Any:
            body = answered(texts)
            return body | {"data": body["data"][::-1]}

        service.answer = answer
        assert (await embed(service.url, TEN)).tolist() == vectors(*TEN)

    async def test_are_in_the_order_of_their_coming_without_an_index(self, embed, service):
        service.answer = lambda texts, service: {
            "data": [{"embedding": vector(text)} for text in texts]
        }
        found = await embed(service.url, TEN)
        assert found.tolist() == vectors(*TEN)
        assert (found.usage, found.reported_model) == (None, None)


class TestBatches:
    async def test_have_the_size_that_is_asked_for(self, embed, service):
        found = await embed(service.url, TEN, batch_size=4, max_concurrency=1)
        assert service.inputs == [TEN[:4], TEN[4:8], TEN[8:]]
        assert found.tolist() == vectors(*TEN)
        assert found.usage.total_tokens == 10

    async def test_have_256_texts_unless_asked_for(self, embed, service):
        texts = [f"text {number}" for number in range(600)]
        found = await embed(service.url, texts)
        assert sorted(map(len, service.inputs)) == [88, 256, 256]
        assert found.tolist() == vectors(*texts)

    async def test_may_come_back_in_any_order(self, embed, service):
        last_is_answered = threading.Event()

        def answer(texts: list[str], service: VectorService) -> Any:
            if texts[0] == TEN[0]:
                assert last_is_answered.wait(PATIENCE)
            elif texts[-1] == TEN[-1]:
                last_is_answered.set()
            return answered(texts)

        service.answer = answer
        found = await embed(service.url, TEN, batch_size=2)
        assert found.tolist() == vectors(*TEN)

    async def test_go_at_once_up_to_the_limit(self, embed, service):
        meeting = threading.Barrier(3)

        def answer(texts: list[str], service: VectorService) -> Any:
            meeting.wait(PATIENCE)  # nobody passes unless three are there
            return answered(texts)

        service.answer = answer
        texts = [f"text {number}" for number in range(9)]
        found = await embed(service.url, texts, batch_size=1, max_concurrency=3)
        assert found.tolist() == vectors(*texts)
        assert service.most_at_once == 3

    async def test_are_shown_to_go_by_a_progress_bar(self, embed, service, capsys):
        await embed(service.url, TEN, batch_size=3, show_progress=True)
        shown = capsys.readouterr().err
        assert "Embedding" in shown
        assert "10/10" in shown

    async def test_go_by_in_silence_where_nobody_asks(self, embed, service, capsys):
        await embed(service.url, TEN, batch_size=3)
        assert capsys.readouterr().err == ""

    def test_see_the_context_of_their_caller(self, service):
        who = contextvars.ContextVar("who", default="nobody")
        seen = []
        hooks = {"request": [lambda request: seen.append(who.get())]}
        with httpx.Client(event_hooks=hooks) as http_client:
            client = Client(api_key="test-key", base_url=service.url, http_client=http_client)
            who.set("me")
            client.embed(TEN, batch_size=2)
        assert seen == ["me"] * 5

    @pytest.mark.parametrize(
        "message", ["array too long", "maximum context length is 300000 tokens in all"]
    )
    async def test_too_large_for_the_service_are_cut(self, embed, service, message):
        def answer(texts: list[str], service: VectorService) -> Any:
            return refused(message) if len(texts) > 3 else answered(texts)

        service.answer = answer
        found = await embed(service.url, TEN)
        assert found.tolist() == vectors(*TEN)
        assert set(service.embedded.values()) == {1}


class TestWhatCannotBe:
    @pytest.mark.parametrize("text", ["", None, 5, b"bytes"])
    async def test_a_text_is_named(self, embed, service, text):
        error = await failure(embed, service.url, ["a", "b", text])
        assert isinstance(error, errors.ConfigurationError)
        assert error.index == 2
        assert "index 2" in str(error)
        assert service.bodies == []

    @pytest.mark.parametrize("texts", [None, 5, b"bytes", {"a": 1}, {"a"}])
    async def test_texts(self, embed, service, texts):
        error = await failure(embed, service.url, texts)
        assert isinstance(error, errors.ConfigurationError)
        assert "list of strings" in str(error)

    @pytest.mark.parametrize(
        ("options", "reason"),
        [
            ({"batch_size": 2049}, "1 to 2,048"),
            ({"batch_size": 0}, "1 to 2,048"),
            ({"batch_size": True}, "1 to 2,048"),
            ({"batch_size": "10"}, "1 to 2,048"),
            ({"max_concurrency": 0}, "1 or more"),
            ({"max_concurrency": 1.5}, "1 or more"),
            ({"dimensions": 0}, "dimensions=0 is outside"),
            ({"dimensions": "256"}, "dimensions must be int"),
            ({"user": 5}, "user must be str"),
            ({"encoding_format": "hex"}, "'base64' or 'float'"),
            ({"show_progress": "yes"}, "True or False"),
            ({"model": " "}, "name of a model"),
            ({"extra_body": ["x"]}, "dict with string keys"),
            ({"timeout": -1}, "timeout must be"),
            ({"deadline": -1}, "deadline must be"),
            ({"resume": [1.0]}, r"error\.embedded"),
            ({"dimension": 5}, "Did you mean 'dimensions'.*extra_body"),
        ],
    )
    async def test_options(self, embed, service, options, reason):
        with pytest.raises(errors.ConfigurationError, match=reason):
            await embed(service.url, TEN, **options)
        assert service.bodies == []

    async def test_a_service_without_embeddings(self, embed, service):
        with pytest.raises(errors.ConfigurationError, match="documents no embeddings"):
            await embed(service.url, [], provider=ASHUI)

    @pytest.mark.parametrize("given", [{"model": "other"}, {"dimensions": 5}])
    async def test_vectors_of_another_model_or_length_to_go_on_from(self, embed, service, given):
        before = await embed(service.url, "x")
        with pytest.raises(errors.ConfigurationError, match="resume has vectors"):
            await embed(service.url, TEN, resume=before, **given)


class TestOnTheEmulator:
    async def test_either_encoding_has_the_same_numbers(self, embed, emulator: Emulator):
        texts = ["济南以泉水闻名。", "Qingdao lies by the sea."]
        compact = await embed(emulator.xingyun_url, texts)
        plain = await embed(emulator.xingyun_url, texts, encoding_format="float")
        assert compact.dimensions == 1536
        assert compact.tolist() == pytest.approx(numpy.array(plain.tolist()))
        assert compact.usage == plain.usage

    async def test_dimensions(self, embed, emulator: Emulator):
        options = {"model": "text-embedding-3-small", "dimensions": 256}
        assert (await embed(emulator.xingyun_url, TEN, **options)).dimensions == 256
        error = await failure(embed, emulator.xingyun_url, TEN, dimensions=256)
        assert isinstance(error, errors.BadRequestError)
        assert error.index is None

    async def test_a_text_that_is_too_long(self, embed, emulator: Emulator):
        texts = [*TEN, "长" * 9000, *TEN]
        error = await failure(embed, emulator.xingyun_url, texts)
        assert isinstance(error, errors.ContextOverflowError)
        assert error.index == 10

    @pytest.mark.parametrize(
        ("key", "kind"),
        [("invalid", errors.AuthenticationError), ("no-quota", errors.QuotaExceededError)],
    )
    async def test_refusals(self, emulator: Emulator, key: str, kind: type[Exception]):
        async with AsyncClient(api_key=key, base_url=emulator.xingyun_url) as client:
            with pytest.raises(kind):
                await client.embed(TEN)
        with (
            Client(api_key=key, base_url=emulator.xingyun_url) as client,
            pytest.raises(kind),
        ):
            client.embed(TEN)

    async def test_faults_that_pass(self, embed):
        with serve(faults=Faults(rate_limit=0.5, retry_after=0)) as emulator:
            # Every second request: whoever is struck each time has let another one through before.
            found = await embed(emulator.xingyun_url, TEN, batch_size=1, max_retries=len(TEN))
        assert found.missing == ()

"""Answers that are no vectors, and texts that the service refuses."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.vectors import VectorService, answered, encoded, refuse_any_with, refused, vectors
from tests.xyashui.embeddings.embedding import TEN, embedded, failure
from xyashui import errors


def entries(*embeddings: Any, **fields: Any) -> dict[str, Any]:
    return {"data": [{"index": i, "embedding": one} for i, one in enumerate(embeddings)], **fields}


NOT_VECTORS = {
    "too few": entries([1.0]),
    "too many": entries([1.0], [1.0], [1.0]),
    "of two lengths": entries([1.0], [1.0, 2.0]),
    "one index twice": {"data": [{"index": 0, "embedding": [1.0]}] * 2},
    "an index that is no text's": {
        "data": [{"index": 1, "embedding": [1.0]}, {"index": 2, "embedding": [1.0]}]
    },
    "an index for some": {"data": [{"index": 0, "embedding": [1.0]}, {"embedding": [1.0]}]},
    "an index that is no number": {"data": [{"index": "0", "embedding": [1.0]}] * 2},
    "empty": entries([], []),
    "empty base64": entries("", ""),
    "not of numbers": entries(["a"], ["b"]),
    "of true and false": entries([True, False], [1.0, False]),
    "null": entries(None, None),
    "numbers in lists": entries([[1.0]], [[1.0]]),
    "not a number": entries([1.0, math.nan], [1.0, 2.0]),
    "infinite": entries([1.0, -math.inf], [1.0, math.inf]),
    "infinite both ways": entries(encoded([math.inf, -math.inf]), encoded([1.0, 2.0])),
    "beyond all numbers": entries([10**400], [1.0]),
    "no base64": entries("*" * 8, "*" * 8),
    "cut base64": entries(encoded([1.0])[:-3], encoded([1.0])),
    "bytes that are no floats": entries("AAAA", "AAAA"),
    "no embedding": {"data": [{"index": 0}, {"index": 1}]},
    "no data": {"object": "list"},
    "data that is null": {"data": None},
    "entries that are none": {"data": [[1.0], [1.0]]},
    "a list": [[1.0], [1.0]],
}


class TestAnAnswerThatIsNone:
    @pytest.mark.parametrize("payload", NOT_VECTORS.values(), ids=NOT_VECTORS)
    async def test_is_an_error_of_its_own(self, embed, service, payload):
        service.answer = lambda texts, service: payload
        error = await failure(embed, service.url, ["a", "b"])
        assert type(error) is errors.ProtocolError
        assert error.provider == "xingyun"
        assert embedded(error).missing == (0, 1)

    async def test_names_the_text_whose_vector_it_is(self, embed, service):
        def answer(texts: list[str], service: VectorService) -> Any:
            numbers = [[math.nan if text == TEN[7] else 1.0, 2.0] for text in texts]
            return entries(*numbers)

        service.answer = answer
        error = await failure(embed, service.url, TEN, batch_size=5, max_concurrency=1)
        assert (error.index, embedded(error).missing) == (7, (5, 6, 7, 8, 9))
        assert "NaN" in str(error)
        assert "index 7: 'text 7'" in str(error)

    async def test_has_vectors_of_another_length_than_the_last(self, embed, service):
        service.answer = lambda texts, service: entries([1.0] * len(service.bodies))
        error = await failure(embed, service.url, TEN[:3], batch_size=1, max_concurrency=1)
        assert type(error) is errors.ProtocolError
        assert "2 numbers, after others of 1" in str(error)
        assert embedded(error).missing == (1, 2)

    async def test_has_vectors_of_another_length_than_was_asked(self, embed, service):
        error = await failure(embed, service.url, TEN[:2], dimensions=3)
        assert type(error) is errors.ProtocolError
        assert "has 4 numbers, and dimensions=3 was asked for" in str(error)

    async def test_is_an_error_under_http_200(self, embed, service):
        service.answer = lambda texts, service: (refused("额度不足", 200)[0], 200)
        error = await failure(embed, service.url, TEN)
        assert type(error) is errors.QuotaExceededError


class TestATextAtFault:
    @pytest.mark.parametrize("place", [0, 1, 4, 5, 9])
    @pytest.mark.parametrize("batch_size", [10, 4, 1])
    async def test_is_found(self, embed, service, place, batch_size):
        texts = [*TEN[:place], "bad", *TEN[place + 1 :]]
        service.answer = refuse_any_with("bad")
        error = await failure(embed, service.url, texts, batch_size=batch_size, max_concurrency=1)
        assert type(error) is errors.BadRequestError
        assert error.index == place
        assert f"at index {place}: 'bad'" in str(error)
        assert error.message == "no such text, please"

    @pytest.mark.parametrize("place", [0, 3, 9])
    async def test_is_taken_from_the_services_words(self, embed, service, place):
        texts = [*TEN[:place], "bad", *TEN[place + 1 :]]
        service.answer = refuse_any_with("bad", named=True)
        error = await failure(embed, service.url, texts, batch_size=5, max_concurrency=1)
        assert error.index == place
        assert len(service.bodies) == 1 + place // 5  # nothing is sent to find it

    async def test_is_found_where_it_is_too_long(self, embed, service):
        def answer(texts: list[str], service: VectorService) -> Any:
            long = any(len(text) > 10 for text in texts)
            words = "This model's maximum context length is 10 tokens"
            return refused(words, code="context_length_exceeded") if long else answered(texts)

        service.answer = answer
        error = await failure(embed, service.url, ["x" * 11, *TEN])
        assert type(error) is errors.ContextOverflowError
        assert error.index == 0

    async def test_costs_nothing_twice(self, embed, service):
        texts = [*TEN[:7], "bad", *TEN[8:]]
        service.answer = refuse_any_with("bad")
        error = await failure(embed, service.url, texts)
        kept = embedded(error)
        assert 0 < len(kept.missing) < len(TEN)
        for index, text in enumerate(texts):
            assert (index in kept.missing) == (service.embedded[text] == 0)

        texts[error.index] = "good"
        found = await embed(service.url, texts, resume=kept)
        assert found.tolist() == vectors(*texts)
        assert dict(service.embedded) == dict.fromkeys(texts, 1)

    async def test_alone_is_at_fault(self, embed, service):
        service.answer = refuse_any_with("bad")
        error = await failure(embed, service.url, "bad")
        assert error.index == 0
        assert len(service.bodies) == 1

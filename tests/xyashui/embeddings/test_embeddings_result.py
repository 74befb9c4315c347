"""The vectors of a call, and what is kept of a call that failed for the next one."""

from __future__ import annotations

import copy
import pickle
from contextlib import suppress

import numpy
import pytest

from tests.vectors import vector, vectors
from tests.xyashui.embeddings.embedding import TEN
from tests.xyashui.test_locks import IN_A_CHILD
from tests.xyashui.test_processes import run_alone
from xyashui import Client, Embeddings
from xyashui.endpoints.embeddings import Kept


class TestTheResult:
    @pytest.fixture
    def found(self, service) -> Embeddings:
        with Client(api_key="test-key", base_url=service.url) as client:
            return client.embed(TEN[:3])

    def test_is_a_sequence_of_vectors(self, found):
        assert [one.tolist() for one in found] == vectors(*TEN[:3])
        assert found[-1].tolist() == vector(TEN[2])
        assert [one.tolist() for one in found[1:]] == vectors(*TEN[1:3])
        with pytest.raises(IndexError):
            found[3]

    def test_is_compact(self, found):
        assert {one.itemsize for one in found.vectors} == {4}
        assert numpy.array(found.vectors).dtype == numpy.float32
        assert numpy.array(found.vectors).tolist() == vectors(*TEN[:3])

    def test_has_a_short_repr(self, found):
        assert repr(found) == (
            "Embeddings(<3 vectors of 4 numbers>, model='text-embedding-ada-002')"
        )

    def test_can_be_pickled(self, found):
        assert pickle.loads(pickle.dumps(found)) == found

    def test_says_where_a_vector_is_missing(self, found):
        some = Embeddings(found.texts, (found[0], None, None), found.model)
        assert some.missing == (1, 2)
        assert repr(some) == (
            "Embeddings(<3 vectors of 4 numbers, 2 of them missing>, "
            "model='text-embedding-ada-002')"
        )
        with pytest.raises(LookupError, match="index 1 has no vector"):
            some.tolist()
        with pytest.raises(LookupError, match="index 2"):
            some[2]


class TestWhatIsKeptForTheNextCall:
    @pytest.fixture
    def found(self, service) -> Embeddings:
        with Client(api_key="test-key", base_url=service.url) as client:
            return client.embed(TEN)

    def fail(self, kept: Kept, found: Embeddings, model: str = "m") -> None:
        with suppress(KeyError), kept.during(found.texts, model) as share:
            share.add(found)
            raise KeyError

    def test_is_what_a_failed_call_had(self, found):
        kept = Kept()
        self.fail(kept, found)
        with kept.during(TEN, "m") as share:
            assert share.known(TEN[:2]).tolist() == vectors(*TEN[:2])
            assert share.known(["other"]) is None

    def test_is_forgotten_once_all_went_well(self, found):
        kept = Kept()
        self.fail(kept, found)
        with kept.during(TEN[:4], "m"):
            pass
        assert len(kept) == 6

    def test_is_of_the_same_model_only(self, found):
        kept = Kept()
        self.fail(kept, found)
        with kept.during(TEN, "another") as share:
            assert share.known(TEN) is None

    def test_has_an_end(self, found):
        kept = Kept(most=4)
        self.fail(kept, found)
        with kept.during(TEN, "m") as share:
            assert share.known(TEN).texts == tuple(TEN[6:])

    def test_is_free_in_a_fork_whoever_was_at_it(self):
        script = """
        from xyashui.endpoints import embeddings
        kept = embeddings.Kept()
        held_elsewhere(kept._lock())
        def use():
            with kept.during(["a"], "m"):
                pass
        print(in_a_child(use))
        """
        assert run_alone(IN_A_CHILD + script) == "True"

    @pytest.mark.parametrize(
        "copied", [copy.copy, copy.deepcopy, lambda kept: pickle.loads(pickle.dumps(kept))]
    )
    def test_is_not_copied(self, found, copied):
        kept = Kept()
        self.fail(kept, found)
        assert (len(kept), len(copied(kept))) == (10, 0)

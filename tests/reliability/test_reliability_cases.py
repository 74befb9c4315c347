"""Whatever a server does: the whole answer, or one error of ours that holds what had arrived.

Every case is played to all four models, sync and async, asked for a call and for a stream. Then
the same model asks once more, for nothing of the trouble may stick to it.
"""

from __future__ import annotations

import pickle

import pytest

from tests.reliability.cases import CASES, GOOD, TEXT, Case
from tests.reliability.ways import MODELS, WAYS, Outcome, Way
from tests.servers import FaultServer

# One loop for all of them, as in a program: a new one would have to make its connections anew.
pytestmark = pytest.mark.asyncio(loop_scope="module")

PLAYED = [
    pytest.param(case, way, id=f"{name}-{way}")
    for name, case in CASES.items()
    for way in WAYS
    if MODELS[way.split()[0]] in case.services
]


@pytest.mark.parametrize(("case", "way"), PLAYED)
async def test_case(case: Case, way: str) -> None:
    with FaultServer(*case.scripts, GOOD, greeting=case.greeting) as server:
        asked = Way(way, server.url, **case.settings)
        outcome = await asked.ask()
        assert server.heard(case.requests) == case.requests
        check(case, outcome, asked)
        if case.goes_on:
            again = await asked.ask(timeout=10)  # however short the one before was
            assert (again.text, again.error) == (TEXT, None), "the next call works"


def check(case: Case, outcome: Outcome, asked: Way) -> None:
    error, kind, received = outcome.error, case.error, case.received
    if case.aiohttp_error is not None and not asked.is_sync:
        kind, received = case.aiohttp_error, ""
    if kind is None:
        assert error is None, repr(error)
        assert outcome.text == case.text
        assert outcome.handed_out in ("", outcome.text)
        assert outcome.calls == case.calls
        return
    assert error is not None, f"an answer: {outcome.text!r}"
    assert isinstance(error, kind), repr(error)
    assert type(error).__name__ == kind.__name__
    assert error.text == received
    assert received.startswith(outcome.handed_out)
    assert error.provider == asked.service
    assert 10 < len(str(error)) < 5000
    assert "test-key" not in repr(error)
    assert pickle.loads(pickle.dumps(error)).text == error.text

"""One model, many threads: each gets its own answer, and the connections serve them all."""

from __future__ import annotations

import asyncio
import gzip
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.reliability.ways import MODELS, Way
from tests.servers import CHUNKED, LAST_CHUNK, Connection, FaultServer, chunk, hold, http
from tests.wire import DONE, delta
from xyashui import APIConnectionError, AsyncClient, XyashuiError

THREADS = 8
QUESTIONS = 80


def echo(connection: Connection) -> None:
    """Answer with the question, and end the response in one way or another."""
    assert connection.request is not None
    question = connection.request.json["messages"][-1]["content"]
    stream = delta(question) + delta("", "stop") + DONE
    match int(question) % 4:
        case 0:
            connection.send(CHUNKED + chunk(stream) + LAST_CHUNK)
        case 1:
            connection.send(CHUNKED + chunk(stream))
            connection.server.closing.wait(0.01)
            connection.send(LAST_CHUNK)
        case 2:
            connection.send(http(gzip.compress(stream), 200, None, content_encoding="gzip"))
        case _:
            connection.send(CHUNKED + chunk(stream))
            hold(connection)


def test_event_loops_come_and_go_in_many_threads_at_once() -> None:
    client = AsyncClient(api_key="test-key", base_url="http://127.0.0.1:9", max_retries=0)

    def come_and_go(_: int) -> type[Exception]:
        with pytest.raises(XyashuiError) as caught:
            asyncio.run(client.models())
        return caught.type

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(16) as pool:
            kinds = set(pool.map(come_and_go, range(80)))
    finally:
        sys.setswitchinterval(interval)
    assert kinds == {APIConnectionError}


@pytest.mark.parametrize("kind", ["call", "stream"])
@pytest.mark.parametrize("name", MODELS)
def test_each_gets_the_answer_to_its_own_question(name: str, kind: str) -> None:
    with FaultServer([echo]) as server:
        way = Way(f"{name} sync {kind}", server.url)
        questions = [str(number) for number in range(QUESTIONS)]
        with ThreadPoolExecutor(THREADS) as pool:
            outcomes = list(pool.map(way.ask_sync, questions))
        assert [(one.text, one.error) for one in outcomes] == [(one, None) for one in questions]
        assert len(server.requests) == QUESTIONS

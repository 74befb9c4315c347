"""The bytes of the benchmarks, and the server that sends them."""

from __future__ import annotations

import time

import httpx
import pytest

from benchmarks import server, wire
from xyashui import Client


@pytest.mark.parametrize("dialect", ["xingyun", "ashui"])
@pytest.mark.parametrize("kind", ["stream", "spaced", "paced", "call"])
def test_a_question_says_which_answer_it_wants(dialect: wire.Dialect, kind: wire.Kind) -> None:
    question = wire.question(dialect, kind, 12)
    assert wire.script(f'{{"content": "{question}"}}'.encode()) == (dialect, kind, 12)


def test_a_request_that_wants_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="says nowhere"):
        wire.script(b'{"content": "hello"}')


@pytest.mark.parametrize("dialect", ["xingyun", "ashui"])
def test_every_way_of_answering_has_the_whole_text(dialect: wire.Dialect) -> None:
    with server.running() as url:
        client = Client(dialect, api_key="test-key", base_url=url, max_retries=0)
        streamed = [chunk.text for chunk in client.stream(wire.question(dialect, "stream", 70))]
        spaced = [chunk.text for chunk in client.stream(wire.question(dialect, "spaced", 70))]
        whole = client.chat(wire.question(dialect, "call", 70))
        again = client.chat(wire.question(dialect, "call", 3))
    assert [text for text in streamed if text] == wire.pieces(70)
    assert spaced == streamed
    assert whole.text == wire.text(70)
    assert again.text == wire.text(3)
    assert (whole.usage is not None) == (dialect == "xingyun")


def test_a_paced_answer_begins_with_the_time_at_which_it_was_sent() -> None:
    with server.running() as url:
        client = Client("xingyun", api_key="test-key", base_url=url, max_retries=0)
        asked = time.monotonic_ns()
        stream = client.stream(wire.question("xingyun", "paced", 5))
        texts = [chunk.text for chunk in stream if chunk.text]
        received = time.monotonic_ns()
    assert asked < int(texts[0]) < received
    assert texts[1:] == wire.pieces(5)


def test_the_server_keeps_connections_open_and_reads_bodies_of_any_length() -> None:
    long = wire.question("ashui", "call", 5) + "x" * 1_000_000
    with server.running() as url, httpx.Client(trust_env=False) as http:
        ports = set()
        for content in (long, wire.question("ashui", "call", 5)):
            with http.stream("POST", url, content=content.encode()) as response:
                network = response.extensions["network_stream"]
                ports.add(network.get_extra_info("client_addr")[1])
                assert wire.text(5) in response.read().decode()
    assert len(ports) == 1

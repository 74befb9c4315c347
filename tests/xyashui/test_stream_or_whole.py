"""`stream`: a method waits for the whole answer or gives its pieces, and is not talked round."""

from __future__ import annotations

from typing import Any

import pytest

from tests.servers import FaultServer, chunked
from tests.wire import DONE, delta
from xyashui import ASHUI, XINGYUN, AsyncClient, Client, ConfigurationError
from xyashui.emulator import Emulator

WRONG = pytest.mark.parametrize(
    ("method", "stream", "other"),
    [
        ("chat", True, "client.stream"),
        ("complete", True, "client.stream_complete"),
        ("stream", False, "client.chat"),
        ("stream_complete", False, "client.complete"),
    ],
)


@WRONG
async def test_the_contrary_is_refused_and_whose_it_is_is_said(
    method: str, stream: Any, other: str, emulator: Emulator
) -> None:
    before = len(emulator.requests)
    given = {"api_key": "test-key", "base_url": emulator.xingyun_url}
    refused = pytest.raises(ConfigurationError, match=rf"^stream={stream!r}: .*use {other}\(")
    with Client(**given) as client, refused:
        getattr(client, method)("hi", stream=stream)
    async with AsyncClient(**given) as client:
        with refused:  # a stream at once, and not when it is read
            await getattr(client, method)("hi", stream=stream)
    assert len(emulator.requests) == before


@pytest.mark.parametrize("stream", [0, 1, "yes"])
@pytest.mark.parametrize("method", ["chat", "stream", "complete", "stream_complete"])
def test_what_is_neither_true_nor_false_leads_nowhere(method: str, stream: Any) -> None:
    with (
        Client(api_key="test-key") as client,
        pytest.raises(ConfigurationError, match=f"^stream must be True or False, not {stream!r}$"),
    ):
        getattr(client, method)("hi", stream=stream)


@pytest.mark.parametrize("stream", [False, None])
@pytest.mark.parametrize("provider", [XINGYUN, ASHUI])
def test_what_a_method_does_anyway_may_be_said(
    provider: Any, stream: Any, emulator: Emulator
) -> None:
    url = emulator.xingyun_url if provider is XINGYUN else emulator.ashui_url
    with Client(provider, api_key="test-key", base_url=url) as client:
        assert client.chat("What is 2+3?", stream=stream).text == "2 + 3 = 5."
        with client.stream("What is 2+3?", stream=None if stream is None else True) as pieces:
            assert "".join(piece.text for piece in pieces) == "2 + 3 = 5."


def test_a_body_of_ones_own_may_have_the_service_stream_and_the_whole_is_waited_for() -> None:
    with FaultServer([chunked(delta("济"), delta("南", finish="stop") + DONE)]) as server:
        with Client(api_key="test-key", base_url=server.url) as client:
            answer = client.chat("?", extra_body={"stream": True})
        assert (answer.text, answer.finish_reason) == ("济南", "stop")
        assert b'"stream":true' in server.requests[0].body.replace(b" ", b"")

"""What can happen while a large question is being sent: it is not always heard to its end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reliability.ways import Way
from tests.servers import Connection, FaultServer, chunked, close, half_close, hold, http, reset
from tests.wire import STREAM, error
from xyashui import errors

GOOD = [chunked(STREAM)]
LARGE = "x" * 8_000_000  # more than lies in the buffers between the two
REFUSAL = http(error("too large"), 413)
ways = pytest.mark.parametrize(
    "way",
    ["ChatXingYun sync call", "AShui sync stream", "XingYun async call", "ChatAShui async stream"],
)


def listen(connection: Connection) -> None:
    """Hear the beginning of the question."""
    heard = 0
    while connection.open and heard < 100_000:
        heard += len(connection.receive())


MOMENTS: dict[str, tuple[list[Any], type[errors.XyashuiError]]] = {
    "refused": ([listen, REFUSAL, half_close, hold], errors.BadRequestError),
    "closed": ([listen, close], errors.APIConnectionError),
    "reset": ([listen, reset], errors.APIConnectionError),
}  # fmt: skip


@ways
@pytest.mark.parametrize(("greeting", "kind"), MOMENTS.values(), ids=MOMENTS)
async def test_it_ends_in_one_error(
    greeting: list[Any], kind: type[errors.XyashuiError], way: str
) -> None:
    with FaultServer(GOOD, greeting=greeting) as server:
        outcome = await Way(way, server.url, timeout=1).ask(LARGE)
        assert isinstance(outcome.error, kind), repr(outcome.error)
        assert server.requests == []

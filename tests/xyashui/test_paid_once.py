"""What costs money once it is sent: sent once, and again only where it never left."""

from __future__ import annotations

import logging
from collections.abc import Callable
from inspect import isawaitable
from typing import Any

import httpx
import pytest

from tests.servers import FaultServer, Step, close, closed_port, hold, http, reset
from tests.wire import error
from tests.xyashui.conftest import patience
from xyashui import AsyncClient, Client, errors

PAID: dict[str, Callable[[Any], Any]] = {
    "a picture": lambda client: client.generate_image("一只猫"),
    "speech": lambda client: client.speak("你好").read(),
    "a task": lambda client: client.midjourney.imagine("一只猫"),
}
FREE: dict[str, Callable[[Any], Any]] = {
    "the models": lambda client: client.models(),
    "how a task stands": lambda client: client.midjourney.fetch("1"),
}
each_paid = pytest.mark.parametrize("order", PAID.values(), ids=PAID)
each_client = pytest.mark.parametrize("kind", [Client, AsyncClient])
TROUBLE = {"reset": reset, "closed": close, "silence": hold}


async def done(order: Callable[[Any], Any], client: Any) -> Any:
    given = order(client)
    return await given if isawaitable(given) else given


def client_of(kind: type[Any], url: str, **settings: Any) -> Any:
    given = {"api_key": "test-key", "base_url": url, "max_retries": 2, "timeout": 15}
    return kind(**given | settings)


async def failure(
    order: Callable[[Any], Any], kind: type[Any], *script: Step
) -> tuple[errors.XyashuiError, int]:
    """Order something of a server; return the error, and how many requests reached it."""
    with FaultServer(script) as server:
        with pytest.raises(errors.XyashuiError) as caught:
            await done(order, client_of(kind, server.url, timeout=patience(script)))
        return caught.value, server.heard(1)


@each_paid
@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
@each_client
async def test_what_may_have_arrived_is_not_sent_again(order, trouble, kind):
    error, requests = await failure(order, kind, trouble)
    assert isinstance(error, errors.TransportError)
    assert requests == 1


UNDER_WAY = {
    **{f"HTTP {status}": http(error("upstream timeout"), status) for status in (408, 500)},
    **{
        f"HTTP {status}": http(b"<html><title>Gave up</title></html>", status, "text/html")
        for status in (502, 504, 524)
    },
    "a fault under HTTP 200": http(error("upstream timeout")),
    "a fault of Midjourney's": http({"code": 9, "description": "系统异常"}),
}
NOT_BEGUN = {
    "nobody free under HTTP 200": http(
        error("无可用的账号实例"), 200, "application/json", retry_after=0
    ),
    "HTTP 429": http(error("负载已饱和"), 429, "application/json", retry_after=0),
    "HTTP 425": http(b"", 425, None, retry_after=0),
    "HTTP 503": http(error("overloaded"), 503, "application/json", retry_after=0),
    "a full queue under HTTP 200": http(
        error("负载已饱和"), 200, "application/json", retry_after=0
    ),
}


@each_paid
@pytest.mark.parametrize("answer", UNDER_WAY.values(), ids=UNDER_WAY)
@each_client
async def test_nor_is_what_a_gateway_gave_up_on_while_somebody_was_at_work(order, answer, kind):
    error, requests = await failure(order, kind, answer)
    assert (error.retryable, requests) == (False, 1)


@each_paid
@pytest.mark.parametrize("answer", NOT_BEGUN.values(), ids=NOT_BEGUN)
@each_client
async def test_what_was_refused_before_any_work_is_sent_again(order, answer, kind):
    error, requests = await failure(order, kind, answer)
    assert isinstance(error, errors.APIError)
    assert (error.retryable, requests) == (True, 3)


@pytest.mark.parametrize("look", FREE.values(), ids=FREE)
def test_a_look_costs_nothing_and_is_taken_again(look):
    with FaultServer([close]) as server, pytest.raises(errors.APIConnectionError):
        look(client_of(Client, server.url, max_retries=1))
    assert len(server.requests) == 2


@each_paid
def test_what_never_left_is_sent_again(order, caplog):
    caplog.set_level(logging.INFO, "xyashui")
    with closed_port() as port, pytest.raises(errors.APIConnectionError):
        order(client_of(Client, f"http://127.0.0.1:{port}", max_retries=1))
    assert "Trying again" in caplog.text


@each_paid
@pytest.mark.parametrize("plain", [False, True], ids=["aiohttp", "httpx"])
async def test_so_it_is_with_await(order, plain, caplog):
    caplog.set_level(logging.INFO, "xyashui")
    async with httpx.AsyncClient(trust_env=False) as own:
        given = {"max_retries": 1} | ({"http_async_client": own} if plain else {})
        with closed_port() as port, pytest.raises(errors.APIConnectionError):
            await order(client_of(AsyncClient, f"http://127.0.0.1:{port}", **given))
    assert "Trying again" in caplog.text
